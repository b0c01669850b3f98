/** What the broker's configuration means for the log cleaner. */
import { ConfigError, type BrokerConfig } from '../config/index.ts'
import { holdsAnyKey, type CleanerSettings } from '../log/index.ts'

export function cleanerSettingsOf(config: BrokerConfig): CleanerSettings {
  return {
    threads: config.get('log.cleaner.threads'),
    dedupeBufferBytes: config.get('log.cleaner.dedupe.buffer.size'),
    loadFactor: config.get('log.cleaner.io.buffer.load.factor'),
    ioBufferBytes: config.get('log.cleaner.io.buffer.size'),
    maxBytesPerSecond: config.get('log.cleaner.io.max.bytes.per.second'),
    backoffMs: config.get('log.cleaner.backoff.ms'),
  }
}

/** As Kafka's cleaner, which does not start with a map that holds no key. @throws ConfigError */
export function checkCleaner(config: BrokerConfig): void {
  const settings = cleanerSettingsOf(config)
  if (!config.get('log.cleaner.enable') || holdsAnyKey(settings)) return
  throw new ConfigError(
    `log.cleaner.dedupe.buffer.size=${settings.dedupeBufferBytes} for ${settings.threads} threads, filled up to ` +
      `log.cleaner.io.buffer.load.factor=${settings.loadFactor}, holds no key: nothing would ever be cleaned`,
    {
      property: 'log.cleaner.io.buffer.load.factor',
      value: String(settings.loadFactor),
      remedy: 'Raise either of the two, or lower log.cleaner.threads.',
    },
  )
}
