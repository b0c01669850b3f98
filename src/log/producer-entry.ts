/** What a partition remembers of one producer, so that a retried batch is not written twice (KIP-98). */
import { addToSequence, NO_PRODUCER_EPOCH, NO_SEQUENCE, NO_TIMESTAMP } from '../records/index.ts'

/** Batches that are remembered: as many as a producer may have on the way at a time. */
export const REMEMBERED_BATCHES = 5
const NO_OFFSET = -1

export interface BatchMetadata {
  baseSequence: number
  lastSequence: number
  baseOffset: number
  lastOffset: number
  timestamp: number
}

export class ProducerEntry {
  readonly producerId: number
  producerEpoch = NO_PRODUCER_EPOCH
  /** Of the newest transaction marker; -1 before the first. */
  coordinatorEpoch = -1
  lastTimestamp = NO_TIMESTAMP
  /** First offset of the open transaction, or -1. */
  transactionFirstOffset = NO_OFFSET
  /** Oldest first, at most five. */
  readonly #batches: BatchMetadata[] = []

  constructor(producerId: number) {
    this.producerId = producerId
  }

  get batches(): readonly Readonly<BatchMetadata>[] {
    return this.#batches
  }

  get hasOpenTransaction(): boolean {
    return this.transactionFirstOffset !== NO_OFFSET
  }

  get lastBatch(): Readonly<BatchMetadata> | undefined {
    return this.#batches.at(-1)
  }

  get lastSequence(): number {
    return this.lastBatch?.lastSequence ?? NO_SEQUENCE
  }

  /** The remembered batch with these very sequences, of the current epoch. */
  findDuplicate(
    producerEpoch: number,
    baseSequence: number,
    lastSequence: number,
  ): Readonly<BatchMetadata> | undefined {
    if (producerEpoch !== this.producerEpoch) return undefined
    for (const batch of this.#batches) {
      if (batch.baseSequence === baseSequence && batch.lastSequence === lastSequence) return batch
    }
    return undefined
  }

  /** Whether a batch of the current epoch that begins with `sequence` comes next. */
  isNext(sequence: number): boolean {
    const last = this.lastSequence
    return sequence === (last === NO_SEQUENCE ? 0 : addToSequence(last, 1))
  }

  /** A batch of a new epoch makes those of the old one worthless. */
  enterEpoch(producerEpoch: number): void {
    if (producerEpoch === this.producerEpoch) return
    this.producerEpoch = producerEpoch
    this.#batches.length = 0
  }

  /** Remembers a batch; forgets the oldest where there are too many, and reuses its object. */
  addBatch(
    baseSequence: number,
    lastSequence: number,
    baseOffset: number,
    lastOffset: number,
    timestamp: number,
  ): void {
    const spare = this.#batches.length < REMEMBERED_BATCHES ? undefined : this.#batches.shift()
    const batch = spare ?? { baseSequence, lastSequence, baseOffset, lastOffset, timestamp }
    batch.baseSequence = baseSequence
    batch.lastSequence = lastSequence
    batch.baseOffset = baseOffset
    batch.lastOffset = lastOffset
    batch.timestamp = timestamp
    this.#batches.push(batch)
    this.lastTimestamp = timestamp
  }
}
