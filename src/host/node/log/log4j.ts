/**
 * Reads log4j 1.2 properties, the form in which Kafka 3.x ships its log settings. Appenders:
 * console, file, daily rolling and size rolling; layouts: pattern and JSON. What is not honoured
 * is reported, never dropped in silence.
 */
import type { LogLevel } from '../../log.ts'
import { dateFormat } from './date-format.ts'
import { kafkaPattern, patternLayout } from './pattern.ts'
import type {
  AppenderSettings,
  Layout,
  LoggerSettings,
  LogSettings,
  Target,
  Threshold,
} from './settings.ts'

export type Properties = Readonly<Record<string, string>>

/** log4j's levels; ALL is everything. */
const thresholds: Readonly<Record<string, Threshold>> = {
  ALL: 'trace',
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
  FATAL: 'fatal',
  OFF: 'off',
} satisfies Record<string, LogLevel | 'off'>

/**
 * @param variables values for `${name}`, e.g. `kafka.logs.dir`
 * @returns settings, and a sentence for each line that could not be honoured
 */
export function parseLog4j(
  properties: Properties,
  variables: Properties,
): { settings: LogSettings; problems: string[] } {
  const reading = new Log4jReading(properties, variables)
  const appenders = reading.appenders()
  const loggers = reading.loggers(appenders)
  return { settings: { appenders, loggers }, problems: reading.problems }
}

class Log4jReading {
  readonly problems: string[] = []
  readonly #properties: Properties
  readonly #variables: Properties

  constructor(properties: Properties, variables: Properties) {
    this.#properties = properties
    this.#variables = variables
  }

  appenders(): Map<string, AppenderSettings> {
    const appenders = new Map<string, AppenderSettings>()
    for (const key of Object.keys(this.#properties)) {
      const name = /^log4j\.appender\.([^.]+)$/.exec(key)?.[1]
      if (name === undefined) continue
      const appender = this.#appender(key)
      if (appender !== undefined) appenders.set(name, appender)
    }
    return appenders
  }

  loggers(appenders: ReadonlyMap<string, AppenderSettings>): Map<string, LoggerSettings> {
    const loggers = new Map<string, LoggerSettings>()
    for (const key of Object.keys(this.#properties)) {
      const match = /^log4j\.(?:(?:logger|category)\.(.+)|rootLogger|rootCategory)$/.exec(key)
      if (match !== null) loggers.set(match[1] ?? '', this.#logger(key, match[1] ?? '', appenders))
    }
    return loggers
  }

  #logger(key: string, name: string, known: ReadonlyMap<string, AppenderSettings>): LoggerSettings {
    const [levelName = '', ...names] = this.#value(key)
      .split(',')
      .map(part => part.trim())
    const appenders = names.filter(appender => appender !== '')
    for (const missing of appenders.filter(appender => !known.has(appender))) {
      this.problems.push(`${key}: appender ${missing} is not defined`)
    }
    const isAdditive = this.#value(`log4j.additivity.${name}`, 'true').toLowerCase() !== 'false'
    const level = this.#threshold(key, levelName)
    return {
      ...(level !== undefined && { level }),
      appenders: appenders.filter(appender => known.has(appender)),
      isAdditive,
    }
  }

  #appender(key: string): AppenderSettings | undefined {
    const target = this.#target(key)
    if (target === undefined) return undefined
    const threshold = this.#threshold(`${key}.Threshold`, this.#value(`${key}.Threshold`))
    return { target, layout: this.#layout(key), ...(threshold !== undefined && { threshold }) }
  }

  #target(key: string): Target | undefined {
    const className = this.#value(key).replace(/^org\.apache\.log4j\./, '')
    switch (className) {
      case 'ConsoleAppender':
        return {
          type: 'console',
          stream: this.#value(`${key}.Target`) === 'System.err' ? 'stderr' : 'stdout',
        }
      case 'FileAppender':
      case 'DailyRollingFileAppender':
      case 'RollingFileAppender':
      case 'rolling.RollingFileAppender':
        return this.#file(key, className)
      default:
        this.problems.push(`${key}: appender class ${this.#value(key)} is not supported`)
        return undefined
    }
  }

  #file(key: string, className: string): Target | undefined {
    const path = this.#value(`${key}.File`)
    if (path === '') {
      this.problems.push(`${key}.File: is missing`)
      return undefined
    }
    if (className === 'FileAppender') return { type: 'file', path, rolling: { by: 'never' } }
    if (className === 'DailyRollingFileAppender') {
      const datePattern = this.#checked(`${key}.DatePattern`, "'.'yyyy-MM-dd", dateFormat)
      return { type: 'file', path, rolling: { by: 'date', datePattern } }
    }
    const maxSizeBytes = this.#sizeBytes(`${key}.MaxFileSize`)
    const maxBackups = Number(this.#value(`${key}.MaxBackupIndex`, '1'))
    return { type: 'file', path, rolling: { by: 'size', maxSizeBytes, maxBackups } }
  }

  #layout(key: string): Layout {
    const className = this.#value(`${key}.layout`, 'org.apache.log4j.PatternLayout')
    if (/json/i.test(className)) return { type: 'json' }
    if (className !== 'org.apache.log4j.PatternLayout') {
      this.problems.push(`${key}.layout: class ${className} is not supported, using PatternLayout`)
    }
    const pattern = this.#checked(`${key}.layout.ConversionPattern`, kafkaPattern, patternLayout)
    return { type: 'pattern', pattern }
  }

  /** The value of a key, or the default where it is absent or `check` refuses it. */
  #checked(key: string, byDefault: string, check: (value: string) => unknown): string {
    const value = this.#value(key, byDefault)
    try {
      check(value)
      return value
    } catch (error) {
      this.problems.push(`${key}: ${(error as Error).message}, using ${byDefault}`)
      return byDefault
    }
  }

  #threshold(key: string, text: string): Threshold | undefined {
    if (text === '' || text.toUpperCase() === 'INHERITED') return undefined
    const threshold = thresholds[text.toUpperCase()]
    if (threshold === undefined) this.problems.push(`${key}: level ${text} is not known`)
    return threshold
  }

  /** `10MB`; log4j's default. */
  #sizeBytes(key: string): number {
    const text = this.#value(key, '10MB')
    const [, number, unit = ''] = /^(\d+)(KB|MB|GB)?$/i.exec(text.trim()) ?? []
    if (number === undefined) {
      this.problems.push(`${key}: size ${text} is not known, using 10MB`)
      return 10 * 2 ** 20
    }
    const powers: Readonly<Record<string, number>> = { KB: 1, MB: 2, GB: 3 }
    return Number(number) * 1024 ** (powers[unit.toUpperCase()] ?? 0)
  }

  #value(key: string, byDefault = ''): string {
    const text = this.#properties[key]?.trim() ?? byDefault
    return text.replace(/\$\{([^}]*)\}/g, (_, name: string) => this.#variable(key, name))
  }

  #variable(key: string, name: string): string {
    const value = this.#variables[name]
    if (value === undefined) this.problems.push(`${key}: \${${name}} has no value`)
    return value ?? ''
  }
}
