/** Moments and spans as Java's tools read them. */
import { ToolError } from '../java-text.ts'

const DATE_TIME =
  /^(\d{4})-(\d{1,2})-(\d{1,2})T(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,3}))?(Z|[+-]\d{2}:\d{2})$/

/** `2020-01-01T00:00:00.000`, in UTC unless it ends in a zone. @returns milliseconds since 1970 */
export function parseDateTime(text: string): number {
  const [, time] = text.split('T')
  if (time === undefined) {
    throw unparseable(
      "Error parsing timestamp. It does not contain a 'T' according to ISO8601 format",
    )
  }
  const match = DATE_TIME.exec(/[+\-Z]/.test(time) ? text : `${text}Z`)
  if (match === null) throw unparseable(`Unparseable date: "${text}"`)
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map(Number)
  const millis = Number(match.at(7) ?? 0)
  const utcMs = Date.UTC(year, month - 1, day, hour, minute, second, millis)
  const isReal = new Date(utcMs).getUTCDate() === day && hour < 24 && minute < 60 && second < 60
  if (!isReal || month > 12) throw unparseable(`Unparseable date: "${text}"`)
  return utcMs - zoneMs(match[8] ?? 'Z')
}

function zoneMs(zone: string): number {
  if (zone === 'Z') return 0
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(4, 6))]
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000
}

const unparseable = (message: string) =>
  new ToolError('java.lang.RuntimeException', `java.text.ParseException: ${message}`)

const DURATION =
  /^([-+]?)P(?:([-+]?\d+)D)?(?:T(?=[-+]?\d)(?:([-+]?\d+)H)?(?:([-+]?\d+)M)?(?:([-+]?\d+(?:[.,]\d{0,9})?)S)?)?$/i

/** `PnDTnHnMnS`. @returns milliseconds */
export function parseDuration(text: string): number {
  const match = DURATION.exec(text)
  const parts = match
    ?.slice(2)
    .map(part => Number((part as string | undefined)?.replace(',', '.') ?? NaN))
  if (match === null || parts === undefined || parts.every(Number.isNaN)) {
    throw new ToolError(
      'java.time.format.DateTimeParseException',
      'Text cannot be parsed to a Duration',
    )
  }
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts.map(part => part || 0)
  const spanMs = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000
  return match[1] === '-' ? -spanMs : spanMs
}
