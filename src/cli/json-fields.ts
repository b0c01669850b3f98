/** JSON files of tools, taken apart as Kafka's own reader does, with its words for a wrong shape. */
import { ToolError } from './java-text.ts'

const MAX_INT = 2 ** 31 - 1
const MAX_LONG = 2 ** 63

export type Fields = Readonly<Record<string, unknown>>

/** @throws ToolError for what is no JSON */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw operationError('The input string is not a valid JSON')
  }
}

export function field(fields: Fields, name: string): unknown {
  if (Object.hasOwn(fields, name)) return fields[name]
  throw mappingError(`No such field exists: \`${name}\``)
}

export function object(value: unknown): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw mappingError(`Expected JSON object, received ${JSON.stringify(value)}`)
}

export function array(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw mappingError(`Expected JSON array, received ${JSON.stringify(value)}`)
}

export function string(value: unknown): string {
  if (typeof value === 'string') return value
  throw expected('String', value)
}

export function integer(value: unknown): number {
  const isInt = Number.isInteger(value) && Math.abs(value as number) <= MAX_INT
  if (isInt) return value as number
  throw expected('Integer', value)
}

export function long(value: unknown): number {
  const isLong = Number.isInteger(value) && Math.abs(value as number) <= MAX_LONG
  if (isLong) return Math.min(value as number, Number.MAX_SAFE_INTEGER)
  throw expected('Long', value)
}

const expected = (type: string, value: unknown) =>
  mappingError(`Expected \`${type}\` value, received ${JSON.stringify(value)}`)

const mappingError = (message: string) =>
  new ToolError('com.fasterxml.jackson.databind.JsonMappingException', message)

export const operationError = (message: string, cause?: unknown) =>
  new ToolError('org.apache.kafka.server.common.AdminOperationException', message, cause)

export const commandFailed = (message: string, cause?: unknown) =>
  new ToolError('org.apache.kafka.server.common.AdminCommandFailedException', message, cause)

export function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Where Kafka decodes a list, whose words differ. */
export function expectedArray(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw expected('JSON array', value)
}
