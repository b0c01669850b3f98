export { defaultCleanerSettings, holdsAnyKey, type CleanerSettings } from './cleaner-settings.ts'
export { LogCleaner, type LogCleanerOptions } from './log-cleaner.ts'
