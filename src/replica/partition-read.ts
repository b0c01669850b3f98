/** What came of one partition's part of a Fetch request. */
import type { ByteRange } from '../bytes/index.ts'
import type { FirstBatch } from '../log/index.ts'
import { ErrorCode } from '../protocol/index.ts'
import type { FetchPartition } from './fetch-sessions.ts'

/** How a reader looks at a partition. */
export interface ReadView {
  readonly isolation: 'read_uncommitted' | 'read_committed'
  readonly maxBytes: number
  readonly firstBatch: FirstBatch
  /** A follower that replicates: it reads to the end of the log. */
  readonly isReplica: boolean
  /** Whether a replica that does not lead may answer (consumers from Fetch v11 on, KIP-392). */
  readonly readsFollowers: boolean
  /** Where the reader stands; empty when it does not say. */
  readonly rackId: string
}

export interface PartitionRead {
  readonly wanted: FetchPartition
  readonly errorCode: ErrorCode
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly logStartOffset: number
  /** A range of a segment, to be sent or released. */
  readonly records: ByteRange
  /** `null` for read_uncommitted. */
  readonly abortedTransactions: readonly { producerId: number; firstOffset: number }[] | null
  readonly divergingEpoch: { readonly epoch: number; readonly endOffset: number } | null
  /** The replica that the reader should ask instead; -1: this one. */
  readonly preferredReadReplica: number
}

const nothing = { sizeBytes: 0, read: () => 0, release: () => undefined }

export function unreadable(wanted: FetchPartition, errorCode: ErrorCode): PartitionRead {
  return {
    wanted,
    errorCode,
    highWatermark: -1,
    lastStableOffset: -1,
    logStartOffset: -1,
    records: nothing,
    abortedTransactions: null,
    divergingEpoch: null,
    preferredReadReplica: -1,
  }
}
