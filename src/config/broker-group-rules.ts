/** Rules about groups. Mirrors GroupCoordinatorConfig and ShareGroupConfig, with their sentences. */
import type { BrokerConfig } from './broker-config.ts'
import type { BrokerProperty } from './broker-properties.ts'
import type { Rule } from './broker-rules.ts'
import { ConfigError } from './config-error.ts'

const MOST_CODEC = 4

/** @throws ConfigError for the first rule that is broken. */
export function ensureGroupRules(config: BrokerConfig): void {
  ensureCodec(config)
  const rules: readonly Rule[] = [
    requiredAcks(config),
    ...between(config, 'group.consumer', 'heartbeat.interval.ms'),
    ...between(config, 'group.consumer', 'session.timeout.ms'),
    ...between(config, 'group.share', 'heartbeat.interval.ms'),
    ...between(config, 'group.share', 'session.timeout.ms'),
    ...recordLocks(config),
  ]
  for (const { holds, property, says } of rules) {
    if (!holds) throw new ConfigError(says, { property, value: config.text(property) ?? 'null' })
  }
}

/** @throws ConfigError for group protocols that ZooKeeper mode does not have. */
export function ensureGroupProtocols(config: BrokerConfig): void {
  const property = 'group.coordinator.rebalance.protocols'
  const protocols = config.get(property)
  const value = protocols.join(',')
  if (!protocols.includes('classic')) {
    const message = "Disabling the 'classic' protocol is not supported."
    throw new ConfigError(message, { property, value })
  }
  if (protocols.includes('consumer')) {
    const message = "The new 'consumer' rebalance protocol is only supported in KRaft cluster."
    throw new ConfigError(message, { property, value })
  }
}

function ensureCodec(config: BrokerConfig): void {
  const property = 'offsets.topic.compression.codec'
  const codec = config.get(property)
  if (codec >= 0 && codec <= MOST_CODEC) return
  const value = String(codec)
  throw new ConfigError(`Unknown compression type id: ${codec}`, { property, value })
}

function requiredAcks(config: BrokerConfig): Rule {
  const property = 'offsets.commit.required.acks'
  const acks = config.get(property)
  return {
    holds: acks >= -1 && acks <= config.get('offsets.topic.replication.factor'),
    property,
    says:
      `${property} must be greater or equal to -1 and less or equal to ` +
      'offsets.topic.replication.factor',
  }
}

type Bounded = 'heartbeat.interval.ms' | 'session.timeout.ms'

/** A time of a group, its least and its most. */
function between(
  config: BrokerConfig,
  group: 'group.consumer' | 'group.share',
  time: Bounded,
): readonly Rule[] {
  const value = `${group}.${time}` as const
  const least = `${group}.min.${time}` as const
  const most = `${group}.max.${time}` as const
  return [
    notBelow(config, most, least),
    notBelow(config, value, least),
    notAbove(config, value, most),
  ]
}

function recordLocks(config: BrokerConfig): readonly Rule[] {
  const duration = 'group.share.record.lock.duration.ms'
  return [
    notBelow(config, duration, 'group.share.min.record.lock.duration.ms'),
    notBelow(config, 'group.share.max.record.lock.duration.ms', duration),
  ]
}

function notBelow(config: BrokerConfig, property: BrokerProperty, least: BrokerProperty): Rule {
  const holds = Number(config.parsed(property)) >= Number(config.parsed(least))
  return { holds, property, says: `${property} must be greater than or equals to ${least}` }
}

function notAbove(config: BrokerConfig, property: BrokerProperty, most: BrokerProperty): Rule {
  const holds = Number(config.parsed(property)) <= Number(config.parsed(most))
  return { holds, property, says: `${property} must be less than or equals to ${most}` }
}
