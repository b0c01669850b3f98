/** Log lines: an event, its fields, and the logger's name as Kafka's log4j would print it. */

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'
export type LogFields = Readonly<Record<string, unknown>>

export interface Log {
  /** A logger with this name, e.g. `kafka.server.KafkaServer`; people grep for them. */
  named(logger: string): Log
  trace(event: string, fields?: LogFields): void
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
  fatal(event: string, fields?: LogFields): void
}

const nothing = (): void => undefined

/** Swallows everything: for embedded brokers that nobody watches. */
export const silentLog: Log = {
  named: () => silentLog,
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing,
}
