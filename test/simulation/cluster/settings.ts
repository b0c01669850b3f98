/** A small cluster that is quick to notice what is wrong: a story takes half a minute of its time. */
import { BrokerConfig } from '../../../src/config/index.ts'
import type { ZooKeeperServerOptions } from '../../../src/zookeeper/index.ts'

export const BROKER_PORT = 9092
export const COORDINATION_PORT = 2181
export const COORDINATION = 'coordination'
export const BROKER_IDS: readonly number[] = [1, 2, 3]

export function brokerName(id: number): string {
  return `broker-${id}`
}

export const BOOTSTRAP = BROKER_IDS.map(id => `${brokerName(id)}:${BROKER_PORT}`).join(',')

export const coordinationOptions: ZooKeeperServerOptions = {
  dataDir: '/zookeeper',
  clientPort: COORDINATION_PORT,
  tickTimeMs: 250,
  preAllocSizeKb: 16,
}

const SESSION_TIMEOUT_MS = 2_000

const brokerProperties: Readonly<Record<string, string | number | boolean>> = {
  'log.dirs': '/logs',
  'zookeeper.connect': `${COORDINATION}:${COORDINATION_PORT}`,
  'zookeeper.session.timeout.ms': SESSION_TIMEOUT_MS,
  'zookeeper.connection.timeout.ms': 4_000,
  'default.replication.factor': 3,
  'min.insync.replicas': 2,
  'auto.create.topics.enable': false,
  'offsets.topic.num.partitions': 2,
  'transaction.state.log.num.partitions': 2,
  'group.initial.rebalance.delay.ms': 0,
  'group.min.session.timeout.ms': 1_000,
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': 1_000,
  'replica.lag.time.max.ms': 1_500,
  'replica.fetch.wait.max.ms': 500,
  'replica.fetch.backoff.ms': 200,
  'replica.socket.timeout.ms': 1_500,
  'controller.socket.timeout.ms': 1_500,
  'request.timeout.ms': 1_500,
  'replica.high.watermark.checkpoint.interval.ms': 1_000,
  'log.flush.offset.checkpoint.interval.ms': 2_000,
  'log.initial.task.delay.ms': 500,
  'log.segment.bytes': 2_000,
  'log.index.interval.bytes': 300,
  'log.index.size.max.bytes': 1_200,
  'log.cleaner.enable': false,
  'leader.imbalance.check.interval.seconds': 5,
  'controlled.shutdown.retry.backoff.ms': 500,
}

export interface BrokerTraits {
  /** What is acknowledged is on the disk. */
  readonly isFlushing: boolean
}

export function brokerConfig(id: number, { isFlushing }: BrokerTraits): BrokerConfig {
  return new BrokerConfig(
    new Map([
      ...Object.entries(brokerProperties).map(([key, value]): [string, string] => [
        key,
        String(value),
      ]),
      ['broker.id', String(id)],
      ['listeners', `PLAINTEXT://${brokerName(id)}:${BROKER_PORT}`],
      ...(isFlushing ? [['log.flush.interval.messages', '1'] as [string, string]] : []),
    ]),
  )
}

/** Clients that lose patience before the story ends. */
export const clientOptions = {
  bootstrapServers: BOOTSTRAP,
  requestTimeoutMs: 1_500,
  metadataMaxAgeMs: 3_000,
  retryBackoffMs: 50,
  retryBackoffMaxMs: 400,
  reconnectBackoffMs: 50,
  reconnectBackoffMaxMs: 400,
  socketConnectionSetupTimeoutMs: 800,
  socketConnectionSetupTimeoutMaxMs: 1_500,
}
