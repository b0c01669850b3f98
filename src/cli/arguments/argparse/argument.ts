/** Arguments of a tool that reads its command line as argparse4j does, each described at once. */
import {
  booleanType,
  doubleType,
  integerType,
  longType,
  shortType,
  stringType,
  type ValueType,
} from '../value-types.ts'

/** How many values follow: exactly one, one if any, any number, at least one. */
export type Count = 'one' | '?' | '*' | '+'

/** `T` is what the argument reads as. */
export interface Argument<T = unknown> {
  /** `--name`, then other spellings; empty for a positional argument. */
  readonly flags: readonly string[]
  readonly action: 'store' | 'append' | 'true' | 'help' | 'version'
  readonly type: ValueType<unknown>
  readonly count: Count
  readonly isRequired: boolean
  /** Values that are allowed; all of them when not given. */
  readonly choices: readonly unknown[] | undefined
  readonly defaultsTo: T
  /** What stands for the value in usage texts. */
  readonly metavar: string | undefined
  readonly help: string
  /** Arguments of one group exclude each other. */
  readonly group: Group | undefined
}

/** A group of which at most one argument may be given; of a required one exactly one. */
export interface Group {
  readonly isRequired: boolean
  /** With a title or a description, the group has a paragraph of its own in the help text. */
  readonly title?: string
  readonly description?: string
}

export type Arguments = Readonly<Record<string, Argument>>

interface Settings<T> {
  /** Other spellings, `-b` for example. */
  readonly aliases?: readonly string[]
  readonly isRequired?: boolean
  readonly choices?: readonly T[]
  readonly metavar?: string
  readonly group?: Group
}

type Value<T, S> = S extends { readonly defaultsTo: T }
  ? T
  : S extends { readonly isRequired: true }
    ? T
    : T | null

const base = {
  action: 'store',
  count: 'one',
  isRequired: false,
  choices: undefined,
  metavar: undefined,
  group: undefined,
} as const

const flagsOf = (flag: string, aliases: readonly string[] = []) =>
  flag.startsWith('-') ? [flag, ...aliases] : []

/** An argument with one value. `--name` makes an option, a bare word a positional argument. */
function stored<T>(type: ValueType<T>) {
  return <S extends Settings<T> & { readonly defaultsTo?: T }>(
    flag: string,
    help: string,
    settings?: S,
  ): Argument<Value<T, S>> => {
    const given: Settings<T> & { readonly defaultsTo?: T } = settings ?? {}
    const { aliases, defaultsTo, ...rest } = given
    return {
      ...base,
      ...rest,
      flags: flagsOf(flag, aliases),
      type,
      help,
      defaultsTo: (defaultsTo ?? null) as Value<T, S>,
    }
  }
}

export const textArgument = stored(stringType)
export const integerArgument = stored(integerType)
export const shortArgument = stored(shortType)
export const longArgument = stored(longType)
export const doubleArgument = stored(doubleType)

/** Given or not. */
export function switchArgument(
  flag: string,
  help: string,
  settings: Pick<Settings<boolean>, 'aliases' | 'group'> = {},
): Argument<boolean> {
  const { aliases, group } = settings
  const flags = flagsOf(flag, aliases)
  return { ...base, group, flags, action: 'true', type: booleanType, help, defaultsTo: false }
}

/** Several values behind one option. */
export function listArgument(
  flag: string,
  count: '*' | '+',
  help: string,
  settings: Settings<string> = {},
): Argument<readonly string[] | null> {
  const { aliases, ...rest } = settings
  const flags = flagsOf(flag, aliases)
  return { ...base, ...rest, flags, count, type: stringType, help, defaultsTo: null }
}

/** An option that may be given several times, each with a value. */
export function repeatedArgument(
  flag: string,
  help: string,
  settings: Settings<string> = {},
): Argument<readonly string[] | null> {
  const { aliases, ...rest } = settings
  const flags = flagsOf(flag, aliases)
  return { ...base, ...rest, flags, action: 'append', type: stringType, help, defaultsTo: null }
}

/** `-h`, `--help`: every parser has it. */
export const helpArgument: Argument<null> = {
  ...base,
  flags: ['-h', '--help'],
  action: 'help',
  type: stringType,
  help: 'show this help message and exit',
  defaultsTo: null,
}

/** Prints the version at once. */
export function versionArgument(help: string, flags: readonly string[]): Argument<null> {
  return { ...base, flags, action: 'version', type: stringType, help, defaultsTo: null }
}

/** What stands for an argument in error texts: its spellings, or its name. */
export function nameOf(name: string, argument: Argument): string {
  return argument.flags.length === 0 ? name : argument.flags.join('/')
}

export const takesValue = ({ action }: Argument) => action === 'store' || action === 'append'
