/** Options of a tool that reads its command line as jopt-simple does, each described at once. */
import {
  booleanType,
  doubleType,
  integerType,
  longType,
  stringType,
  type ValueType,
} from '../value-types.ts'

/** `T` is what one argument reads as, `Absent` what `value()` gives without any. */
export interface Option<T = unknown, Absent = unknown> {
  readonly argument: 'none' | 'required' | 'optional'
  readonly type: ValueType<T>
  readonly description: string
  /** What the argument is, in the usage text. */
  readonly describedAs: string
  readonly defaults: readonly T[]
  /** Splits an argument into several. */
  readonly separator: string | undefined
  readonly isRequired: boolean
  /** Required when none of these is given. */
  readonly requiredUnless: readonly string[]
  /** Not allowed when none of these is given. */
  readonly availableIf: readonly string[]
  /** With it, nothing is required. */
  readonly isForHelp: boolean
  /** Never there: carries `Absent` for inference. */
  readonly absent?: Absent
}

export type Options = Readonly<Record<string, Option>>

interface Settings {
  readonly describedAs?: string
  readonly separator?: string
  readonly isRequired?: boolean
  readonly requiredUnless?: readonly string[]
  readonly availableIf?: readonly string[]
  /** The option may stand without an argument. */
  readonly isOptional?: boolean
}

interface Defaulted<T> extends Settings {
  readonly defaultsTo: T
}

const plain = {
  describedAs: '',
  defaults: [],
  separator: undefined,
  isRequired: false,
  requiredUnless: [],
  availableIf: [],
  isForHelp: false,
}

/** Stands alone: given or not. */
export function flag(
  description: string,
  settings: Pick<Settings, 'availableIf'> = {},
): Option<string, null> {
  return { ...plain, ...settings, argument: 'none', type: stringType, description }
}

/** `--help`, `--version`: with it, no other option is missed. */
export function helpFlag(description: string): Option<string, null> {
  return { ...flag(description), isForHelp: true }
}

interface Maker<T> {
  (description: string, settings: Defaulted<T>): Option<T, never>
  (description: string, settings?: Settings): Option<T, null>
}

/** Options whose arguments are of a type. */
export function argumentOf<T>(type: ValueType<T>): Maker<T> {
  return (description: string, settings: Settings & { readonly defaultsTo?: T } = {}) => {
    const { defaultsTo, isOptional, ...rest } = settings
    return {
      ...plain,
      ...rest,
      argument: isOptional === true ? 'optional' : 'required',
      type,
      description,
      defaults: defaultsTo === undefined ? [] : [defaultsTo],
    }
  }
}

export const text = argumentOf(stringType)
export const integer = argumentOf(integerType)
export const long = argumentOf(longType)
export const double = argumentOf(doubleType)
export const boolean = argumentOf(booleanType)

/** The two options that every tool of Kafka has. */
export const standardOptions = {
  help: helpFlag('Print usage information.'),
  version: helpFlag('Display Kafka version.'),
}
