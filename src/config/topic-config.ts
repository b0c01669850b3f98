/** What holds for one topic: its overrides over the broker's defaults. Mirrors LogConfig. */
import type { BrokerConfig } from './broker-config.ts'
import { Config, type Given } from './config.ts'
import { ConfigError, InvalidConfigurationError } from './config-error.ts'
import { LONG_MAX } from './java-numbers.ts'
import type { ValueOf } from './property.ts'
import { topicProperties } from './topic-properties.ts'

export type TopicProperty = keyof typeof topicProperties
/** What `config.get(name)` gives. */
export type TopicValue<N extends TopicProperty> = ValueOf<(typeof topicProperties)[N]>

export class TopicConfig extends Config<typeof topicProperties> {
  /** What is set for the topic itself, as text (the znode /config/topics/T). */
  readonly overrides: Given

  /** @throws ConfigError for a value that is not of its type or outside its limits. */
  constructor(defaults: Given, overrides: Given) {
    super(topicProperties, new Map([...defaults, ...overrides]))
    this.overrides = overrides
  }

  /** A topic's configuration on this broker. */
  static on(broker: BrokerConfig, overrides: Given = new Map()): TopicConfig {
    return new TopicConfig(broker.topicDefaults, overrides)
  }

  get isCompacted(): boolean {
    return this.get('cleanup.policy').includes('compact')
  }

  get isDeleted(): boolean {
    return this.get('cleanup.policy').includes('delete')
  }

  /** How far in the past a timestamp may lie. */
  get timestampBeforeMaxMs(): number {
    return this.#timestampLimit('before')
  }

  /** How far in the future a timestamp may lie. */
  get timestampAfterMaxMs(): number {
    return this.#timestampLimit('after')
  }

  /** The older property for both sides holds where the newer one is not set. */
  #timestampLimit(side: 'before' | 'after'): number {
    const name = `message.timestamp.${side}.max.ms` as const
    const isUnset = this.parsed(name) === LONG_MAX
    return this.get(isUnset ? 'message.timestamp.difference.max.ms' : name)
  }
}

/**
 * Refuses overrides that a topic cannot have, as creation and alteration do.
 *
 * @throws ConfigError for an unknown name, a bad value, or values that do not go together.
 */
export function validateTopicOverrides(defaults: Given, overrides: Given): TopicConfig {
  for (const name of overrides.keys()) {
    if (Object.hasOwn(topicProperties, name)) continue
    throw new InvalidConfigurationError(`Unknown topic config name: ${name}`, { property: name })
  }
  const config = new TopicConfig(defaults, overrides)
  const minLag = config.parsed('min.compaction.lag.ms') as bigint
  const maxLag = config.parsed('max.compaction.lag.ms') as bigint
  if (minLag > maxLag) {
    throw new InvalidConfigurationError(
      `conflict topic config setting min.compaction.lag.ms (${minLag}) > ` +
        `max.compaction.lag.ms (${maxLag})`,
      { property: 'min.compaction.lag.ms', value: String(minLag) },
    )
  }
  ensureNoRemoteStorage(config)
  return config
}

/** Tiered storage is off in the broker, and in ZooKeeper mode cannot be wound down either. */
function ensureNoRemoteStorage(config: TopicConfig): void {
  if (config.get('remote.log.delete.on.disable') || config.get('remote.log.copy.disable')) {
    throw new InvalidConfigurationError(
      'It is invalid to set `remote.log.delete.on.disable` or `remote.log.copy.disable` under ' +
        "Zookeeper's mode.",
      { property: 'remote.log.copy.disable' },
    )
  }
  if (config.get('remote.storage.enable')) {
    throw new ConfigError(
      'Tiered Storage functionality is disabled in the broker. Topic cannot be configured with ' +
        'remote log storage.',
      { property: 'remote.storage.enable', value: 'true' },
    )
  }
}
