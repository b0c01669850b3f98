/** A log whose lines become part of the trace, so that two runs of a seed must log the same. */
import type { Log, LogFields, LogLevel } from '../host/index.ts'
import type { Trace } from './trace.ts'

export function traceLog(trace: Trace, nowMs: () => number, host: string): Log {
  return named('root')

  function named(logger: string): Log {
    const at =
      (level: LogLevel) =>
      (event: string, fields?: LogFields): void => {
        const details = fields === undefined ? '' : ` ${JSON.stringify(fields, printable)}`
        trace.note(nowMs(), host, `${level} ${logger}: ${event}${details}`)
      }
    return {
      named,
      trace: () => undefined,
      debug: () => undefined,
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      fatal: at('fatal'),
    }
  }
}

/** Stacks hold paths and line numbers, which are no part of a history. */
function printable(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  return value instanceof Error ? `${value.name}: ${value.message}` : value
}
