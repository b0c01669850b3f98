/** The log of a command-line tool: warnings in Kafka's line format to standard error, as its `tools-log4j.properties` says. */
import { writeSync } from 'node:fs'
import type { Clock } from '../../clock.ts'
import type { Log, LogFields, LogLevel } from '../../log.ts'
import { kafkaPattern, patternLayout } from './pattern.ts'
import { isAtLeast, type Threshold } from './settings.ts'
import { messageOf } from './text.ts'

export interface ToolLogOptions {
  /** Default: warn. */
  readonly threshold?: Threshold
  /** Default: standard error. */
  readonly write?: (text: string) => void
}

export function toolLog(clock: Clock, options: ToolLogOptions = {}): Log {
  const { threshold = 'warn', write = writeToStderr } = options
  const format = patternLayout(kafkaPattern)
  return named('root')

  function named(logger: string): Log {
    const at =
      (level: LogLevel) =>
      (event: string, fields: LogFields = {}): void => {
        if (!isAtLeast(level, threshold)) return
        write(format({ wallMs: clock.wallMs(), level, logger, message: messageOf(event, fields) }))
      }
    return {
      named,
      trace: at('trace'),
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      fatal: at('fatal'),
    }
  }
}

function writeToStderr(text: string): void {
  writeSync(2, text)
}
