/** Random messages, made from their description: every field of the version, with its edge cases. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { fieldOf, includes, type Field, type Fields, type Type } from '../../src/protocol/type.ts'
import type { Message, MessageOf } from '../../src/protocol/index.ts'

/** A message as reading gives it: what the version lacks is the default. */
export function arbitraryMessage<M extends Message>(
  message: M,
  version: number,
): fc.Arbitrary<MessageOf<M>> {
  return arbitraryStruct(message.fields, version) as fc.Arbitrary<MessageOf<M>>
}

/** What a field is where its version lacks it. */
export function defaultOf(field: Field): unknown {
  if (field.default !== undefined) return field.default
  const { nullableVersions, tag, type } = field
  const isTaggedStruct = tag !== undefined && type.fields !== undefined
  return nullableVersions === undefined || isTaggedStruct ? zeroOf(type) : null
}

/** What a type is when nothing is said, and null is not meant. */
export function zeroOf(type: Type): unknown {
  return type.compile({ path: '', version: 0, isFlexible: false, isNullable: false }).zero
}

/** First to last version of a message. */
export function versionsOf({ versions: [first, last] }: Message): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
}

function arbitraryStruct(fields: Fields, version: number): fc.Arbitrary<Record<string, unknown>> {
  const entries = Object.entries(fields).map(([name, description]) => [
    name,
    arbitraryField(fieldOf(description), version),
  ])
  return fc.record(Object.fromEntries(entries) as Record<string, fc.Arbitrary<unknown>>, {
    noNullPrototype: true,
  })
}

function arbitraryField(field: Field, version: number): fc.Arbitrary<unknown> {
  if (!includes(field.versions, version)) return fc.constant(defaultOf(field))
  const value = arbitraryValue(field.type, version)
  const orNull = includes(field.nullableVersions, version) ? fc.option(value, { freq: 4 }) : value
  return field.tag === undefined
    ? orNull
    : fc.oneof(fc.constant(defaultOf(field)), { arbitrary: orNull, weight: 3 })
}

function arbitraryValue(type: Type, version: number): fc.Arbitrary<unknown> {
  if (type.fields !== undefined) return arbitraryStruct(type.fields, version)
  if (type.element !== undefined) {
    return fc.array(arbitraryValue(type.element, version), { maxLength: 3 })
  }
  const isExact = typeof zeroOf(type) === 'bigint'
  const arbitrary = isExact ? fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n) : primitives[type.name]
  assert(arbitrary !== undefined, `nothing is known about values of type ${type.name}`)
  return arbitrary
}

const someBytes = fc.uint8Array({ maxLength: 20 }).map(bytes => Buffer.from(bytes))

const primitives: Record<string, fc.Arbitrary<unknown>> = {
  bool: fc.boolean(),
  int8: fc.integer({ min: -0x80, max: 0x7f }),
  int16: fc.integer({ min: -0x8000, max: 0x7fff }),
  uint16: fc.integer({ min: 0, max: 0xffff }),
  int32: fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
  uint32: fc.integer({ min: 0, max: 0xffff_ffff }),
  int64: fc.maxSafeInteger(),
  float64: fc.double({ noNaN: true }),
  uuid: fc
    .uint8Array({ minLength: 16, maxLength: 16 })
    .map(bytes => Buffer.from(bytes).toString('base64url')),
  string: fc.string({ unit: 'grapheme', maxLength: 20 }),
  bytes: someBytes,
  records: someBytes,
}
