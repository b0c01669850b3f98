/** One batch of a partition on its way: filled, closed, sent perhaps several times, then done. */
import assert from 'node:assert/strict'
import type { Timer } from '../../host/index.ts'
import {
  BASE_SEQUENCE_AT,
  BatchBuilder,
  computeCrc,
  CRC_AT,
  PRODUCER_EPOCH_AT,
  PRODUCER_ID_AT,
  type BatchOptions,
  type NewRecord,
} from '../../records/index.ts'
import { writeInt64 } from '../../bytes/index.ts'
import type { TopicPartition } from '../topic-partition.ts'
import type { KafkaError } from '../errors.ts'
import type { RecordMetadata } from './producer.ts'

/** A record that waits for its acknowledgement. */
export interface PendingRecord {
  readonly record: NewRecord & { readonly timestamp: number }
  /** Of `buffer.memory`. */
  readonly sizeBytes: number
  readonly resolve: (metadata: RecordMetadata) => void
  readonly reject: (error: KafkaError) => void
}

/** Which producer sent it, and where in the order of the partition it stands (KIP-98). */
export interface ProducerStamp {
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
}

/** How batches are made. */
export interface BatchKind {
  readonly codec: number
  readonly level: number | undefined
  readonly isTransactional?: boolean
}

export class ProducerBatch {
  readonly topicPartition: TopicPartition
  /** Its place among the batches of the partition; the parts of a split one share it. */
  readonly order: number
  readonly createdMs: number
  readonly records: PendingRecord[] = []
  /** Set once it was sent with a sequence; kept for every further attempt. */
  stamp: ProducerStamp | undefined
  /** Times it was sent. */
  attempts = 0
  /** Whom it was sent to last, under a number that no other sending of it has. */
  sending: { readonly leaderId: number; readonly number: number } | undefined
  /** Of the monotonic clock: not to be sent again before. */
  notBeforeMs = 0
  /** Whether it must wait no longer to be filled. */
  isReady = false
  /** Cancelled when it is done. */
  readonly timers: Timer[] = []
  isDone = false

  readonly #kind: BatchKind
  readonly #builder: BatchBuilder
  /** What the builder reads when it closes. */
  readonly #options: { -readonly [K in keyof BatchOptions]: BatchOptions[K] }
  #bytes: Buffer | undefined
  readonly #whenDone: (() => void)[] = []

  constructor(
    topicPartition: TopicPartition,
    { order, createdMs }: { order: number; createdMs: number },
    kind: BatchKind,
  ) {
    this.topicPartition = topicPartition
    this.order = order
    this.createdMs = createdMs
    this.#kind = kind
    this.#options = { ...kind }
    this.#builder = new BatchBuilder(this.#options)
  }

  get recordCount(): number {
    return this.records.length
  }

  /** Bytes before compression. */
  get plainBytes(): number {
    return this.#builder.sizeBytes
  }

  /** Bytes of `buffer.memory` that its records hold. */
  get heldBytes(): number {
    return this.records.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  }

  get codec(): number {
    return this.#kind.codec
  }

  get hasHeaders(): boolean {
    return this.records.some(({ record }) => (record.headers?.length ?? 0) > 0)
  }

  get isClosed(): boolean {
    return this.#bytes !== undefined
  }

  /** Whether the record fits into `limitBytes`; a first record always does. */
  hasRoomFor(record: NewRecord, limitBytes: number): boolean {
    if (this.isClosed || this.isReady) return false
    if (this.recordCount === 0) return true
    return this.plainBytes + this.#builder.sizeOfRecord(record) <= limitBytes
  }

  append(pending: PendingRecord): void {
    this.#builder.append(pending.record)
    this.records.push(pending)
  }

  /** Closes it when it is open still. */
  bytes(): Buffer {
    if (this.#bytes === undefined) {
      Object.assign(this.#options, this.stamp)
      this.#bytes = this.#builder.close()
    }
    return this.#bytes
  }

  /** Gives it a place in the order; one that it had before is overwritten. */
  setStamp(stamp: ProducerStamp): void {
    this.stamp = stamp
    const bytes = this.#bytes
    if (bytes === undefined) return
    writeInt64(bytes, PRODUCER_ID_AT, stamp.producerId)
    bytes.writeInt16BE(stamp.producerEpoch, PRODUCER_EPOCH_AT)
    bytes.writeInt32BE(stamp.baseSequence, BASE_SEQUENCE_AT)
    bytes.writeUInt32BE(computeCrc(bytes), CRC_AT)
  }

  /** Puts its records into batches of at most `limitBytes`, in the same order and sequences, that take its place. */
  split(limitBytes: number): ProducerBatch[] {
    const parts: ProducerBatch[] = []
    let part: ProducerBatch | undefined
    for (const pending of this.records) {
      if (part?.hasRoomFor(pending.record, limitBytes) !== true) {
        part = new ProducerBatch(this.topicPartition, this, this.#kind)
        parts.push(part)
      }
      part.append(pending)
    }
    this.#leaveTo(parts)
    let before = 0
    for (const each of parts) {
      each.isReady = true
      each.attempts = this.attempts
      if (this.stamp !== undefined) {
        each.setStamp({ ...this.stamp, baseSequence: this.stamp.baseSequence + before })
      }
      before += each.recordCount
    }
    return parts
  }

  /** What waits for this batch now waits for all of its parts. */
  #leaveTo(parts: readonly ProducerBatch[]): void {
    this.isDone = true
    for (const timer of this.timers) timer.cancel()
    let left = parts.length
    const countDown = (): void => {
      left -= 1
      if (left === 0) for (const action of this.#whenDone) action()
    }
    for (const part of parts) part.whenDone(countDown)
  }

  whenDone(action: () => void): void {
    if (this.isDone) action()
    else this.#whenDone.push(action)
  }

  /** @param logAppendTimeMs -1 when the records keep their own time */
  succeed(baseOffset: number, logAppendTimeMs: number): void {
    if (this.isDone) return
    for (const [index, { record, resolve }] of this.records.entries()) {
      resolve({
        ...this.topicPartition,
        offset: baseOffset < 0 ? -1 : baseOffset + index,
        timestamp: logAppendTimeMs < 0 ? record.timestamp : logAppendTimeMs,
      })
    }
    this.#finish()
  }

  fail(errorOf: (index: number) => KafkaError): void {
    if (this.isDone) return
    for (const [index, { reject }] of this.records.entries()) reject(errorOf(index))
    this.#finish()
  }

  #finish(): void {
    assert(!this.isDone, 'a batch is done once')
    this.isDone = true
    for (const timer of this.timers) timer.cancel()
    for (const action of this.#whenDone) action()
  }
}
