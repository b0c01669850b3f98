/**
 * Which brokers take batches as fast as they become ready: one that does not for
 * `partitioner.availability.timeout.ms` gets no more records without a key (KIP-794). Mirrors
 * NodeLatencyStats of RecordAccumulator.
 */

interface Pace {
  /** Of the monotonic clock: when it had something ready last, and when it could take it last. */
  readyMs: number
  takenMs: number
}

export class BrokerPace {
  readonly #timeoutMs: number
  readonly #brokers = new Map<number, Pace>()

  /** @param timeoutMs 0: every broker counts as available */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
  }

  /** To be called whenever batches are ready for the broker. */
  sawReady(brokerId: number, nowMs: number, canTake: boolean): void {
    if (this.#timeoutMs === 0) return
    const pace = this.#brokers.get(brokerId) ?? { readyMs: nowMs, takenMs: nowMs }
    pace.readyMs = nowMs
    if (canTake) pace.takenMs = nowMs
    this.#brokers.set(brokerId, pace)
  }

  isAvailable(brokerId: number): boolean {
    const pace = this.#brokers.get(brokerId)
    return pace === undefined || pace.readyMs - pace.takenMs <= this.#timeoutMs
  }
}
