/**
 * Text to value and back by Kafka's rules (ConfigDef.parseType, convertToString): everything is
 * trimmed, numbers are Java's, a list is split at commas.
 */
import { ConfigError, invalidValue } from './config-error.ts'
import { formatJavaDouble } from '../bytes/index.ts'
import { parseJavaDouble, parseJavaInteger } from './java-numbers.ts'
import { Password } from './password.ts'
import type { ParsedValue, Property, PropertyType } from './property.ts'

/** What Java's String.trim takes off: every character up to the blank. */

const trimJava = (text: string) => text.replace(/^[\0- ]+|[\0- ]+$/g, '')

/** @throws ConfigError as in `Invalid value x for configuration segment.bytes: Not a number...`. */
export function parseValue(name: string, type: PropertyType, text: string): ParsedValue {
  const trimmed = trimJava(text)
  switch (type) {
    case 'BOOLEAN':
      if (/^true$/i.test(trimmed)) return true
      if (/^false$/i.test(trimmed)) return false
      throw invalidValue(name, text, 'Expected value to be either true or false')
    case 'INT':
    case 'SHORT':
    case 'LONG':
    case 'DOUBLE': {
      const number = parseNumber(type, trimmed)
      if (number === undefined) throw invalidValue(name, text, `Not a number of type ${type}`)
      return number
    }
    case 'LIST':
      return trimmed === '' ? [] : trimmed.split(/\s*,\s*/)
    case 'PASSWORD':
      return new Password(trimmed)
    case 'STRING':
    case 'CLASS':
      return trimmed
  }
}

function parseNumber(
  type: 'INT' | 'SHORT' | 'LONG' | 'DOUBLE',
  text: string,
): number | bigint | undefined {
  if (type === 'DOUBLE') return parseJavaDouble(text)
  const integer = parseJavaInteger(text, type)
  return integer === undefined || type === 'LONG' ? integer : Number(integer)
}

/** Parses and validates what was given; `undefined` means not given, and takes the default. */
export function parseProperty(
  name: string,
  property: Property<never>,
  text: string | undefined,
): ParsedValue {
  if (text === undefined && property.defaultValue === undefined) {
    const message = `Missing required configuration "${name}" which has no default value.`
    throw new ConfigError(message, { property: name })
  }
  const value =
    text === undefined ? (property.defaultValue ?? null) : parseValue(name, property.type, text)
  property.validator?.ensureValid(name, value, property.type)
  return value
}

/** The text of a value as Kafka stores and shows it; a secret shows as `[hidden]`. */
export function formatValue(value: ParsedValue, type?: PropertyType): string {
  if (Array.isArray(value)) return value.join(',')
  if (typeof value === 'number') {
    return type === 'DOUBLE' || !Number.isInteger(value) ? formatJavaDouble(value) : String(value)
  }
  return String(value)
}
