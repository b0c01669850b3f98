import type { Log } from './log.ts'

/** A log whose every line begins with `prefix`, as Kafka's LogContext does. */
export function prefixed(log: Log, prefix: string): Log {
  return {
    named: logger => prefixed(log.named(logger), prefix),
    trace: (event, fields) => log.trace(prefix + event, fields),
    debug: (event, fields) => log.debug(prefix + event, fields),
    info: (event, fields) => log.info(prefix + event, fields),
    warn: (event, fields) => log.warn(prefix + event, fields),
    error: (event, fields) => log.error(prefix + event, fields),
    fatal: (event, fields) => log.fatal(prefix + event, fields),
  }
}
