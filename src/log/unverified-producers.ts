/**
 * Producers of which a transactional batch came that nobody could vouch for yet (KIP-890). Until one is
 * appended, no batch with a later sequence is: it would take the place of one that is tried again. Mirrors
 * `VerificationStateEntry`. Where the question to the coordinator and the append are one turn of the event
 * loop nothing can come in between; where another broker is asked, `guardOf` tells whether a marker did.
 */

/** The first batch of a produce request for a partition. */
export interface UnverifiedBatch {
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
}

interface Entry {
  producerEpoch: number
  lowestSequence: number
  readonly sinceMs: number
}

export class UnverifiedProducers {
  readonly #entries = new Map<number, Entry>()
  readonly #maxProducers: number

  constructor(maxProducers: number) {
    this.#maxProducers = maxProducers
  }

  get size(): number {
    return this.#entries.size
  }

  note({ producerId, producerEpoch, baseSequence }: UnverifiedBatch, wallMs: number): void {
    const entry = this.#entries.get(producerId)
    if (entry === undefined) {
      this.#makeRoom()
      this.#entries.set(producerId, {
        ...{ producerEpoch, sinceMs: wallMs },
        lowestSequence: baseSequence,
      })
      return
    }
    const isNewer = producerEpoch > entry.producerEpoch
    const isEarlier = producerEpoch === entry.producerEpoch && baseSequence < entry.lowestSequence
    if (!isNewer && !isEarlier) return
    entry.producerEpoch = producerEpoch
    entry.lowestSequence = baseSequence
  }

  /** The same as long as neither a batch of the producer nor a marker was appended. */
  guardOf(producerId: number): object | undefined {
    return this.#entries.get(producerId)
  }

  #makeRoom(): void {
    if (this.#entries.size < this.#maxProducers) return
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest)
      return
    }
  }

  /** Whether a batch with an earlier sequence was seen and is not in the log. */
  isOvertaking(producerId: number, baseSequence: number): boolean {
    const entry = this.#entries.get(producerId)
    return entry !== undefined && baseSequence > entry.lowestSequence
  }

  /** A transactional batch of the producer is in the log, or the end of its transaction. */
  clear(producerId: number): void {
    if (this.#entries.size > 0) this.#entries.delete(producerId)
  }

  removeExpired(wallMs: number, expirationMs: number): void {
    for (const [producerId, { sinceMs }] of this.#entries) {
      if (wallMs - sinceMs >= expirationMs) this.#entries.delete(producerId)
    }
  }

  reset(): void {
    this.#entries.clear()
  }
}
