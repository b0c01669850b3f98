/** Compares what replicas have of each partition, batch by batch, up to the high watermark. */
import type { ReplicaPosition, ReplicaRecords, TopicPartition } from '../../client/index.ts'
import { batchesIn, type BatchInfo } from '../../records/index.ts'
import { inHashOrder, partitionHash } from '../java-hash-order.ts'

/** Where the checksum of a batch lies, and that of a message of the old formats. */
const CRC_AT = 17
const OLD_CRC_AT = 12

/** What one replica has. */
export interface Replica extends Pick<ReplicaRecords, 'highWatermark' | 'records'> {
  readonly brokerId: number
}

/** The partition that lacks most. */
export interface Lag extends ReplicaPosition {
  readonly lag: number
}

interface Batch {
  readonly lastOffset: number
  readonly checksum: number
}

/** After a replica whose offsets are others than the first one's nothing can be compared any more. */
export type Verdict =
  { readonly type: 'on'; readonly most: Lag | undefined } | { readonly type: 'off' }

export class Comparison {
  readonly #positions: ReadonlyMap<string, { place: TopicPartition; offset: number }>
  readonly #tell: (text: string) => void

  /** @param positions where each partition is compared from */
  constructor(positions: readonly ReplicaPosition[], tell: (text: string) => void) {
    const inOrder = inHashOrder(positions, partitionHash)
    this.#positions = new Map(
      inOrder.map(({ topic, partition, offset }) => [
        `${topic}-${partition}`,
        { place: { topic, partition }, offset },
      ]),
    )
    this.#tell = tell
  }

  get size(): number {
    return this.#positions.size
  }

  /** Up to here all replicas are the same. */
  positionOf({ topic, partition }: TopicPartition): number {
    return this.#positions.get(`${topic}-${partition}`)?.offset ?? 0
  }

  /** @param replicasOf what was read of all replicas from `positionOf` on */
  compare(replicasOf: (place: TopicPartition) => readonly Replica[]): Verdict {
    let most: Lag | undefined
    for (const [name, position] of this.#positions) {
      const replicas = inHashOrder(replicasOf(position.place), ({ brokerId }) => brokerId)
      const next = this.#compareOne(name, position.offset, replicas)
      if (next === undefined) return { type: 'off' }
      position.offset = next
      const highWatermark = Math.max(-1, ...replicas.map(replica => replica.highWatermark))
      const lag = highWatermark - next
      if (lag > (most?.lag ?? -1)) most = { ...position.place, offset: next, lag }
    }
    return { type: 'on', most }
  }

  /** @returns the offset behind what all have */
  #compareOne(name: string, from: number, replicas: readonly Replica[]): number | undefined {
    const all = replicas.map(replica => ({ ...replica, batches: batchesOf(replica) }))
    for (let nextOffset = from; ;) {
      let first: (Batch & { brokerId: number }) | undefined
      let isInAll = all.length > 0
      for (const { brokerId, highWatermark, batches } of all) {
        const batch = batches.next().value
        if (batch === undefined || batch.lastOffset >= highWatermark) isInAll = false
        else if (first === undefined) first = { ...batch, brokerId }
        else if (!this.#isSameOffset(name, first, { ...batch, brokerId })) return undefined
      }
      if (!isInAll || first === undefined) return nextOffset
      nextOffset = first.lastOffset + 1
    }
  }

  #isSameOffset(name: string, first: Batch & { brokerId: number }, other: typeof first): boolean {
    if (first.lastOffset !== other.lastOffset) {
      this.#tell(
        `partition ${name}: replica ${first.brokerId}'s offset ${first.lastOffset} doesn't match ` +
          `replica ${other.brokerId}'s offset ${other.lastOffset}`,
      )
      return false
    }
    if (first.checksum !== other.checksum) {
      this.#tell(
        `partition ${name} has unmatched checksum at offset ${other.lastOffset}; replica ` +
          `${first.brokerId}'s checksum ${first.checksum}; replica ${other.brokerId}'s checksum ${other.checksum}`,
      )
    }
    return true
  }
}

function* batchesOf({ records }: Replica): Generator<Batch, undefined> {
  for (const { position, info } of batchesIn(records)) {
    yield { lastOffset: info.lastOffset, checksum: checksumOf(records, position, info) }
  }
  return undefined
}

function checksumOf(records: Buffer, position: number, { magic }: BatchInfo): number {
  return records.readUInt32BE(position + (magic === 2 ? CRC_AT : OLD_CRC_AT))
}
