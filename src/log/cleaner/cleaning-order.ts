/** What the broker orders of a thread that cleans a log, what that tells on the way, and what comes of it. */
import type { LogConfig } from '../log-config.ts'
import type { AbortedTransaction } from '../transaction-index.ts'

/** A segment as it was when the cleaning began. */
export interface SegmentExtent {
  readonly baseOffset: number
  /** Of the segment behind it. */
  readonly endOffset: number
  readonly sizeBytes: number
  readonly offsetIndexBytes: number
  readonly timeIndexBytes: number
  readonly modifiedMs: number
  readonly maxTimestamp: number
}

/** What a producer that is not forgotten wrote last: its sequence, or its epoch, must stay in the log. */
export interface LastOfProducer {
  readonly producerId: number
  readonly producerEpoch: number
  /** Last offset of its last batch; -1 when only a marker is known. */
  readonly lastOffset: number
}

export interface CleaningOrder {
  /** `topic-partition`. */
  readonly name: string
  readonly directory: string
  /** Number of the thread, for its lines. */
  readonly cleanerId: number
  /** All from the beginning of the log up to `upToOffset`, in order. */
  readonly segments: readonly SegmentExtent[]
  /** Keys are looked up from here on. */
  readonly firstDirtyOffset: number
  /** Base of the first segment that is left alone. */
  readonly upToOffset: number
  readonly aborted: readonly AbortedTransaction[]
  readonly lastOfProducers: readonly LastOfProducer[]
  readonly config: LogConfig
  readonly nowMs: number
  readonly offsetMapBytes: number
  readonly loadFactor: number
  readonly bufferBytes: number
  readonly bytesPerSecond: number
  /** For the hash of keys. */
  readonly secret: Uint8Array
}

/** A group of segments was written anew, as one with the suffix `.cleaned`, and is on the disk. */
export interface CleanedGroup {
  readonly cleaned: Omit<SegmentExtent, 'endOffset' | 'offsetIndexBytes' | 'timeIndexBytes'>
  readonly replaced: readonly SegmentExtent[]
}

export type CleaningNews =
  | { readonly type: 'line'; readonly level: 'info' | 'debug' | 'warn'; readonly text: string }
  | { readonly type: 'cleaned'; readonly group: CleanedGroup }

export interface CleaningStats {
  bytesRead: number
  bytesWritten: number
  mapBytesRead: number
  mapMessagesRead: number
  messagesRead: number
  messagesWritten: number
  invalidMessagesRead: number
  /** From 0 to 1. */
  bufferUtilization: number
  indexMs: number
  totalMs: number
}

export type CleaningOutcome =
  | {
      readonly state: 'cleaned'
      /** The first offset that is dirty now. */
      readonly endOffset: number
      readonly stats: CleaningStats
    }
  /** The bytes are not what was written: nothing of this log is rewritten. */
  | { readonly state: 'uncleanable'; readonly problem: string }

export function newStats(): CleaningStats {
  return {
    bytesRead: 0,
    bytesWritten: 0,
    mapBytesRead: 0,
    mapMessagesRead: 0,
    messagesRead: 0,
    messagesWritten: 0,
    invalidMessagesRead: 0,
    bufferUtilization: 0,
    indexMs: 0,
    totalMs: 0,
  }
}
