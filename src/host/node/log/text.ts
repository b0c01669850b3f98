/** Turns an event, its fields and its errors into text that cannot be mistaken for another log line. */
import type { LogFields } from '../../log.ts'

/** Longest printed value of one field; more is cut, because a stranger may choose it. */
const maxValueChars = 2_000
const maxCauses = 10

/** `text key=value key="quoted value"`, then a line for each entry of `lines` and each error. */
export function messageOf(event: string, fields: LogFields): string {
  let head = escaped(event)
  let tail = ''
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue
    if (value instanceof Error) tail += errorLines(value)
    else if (name === 'lines' && Array.isArray(value)) tail += indented(value)
    else head += ` ${name}=${valueText(value)}`
  }
  return head + tail
}

/**
 * Replaces what could break or repaint a line: C0 and C1 control characters, line and paragraph
 * separators, and the marks that reverse the direction of writing.
 */
export function escaped(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\0-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, escapeOf)
}

const shortEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function escapeOf(character: string): string {
  const hex = character.charCodeAt(0).toString(16).padStart(4, '0')
  return shortEscapes[character] ?? `\\u${hex}`
}

function valueText(value: unknown): string {
  const text = typeof value === 'string' ? value : plainText(value)
  const short = text.length > maxValueChars ? `${text.slice(0, maxValueChars)}...` : text
  const needsQuotes = typeof value === 'string' && /^$|[\s"=]/.test(short)
  return escaped(needsQuotes ? JSON.stringify(short) : short)
}

function plainText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  if (ArrayBuffer.isView(value)) return `<${value.byteLength} bytes>`
  return JSON.stringify(value, jsonValue)
}

/** Makes what JSON cannot carry printable. */
export function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Map) return Object.fromEntries(value)
  if (value instanceof Set) return [...value]
  return value
}

function indented(lines: readonly unknown[]): string {
  return lines.map(line => `\n\t${escaped(String(line))}`).join('')
}

/** The way Java prints a throwable: name and message, its frames, then `Caused by:` and the same again. */
function errorLines(error: Error): string {
  let text = ''
  let current: unknown = error
  for (let depth = 0; depth < maxCauses && current !== undefined && current !== null; depth++) {
    text += `\n${depth === 0 ? '' : 'Caused by: '}`
    if (!(current instanceof Error)) return text + valueText(current)
    text += escaped(`${current.name}: ${current.message}`)
    for (const frame of framesOf(current)) text += `\n\t${escaped(frame)}`
    current = current.cause
  }
  return text
}

/** The lines `at ...` of the stack. They follow the message, which may hold lines that look the same. */
function framesOf({ stack = '', message }: Error): string[] {
  const afterMessage = stack.indexOf(message) + message.length
  return stack
    .slice(afterMessage)
    .split('\n')
    .map(line => line.trim())
    .filter(line => line.startsWith('at '))
}
