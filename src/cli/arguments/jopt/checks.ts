/** What tools demand of a command line beyond its syntax. Mirrors Kafka's CommandLineUtils. */
import { UsageError, VersionRequested } from '../errors.ts'
import type { GivenOptions } from './given-options.ts'
import type { Options } from './option.ts'
import { usageOf } from './usage.ts'

type Name<O> = keyof O & string

/** Ends a command with `message` and the usage text. */
export function refuse<O extends Options>(given: GivenOptions<O>, message: string): never {
  throw new UsageError(message, usageOf(given.options))
}

/**
 * Nothing on the command line, or `--help`: usage below `message`. `--version`: the version.
 *
 * @throws UsageError or VersionRequested.
 */
export function helpOrVersion<O extends Options>(
  given: GivenOptions<O>,
  argv: readonly string[],
  message: string,
): void {
  const wants = (name: string) => Object.hasOwn(given.options, name) && given.has(name)
  if (argv.length === 0 || wants('help')) refuse(given, message)
  if (wants('version')) throw new VersionRequested()
}

/** @throws UsageError `Missing required argument "[topic]"` for the first that is missing. */
export function requireOptions<O extends Options>(
  given: GivenOptions<O>,
  ...names: readonly Name<O>[]
): void {
  const missing = names.find(name => !given.has(name))
  if (missing !== undefined) refuse(given, `Missing required argument "[${missing}]"`)
}

/** @throws UsageError when `used` is given together with one of `invalid`. */
export function refuseTogether<O extends Options>(
  given: GivenOptions<O>,
  used: Name<O>,
  ...invalid: readonly Name<O>[]
): void {
  if (!given.has(used)) return
  const other = invalid.find(name => given.has(name))
  if (other !== undefined) {
    refuse(given, `Option "[${used}]" can't be used with option "[${other}]"`)
  }
}

/** @throws UsageError when all of `used` are given, and one of `invalid` as well. */
export function refuseCombination<O extends Options>(
  given: GivenOptions<O>,
  combination: {
    readonly used: readonly Name<O>[]
    readonly invalid: readonly Name<O>[]
    /** What else to say, with a blank in front. */
    readonly addition?: string
  },
): void {
  const { used, invalid, addition = '' } = combination
  if (!used.every(name => given.has(name))) return
  const other = invalid.find(name => given.has(name))
  if (other === undefined) return
  const list = used.map(name => `[${name}]`).join(', ')
  refuse(given, `Option combination "[${list}]" can't be used with option "[${other}]"${addition}`)
}

/** @throws UsageError unless exactly one of the actions is given. */
export function requireOneAction<O extends Options>(
  given: GivenOptions<O>,
  actions: readonly Name<O>[],
  message: string,
): Name<O> {
  const chosen = actions.filter(name => given.has(name))
  const [action] = chosen
  return action === undefined || chosen.length > 1 ? refuse(given, message) : action
}

/**
 * `key=value` arguments; the value may contain an equals sign, and be empty.
 *
 * @throws Error `Missing value for key x}` (the brace is Kafka's) unless values may be missing.
 */
export function parseKeyValues(
  pairs: readonly string[],
  { mayMissValue = true } = {},
): Map<string, string> {
  const values = new Map<string, string>()
  for (const pair of pairs) {
    const equals = pair.indexOf('=')
    const key = equals < 0 ? pair : pair.slice(0, equals)
    const value = equals < 0 ? '' : pair.slice(equals + 1)
    if (value === '' && !mayMissValue) throw new Error(`Missing value for key ${key}}`)
    values.set(key, value)
  }
  return values
}

/**
 * What holds for `key`: the option if it is on the command line, else what `properties` say, else
 * the option's default. Without any the key is removed.
 */
export function mergeOption<O extends Options>(
  properties: Map<string, string>,
  key: string,
  given: GivenOptions<O>,
  name: Name<O>,
): void {
  if (!given.has(name) && properties.has(key)) return
  const value: unknown = given.value(name)
  if (value === null) properties.delete(key)
  else properties.set(key, typeof value === 'string' ? value : JSON.stringify(value))
}
