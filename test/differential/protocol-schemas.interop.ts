/**
 * Every description in src/protocol/messages against the JSON inside Kafka's own jars: fields, order,
 * types, versions, null, tags, defaults.
 */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { type Field, type Fields, type Message, type Type } from '../../src/protocol/index.ts'
import { fieldOf } from '../../src/protocol/type.ts'
import { peerOrSkip } from '../peers/cache.ts'
import { described, stored } from './protocol/example.ts'
import {
  intersect,
  kafkaSchemas,
  unionOfSchemas,
  type KafkaField,
  type KafkaMessage,
  type Range,
} from './protocol/kafka-schema.ts'

test('descriptions equal those of genuine Kafka, 3.9.2 with 4.3.1 laid over it', async t => {
  await compareAll(t, described, unionOfSchemas)
})

test('descriptions of stored records equal those of genuine Kafka 3.9.2', async t => {
  await compareAll(t, stored, () => kafkaSchemas('3.9.2'))
})

type Schemas = ReadonlyMap<string, KafkaMessage>

async function compareAll(
  t: TestContext,
  ours: readonly Message[],
  load: () => Promise<Schemas>,
): Promise<void> {
  const schemas = await peerOrSkip(t, load)
  if (schemas === undefined) return

  for (const message of ours) {
    await t.test(message.name, () => {
      const schema = schemas.get(message.name)
      assert(schema !== undefined, `Kafka has no message ${message.name}`)

      assert.deepEqual(ourMessage(message), kafkaMessage(schema, message))
    })
  }
}

/** What is compared of a field; where it says nothing, it does not matter on the wire. */
interface Comparable {
  name: string
  type: string
  versions: Range
  nullableVersions: Range | undefined
  tag: number | undefined
  default: string
  isIgnorable: boolean
  isMapKey: boolean
  isNeverFlexible: boolean
  fields: Comparable[]
}

function ourMessage(message: Message): object {
  const { name, apiKey, versions, flexible, isLatestUnstable } = message
  const fields = ourFields(message.fields, versions)
  return { name, apiKey, versions, flexible, isLatestUnstable, fields }
}

function kafkaMessage(schema: KafkaMessage, { kind }: Message): object {
  const { name, apiKey, versions, flexible } = schema
  return {
    name,
    apiKey,
    versions,
    flexible,
    // Said twice by Kafka, once is enough: the API hides the version, not each of its messages.
    isLatestUnstable: kind === 'request' && schema.isLatestUnstable,
    fields: schema.fields.map(field => kafkaField(field, versions)),
  }
}

function ourFields(fields: Fields, scope: Range): Comparable[] {
  return Object.entries(fields).flatMap(([name, description]) => {
    const field = fieldOf(description)
    const versions = intersect(field.versions, scope)
    // A struct that two fields share has what only one of them needs.
    if (versions === undefined) return []
    const isAlwaysThere = versions[0] === scope[0] && versions[1] === scope[1]
    return {
      name,
      type: typeName(field.type),
      versions,
      nullableVersions: intersect(field.nullableVersions, versions),
      tag: field.tag,
      default: ourDefault(field),
      isIgnorable: field.isIgnorable && !isAlwaysThere,
      isMapKey: field.isMapKey,
      isNeverFlexible: field.isNeverFlexible,
      fields: ourFields(structOf(field.type), versions),
    }
  })
}

function kafkaField(field: KafkaField, scope: Range): Comparable {
  const { name, versions, nullableVersions, tag, isMapKey, isNeverFlexible } = field
  const isAlwaysThere = versions[0] === scope[0] && versions[1] === scope[1]
  return {
    name,
    type: kafkaTypeName(field),
    versions,
    nullableVersions,
    tag,
    default: kafkaDefault(field),
    // Never asked for a field that every version has.
    isIgnorable: field.isIgnorable && !isAlwaysThere,
    isMapKey,
    isNeverFlexible,
    fields: field.fields.map(each => kafkaField(each, versions)),
  }
}

function typeName({ name, element }: Type): string {
  return element === undefined ? name : `[]${typeName(element)}`
}

function kafkaTypeName({ type, fields }: KafkaField): string {
  if (fields.length === 0) return type
  return type.startsWith('[]') ? '[]struct' : 'struct'
}

function structOf(type: Type): Fields {
  return type.fields ?? (type.element === undefined ? {} : structOf(type.element))
}

function ourDefault(field: Field): string {
  if (field.default !== undefined) return String(field.default)
  return field.nullableVersions === undefined ? zeroOf(typeName(field.type)) : 'null'
}

/** A nullable field without a default of its own is null here, and a zero in Kafka's classes. */
function kafkaDefault(field: KafkaField): string {
  const { default: value, nullableVersions } = field
  const type = kafkaTypeName(field)
  if (value === undefined || value === '') {
    return nullableVersions === undefined ? zeroOf(type) : 'null'
  }
  if (type === 'bool') return value.toLowerCase()
  return /^u?int/.test(type) ? String(BigInt(value)) : value
}

function zeroOf(type: string): string {
  if (/^u?int|^float/.test(type)) return '0'
  return type === 'bool' ? 'false' : 'empty'
}
