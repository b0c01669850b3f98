/**
 * Turns the fields of a struct into two functions, one that reads and one that writes, as JavaScript
 * source. A loop over the fields would meet every type of every message at the same call and the
 * same store, which the engine then cannot inline; a function of its own for each struct and version
 * is as fast as one written by hand (bench/messages.bench.ts).
 */
import assert from 'node:assert/strict'
import type { Reader, Writer } from '../bytes/index.ts'
import type { ValueCodec } from './type.ts'

export type Struct = Record<string, unknown>

/** One field of one version. */
export interface StructMember {
  readonly name: string
  readonly codec: ValueCodec
  readonly defaultValue: unknown
  /** Also for a value that is not given. */
  readonly isDefault: (value: unknown) => boolean
}

/** The section of tagged fields at the end of a struct in flexible versions (KIP-482). */
export interface TagSection {
  read(reader: Reader, value: Struct): void
  write(writer: Writer, value: Struct): void
}

export interface StructMembers {
  /** Of every version: all values have one shape. */
  readonly all: readonly StructMember[]
  /** What this version has before its tag section, in the order on the wire. */
  readonly inOrder: readonly StructMember[]
  /** What this version lacks and must not lose in silence. */
  readonly dropped: readonly StructMember[]
  readonly tags: TagSection | undefined
  /** Called for a dropped field that is set. */
  readonly refuse: (name: string) => void
}

/** Calls the codecs in the order on the wire, inside one object literal. */
export function generateRead(members: StructMembers): (reader: Reader) => Struct {
  const { all, inOrder, tags } = members
  const properties = all.map((member, index) => {
    const isHere = inOrder.includes(member)
    return `${identifier(member.name)}: ${isHere ? `codec${index}.read(reader)` : `default${index}`}`
  })
  const source = `return reader => {
    const value = { ${properties.join(', ')} }
    ${tags === undefined ? '' : 'tags.read(reader, value)'}
    return value
  }`
  return generate(members, source) as (reader: Reader) => Struct
}

export function generateWrite(members: StructMembers): (writer: Writer, value: Struct) => void {
  const { all, inOrder, dropped, tags } = members
  const checks = dropped.map(member => {
    const name = identifier(member.name)
    return `if (value.${name} !== undefined && !isDefault${all.indexOf(member)}(value.${name})) refuse('${name}')`
  })
  const writes = inOrder.map(member => {
    const index = all.indexOf(member)
    return `given = value.${identifier(member.name)}
      codec${index}.write(writer, given === undefined ? default${index} : given)`
  })
  const source = `return (writer, value) => {
    let given
    ${[...checks, ...writes].join('\n')}
    ${tags === undefined ? '' : 'tags.write(writer, value)'}
  }`
  return generate(members, source) as (writer: Writer, value: Struct) => void
}

/** Names in the source: `codec0`, `default0`, `isDefault0`, ... by the place in `all`, and `tags`, `refuse`. */
function generate({ all, tags, refuse }: StructMembers, source: string): unknown {
  const names = new Map<string, unknown>([
    ['tags', tags],
    ['refuse', refuse],
  ])
  for (const [index, { codec, defaultValue, isDefault }] of all.entries()) {
    names.set(`codec${index}`, codec)
    names.set(`default${index}`, defaultValue)
    names.set(`isDefault${index}`, isDefault)
  }
  // The source is made of our own descriptions alone: names of fields, nothing that was received.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const make = new Function(...names.keys(), `'use strict'; ${source}`)
  return Reflect.apply(make, undefined, [...names.values()])
}

function identifier(name: string): string {
  assert.match(name, /^[a-zA-Z][a-zA-Z0-9]*$/, 'a field is named by a plain identifier')
  return name
}
