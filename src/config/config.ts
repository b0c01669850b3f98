/**
 * Properties that were given, parsed against their descriptions. Reading by name is typed by the
 * description. Mirrors AbstractConfig: everything is parsed and validated at once, on construction.
 */
import { formatValue, parseProperty } from './parse-value.ts'
import { Password } from './password.ts'
import type { ParsedValue, Properties, Property, ValueOf } from './property.ts'

/** Text by property name, as in a file; insertion order is the file's. */
export type Given = ReadonlyMap<string, string>

export class Config<P extends Properties> {
  /** What was given, unparsed and with the unknown names. */
  readonly given: Given
  readonly #properties: P
  readonly #values: ReadonlyMap<string, ParsedValue>

  /** @throws ConfigError for the first value that is not of its type or outside its limits. */
  constructor(properties: P, given: Given) {
    this.given = given
    this.#properties = properties
    this.#values = parseAll(properties, given)
  }

  /** The value in use: what was given, or the default. A LONG comes as the nearest number. */
  get<N extends keyof P & string>(name: N): ValueOf<P[N]> {
    const value = this.parsed(name)
    return (typeof value === 'bigint' ? Number(value) : value) as ValueOf<P[N]>
  }

  /** The value with its LONG exact. */
  parsed(name: keyof P & string): ParsedValue {
    return this.#values.get(name) ?? null
  }

  /** The value as Kafka writes it, secrets as `[hidden]`; `null` for no value. */
  text(name: keyof P & string): string | null {
    const value = this.parsed(name)
    return value === null ? null : formatValue(value, this.#properties[name]?.type)
  }

  isGiven(name: keyof P & string): boolean {
    return this.given.has(name)
  }

  /** Whether the value differs from the default: setting a default makes no difference. */
  isChanged(name: keyof P & string): boolean {
    return this.isGiven(name) && !isDefault(this.parsed(name), this.#properties[name])
  }

  /** Of every described property, by name. */
  get names(): readonly (keyof P & string)[] {
    return Object.keys(this.#properties).sort()
  }

  /** Names that were given and are not described. */
  get unknown(): readonly string[] {
    return [...this.given.keys()].filter(name => !Object.hasOwn(this.#properties, name))
  }
}

/** Parses and validates every property of a table. */
export function parseAll(properties: Properties, given: Given): Map<string, ParsedValue> {
  const values = new Map<string, ParsedValue>()
  for (const [name, property] of Object.entries(properties)) {
    values.set(name, parseProperty(name, property, given.get(name)))
  }
  return values
}

function isDefault(value: ParsedValue, property: Property<never> | undefined): boolean {
  const defaultValue = property?.defaultValue ?? null
  if (value instanceof Password || value === null || defaultValue === null) {
    return value === defaultValue
  }
  return formatValue(value) === formatValue(defaultValue)
}
