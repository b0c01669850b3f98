/** The settings that producer, consumer and admin client share, read once. */
import {
  reconnectBackoffMaxMs,
  type AdminConfig,
  type ConsumerConfig,
  type ProducerConfig,
} from '../../config/index.ts'
import type { BackoffRange } from './backoff.ts'

/** Responses are as large as the broker makes them: a guard against a peer that is no broker. */
const MAX_RESPONSE_BYTES = 1024 * 1024 * 1024

export interface ClusterSettings {
  readonly bootstrapServers: readonly string[]
  readonly clientId: string
  readonly requestTimeoutMs: number
  readonly retryBackoff: BackoffRange
  readonly reconnectBackoff: BackoffRange
  readonly connectTimeout: BackoffRange
  readonly maxIdleMs: number
  readonly metadataMaxAgeMs: number
  /** Whether to begin again with `bootstrapServers` when no known broker answers (KIP-899). */
  readonly rebootstraps: boolean
  readonly maxResponseBytes: number
  /** Whether a topic that is asked for may come into being by itself. */
  readonly allowAutoTopicCreation: boolean
  /** Whether a bootstrap broker that goes away is worth a line of its own: Java's admin client has none. */
  readonly namesLostBootstrap: boolean
}

export function clusterSettings(
  config: AdminConfig | ConsumerConfig | ProducerConfig,
  own: Pick<ClusterSettings, 'clientId' | 'allowAutoTopicCreation' | 'namesLostBootstrap'>,
): ClusterSettings {
  // The three tables share these properties, which their union does not show.
  const shared = config as AdminConfig
  return {
    bootstrapServers: shared.get('bootstrap.servers'),
    requestTimeoutMs: shared.get('request.timeout.ms'),
    retryBackoff: {
      firstMs: shared.get('retry.backoff.ms'),
      lastMs: shared.get('retry.backoff.max.ms'),
    },
    reconnectBackoff: {
      firstMs: shared.get('reconnect.backoff.ms'),
      lastMs: reconnectBackoffMaxMs(config),
    },
    connectTimeout: {
      firstMs: shared.get('socket.connection.setup.timeout.ms'),
      lastMs: shared.get('socket.connection.setup.timeout.max.ms'),
    },
    maxIdleMs: shared.get('connections.max.idle.ms'),
    metadataMaxAgeMs: shared.get('metadata.max.age.ms'),
    rebootstraps: shared.get('metadata.recovery.strategy').toLowerCase() === 'rebootstrap',
    maxResponseBytes: MAX_RESPONSE_BYTES,
    ...own,
  }
}
