/** Messages as JSON, in the form of Kafka's generated converters: tools print stored records so. */
import { formatJavaDouble } from '../bytes/index.ts'
import type { Message, MessageOf } from './message.ts'
import { fieldOf, includes, type Default, type Field, type Fields, type Type } from './type.ts'
import { ZERO_UUID } from './uuid.ts'

/**
 * The fields that the version has, in order; bytes in base64, an int64 with all its digits. Of tagged
 * fields those that are not the default.
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
    .filter(({ field }) => includes(field.versions, version))
    .filter(({ name, field }) => field.tag === undefined || !isDefault(field, value[name]))
    .map(({ name, field }) => `"${name}":${valueJson(field.type, version, value[name])}`)
  return `{${members.join(',')}}`
}

function isDefault({ type, default: value, nullableVersions }: Field, given: unknown): boolean {
  if (type.fields !== undefined) return isEmpty(type.fields, given)
  if (given === null) return value === undefined
  if (nullableVersions !== undefined && value === undefined) return false
  if (Array.isArray(given) || Buffer.isBuffer(given)) return given.length === 0
  return isSame(given as Default, value ?? zeros.get(type.name) ?? '')
}

/** A whole number and a bigint of the same value are. */
const isSame = (left: Default, right: Default) => left.toString() === right.toString()

/** Null is not: a tagged struct that is not there is an empty one. */
const isEmpty = (fields: Fields, given: unknown): boolean =>
  given !== null &&
  Object.entries(fields).every(([name, description]) =>
    isDefault(fieldOf(description), (given as Record<string, unknown>)[name]),
  )

const zeros = new Map<string, Default>([
  ['string', ''],
  ['uuid', ZERO_UUID],
  ['bool', false],
  ...['int8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'float64'].map(
    name => [name, 0] as const,
  ),
])

function valueJson(type: Type, version: number, value: unknown): string {
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'string') return stringJson(value)
  if (Buffer.isBuffer(value)) return `"${value.toString('base64')}"`
  if (type.name === 'float64') return doubleJson(value as number)
  const { element, fields } = type
  if (element !== undefined && Array.isArray(value)) {
    return `[${value.map(one => valueJson(element, version, one)).join(',')}]`
  }
  if (fields !== undefined && value !== null) {
    return structJson(fields, version, value as Record<string, unknown>)
  }
  return JSON.stringify(value)
}

/** Control characters have capital digits in Java's JSON. */
const stringJson = (text: string) =>
  JSON.stringify(text).replace(/\\u00[01][0-9a-f]/g, code => `\\u${code.slice(2).toUpperCase()}`)

/** What JSON has no number for is a text. */
const doubleJson = (value: number) =>
  Number.isFinite(value) ? formatJavaDouble(value) : `"${value}"`
