/**
 * The language in which every property is described once: type and default first, then traits
 * (limits, importance, how it may change at run time, what we make of it), then one sentence.
 *
 *   'log.segment.bytes': int(1073741824, atLeast(14), high, clusterWide,
 *     'Size in bytes at which a segment is closed and the next one begun.'),
 *
 * The type that `config.get(name)` returns is inferred from it. Mirrors ConfigDef.ConfigKey.
 */
import type { Password } from './password.ts'
import { oneOf, oneOfAnyCase, range, type Validator } from './validators.ts'

export type PropertyType =
  'BOOLEAN' | 'STRING' | 'INT' | 'SHORT' | 'LONG' | 'DOUBLE' | 'LIST' | 'CLASS' | 'PASSWORD'

/** A parsed value. A LONG is a bigint, so that Long.MAX_VALUE stays exact. */
export type ParsedValue = boolean | string | number | bigint | readonly string[] | Password | null

export type Importance = 'high' | 'medium' | 'low'

/** How a broker property may change while the broker runs (KIP-226). */
export type UpdateMode = 'read-only' | 'per-broker' | 'cluster-wide'

/**
 * What we make of a property that the user has set to something other than its default:
 * `honoured`; `ignored`, because it makes no difference here, said in one WARN line; `refused`,
 * because ignoring it would break what the user relies on: the start stops.
 */
export type Support =
  | { readonly state: 'honoured' }
  /** `save`: the one value, as text, that is what we do anyway. */
  | { readonly state: 'ignored'; readonly because: string; readonly save?: string }
  | { readonly state: 'refused'; readonly because: string }

interface Traits {
  readonly validator?: Validator
  readonly importance?: Importance
  readonly internal?: boolean
  readonly updateMode?: UpdateMode
  readonly support?: Support
}

/** `T` is the type that reading the property gives. */
export interface Property<T = unknown> {
  readonly type: PropertyType
  /** `null` = no value; `undefined` = the property must be given. */
  readonly defaultValue: ParsedValue | undefined
  readonly validator: Validator | undefined
  readonly importance: Importance
  /** Left out of DescribeConfigs unless set: Kafka's own knobs for tests. */
  readonly internal: boolean
  readonly updateMode: UpdateMode
  readonly support: Support
  readonly doc: string
  /** Never called: carries `T` for inference. */
  readonly valueType?: (value: T) => void
}

/** A table of properties in Kafka's order. */
export type Properties = Readonly<Record<string, Property<never>>>
/** What reading a property of this description gives. */
export type ValueOf<P> = P extends Property<infer T> ? T : never

export const high: Traits = { importance: 'high' }
export const medium: Traits = { importance: 'medium' }
export const low: Traits = { importance: 'low' }
export const internal: Traits = { internal: true }
/** May be changed for one broker at a time, at run time. */
export const perBroker: Traits = { updateMode: 'per-broker' }
/** May be changed at run time, for one broker or for all. */
export const clusterWide: Traits = { updateMode: 'cluster-wide' }
/** `because` completes the sentence "property x is ignored: ...". */
export const ignored = (because: string, save?: string): Traits => ({
  support: { state: 'ignored', because, ...(save !== undefined && { save }) },
})
/** `because` completes the sentence "property x cannot be set: ...". */
export const refused = (because: string): Traits => ({ support: { state: 'refused', because } })
export const check = (validator: Validator): Traits => ({ validator })
export const atLeast = (min: number): Traits => check(range(min))
export const between = (min: number, max: number): Traits => check(range(min, max))
export const among = (...words: readonly string[]): Traits => check(oneOf(words))
export const amongAnyCase = (...words: readonly string[]): Traits => check(oneOfAnyCase(words))

type Rest = readonly [...Traits[], string]

/** No default: the property must be given. */
export const REQUIRED = Symbol('required')
type Required = typeof REQUIRED

interface Builder<Given, T> {
  (defaultValue: Given | Required, ...rest: Rest): Property<T>
  (defaultValue: null, ...rest: Rest): Property<T | null>
}

function builder<Given, T>(
  type: PropertyType,
  toParsed: (given: Given) => ParsedValue,
): Builder<Given, T> {
  return (given: Given | Required | null, ...rest: Rest) => {
    const traits = Object.assign({}, ...rest.slice(0, -1)) as Traits
    const defaultValue = given === null ? null : given === REQUIRED ? undefined : toParsed(given)
    return {
      type,
      defaultValue,
      validator: traits.validator,
      importance: traits.importance ?? 'medium',
      internal: traits.internal ?? false,
      updateMode: traits.updateMode ?? 'read-only',
      support: traits.support ?? { state: 'honoured' },
      doc: rest.at(-1) as string,
    }
  }
}

const same = (given: ParsedValue) => given
const items = (given: string): readonly string[] => (given === '' ? [] : given.split(','))

export const bool = builder<boolean, boolean>('BOOLEAN', same)
export const string = builder<string, string>('STRING', same)
export const int = builder<number, number>('INT', same)
export const short = builder<number, number>('SHORT', same)
/** Reads as the nearest number: exact to 2^53, and Long.MAX_VALUE is still above everything. */
export const long = builder<number | bigint, number>('LONG', BigInt)
export const double = builder<number, number>('DOUBLE', same)
/** The default is written as in a file: `a,b`. */
export const list = builder<string, readonly string[]>('LIST', items)
/** A Java class by name: nothing is loaded, the names that mean something here are honoured. */
export const javaClass = builder<string, string>('CLASS', same)
export const password = builder<never, Password>('PASSWORD', same)
