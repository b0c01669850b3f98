/**
 * The transactions of a partition that read_committed consumers must not see past: those still open,
 * and those decided by a marker that is not replicated yet.
 */

/** A transaction that its marker has ended. */
export interface CompletedTransaction {
  readonly producerId: number
  readonly firstOffset: number
  /** That of the marker. */
  readonly lastOffset: number
  readonly isAborted: boolean
}

export class Transactions {
  /** Producer by first offset, in ascending order. */
  readonly #open = new Map<number, number>()
  /** Offset of the marker by first offset. */
  readonly #unreplicated = new Map<number, number>()

  /** First offset of the oldest transaction without a marker. */
  get firstUndecidedOffset(): number | undefined {
    for (const firstOffset of this.#open.keys()) return firstOffset
    return undefined
  }

  /** Where read_committed ends, below the high watermark; `undefined` when nothing is in the way. */
  get firstUnstableOffset(): number | undefined {
    const undecided = this.firstUndecidedOffset
    let first = undecided
    for (const firstOffset of this.#unreplicated.keys()) {
      if (first === undefined || firstOffset < first) first = firstOffset
    }
    return first
  }

  get openCount(): number {
    return this.#open.size
  }

  begin(producerId: number, firstOffset: number): void {
    this.#open.set(firstOffset, producerId)
  }

  /** Takes up what a snapshot holds, in whatever order. */
  restore(open: readonly { producerId: number; transactionFirstOffset: number }[]): void {
    const sorted = [...open].sort((a, b) => a.transactionFirstOffset - b.transactionFirstOffset)
    for (const entry of sorted) this.begin(entry.producerId, entry.transactionFirstOffset)
  }

  /** The last stable offset as it will be once `completed` is replicated: it goes into the index. */
  lastStableOffsetAfter({ producerId, lastOffset }: CompletedTransaction): number {
    for (const [firstOffset, owner] of this.#open) if (owner !== producerId) return firstOffset
    return lastOffset + 1
  }

  complete({ firstOffset, lastOffset }: CompletedTransaction): void {
    this.#open.delete(firstOffset)
    this.#unreplicated.set(firstOffset, lastOffset)
  }

  /** Markers below `offset` are replicated, or gone. */
  onHighWatermark(offset: number): void {
    for (const [firstOffset, lastOffset] of this.#unreplicated) {
      if (lastOffset < offset) this.#unreplicated.delete(firstOffset)
    }
  }

  clear(): void {
    this.#open.clear()
    this.#unreplicated.clear()
  }
}
