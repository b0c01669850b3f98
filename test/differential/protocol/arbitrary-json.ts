/** Random messages in JSON, made from Kafka's own description of them and not from ours. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { double } from './kafka-json.ts'
import type { KafkaField, KafkaMessage, Range } from './kafka-schema.ts'

/** What Kafka's converter takes for the version. */
export function arbitraryJson(message: KafkaMessage, version: number): fc.Arbitrary<object> {
  return arbitraryStruct(message.fields, version)
}

function arbitraryStruct(fields: readonly KafkaField[], version: number): fc.Arbitrary<object> {
  const present = fields.filter(({ versions }) => isIn(versions, version))
  const entries = present.map(field => [field.name, arbitraryField(field, version)])
  return fc.record(Object.fromEntries(entries) as Record<string, fc.Arbitrary<unknown>>, {
    requiredKeys: present.filter(({ tag }) => tag === undefined).map(({ name }) => name),
    noNullPrototype: true,
  })
}

function arbitraryField(field: KafkaField, version: number): fc.Arbitrary<unknown> {
  const value = field.type.startsWith('[]')
    ? fc.array(arbitraryValue(field, field.type.slice(2), version), { maxLength: 3 })
    : arbitraryValue(field, field.type, version)
  return isIn(field.nullableVersions, version) ? fc.option(value, { freq: 4 }) : value
}

function arbitraryValue(field: KafkaField, type: string, version: number): fc.Arbitrary<unknown> {
  if (field.fields.length > 0) return arbitraryStruct(field.fields, version)
  const arbitrary = primitives[type]
  assert(arbitrary !== undefined, `nothing is known about values of type ${type}`)
  return arbitrary
}

const signed = (bits: number): fc.Arbitrary<number> =>
  fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 })

const base64 = (encoding: BufferEncoding, size: { minLength?: number; maxLength: number }) =>
  fc.uint8Array(size).map(bytes => Buffer.from(bytes).toString(encoding))

const primitives: Record<string, fc.Arbitrary<unknown>> = {
  bool: fc.boolean(),
  int8: signed(8),
  int16: signed(16),
  uint16: fc.integer({ min: 0, max: 0xffff }),
  int32: signed(32),
  uint32: fc.integer({ min: 0, max: 0xffff_ffff }),
  // What lies beyond 2^53 is rounded where the description says `int64`; int64Exact has its own test.
  int64: fc.maxSafeInteger(),
  float64: fc.integer().map(double),
  uuid: base64('base64url', { minLength: 16, maxLength: 16 }),
  string: fc.string({ unit: 'grapheme', maxLength: 20 }),
  bytes: base64('base64', { maxLength: 20 }),
  records: base64('base64', { maxLength: 20 }),
}

function isIn(range: Range | undefined, version: number): boolean {
  return range !== undefined && version >= range[0] && version <= range[1]
}
