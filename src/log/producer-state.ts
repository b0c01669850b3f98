/**
 * The producers of a partition: decides whether a batch is new, a retry, or out of order (KIP-98),
 * and which transactions are open. In memory the last five batches of a producer are known, in
 * snapshots only the last (producer-snapshot.ts). Batches are looked at in their bytes.
 */
import { readInt64 } from '../bytes/index.ts'
import {
  baseOffsetOf,
  baseSequenceOf,
  ControlRecordType,
  isControl,
  isTransactional,
  lastOffsetOf,
  lastSequenceOf,
  maxTimestampOf,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  NO_SEQUENCE,
  PRODUCER_ID_AT,
  producerEpochOf,
  readEndTxnMarker,
  recordsOf,
  type EndTxnMarker,
} from '../records/index.ts'
import { ErrorCode } from '../protocol/index.ts'
import { ProducerEntry, type BatchMetadata } from './producer-entry.ts'
import { Transactions, type CompletedTransaction } from './transactions.ts'
import { UnverifiedProducers, type UnverifiedBatch } from './unverified-producers.ts'

export interface ProducerStateOptions {
  /** `producer.id.expiration.ms`: a producer that was silent for so long is forgotten. */
  readonly producerIdExpirationMs: number
  /** Producers remembered at most; beyond it the longest known without an open transaction goes. */
  readonly maxProducers: number
}

export const defaultProducerStateOptions: ProducerStateOptions = {
  producerIdExpirationMs: 86_400_000,
  maxProducers: 100_000,
}

/** The producer of the batch; -1 for none, and for ids that no coordinator hands out. */
function trackedProducerId(buffer: Buffer, position: number): number {
  const producerId = readInt64(buffer, position + PRODUCER_ID_AT)
  return producerId >= 0 && Number.isSafeInteger(producerId) ? producerId : NO_PRODUCER_ID
}

export class ProducerState {
  readonly transactions = new Transactions()
  readonly #producers = new Map<number, ProducerEntry>()
  #unverified: UnverifiedProducers
  readonly #options: ProducerStateOptions
  /** All batches below it have been taken into account. */
  endOffset = 0

  constructor(options: ProducerStateOptions) {
    this.#options = options
    this.#unverified = new UnverifiedProducers(options.maxProducers)
  }

  get size(): number {
    return this.#producers.size
  }

  get(producerId: number): ProducerEntry | undefined {
    return this.#producers.get(producerId)
  }

  entries(): Iterable<ProducerEntry> {
    return this.#producers.values()
  }

  /** The batch that was already written with these sequences: its offset is the answer to the retry. */
  findDuplicate(buffer: Buffer, position: number): Readonly<BatchMetadata> | undefined {
    const entry = this.#producers.get(trackedProducerId(buffer, position))
    return entry?.findDuplicate(
      producerEpochOf(buffer, position),
      baseSequenceOf(buffer, position),
      lastSequenceOf(buffer, position),
    )
  }

  /**
   * Whether somebody has to vouch for a transactional batch: its producer has no transaction open here.
   * The batch is then remembered, so that a later one cannot come before it.
   */
  beginVerification(batch: UnverifiedBatch, wallMs: number): boolean {
    if (this.#producers.get(batch.producerId)?.hasOpenTransaction === true) return false
    this.#unverified.note(batch, wallMs)
    return true
  }

  /** Takes the place of `other`, which knew the same records: what waits to be vouched for waits on here. */
  succeed(other: ProducerState): void {
    this.#unverified = other.#unverified
  }

  /** To compare after a wait: the same object, or an open transaction, and nothing has ended meanwhile. */
  verificationGuard(producerId: number): object | undefined {
    return this.#unverified.guardOf(producerId)
  }

  /**
   * Whether a leader may append the batch. What is not known any more is let through: the records of
   * an idle producer may have been deleted (KAFKA-6817).
   */
  check(buffer: Buffer, position: number): ErrorCode {
    const producerId = trackedProducerId(buffer, position)
    const entry = this.#producers.get(producerId)
    const isOvertaking = this.#isOvertaking(producerId, buffer, position)
    if (entry === undefined) {
      return isOvertaking ? ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER : ErrorCode.NONE
    }
    const producerEpoch = producerEpochOf(buffer, position)
    if (producerEpoch < entry.producerEpoch) return ErrorCode.INVALID_PRODUCER_EPOCH
    if (isControl(buffer, position)) return checkMarker(entry, buffer, position)
    if (isOvertaking || !isInSequence(entry, producerEpoch, baseSequenceOf(buffer, position))) {
      return ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER
    }
    return entry.hasOpenTransaction && !isTransactional(buffer, position)
      ? ErrorCode.INVALID_TXN_STATE
      : ErrorCode.NONE
  }

  #isOvertaking(producerId: number, buffer: Buffer, position: number): boolean {
    return (
      this.#unverified.size > 0 &&
      !isControl(buffer, position) &&
      this.#unverified.isOvertaking(producerId, baseSequenceOf(buffer, position))
    )
  }

  /**
   * Takes a batch into account that is in the log.
   *
   * @returns the transaction that it ended; the caller passes it to `complete`
   */
  update(buffer: Buffer, position: number): CompletedTransaction | undefined {
    this.endOffset = lastOffsetOf(buffer, position) + 1
    const producerId = trackedProducerId(buffer, position)
    if (producerId === NO_PRODUCER_ID) return undefined
    if (isTransactional(buffer, position)) this.#unverified.clear(producerId)
    if (isControl(buffer, position)) return this.#endTransaction(producerId, buffer, position)
    const entry = this.#entryOf(producerId)
    const baseOffset = baseOffsetOf(buffer, position)
    entry.enterEpoch(producerEpochOf(buffer, position))
    entry.addBatch(
      baseSequenceOf(buffer, position),
      lastSequenceOf(buffer, position),
      baseOffset,
      this.endOffset - 1,
      maxTimestampOf(buffer, position),
    )
    if (isTransactional(buffer, position) && !entry.hasOpenTransaction) {
      entry.transactionFirstOffset = baseOffset
      this.transactions.begin(producerId, baseOffset)
    }
    return undefined
  }

  #endTransaction(
    producerId: number,
    buffer: Buffer,
    position: number,
  ): CompletedTransaction | undefined {
    const marker = markerOf(buffer, position)
    if (marker === undefined) return undefined
    const entry = this.#entryOf(producerId)
    const firstOffset = entry.transactionFirstOffset
    entry.enterEpoch(producerEpochOf(buffer, position))
    entry.coordinatorEpoch = marker.coordinatorEpoch
    entry.lastTimestamp = maxTimestampOf(buffer, position)
    entry.transactionFirstOffset = -1
    // A marker without data moves nothing that a reader could see.
    if (firstOffset < 0) return undefined
    const lastOffset = baseOffsetOf(buffer, position)
    const isAborted = marker.type === ControlRecordType.ABORT
    return { producerId, firstOffset, lastOffset, isAborted }
  }

  #entryOf(producerId: number): ProducerEntry {
    const known = this.#producers.get(producerId)
    if (known !== undefined) return known
    if (this.#producers.size >= this.#options.maxProducers) this.#forgetOldest()
    const entry = new ProducerEntry(producerId)
    this.#producers.set(producerId, entry)
    return entry
  }

  #forgetOldest(): void {
    for (const entry of this.#producers.values()) {
      if (entry.hasOpenTransaction) continue
      this.#producers.delete(entry.producerId)
      return
    }
  }

  /** Forgets the producers that were silent for too long, by the times of their batches. */
  removeExpired(wallMs: number): void {
    for (const entry of this.#producers.values()) {
      if (this.#isExpired(entry, wallMs)) this.#producers.delete(entry.producerId)
    }
    this.#unverified.removeExpired(wallMs, this.#options.producerIdExpirationMs)
  }

  #isExpired(entry: ProducerEntry, wallMs: number): boolean {
    return (
      !entry.hasOpenTransaction &&
      wallMs - entry.lastTimestamp >= this.#options.producerIdExpirationMs
    )
  }

  /** Starts over, from the entries of a snapshot taken at `endOffset`, or from nothing. */
  reset(endOffset: number, entries: readonly ProducerEntry[] = [], wallMs = 0): void {
    this.#producers.clear()
    this.transactions.clear()
    this.#unverified.reset()
    this.endOffset = endOffset
    for (const entry of entries) {
      if (!this.#isExpired(entry, wallMs)) this.#producers.set(entry.producerId, entry)
    }
    this.transactions.restore(
      [...this.#producers.values()].filter(entry => entry.hasOpenTransaction),
    )
  }
}

function isInSequence(entry: ProducerEntry, producerEpoch: number, baseSequence: number): boolean {
  // Offset commits of a transaction are written by the coordinator, without sequences.
  if (baseSequence === NO_SEQUENCE) return true
  if (producerEpoch === entry.producerEpoch) return entry.isNext(baseSequence)
  return baseSequence === 0 || entry.producerEpoch === NO_PRODUCER_EPOCH
}

function checkMarker(entry: ProducerEntry, buffer: Buffer, position: number): ErrorCode {
  const marker = markerOf(buffer, position)
  return marker !== undefined && marker.coordinatorEpoch < entry.coordinatorEpoch
    ? ErrorCode.TRANSACTION_COORDINATOR_FENCED
    : ErrorCode.NONE
}

/** What the control batch says; `undefined` when compaction has emptied it, or it ends no transaction. */
function markerOf(buffer: Buffer, position: number): EndTxnMarker | undefined {
  for (const record of recordsOf(buffer, position)) return readEndTxnMarker(record)
  return undefined
}
