/** The part of Java's SimpleDateFormat that log4j configurations use, in local time. */

type Part = (date: Date) => string

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
const days = 'Sun Mon Tue Wed Thu Fri Sat'.split(' ')

const namedPatterns: Readonly<Record<string, string>> = {
  ISO8601: 'yyyy-MM-dd HH:mm:ss,SSS',
  ABSOLUTE: 'HH:mm:ss,SSS',
  DATE: 'dd MMM yyyy HH:mm:ss,SSS',
}

/** By letter: the number to print, padded to as many digits as the letter is repeated. */
const numbers: Readonly<Record<string, (date: Date) => number>> = {
  d: date => date.getDate(),
  H: date => date.getHours(),
  h: date => date.getHours() % 12 || 12,
  m: date => date.getMinutes(),
  s: date => date.getSeconds(),
  S: date => date.getMilliseconds(),
}

/** @throws RangeError for a letter that is not known, by name. */
export function dateFormat(pattern: string): (wallMs: number) => string {
  const parts = partsOf(namedPatterns[pattern] ?? pattern)
  return wallMs => {
    const date = new Date(wallMs)
    let text = ''
    for (const part of parts) text += part(date)
    return text
  }
}

function partsOf(pattern: string): Part[] {
  // Quoted text ('' is a quote), a run of one letter, or any other single character.
  const tokens = pattern.match(/'(?:[^']|'')*'|([A-Za-z])\1*|[^]/g) ?? []
  return tokens.map(token => {
    if (token === "''") return () => "'"
    if (token.startsWith("'")) return literal(token.slice(1, -1).replaceAll("''", "'"))
    return /^[A-Za-z]/.test(token) ? field(token) : literal(token)
  })
}

function literal(text: string): Part {
  return () => text
}

function field(run: string): Part {
  const letter = run.charAt(0)
  const number = numbers[letter]
  if (number !== undefined) return date => String(number(date)).padStart(run.length, '0')
  switch (letter) {
    case 'y':
      return date => String(date.getFullYear()).slice(run.length === 2 ? -2 : 0)
    case 'M':
      return date =>
        run.length > 2
          ? (months[date.getMonth()] ?? '')
          : String(date.getMonth() + 1).padStart(run.length, '0')
    case 'E':
      return date => days[date.getDay()] ?? ''
    case 'a':
      return date => (date.getHours() < 12 ? 'AM' : 'PM')
    case 'Z':
      return zoneOf
    default:
      throw new RangeError(`date pattern: letter '${letter}' is not supported`)
  }
}

/** `+0100` */
function zoneOf(date: Date): string {
  const minutes = -date.getTimezoneOffset()
  const size = Math.abs(minutes)
  const digits = String(Math.floor(size / 60) * 100 + (size % 60)).padStart(4, '0')
  return `${minutes < 0 ? '-' : '+'}${digits}`
}
