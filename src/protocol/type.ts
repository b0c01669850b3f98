/**
 * What the schema language is made of: types of values and the fields that hold them. A type knows
 * how it is compiled for one version; everything above it is data. Mirrors the JSON descriptions
 * that Kafka generates its message classes from.
 */
import type { Reader, Writer } from '../bytes/index.ts'

/** How one value is read and written in one version of a message. */
export interface ValueCodec<Out = unknown, In = Out> {
  read(reader: Reader): Out
  write(writer: Writer, value: In): void
  /** The fewest bytes a value takes: bounds array counts before memory is taken. */
  readonly leastSizeBytes: number
  /** What stands for a value that is not there, when its field names no other. */
  readonly zero: Out
  /** True for a value that equals `zero`, however it is held. */
  isZero(value: In): boolean
}

/** What a type is compiled for. */
export interface Context {
  /** For error texts: `topics.partitions`; empty for the message itself. */
  readonly path: string
  readonly version: number
  /** Compact lengths and tag sections (KIP-482). */
  readonly isFlexible: boolean
  /** Null is allowed, in this version. */
  readonly isNullable: boolean
  /** It is the value of a tagged field itself, not a part of one. */
  readonly isTagged?: boolean
}

/** Never there at run time: carries the types of values through the language. */
declare const values: unique symbol

/** The type of a value: `Out` is what reading gives, `In` what writing takes. */
export interface Type<Out = unknown, In = Out> {
  readonly [values]?: { out: Out; in: In }
  readonly kind: 'type'
  /** Kafka's name where it has one: `int32`, `string`, `array`, `struct`. */
  readonly name: string
  readonly element?: Type
  readonly fields?: Fields
  compile(context: Context): ValueCodec
}

/** First and last version, both included. */
export type VersionRange = readonly [first: number, last: number]

/** A type in its place: in which versions, under which tag, with which default. */
export interface Field<Out = unknown, In = Out, Given extends boolean = boolean> {
  readonly [values]?: { out: Out; in: In; given: Given }
  readonly kind: 'field'
  readonly type: Type
  readonly versions: VersionRange
  /** Versions in which null is allowed; absent when in none. */
  readonly nullableVersions?: VersionRange
  /** The number in the tag section of the struct (KIP-482): written only when not the default. */
  readonly tag?: number
  /** Absent when the zero of the type, or null for a nullable field, is meant. */
  readonly default?: Default
  /** May be dropped in silence where the version does not have it, whatever its value. */
  readonly isIgnorable: boolean
  /** Names the element in its array: no two elements may have the same. */
  readonly isMapKey: boolean
  /** Encoded as before KIP-482 in flexible versions too. */
  readonly isNeverFlexible: boolean
}

/** The zero of arrays and structs is the only default they can have. */
export type Default = string | number | bigint | boolean

export type Fields = Readonly<Record<string, Type | Field>>

/** What reading a type, field or list of fields gives: every field is there, in every version. */
export type OutputOf<T> = T extends { readonly [values]?: { out: infer Out } } ? Out : never
export type InputOf<T> = T extends { readonly [values]?: { in: infer In } } ? In : never
export type OutputOfFields<F> = { [K in keyof F]: OutputOf<F[K]> }

/**
 * What writing takes. A field that is there in all versions and has no stated default has to be
 * given; every other (`since`, `between`, `tagged`, `nullable`, `withDefault`, `ignorable`) may be
 * left out and is then its default.
 */
export type InputOfFields<F> = {
  [K in keyof F as F[K] extends MustBeGiven ? K : never]: InputOf<F[K]>
} & {
  [K in keyof F as F[K] extends MustBeGiven ? never : K]?: InputOf<F[K]> | undefined
}

/** A bare type, or one that `mapKey` alone has placed. */
type MustBeGiven = Type | { readonly [values]?: { given: true } }

export function fieldOf(description: Type | Field): Field {
  if (description.kind === 'field') return description
  return {
    kind: 'field',
    type: description,
    versions: allVersions,
    isIgnorable: false,
    isMapKey: false,
    isNeverFlexible: false,
  }
}

export const allVersions: VersionRange = [0, Infinity]

export function includes(range: VersionRange | undefined, version: number): boolean {
  return range !== undefined && version >= range[0] && version <= range[1]
}
