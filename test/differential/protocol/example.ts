/** Two fixed instances of every message and version, whose genuine bytes are kept in golden-bytes.ts. */
import assert from 'node:assert/strict'
import { javaHashCode } from '../../../src/bytes/index.ts'
import * as kraftControl from '../../../src/protocol/kraft-control-records.ts'
import { metadataRecords } from '../../../src/protocol/metadata-records.ts'
import { newGroupRecords } from '../../../src/protocol/new-group-records.ts'
import { remoteLogRecords } from '../../../src/protocol/remote-log-records.ts'
import * as storedByCoordinators from '../../../src/protocol/stored-messages.ts'
import {
  RequestHeader,
  ResponseHeader,
  messages,
  type Message,
  type MessageOf,
} from '../../../src/protocol/index.ts'
import {
  fieldOf,
  includes,
  type Field,
  type Fields,
  type Type,
} from '../../../src/protocol/type.ts'
import { defaultOf, versionsOf, zeroOf } from '../../fuzz/arbitrary-message.ts'

/** All that is described of the protocol. */
export const described: readonly Message[] = [RequestHeader, ResponseHeader, ...messages]

/** What lies in internal topics, of Kafka without ZooKeeper too: written as the last release with it does. */
export const stored: readonly Message[] = [
  ...Object.values(storedByCoordinators),
  ...Object.values(kraftControl),
  ...newGroupRecords.flatMap(({ key, value }) => [key, value]),
  ...[...metadataRecords.values()].map(({ message }) => message),
  ...remoteLogRecords.values(),
]

/** Every message in every version. */
export const describedVersions = [...described, ...stored].flatMap(message =>
  versionsOf(message).map(version => ({ message, version, key: `${message.name} v${version}` })),
)

/**
 * `full`: every field is set, to a value that comes from its name, so that none can be taken for
 * another, and arrays have one element. `empty`: the defaults, with null wherever the version allows it.
 */
export type ExampleKind = 'full' | 'empty'

export function exampleOf<M extends Message>(
  message: M,
  version: number,
  kind: ExampleKind,
): MessageOf<M> {
  return exampleStruct(
    message.fields,
    version,
    kind === 'full' ? fullValue(version) : emptyValue(version),
  ) as MessageOf<M>
}

type ValueOf = (field: Field, name: string) => unknown

function exampleStruct(fields: Fields, version: number, valueOf: ValueOf): object {
  const entries = Object.entries(fields).map(([name, description]) => {
    const field = fieldOf(description)
    return [name, includes(field.versions, version) ? valueOf(field, name) : defaultOf(field)]
  })
  return Object.fromEntries(entries) as object
}

function emptyValue(version: number): ValueOf {
  return field => {
    if (field.tag !== undefined) return defaultOf(field)
    return includes(field.nullableVersions, version) ? null : (field.default ?? zeroOf(field.type))
  }
}

function fullValue(version: number): ValueOf {
  const ofType = (type: Type, number: number): unknown => {
    if (type.fields !== undefined) return exampleStruct(type.fields, version, ofField)
    if (type.element !== undefined) return [ofType(type.element, number)]
    const make = primitives[type.name]
    assert(make !== undefined, `nothing is known about values of type ${type.name}`)
    return typeof zeroOf(type) === 'bigint' ? BigInt(number) : make(number)
  }
  const ofField: ValueOf = ({ type }, name) => ofType(type, numberOf(name))
  return ofField
}

/** A small number that stays with a name, wherever it is moved. */
function numberOf(name: string): number {
  return 1 + (Math.abs(javaHashCode(name)) % 120)
}

const primitives: Record<string, (number: number) => unknown> = {
  bool: () => true,
  int8: number => number,
  int16: number => number,
  uint16: number => number,
  int32: number => number,
  uint32: number => number,
  int64: number => number,
  float64: number => number,
  uuid: number => Buffer.alloc(16, number).toString('base64url'),
  string: number => `s${number}`,
  bytes: number => Buffer.from([number]),
  records: number => Buffer.from([number]),
}
