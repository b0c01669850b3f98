/**
 * The words that place a type in a message: `since(3, nullable(string))`. Each takes a type or an
 * already placed one and may be nested in any order.
 */
import {
  fieldOf,
  type Default,
  type Field,
  type InputOf,
  type OutputOf,
  type Type,
} from './type.ts'

type AnyDescription = Type | Field
type Same<T> = Field<OutputOf<T>, InputOf<T>, false>
type KeyOf<T> = T extends Type ? Field<OutputOf<T>, InputOf<T>, true> : T
type OrNull<T> = Field<OutputOf<T> | null, InputOf<T> | null, false>

/** There from version `first` on. */
export function since<T extends AnyDescription>(first: number, description: T): Same<T> {
  return between(first, Infinity, description)
}

/** There from version `first` to version `last`, both included. */
export function between<T extends AnyDescription>(
  first: number,
  last: number,
  description: T,
): Same<T> {
  return { ...fieldOf(description), versions: [first, last] } as Same<T>
}

/** Null is allowed from version `first` on, and is the default unless `withDefault` names another. */
export function nullable<T extends AnyDescription>(
  description: T,
  first = 0,
  last = Infinity,
): OrNull<T> {
  return { ...fieldOf(description), nullableVersions: [first, last] } as OrNull<T>
}

/** In the tag section of its struct, from version `first` on (KIP-482); not written when default. */
export function tagged<T extends AnyDescription>(
  tag: number,
  first: number,
  description: T,
): Same<T> {
  return { ...fieldOf(description), tag, versions: [first, Infinity] } as Same<T>
}

/** What the field is when a version does not have it, or a writer does not give it. */
export function withDefault<T extends AnyDescription>(
  description: T,
  value: OutputOf<T> & Default,
): Same<T> {
  return { ...fieldOf(description), default: value } as Same<T>
}

/** May be dropped without an error by a version that does not have it. */
export function ignorable<T extends AnyDescription>(description: T): Same<T> {
  return { ...fieldOf(description), isIgnorable: true } as Same<T>
}

/** The field that tells the elements of an array apart. */
export function mapKey<T extends AnyDescription>(description: T): KeyOf<T> {
  return { ...fieldOf(description), isMapKey: true } as KeyOf<T>
}

/** Encoded as before KIP-482 in every version: the client id of request headers. */
export function neverFlexible<T extends AnyDescription>(description: T): Same<T> {
  return { ...fieldOf(description), isNeverFlexible: true } as Same<T>
}
