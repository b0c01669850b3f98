/** Log lines: an event, its fields, and the logger's name as Kafka's log4j would print it. */

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'

/**
 * What an event is about, printed as `key=value` after its text. Two names are special: an `Error`
 * under any name is printed with its stack and causes on the following lines, and an array of
 * strings named `lines` is printed one a line, as Kafka does with its configuration.
 * Values and text may come from strangers: control characters are escaped when they are printed.
 */
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
