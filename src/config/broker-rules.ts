/**
 * Values that do not go together. Mirrors KafkaConfig.validateValues for ZooKeeper mode, in its
 * order, with its sentences ("requirement failed" is how Scala's require begins).
 */
import type { BrokerConfig } from './broker-config.ts'
import type { BrokerProperty } from './broker-properties.ts'
import { ConfigError } from './config-error.ts'
import { isAtLeast, parseInterBrokerVersion, recordFormatOf } from './inter-broker-version.ts'

const MEBIBYTE = 1024 * 1024
const ZSTD = 4

export interface Rule {
  readonly holds: boolean
  /** The property that is named when it does not. */
  readonly property: BrokerProperty
  readonly says: string
}

type Rules = (config: BrokerConfig) => readonly Rule[]

/** @throws ConfigError for the first rule that is broken. */
export function ensureAll(config: BrokerConfig, ...tables: readonly Rules[]): void {
  for (const { holds, property, says } of tables.flatMap(rulesOf => rulesOf(config))) {
    if (holds) continue
    const value = config.text(property) ?? 'null'
    throw new ConfigError(`requirement failed: ${says}`, { property, value })
  }
}

/** Node id and ZooKeeper's address. */
export function ensureMode(config: BrokerConfig): void {
  if (config.get('node.id') !== config.brokerId) {
    throw new ConfigError('You must set `node.id` to the same value as `broker.id`.', {
      property: 'node.id',
      value: String(config.get('node.id')),
      remedy: 'Give only broker.id.',
    })
  }
  if (config.get('zookeeper.connect') === null && config.get('process.roles').length === 0) {
    throw new ConfigError(
      'Missing required configuration `zookeeper.connect` which has no default value.',
      {
        property: 'zookeeper.connect',
        remedy: 'Set it to the address of ZooKeeper, for example localhost:2181.',
      },
    )
  }
}

export function idRules(config: BrokerConfig): readonly Rule[] {
  const property = 'broker.id'
  const id = config.brokerId
  const mostReserved = config.get('reserved.broker.max.id')
  if (!config.get('broker.id.generation.enable')) {
    return [{ holds: id >= 0, property, says: 'broker.id must be greater than or equal to 0' }]
  }
  const says =
    'broker.id must be greater than or equal to -1 and not greater than reserved.broker.max.id'
  return [{ holds: id >= -1 && id <= mostReserved, property, says }]
}

export function logRules(config: BrokerConfig): readonly Rule[] {
  const cleanerThreads = config.get('log.cleaner.threads')
  const bytesPerThread = Math.trunc(config.get('log.cleaner.dedupe.buffer.size') / cleanerThreads)
  return [
    {
      holds: config.logRollMs >= 1n,
      property: 'log.roll.ms',
      says: 'log.roll.ms must be greater than or equal to 1',
    },
    {
      holds: config.logRollJitterMs >= 0n,
      property: 'log.roll.jitter.ms',
      says: 'log.roll.jitter.ms must be greater than or equal to 0',
    },
    {
      holds: config.logRetentionMs !== 0n,
      property: 'log.retention.ms',
      says: 'log.retention.ms must be unlimited (-1) or, greater than or equal to 1',
    },
    {
      holds: config.logDirs.length > 0,
      property: 'log.dirs',
      says: 'At least one log directory must be defined via log.dirs or log.dir.',
    },
    {
      // Kafka divides by it and stops with "/ by zero".
      holds: cleanerThreads > 0,
      property: 'log.cleaner.threads',
      says: 'log.cleaner.threads must be at least 1',
    },
    {
      holds: bytesPerThread > MEBIBYTE,
      property: 'log.cleaner.dedupe.buffer.size',
      says: 'log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread.',
    },
  ]
}

export function replicaRules(config: BrokerConfig): readonly Rule[] {
  const property = 'replica.fetch.wait.max.ms'
  const waitMs = config.get(property)
  return [
    {
      holds: waitMs <= config.get('replica.socket.timeout.ms'),
      property,
      says:
        'replica.socket.timeout.ms should always be at least replica.fetch.wait.max.ms to ' +
        'prevent unnecessary socket timeouts',
    },
    {
      holds: waitMs <= config.get('replica.lag.time.max.ms'),
      property,
      says:
        'replica.fetch.wait.max.ms should always be less than or equal to ' +
        'replica.lag.time.max.ms to prevent frequent changes in ISR',
    },
  ]
}

export function formatRules(config: BrokerConfig): readonly Rule[] {
  const property = 'log.message.format.version'
  const brokers = config.interBrokerProtocolVersion
  // From 3.0 on the property is ignored, and format 2 is meant.
  const isIgnored = isAtLeast(brokers, '3.0-IV1')
  const format = isIgnored ? 2 : recordFormatOf(parseInterBrokerVersion(config.get(property)))
  const needed = ['0.8.0', '0.10.0', '0.11.0'][format] ?? ''
  const codec = config.get('offsets.topic.compression.codec')
  return [
    {
      holds: recordFormatOf(brokers) >= format,
      property,
      says:
        `${property} ${config.get(property)} can only be used when ` +
        `inter.broker.protocol.version is set to version ${needed} or higher`,
    },
    {
      holds: codec !== ZSTD || recordFormatOf(brokers) >= 2,
      property: 'offsets.topic.compression.codec',
      says:
        'offsets.topic.compression.codec zstd can only be used when ' +
        'inter.broker.protocol.version is set to version 2.1 or higher',
    },
  ]
}
