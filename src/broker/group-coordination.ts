/** Makes the group coordinator of a broker from its properties. */
import { CompressionCodec } from '../bytes/index.ts'
import { recordVersionsFor } from '../group/index.ts'
import { prefixed, type Host } from '../host/index.ts'
import { GROUP_METADATA_TOPIC } from '../metadata/index.ts'
import { GroupCoordinator, type PartitionLog } from '../runtime/index.ts'
import type { MetadataCache } from './metadata-cache.ts'
import type { RunningConfig } from './running-config.ts'

const MINUTE_MS = 60_000
/** Of the largest batch that the topic takes, left for its header. */
const HEADER_ROOM_BYTES = 1024
const DEFAULT_MAX_BATCH_BYTES = 1_048_588

export function groupCoordinatorFor(
  brokerId: number,
  host: Host,
  config: RunningConfig,
  metadata: MetadataCache,
  log: PartitionLog,
): GroupCoordinator {
  const { current } = config
  const codecNumber = current.get('offsets.topic.compression.codec')
  return new GroupCoordinator({
    settings: {
      minSessionTimeoutMs: current.get('group.min.session.timeout.ms'),
      maxSessionTimeoutMs: current.get('group.max.session.timeout.ms'),
      maxSize: current.get('group.max.size'),
      initialRebalanceDelayMs: current.get('group.initial.rebalance.delay.ms'),
      offsetMetadataMaxUnits: current.get('offset.metadata.max.bytes'),
      offsetsRetentionMs: current.get('offsets.retention.minutes') * MINUTE_MS,
    },
    versions: recordVersionsFor(current.interBrokerProtocolVersion),
    log,
    clock: host.clock,
    random: host.random,
    logger: prefixed(
      host.log.named('kafka.coordinator.group.GroupCoordinator'),
      `[GroupCoordinator ${brokerId}]: `,
    ),
    loadLogger: prefixed(
      host.log.named('kafka.coordinator.group.GroupMetadataManager'),
      `[GroupMetadataManager brokerId=${brokerId}] `,
    ),
    partitionCount: () =>
      metadata.image.topics.get(GROUP_METADATA_TOPIC)?.partitions.length ??
      current.get('offsets.topic.num.partitions'),
    appendTimeoutMs: current.get('offsets.commit.timeout.ms'),
    maxBatchBytes: DEFAULT_MAX_BATCH_BYTES - HEADER_ROOM_BYTES,
    codec: isCodec(codecNumber) ? codecNumber : CompressionCodec.NONE,
    expiryIntervalMs: current.get('offsets.retention.check.interval.ms'),
  })
}

function isCodec(number: number): boolean {
  return Object.values(CompressionCodec).some(codec => codec === number)
}
