/**
 * What became of the transactions that a cleaning walks through, in the order of the log. Records of
 * aborted ones may go at once; a marker may go only when nothing of its transaction is left before it.
 * Mirrors Kafka's CleanedTransactionMetadata.
 */
import {
  ControlRecordType,
  isTransactional,
  lastOffsetOf,
  producerIdOf,
  readEndTxnMarker,
  recordsOf,
} from '../../records/index.ts'
import type { AbortedTransaction } from '../transaction-index.ts'

interface OngoingAborted {
  readonly transaction: AbortedTransaction
  /** Whether a batch of it is still there. */
  hasBatches: boolean
}

export class TransactionFates {
  readonly #aborted: readonly AbortedTransaction[]
  readonly #onMarkerKept: (aborted: AbortedTransaction) => void
  #next = 0
  readonly #ongoingAborted = new Map<number, OngoingAborted>()
  readonly #ongoingCommitted = new Set<number>()

  /**
   * @param aborted all that touch what is walked through
   * @param onMarkerKept told of an abort whose marker must stay: the index of the cleaned segment needs it
   */
  constructor(
    aborted: readonly AbortedTransaction[],
    onMarkerKept: (aborted: AbortedTransaction) => void = () => undefined,
  ) {
    this.#aborted = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset)
    this.#onMarkerKept = onMarkerKept
  }

  /** A batch of records comes. @returns whether it was aborted */
  isAborted(batch: Buffer, position: number): boolean {
    this.#beginUpTo(lastOffsetOf(batch, position))
    if (!isTransactional(batch, position)) return false
    const producerId = producerIdOf(batch, position)
    const ongoing = this.#ongoingAborted.get(producerId)
    if (ongoing === undefined) this.#ongoingCommitted.add(producerId)
    else ongoing.hasBatches = true
    return ongoing !== undefined
  }

  /** A control batch comes. @returns whether it has nothing left to end */
  isMarkerOfNothing(batch: Buffer, position: number): boolean {
    this.#beginUpTo(lastOffsetOf(batch, position))
    const producerId = producerIdOf(batch, position)
    for (const record of recordsOf(batch, position)) {
      const marker = readEndTxnMarker(record)
      if (marker === undefined) return false
      if (marker.type === ControlRecordType.COMMIT)
        return !this.#ongoingCommitted.delete(producerId)
      return this.#endAborted(producerId)
    }
    // Emptied by an earlier cleaning.
    return true
  }

  #endAborted(producerId: number): boolean {
    const ongoing = this.#ongoingAborted.get(producerId)
    this.#ongoingAborted.delete(producerId)
    if (ongoing?.hasBatches !== true) return true
    this.#onMarkerKept(ongoing.transaction)
    return false
  }

  #beginUpTo(offset: number): void {
    for (;;) {
      const transaction = this.#aborted[this.#next]
      if (transaction === undefined || transaction.firstOffset > offset) return
      this.#next += 1
      if (this.#ongoingAborted.has(transaction.producerId)) continue
      this.#ongoingAborted.set(transaction.producerId, { transaction, hasBatches: false })
    }
  }
}
