/**
 * Which broker properties give a topic its defaults, in the order in which they are looked at, and
 * in which unit. Mirrors ServerTopicConfigSynonyms and KafkaConfig.extractLogConfigMap.
 */
import type { BrokerConfig } from './broker-config.ts'
import type { BrokerProperty } from './broker-properties.ts'
import type { Given } from './config.ts'
import { isAtLeast, parseInterBrokerVersion } from './inter-broker-version.ts'
import { LONG_MAX } from './java-numbers.ts'
import type { TopicProperty } from './topic-config.ts'

interface Synonym {
  readonly name: BrokerProperty
  /** What one unit of the broker property is in units of the topic property. */
  readonly scale: number
}

const one = (name: BrokerProperty): readonly Synonym[] => [{ name, scale: 1 }]
const hours = (name: BrokerProperty): Synonym => ({ name, scale: 3_600_000 })
const minutes = (name: BrokerProperty): Synonym => ({ name, scale: 60_000 })

/** Broker properties behind a topic property, the first that is set wins. */
export const topicSynonyms: Readonly<Partial<Record<TopicProperty, readonly Synonym[]>>> = {
  'segment.bytes': one('log.segment.bytes'),
  'segment.ms': [...one('log.roll.ms'), hours('log.roll.hours')],
  'segment.jitter.ms': [...one('log.roll.jitter.ms'), hours('log.roll.jitter.hours')],
  'segment.index.bytes': one('log.index.size.max.bytes'),
  'flush.messages': one('log.flush.interval.messages'),
  'flush.ms': [...one('log.flush.interval.ms'), ...one('log.flush.scheduler.interval.ms')],
  'retention.bytes': one('log.retention.bytes'),
  'retention.ms': [
    ...one('log.retention.ms'),
    minutes('log.retention.minutes'),
    hours('log.retention.hours'),
  ],
  'max.message.bytes': one('message.max.bytes'),
  'index.interval.bytes': one('log.index.interval.bytes'),
  'delete.retention.ms': one('log.cleaner.delete.retention.ms'),
  'min.compaction.lag.ms': one('log.cleaner.min.compaction.lag.ms'),
  'max.compaction.lag.ms': one('log.cleaner.max.compaction.lag.ms'),
  'file.delete.delay.ms': one('log.segment.delete.delay.ms'),
  'min.cleanable.dirty.ratio': one('log.cleaner.min.cleanable.ratio'),
  'cleanup.policy': one('log.cleanup.policy'),
  'unclean.leader.election.enable': one('unclean.leader.election.enable'),
  'min.insync.replicas': one('min.insync.replicas'),
  'compression.type': one('compression.type'),
  'compression.gzip.level': one('compression.gzip.level'),
  'compression.lz4.level': one('compression.lz4.level'),
  'compression.zstd.level': one('compression.zstd.level'),
  preallocate: one('log.preallocate'),
  'message.format.version': one('log.message.format.version'),
  'message.timestamp.type': one('log.message.timestamp.type'),
  'message.timestamp.difference.max.ms': one('log.message.timestamp.difference.max.ms'),
  'message.timestamp.before.max.ms': one('log.message.timestamp.before.max.ms'),
  'message.timestamp.after.max.ms': one('log.message.timestamp.after.max.ms'),
  'message.downconversion.enable': one('log.message.downconversion.enable'),
  'local.retention.ms': one('log.local.retention.ms'),
  'local.retention.bytes': one('log.local.retention.bytes'),
}

/** What a topic without overrides has, as text by topic property. */
export function topicDefaultsOf(config: BrokerConfig): Given {
  const computed: Partial<Record<TopicProperty, string>> = {
    'segment.ms': String(config.logRollMs),
    'segment.jitter.ms': String(config.logRollJitterMs),
    'flush.ms': String(config.logFlushIntervalMs),
    'retention.ms': String(config.logRetentionMs),
    'message.format.version': formatVersion(config),
    'message.timestamp.before.max.ms': timestampLimit(config, 'before'),
    'message.timestamp.after.max.ms': timestampLimit(config, 'after'),
  }
  const defaults = new Map<string, string>()
  for (const [topicProperty, synonyms] of Object.entries(topicSynonyms)) {
    const [first] = synonyms
    const text =
      computed[topicProperty as TopicProperty] ??
      (first === undefined ? null : config.text(first.name))
    if (text !== null) defaults.set(topicProperty, text)
  }
  return defaults
}

/** Brokers that speak 3.0 or later keep format 2, whatever is written there. */
function formatVersion(config: BrokerConfig): string {
  if (isAtLeast(config.interBrokerProtocolVersion, '3.0-IV1')) return '3.0-IV1'
  return parseInterBrokerVersion(config.get('log.message.format.version'))
}

/** The newer limits go before log.message.timestamp.difference.max.ms where they are set. */
function timestampLimit(config: BrokerConfig, side: 'before' | 'after'): string {
  const own = config.parsed(`log.message.timestamp.${side}.max.ms`)
  const either = config.parsed('log.message.timestamp.difference.max.ms')
  return String(own === LONG_MAX ? either : own)
}
