/**
 * Messages in the JSON form of Kafka's own converters: bytes in base64, of records only the size, and
 * a tagged field only when it is not the default.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Message } from '../../../src/protocol/index.ts'
import { fieldOf, includes, type Fields, type Type } from '../../../src/protocol/type.ts'
import { defaultOf } from '../../fuzz/arbitrary-message.ts'

type Json = string | number | bigint | boolean | null | Json[] | { [name: string]: Json }

/** What Kafka's converter takes for a message, and what it gives when records are only counted. */
export function toKafkaJson(
  message: Message,
  version: number,
  value: object,
  records: 'size' | 'base64' = 'size',
): Json {
  return structToJson(message.fields, { version, records }, value)
}

interface Form {
  version: number
  records: 'size' | 'base64'
}

function structToJson(fields: Fields, form: Form, value: object): Json {
  const entries = Object.entries(fields).flatMap(([name, description]): [string, Json][] => {
    const field = fieldOf(description)
    const each = (value as Record<string, unknown>)[name]
    if (!includes(field.versions, form.version)) return []
    if (field.tag !== undefined && isDeepStrictEqual(each, defaultOf(field))) return []
    if (Buffer.isBuffer(each) && field.type.name === 'records' && form.records === 'size') {
      return [[`${name}SizeInBytes`, each.length]]
    }
    return [[name, valueToJson(field.type, form, each)]]
  })
  return Object.fromEntries(entries)
}

function valueToJson({ name, element, fields }: Type, form: Form, value: unknown): Json {
  if (Buffer.isBuffer(value)) return value.toString('base64')
  if (Array.isArray(value) && element !== undefined) {
    return value.map(each => valueToJson(element, form, each))
  }
  if (fields !== undefined && value !== null) return structToJson(fields, form, value as object)
  if (name === 'float64') return double(value as number)
  return value as Json
}

/** JSON with whole numbers of any size and doubles that show it, which JSON.stringify does not write. */
export function stringify(value: Json): string {
  return JSON.stringify(value, (_, each: Json) =>
    typeof each === 'bigint' ? `${bigMark}${each}` : each,
  )
    .replaceAll(new RegExp(`"${bigMark}(-?\\d+)"`, 'g'), '$1')
    .replaceAll(new RegExp(`"${doubleMark}(-?\\d+)"`, 'g'), '$1.0')
    .replaceAll(new RegExp(`"${doubleMark}([^"]+)"`, 'g'), '$1')
}

/** JSON where numbers beyond 2^53 become texts, so that none is rounded. */
export function parse(text: string): Json {
  const quoted = text.replaceAll(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, token =>
    /^-?\d{16,}$/.test(token) ? `"${token}"` : token,
  )
  return JSON.parse(quoted) as Json
}

const bigMark = 'int64:'
const doubleMark = 'float64:'

/** Kafka's converter takes no whole number for a double. */
export const double = (value: number): string => `${doubleMark}${value}`
