/**
 * What DescribeConfigs (32) answers: each property with its value, where it comes from and what
 * else is set for the same thing. In the order of the tables; Kafka's own order is that of a hash
 * map. Mirrors ConfigHelper.
 */
import {
  describedAs,
  isDynamic,
  isSensitive,
  listenerProperty,
  synonymsWithBase,
} from './broker-names.ts'
import { brokerProperties } from './broker-properties.ts'
import type { Config, Given } from './config.ts'
import type { DynamicBrokerConfig } from './dynamic-broker-config.ts'
import { formatValue } from './parse-value.ts'
import { Password } from './password.ts'
import type { Properties, PropertyType } from './property.ts'
import { TopicConfig, type TopicProperty } from './topic-config.ts'
import { topicSynonyms } from './topic-defaults.ts'
import { topicProperties } from './topic-properties.ts'

/** Where a value comes from; numbers of the protocol. */
export const ConfigSource = {
  TOPIC_CONFIG: 1,
  DYNAMIC_BROKER_CONFIG: 2,
  DYNAMIC_DEFAULT_BROKER_CONFIG: 3,
  STATIC_BROKER_CONFIG: 4,
  DEFAULT_CONFIG: 5,
  DYNAMIC_BROKER_LOGGER_CONFIG: 6,
} as const
export type ConfigSource = (typeof ConfigSource)[keyof typeof ConfigSource]

/** Types by their number in the protocol. */
export const ConfigType = {
  UNKNOWN: 0,
  BOOLEAN: 1,
  STRING: 2,
  INT: 3,
  SHORT: 4,
  LONG: 5,
  DOUBLE: 6,
  LIST: 7,
  CLASS: 8,
  PASSWORD: 9,
} as const satisfies Record<PropertyType | 'UNKNOWN', number>
export type ConfigType = (typeof ConfigType)[keyof typeof ConfigType]

export interface DescribedSynonym {
  readonly name: string
  readonly value: string | null
  readonly source: ConfigSource
}

/** One entry of the answer. A secret, and what nobody knows, has the value `null`. */
export interface DescribedConfig {
  readonly name: string
  readonly value: string | null
  readonly source: ConfigSource
  readonly isReadOnly: boolean
  readonly isSensitive: boolean
  readonly type: ConfigType
  readonly documentation: string | null
  /** All that is set for the same thing, the strongest first. */
  readonly synonyms: readonly DescribedSynonym[]
}

/** A topic's configuration on this broker. `names` restricts the answer; `null` gives all. */
export function describeTopicConfig(
  broker: DynamicBrokerConfig,
  overrides: Given,
  names: readonly string[] | null = null,
): readonly DescribedConfig[] {
  const config = TopicConfig.on(broker.current, overrides)
  return namesOf(topicProperties, config, names).map(name => {
    const property = Object.hasOwn(topicProperties, name)
      ? topicProperties[name as TopicProperty]
      : undefined
    const sensitive = property === undefined
    const value = sensitive ? null : config.text(name as TopicProperty)
    const own = overrides.has(name) ? [{ name, value, source: ConfigSource.TOPIC_CONFIG }] : []
    const brokerName = topicSynonyms[name as TopicProperty]?.[0]?.name
    const inherited = brokerName === undefined ? [] : brokerSynonyms(broker, brokerName, sensitive)
    const synonyms = [...own, ...inherited]
    return {
      name,
      value,
      source: synonyms[0]?.source ?? ConfigSource.DEFAULT_CONFIG,
      isReadOnly: false,
      isSensitive: sensitive,
      type: ConfigType[property?.type ?? 'UNKNOWN'],
      documentation: property?.doc ?? null,
      synonyms,
    }
  })
}

/** This broker's whole configuration. */
export function describeBrokerConfig(
  broker: DynamicBrokerConfig,
  names: readonly string[] | null = null,
): readonly DescribedConfig[] {
  return namesOf(brokerProperties, broker.current, names).map(name =>
    describeBroker(name, brokerText(broker, name), brokerSynonyms(broker, name)),
  )
}

/** What is set for all brokers at run time, and nothing else. */
export function describeClusterConfig(
  broker: DynamicBrokerConfig,
  names: readonly string[] | null = null,
): readonly DescribedConfig[] {
  return [...broker.clusterLayer]
    .filter(([name]) => isWanted(name, names))
    .map(([name, text]) => {
      const synonyms = brokerSynonyms(broker, name).filter(
        synonym => synonym.source === ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG,
      )
      return describeBroker(name, text, synonyms)
    })
}

function describeBroker(
  name: string,
  text: string | null,
  synonyms: readonly DescribedSynonym[],
): DescribedConfig {
  const property = describedAs(name)
  return {
    name,
    value: isSensitive(name) ? null : text,
    source: synonyms[0]?.source ?? ConfigSource.DEFAULT_CONFIG,
    isReadOnly: !isDynamic(name),
    isSensitive: isSensitive(name),
    type: ConfigType[property?.type ?? 'UNKNOWN'],
    documentation: listenerProperty(name) === undefined ? (property?.doc ?? null) : null,
    synonyms,
  }
}

/** Known properties that are not Kafka's inner affair, then whatever else was given. */
function namesOf<P extends Properties>(
  properties: P,
  config: Config<P>,
  names: readonly string[] | null,
): readonly string[] {
  const known = Object.keys(properties).filter(
    name => properties[name]?.internal === false || config.given.has(name),
  )
  return [...known, ...config.unknown].filter(name => isWanted(name, names))
}

const isWanted = (name: string, names: readonly string[] | null) =>
  names === null || names.length === 0 || names.includes(name)

/** Known properties show parsed, others as they were given. */
function brokerText(broker: DynamicBrokerConfig, name: string): string | null {
  if (Object.hasOwn(brokerProperties, name)) {
    return broker.current.text(name as keyof typeof brokerProperties)
  }
  return broker.current.given.get(name) ?? null
}

/** What the layers hold under any name for the same thing, as it was given there. */
function brokerSynonyms(
  broker: DynamicBrokerConfig,
  name: string,
  sensitive = isSensitive(name),
): readonly DescribedSynonym[] {
  const layers: readonly (readonly [ConfigSource, (name: string) => string | undefined])[] = [
    [ConfigSource.DYNAMIC_BROKER_CONFIG, key => broker.brokerLayer.get(key)],
    [ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG, key => broker.clusterLayer.get(key)],
    [ConfigSource.STATIC_BROKER_CONFIG, key => broker.fixed.given.get(key)],
    [ConfigSource.DEFAULT_CONFIG, defaultText],
  ]
  const names = synonymsWithBase(name)
  const found = layers.flatMap(([source, lookUp]) =>
    names.flatMap(synonym => {
      const text = lookUp(synonym)
      return text === undefined ? [] : [{ name: synonym, value: sensitive ? null : text, source }]
    }),
  )
  // As Kafka has it: a coarser unit that stands before the name itself is not shown.
  const first = found.findIndex(synonym => synonym.name === name)
  return first < 0 ? [] : found.slice(first)
}

function defaultText(name: string): string | undefined {
  if (!Object.hasOwn(brokerProperties, name)) return undefined
  const property = brokerProperties[name as keyof typeof brokerProperties]
  const value = property.defaultValue
  if (value === null || value === undefined || value instanceof Password) return undefined
  return formatValue(value, property.type)
}
