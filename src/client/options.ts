/**
 * Options of the clients: Java's property names in camelCase (`lingerMs` is `linger.ms`), or as they
 * are in `properties`, which is how files and the tools have them. The option in camelCase wins.
 */
import {
  adminProperties,
  ConfigError,
  consumerProperties,
  producerProperties,
  reviewGiven,
  type Given,
} from '../config/index.ts'
import type { Log } from '../host/index.ts'

type CamelCase<S extends string> = S extends `${infer Head}.${infer Tail}`
  ? `${Head}${Capitalize<CamelCase<Tail>>}`
  : S

export type OptionValue = string | number | bigint | boolean | readonly string[] | null

type Options<Names extends string> = {
  readonly [N in Names as CamelCase<N>]?: OptionValue | undefined
} & {
  /** By Java's names, as in a `.properties` file. */
  readonly properties?: Readonly<Record<string, string>> | Given | undefined
}

export type AdminOptions = Options<keyof typeof adminProperties>
export type ProducerOptions = Options<keyof typeof producerProperties>
export type ConsumerOptions = Options<keyof typeof consumerProperties>

type AnyOptions = Options<never> & Readonly<Record<string, unknown>>

/** @throws ConfigError for an option of another type than a value, a list or `null` (not given). */
export function givenOf(defaults: AnyOptions, options: AnyOptions): Map<string, string> {
  const given = new Map<string, string>()
  for (const source of [defaults, options]) {
    const properties = source.properties ?? {}
    const entries = properties instanceof Map ? [...properties] : Object.entries(properties)
    for (const [name, value] of entries as [string, string][]) given.set(name, value)
    for (const [option, value] of Object.entries(source)) {
      if (option !== 'properties') setOption(given, option, value)
    }
  }
  return given
}

function setOption(given: Map<string, string>, option: string, value: unknown): void {
  const name = option.replace(/[A-Z]/g, letter => `.${letter.toLowerCase()}`)
  if (value === undefined || value === null) return
  if (Array.isArray(value)) given.set(name, value.join(','))
  else if (isPlain(value)) given.set(name, String(value))
  else throw new ConfigError(`option ${option} must be a value, got ${typeof value}`)
}

function isPlain(value: unknown): value is string | number | bigint | boolean {
  return ['string', 'number', 'bigint', 'boolean'].includes(typeof value)
}

/**
 * Says in the log what makes no difference here.
 *
 * @throws ConfigError for the first property that cannot be honoured.
 */
export function reviewOptions(
  given: Given,
  properties: Parameters<typeof reviewGiven>[1],
  log: Log,
): void {
  const { refusals, warnings } = reviewGiven(given, properties)
  if (refusals[0] !== undefined) throw refusals[0]
  for (const { property, because } of warnings) {
    log.warn(`The configuration '${property}' has no effect: ${because}`)
  }
}
