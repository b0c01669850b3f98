/** Writes the markers that end transactions into the partitions that this broker leads (KIP-98). */
import { GROUP_METADATA_TOPIC, partitionOf } from '../metadata/index.ts'
import { ErrorCode } from '../protocol/index.ts'
import { buildEndTxnMarker, ControlRecordType } from '../records/index.ts'
import type { Replicas } from '../replica/index.ts'
import type { GroupCoordinator, MarkerResults } from '../runtime/index.ts'
import { markerOutcome, type WriteMarkers } from '../txn/index.ts'
import type { MetadataCache } from './metadata-cache.ts'

export interface TransactionMarkersOptions {
  readonly replicas: Replicas
  readonly groups: GroupCoordinator
  readonly metadata: MetadataCache
  /** Whether the cluster has the partition: asked where the metadata does not, which may not be complete yet. */
  readonly exists: (topic: string, partition: number) => Promise<boolean>
  readonly wallMs: () => number
  /** `request.timeout.ms` */
  readonly timeoutMs: () => number
}

/** How a producer's transaction has ended, and who says so. */
export interface Marker {
  readonly producerId: number
  readonly producerEpoch: number
  readonly committed: boolean
  readonly coordinatorEpoch: number
}

export class TransactionMarkers {
  readonly #options: TransactionMarkersOptions

  constructor(options: TransactionMarkersOptions) {
    this.#options = options
  }

  /** For the coordinator: to all partitions of a transaction. Partitions that were deleted need no marker. */
  writeAll(markers: WriteMarkers, coordinatorEpoch: number): Promise<MarkerResults> {
    const marker: Marker = { ...markers, coordinatorEpoch }
    return Promise.all(
      markers.partitions.map(async ({ topic, partition }) => {
        const isGone = await this.#isGone(topic, partition)
        const errorCode = isGone ? ErrorCode.NONE : await this.write(marker, topic, partition)
        return { topic, partition, outcome: markerOutcome(errorCode) }
      }),
    )
  }

  async #isGone(topic: string, partition: number): Promise<boolean> {
    const { metadata, replicas, exists } = this.#options
    if (replicas.get(topic, partition) !== undefined) return false
    if (partitionOf(metadata.image, topic, partition) !== undefined) return false
    try {
      return !(await exists(topic, partition))
    } catch {
      // Not to be known now is no reason to leave the partition without its marker: it is tried again.
      return false
    }
  }

  /** Resolves when the marker is durable, or cannot be. */
  async write(marker: Marker, topic: string, partition: number): Promise<ErrorCode> {
    const { replicas, groups, wallMs, timeoutMs } = this.#options
    if (replicas.get(topic, partition) === undefined) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    const { producerId, producerEpoch, coordinatorEpoch, committed } = marker
    const options = {
      ...{ producerId, producerEpoch, coordinatorEpoch, timestampMs: wallMs() },
      type: committed ? ControlRecordType.COMMIT : ControlRecordType.ABORT,
    }
    if (topic === GROUP_METADATA_TOPIC) {
      return groups.endTransaction(partition, options)
    }
    const batch = buildEndTxnMarker(options)
    const { errorCode } = await replicas.appendInternal(topic, partition, batch, timeoutMs())
    return errorCode
  }
}
