/**
 * Where lines go. What is printed leaves before the call returns. What goes to a file is gathered for
 * a turn of the loop, because a thousand elections are two thousand lines; an error leaves at once with
 * all before it, and nothing is left behind when the process exits.
 */
import pino from 'pino'
import type { LogLine } from './pattern.ts'
import { patternLayout } from './pattern.ts'
import { rollerOf } from './rolling.ts'
import { isAtLeast, type AppenderSettings, type Layout, type Target } from './settings.ts'

/** Lines kept while the disk refuses them; what comes after is dropped. */
const maxRefusedSizeBytes = 1 << 20
/** Gathered lines leave before the end of a turn when there are so many. */
const gatheredSize = 1 << 13

export interface Appender {
  /** @param json the same line as a JSON object with its line break */
  append(line: LogLine, json: string): void
  close(): void
}

/** @param report told once, when an appender begins to fail; logging goes on elsewhere */
export function openAppender(
  settings: AppenderSettings,
  report: (problem: string) => void,
): Appender {
  const { target, layout, threshold = 'trace' } = settings
  const sink = openSink(target, report)
  const textOf = textMaker(layout)
  return {
    append(line, json) {
      if (isAtLeast(line.level, threshold)) sink.write(textOf(line, json), line)
    },
    close: () => sink.close(),
  }
}

function textMaker(layout: Layout): (line: LogLine, json: string) => string {
  if (layout.type === 'json') return (_, json) => json
  const format = patternLayout(layout.pattern)
  return line => format(line)
}

interface Sink {
  write(text: string, line: LogLine): void
  close(): void
}

function openSink(target: Target, report: (problem: string) => void): Sink {
  const name = target.type === 'file' ? target.path : target.stream
  const fail = once((error: unknown) =>
    report(`cannot log to ${name}: ${(error as Error).message}`),
  )
  try {
    return target.type === 'file' ? openFile(target, fail) : openConsole(target.stream, fail)
  } catch (error) {
    fail(error)
    return { write: () => undefined, close: () => undefined }
  }
}

const streamOptions = { sync: true, mkdir: true, maxLength: maxRefusedSizeBytes } as const

function openConsole(stream: 'stdout' | 'stderr', fail: (error: unknown) => void): Sink {
  const output = pino.destination({ ...streamOptions, dest: stream === 'stdout' ? 1 : 2 })
  output.on('error', fail)
  return { write: text => output.write(text), close: () => output.flushSync() }
}

function openFile(target: Target & { type: 'file' }, fail: (error: unknown) => void): Sink {
  const output = pino.destination({ ...streamOptions, dest: target.path })
  output.on('error', fail)
  const roller = rollerOf(target.path, target.rolling)
  const attempt = (action: () => void): void => {
    try {
      action()
    } catch (error) {
      fail(error)
    }
  }
  let gathered = ''
  let isDue = false
  // The stream's own flushing would wait for the disk, and everybody with it.
  const flush = (): void => {
    isDue = false
    const text = gathered
    gathered = ''
    if (text !== '') attempt(() => output.write(text))
  }
  process.on('exit', flush)
  return {
    write(text, { wallMs, level }) {
      attempt(() => {
        if (!roller.rollIfDue(wallMs, Buffer.byteLength(text))) return
        flush()
        output.reopen()
      })
      gathered += text
      if (isAtLeast(level, 'error') || gathered.length >= gatheredSize) flush()
      else if (!isDue) {
        isDue = true
        setImmediate(flush)
      }
    },
    close() {
      process.off('exit', flush)
      flush()
      output.end()
    },
  }
}

function once<Argument>(action: (argument: Argument) => void): (argument: Argument) => void {
  let isDone = false
  return argument => {
    if (isDone) return
    isDone = true
    action(argument)
  }
}
