/**
 * The log of a server: pino decides levels and makes JSON, the appenders print Kafka's line format
 * (or the JSON) where the settings say. Loading pino takes about 12 ms, so tools do without it.
 */
import pino from 'pino'
import type { Clock } from '../../clock.ts'
import type { Log, LogFields, LogLevel } from '../../log.ts'
import { openAppender, type Appender } from './appenders.ts'
import { effectiveSettings, type LogSettings, type Threshold } from './settings.ts'
import { jsonValue, messageOf } from './text.ts'

export interface OpenLog {
  readonly log: Log
  /** Every logger that was used or configured with the level that counts for it; the root is `root`. */
  levels(): Map<string, Threshold>
  /** Changes one logger and those below it until the process ends; `undefined` goes back to the ancestor's. */
  setLevel(logger: string, level: Threshold | undefined): void
  close(): void
}

/** @param report gets a sentence for each appender that begins to fail; default: standard error */
export function openLog(
  settings: LogSettings,
  clock: Clock,
  report: (problem: string) => void = problem => console.error(problem),
): OpenLog {
  return new PinoLogs(settings, clock, report)
}

const rootName = 'root'
const noFields: LogFields = {}

class PinoLogs implements OpenLog {
  readonly log: Log
  readonly #clock: Clock
  readonly #appenders = new Map<string, Appender>()
  readonly #loggers = new Map<string, pino.Logger>()
  #settings: LogSettings

  constructor(settings: LogSettings, clock: Clock, report: (problem: string) => void) {
    this.#settings = settings
    this.#clock = clock
    for (const [name, appender] of settings.appenders) {
      this.#appenders.set(name, openAppender(appender, report))
    }
    this.log = this.#named('')
  }

  levels(): Map<string, Threshold> {
    const names = [...new Set([...this.#settings.loggers.keys(), ...this.#loggers.keys()])].sort()
    return new Map(
      names.map(name => [
        name === '' ? rootName : name,
        effectiveSettings(this.#settings, name).level,
      ]),
    )
  }

  setLevel(logger: string, level: Threshold | undefined): void {
    const name = logger === rootName ? '' : logger
    const loggers = new Map(this.#settings.loggers)
    const { appenders, isAdditive } = loggers.get(name) ?? { appenders: [], isAdditive: true }
    loggers.set(name, { appenders, isAdditive, ...(level !== undefined && { level }) })
    this.#settings = { ...this.#settings, loggers }
    for (const [other, pinoLogger] of this.#loggers) {
      pinoLogger.level = pinoLevel(effectiveSettings(this.#settings, other).level)
    }
  }

  close(): void {
    for (const appender of this.#appenders.values()) appender.close()
  }

  #named(name: string): Log {
    const logger = this.#loggers.get(name) ?? this.#open(name)
    this.#loggers.set(name, logger)
    return {
      named: other => this.#named(other),
      trace: (event, fields = noFields) => logger.trace(fields, event),
      debug: (event, fields = noFields) => logger.debug(fields, event),
      info: (event, fields = noFields) => logger.info(fields, event),
      warn: (event, fields = noFields) => logger.warn(fields, event),
      error: (event, fields = noFields) => logger.error(fields, event),
      fatal: (event, fields = noFields) => logger.fatal(fields, event),
    }
  }

  #open(name: string): pino.Logger {
    const { level, appenders } = effectiveSettings(this.#settings, name)
    const printed = name === '' ? rootName : name
    const sinks = appenders.flatMap(appender => this.#appenders.get(appender) ?? [])
    let wallMs = 0
    const destination = {
      ...lastLine,
      write(json: string): void {
        const severity = pino.levels.labels[this.lastLevel] as LogLevel
        const message = messageOf(this.lastMsg, this.lastObj)
        const line = { wallMs, level: severity, logger: printed, message }
        for (const sink of sinks) sink.append(line, json)
      },
    }
    const options: pino.LoggerOptions = {
      level: pinoLevel(level),
      base: { logger: printed },
      messageKey: 'message',
      timestamp: () => {
        wallMs = this.#clock.wallMs()
        return `,"time":"${new Date(wallMs).toISOString()}"`
      },
      formatters: { level: label => ({ level: label.toUpperCase() }), log: jsonFields },
    }
    return pino(options, destination)
  }
}

const pinoLevel = (level: Threshold): string => (level === 'off' ? 'silent' : level)

/** Asks pino to leave the parts of a line here before it calls `write` with the JSON. */
const lastLine = {
  [Symbol.for('pino.metadata')]: true,
  lastLevel: 0,
  lastMsg: '',
  lastObj: noFields,
}

/** Makes errors, maps and bigints survive JSON. */
function jsonFields(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      value instanceof Error ? pino.stdSerializers.errWithCause(value) : jsonValue(name, value),
    ]),
  )
}
