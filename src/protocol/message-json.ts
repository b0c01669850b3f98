/** Messages as JSON, in the form of Kafka's generated converters: tools print stored records so. */
import type { Message, MessageOf } from './message.ts'
import { fieldOf, includes, type Fields, type Type } from './type.ts'

/**
 * The fields that the version has, in order; bytes in base64, an int64 with all its digits. Tagged
 * fields are left out: no message that is printed so has one.
 */
export function messageJson<M extends Message>(
  { fields }: M,
  version: number,
  value: MessageOf<M>,
): string {
  return structJson(fields, version, value)
}

function structJson(fields: Fields, version: number, value: Record<string, unknown>): string {
  const members = Object.entries(fields)
    .map(([name, description]) => ({ name, field: fieldOf(description) }))
    .filter(({ field }) => field.tag === undefined && includes(field.versions, version))
    .map(({ name, field }) => `"${name}":${valueJson(field.type, version, value[name])}`)
  return `{${members.join(',')}}`
}

function valueJson(type: Type, version: number, value: unknown): string {
  if (typeof value === 'bigint') return String(value)
  if (Buffer.isBuffer(value)) return `"${value.toString('base64')}"`
  const { element, fields } = type
  if (element !== undefined && Array.isArray(value)) {
    return `[${value.map(one => valueJson(element, version, one)).join(',')}]`
  }
  if (fields !== undefined && value !== null) {
    return structJson(fields, version, value as Record<string, unknown>)
  }
  return JSON.stringify(value)
}
