/** log4j's PatternLayout, for the conversions that make sense in one thread: %d %p %m %c %n %t %%. */
import type { LogLevel } from '../../log.ts'
import { dateFormat } from './date-format.ts'

/** Stock pattern of Kafka's servers and tools. */
export const kafkaPattern = '[%d] %p %m (%c)%n'

/** One line to be; `message` is escaped and holds the fields already. */
export interface LogLine {
  readonly wallMs: number
  readonly level: LogLevel
  readonly logger: string
  readonly message: string
}

type Part = (line: LogLine) => string

/** `%`, optional widths (`-5.30`), a letter, an optional `{argument}`. */
const conversion = /%(?:(-?\d+)?(?:\.(\d+))?([a-zA-Z])(?:\{([^}]*)\})?|%)/g

/** @throws RangeError for a conversion that is not known, by name. */
export function patternLayout(pattern: string): (line: LogLine) => string {
  const parts: Part[] = []
  let from = 0
  for (const match of pattern.matchAll(conversion)) {
    if (match.index > from) parts.push(literal(pattern.slice(from, match.index)))
    parts.push(partOf(match))
    from = match.index + match[0].length
  }
  parts.push(literal(pattern.slice(from)))
  return line => {
    let text = ''
    for (const part of parts) text += part(line)
    return text
  }
}

function partOf([whole, minWidth, maxWidth, letter, argument]: RegExpMatchArray): Part {
  if (letter === undefined) return literal('%')
  const plain = converted(letter, argument, whole)
  if (minWidth === undefined && maxWidth === undefined) return plain
  const width = Math.abs(Number(minWidth ?? 0))
  const isLeftAligned = minWidth?.startsWith('-') === true
  return line => {
    const text = plain(line)
    // log4j cuts at the front: the end of a logger's name tells most.
    const short = maxWidth === undefined ? text : text.slice(-Number(maxWidth))
    return isLeftAligned ? short.padEnd(width) : short.padStart(width)
  }
}

function converted(letter: string, argument: string | undefined, whole: string): Part {
  switch (letter) {
    case 'd': {
      const format = dateFormat(argument ?? 'ISO8601')
      return line => format(line.wallMs)
    }
    case 'p':
      return line => line.level.toUpperCase()
    case 'm':
      return line => line.message
    case 'c':
      return line => lastNames(line.logger, argument)
    case 'n':
      return literal('\n')
    case 't':
      return literal('main')
    default:
      throw new RangeError(`conversion pattern: ${whole} is not supported`)
  }
}

function literal(text: string): Part {
  return () => text
}

/** `%c{1}` prints the last name only. */
function lastNames(logger: string, count: string | undefined): string {
  return count === undefined ? logger : logger.split('.').slice(-Number(count)).join('.')
}
