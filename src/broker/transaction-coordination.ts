/** Makes the transaction coordinator of a broker from its properties. */
import { prefixed, type Host } from '../host/index.ts'
import { TRANSACTION_STATE_TOPIC } from '../metadata/index.ts'
import { TransactionCoordinator, type PartitionLog } from '../runtime/index.ts'
import type { MetadataCache } from './metadata-cache.ts'
import type { ProducerIds } from './producer-ids.ts'
import type { RunningConfig } from './running-config.ts'
import type { TransactionMarkers } from './transaction-markers.ts'

/** Of the largest batch that the topic takes, left for its header. */
const HEADER_ROOM_BYTES = 1024
const DEFAULT_MAX_BATCH_BYTES = 1_048_588

export interface TransactionCoordination {
  readonly brokerId: number
  readonly host: Host
  readonly config: RunningConfig
  readonly metadata: MetadataCache
  readonly log: PartitionLog
  readonly producerIds: ProducerIds
  readonly markers: TransactionMarkers
}

export function transactionCoordinatorFor(parts: TransactionCoordination): TransactionCoordinator {
  const { brokerId, host, config, metadata, log, producerIds, markers } = parts
  const { current } = config
  return new TransactionCoordinator({
    settings: {
      maxTimeoutMs: current.get('transaction.max.timeout.ms'),
      idExpirationMs: current.get('transactional.id.expiration.ms'),
    },
    log,
    clock: host.clock,
    logger: prefixed(
      host.log.named('kafka.coordinator.transaction.TransactionCoordinator'),
      `[TransactionCoordinator id=${brokerId}] `,
    ),
    loadLogger: prefixed(
      host.log.named('kafka.coordinator.transaction.TransactionStateManager'),
      `[Transaction State Manager ${brokerId}]: `,
    ),
    partitionCount: () =>
      metadata.image.topics.get(TRANSACTION_STATE_TOPIC)?.partitions.length ??
      current.get('transaction.state.log.num.partitions'),
    nextProducerId: () => producerIds.next(),
    writeMarkers: (wanted, coordinatorEpoch) => markers.writeAll(wanted, coordinatorEpoch),
    appendTimeoutMs: current.get('request.timeout.ms'),
    maxBatchBytes: DEFAULT_MAX_BATCH_BYTES - HEADER_ROOM_BYTES,
    timeoutCheckMs: current.get('transaction.abort.timed.out.transaction.cleanup.interval.ms'),
    expiryCheckMs: current.get('transaction.remove.expired.transaction.cleanup.interval.ms'),
  })
}
