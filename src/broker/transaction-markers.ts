/** Writes the markers that end transactions: here where this broker leads, by other brokers elsewhere (KIP-98). */
import { GROUP_METADATA_TOPIC, partitionOf } from '../metadata/index.ts'
import { ErrorCode } from '../protocol/index.ts'
import { buildEndTxnMarker, ControlRecordType } from '../records/index.ts'
import type { Replicas } from '../replica/index.ts'
import type { GroupCoordinator, MarkerResults } from '../runtime/index.ts'
import { markerOutcome, type WriteMarkers } from '../txn/index.ts'
import type { RemoteTransactions } from './cluster/index.ts'
import type { MetadataCache } from './metadata-cache.ts'

export interface TransactionMarkersOptions {
  readonly brokerId: number
  readonly remote: RemoteTransactions
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

interface Place {
  readonly topic: string
  readonly partition: number
}

export class TransactionMarkers {
  readonly #options: TransactionMarkersOptions

  constructor(options: TransactionMarkersOptions) {
    this.#options = options
  }

  /** For the coordinator: to all partitions of a transaction. Partitions that were deleted need no marker. */
  async writeAll(markers: WriteMarkers, coordinatorEpoch: number): Promise<MarkerResults> {
    const marker: Marker = { ...markers, coordinatorEpoch }
    const byLeader = new Map<number, Place[]>()
    for (const place of markers.partitions) {
      const leader = this.#leaderOf(place)
      const places = byLeader.get(leader) ?? []
      byLeader.set(leader, places)
      places.push(place)
    }
    const { brokerId, remote } = this.#options
    const results = await Promise.all(
      [...byLeader].map(([leader, places]) =>
        leader === brokerId
          ? this.#writeHere(marker, places)
          : remote.writeMarkers(leader, marker, places),
      ),
    )
    return results.flat().map(({ topic, partition, errorCode }) => ({
      ...{ topic, partition, outcome: markerOutcome(errorCode) },
    }))
  }

  #writeHere(marker: Marker, places: readonly Place[]) {
    return Promise.all(
      places.map(async ({ topic, partition }) => {
        const isGone = await this.#isGone(topic, partition)
        const errorCode = isGone ? ErrorCode.NONE : await this.write(marker, topic, partition)
        return { topic, partition, errorCode }
      }),
    )
  }

  /** This broker where nobody else is known to lead: it finds out what is to be done. */
  #leaderOf({ topic, partition }: Place): number {
    const { replicas, metadata, brokerId } = this.#options
    if (replicas.get(topic, partition)?.isLeader === true) return brokerId
    const leader = partitionOf(metadata.image, topic, partition)?.leader ?? -1
    return metadata.image.brokers.has(leader) ? leader : brokerId
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
