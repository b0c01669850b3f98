/**
 * What a version of a message can carry, read off its description: so that nobody else has to know
 * the number of the version in which a field came or went.
 */
import assert from 'node:assert/strict'
import type { Message, MessageInput, MessageOf } from './message.ts'
import { fieldOf, includes, type Field, type Fields, type VersionRange } from './type.ts'

type Leaf = string | number | bigint | boolean | Buffer | null | undefined

type PathIn<T> = T extends Leaf
  ? never
  : T extends readonly (infer E)[]
    ? PathIn<E>
    : { [K in keyof T & string]: K | `${K}.${PathIn<NonNullable<T[K]>>}` }[keyof T & string]

/** A field by its name, one of an element of an array behind that of the array: `topics.topicId`. */
export type FieldPath<M extends Message> = PathIn<MessageOf<M>>

/** Answers for one version. */
export type VersionTest = (version: number) => boolean

/** Versions of the message that have the field. */
export function hasField<M extends Message>(message: M, path: FieldPath<M>): VersionTest {
  return within(fieldsAlong(message, path).map(({ versions }) => versions))
}

/** Versions of the message in which the field may be null. */
export function allowsNull<M extends Message>(message: M, path: FieldPath<M>): VersionTest {
  const fields = fieldsAlong(message, path)
  const nullable = fields.at(-1)?.nullableVersions ?? noVersions
  return within([...fields.map(({ versions }) => versions), nullable])
}

const noVersions: VersionRange = [Infinity, -Infinity]

/** In all of the ranges. Asked for every request: nothing is looked up then. */
function within(ranges: readonly VersionRange[]): VersionTest {
  const first = Math.max(...ranges.map(([from]) => from))
  const last = Math.min(...ranges.map(([, to]) => to))
  return version => version >= first && version <= last
}

/** Those of the fields that the version has: the others say nothing to who speaks only that. */
export function fieldsIn<M extends Message>(
  message: M,
  version: number,
  values: Partial<MessageInput<M>>,
): Partial<MessageInput<M>> {
  const known = Object.entries(values).filter(([name]) => {
    const description = message.fields[name]
    return description !== undefined && includes(fieldOf(description).versions, version)
  })
  return Object.fromEntries(known) as Partial<MessageInput<M>>
}

function fieldsAlong(message: Message, path: string): readonly Field[] {
  let fields: Fields | undefined = message.fields
  return path.split('.').map(name => {
    const description = fields?.[name]
    assert(description !== undefined, `${message.name} has no field ${path}`)
    const field = fieldOf(description)
    fields = field.type.fields ?? field.type.element?.fields
    return field
  })
}
