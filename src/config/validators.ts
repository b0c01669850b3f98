/**
 * What a value must be beyond its type. Each says what Kafka's ConfigDef says when it refuses, and
 * describes itself as Kafka's documentation does (`[14,...]`).
 */
import { ConfigError, invalidValue } from './config-error.ts'
import { interBrokerVersions, parseInterBrokerVersion } from './inter-broker-version.ts'
import { formatValue } from './parse-value.ts'
import type { ParsedValue, PropertyType } from './property.ts'

export interface Validator {
  /** @throws ConfigError in Kafka's words. */
  readonly ensureValid: (name: string, value: ParsedValue, type?: PropertyType) => void
  /** Kafka's notation of the limits. */
  readonly description: string
}

/** Java's toString, where a list stands in brackets. */
function shown(value: ParsedValue, type?: PropertyType): string {
  return Array.isArray(value) ? `[${value.join(', ')}]` : formatValue(value, type)
}

/** Kafka writes some limits as doubles (`0.0`): the text in which it shows them. */
type ShownAs = readonly [min: string, max: string]

export function range(min: number, max?: number, shownAs?: ShownAs): Validator {
  const [minText, maxText] = shownAs ?? [String(min), String(max)]
  return {
    description: max === undefined ? `[${minText},...]` : `[${minText},...,${maxText}]`,
    ensureValid(name, value, type) {
      if (value === null) throw invalidValue(name, 'null', 'Value must be non-null')
      const number = Number(value)
      if (number < min) {
        throw invalidValue(name, shown(value, type), `Value must be at least ${minText}`)
      }
      if (max !== undefined && number > max) {
        throw invalidValue(name, shown(value, type), `Value must be no more than ${maxText}`)
      }
    },
  }
}

/** One of these words; of a list, each. */
export function oneOf(words: readonly string[]): Validator {
  const all = words.join(', ')
  return {
    description: `[${all}]`,
    ensureValid(name, value) {
      const given: readonly ParsedValue[] = Array.isArray(value) ? (value as string[]) : [value]
      for (const word of given) {
        if (typeof word === 'string' && words.includes(word)) continue
        throw invalidValue(name, shown(word), `String must be one of: ${all}`)
      }
    },
  }
}

/** One of these words in any case, in the order in which Kafka prints them. */
export function oneOfAnyCase(words: readonly string[]): Validator {
  const all = words.join(', ')
  return {
    description: `(case insensitive) [${all}]`,
    ensureValid(name, value) {
      if (typeof value === 'string' && words.includes(value.toUpperCase())) return
      throw invalidValue(name, shown(value), `String must be one of (case insensitive): ${all}`)
    },
  }
}

export const nonEmptyString: Validator = {
  description: 'non-empty string',
  ensureValid(name, value) {
    if (value === '') throw invalidValue(name, '', 'String must be non-empty')
  },
}

export const nonNull: Validator = {
  description: 'non-null string',
  ensureValid(name, value) {
    if (value === null) throw invalidValue(name, 'null', 'entry must be non null')
  },
}

/** A gzip level: 1 to 9, or -1 for zlib's own default. */
export const gzipLevel: Validator = {
  description: '[1,...,9] or -1',
  ensureValid(name, value) {
    const level = Number(value)
    if (level === -1 || (level >= 1 && level <= 9)) return
    throw invalidValue(name, shown(value), 'Value must be between 1 and 9 or equal to -1')
  },
}

/** Which replicas of a topic are throttled: `*`, or partition:broker pairs. */
export const throttledReplicas: Validator = {
  description: '[partitionId]:[brokerId],[partitionId]:[brokerId],...',
  ensureValid(name, value) {
    const replicas = value as readonly string[]
    if (replicas.join('') === '*' || replicas.every(one => /^([0-9]+:[0-9]+)?$/.test(one))) return
    const form = '[partitionId]:[brokerId],[partitionId]:[brokerId],...'
    throw invalidValue(
      name,
      shown(value),
      `${name} must be the literal '*' or a list of replicas in the following format: ${form}`,
    )
  },
}

export const interBrokerVersion: Validator = {
  description: `[${interBrokerVersions.join(', ')}]`,
  ensureValid(name, value) {
    try {
      parseInterBrokerVersion(value as string)
    } catch (error) {
      if (error instanceof ConfigError) throw invalidValue(name, shown(value), error.message)
      throw error
    }
  },
}

/** A thread count that -1 leaves to another property. */
export const fallbackThreads: Validator = {
  description: '[1,...] or -1',
  ensureValid(name, value) {
    const threads = Number(value)
    if (threads === -1 || threads > 0) return
    throw invalidValue(name, shown(value), 'Value can be -1 or greater than 0')
  },
}

/** Kafka parses these lists when a KRaft node starts; here they are only carried. */
export const addressList: Validator = {
  description: 'non-empty list',
  ensureValid: () => undefined,
}
