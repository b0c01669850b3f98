/** One record, the same for all formats: what a consumer sees and a producer gives. */
import type { TimestampType } from './batch.ts'

/** KIP-82. A key may occur several times. */
export interface RecordHeader {
  readonly key: string
  readonly value: Buffer | null
}

export interface Record {
  readonly offset: number
  /** Milliseconds; -1 when the format or the producer gave none. */
  readonly timestamp: number
  readonly timestampType: TimestampType
  readonly key: Buffer | null
  /** `null` is a tombstone. A view of the batch where that is not compressed. */
  readonly value: Buffer | null
  readonly headers: readonly RecordHeader[]
}

/** A record that has no offset yet. */
export interface NewRecord {
  /** Milliseconds; absent: -1. */
  readonly timestamp?: number
  readonly key?: Buffer | null
  readonly value?: Buffer | null
  readonly headers?: readonly RecordHeader[]
}

export const NO_HEADERS: readonly RecordHeader[] = []
