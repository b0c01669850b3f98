/**
 * Requests that wait: a produce until enough replicas have its records, a fetch until there is
 * enough to read (Kafka's purgatory). Each partition keeps who waits for it; a deadline ends it.
 */
import type { Clock, Timer } from '../host/index.ts'

/** A produce with acks=all, until every partition's high watermark has passed its records. */
export class WaitingProduce {
  #open = 0
  #isDone = false
  #timer: Timer | undefined
  readonly #done: () => void

  /** Calls `done` once, when nothing is open any more or the deadline has come. */
  constructor(done: () => void) {
    this.#done = done
  }

  open(): void {
    this.#open += 1
  }

  close(): void {
    this.#open -= 1
    if (this.#open === 0) this.#finish()
  }

  /** Begins to wait; done at once when nothing is open. */
  start(clock: Clock, timeoutMs: number): void {
    if (this.#open === 0) this.#finish()
    else this.#timer = clock.after(timeoutMs, () => this.#finish())
  }

  #finish(): void {
    if (this.#isDone) return
    this.#isDone = true
    this.#timer?.cancel()
    this.#done()
  }
}

/** Offsets of one partition that somebody wants committed, in the order of the log. */
export class CommitQueue {
  #entries: { offset: number; committed: () => void }[] = []

  get length(): number {
    return this.#entries.length
  }

  /** Calls `committed` when the high watermark is at or above `offset`; offsets come in ascending order. */
  add(offset: number, committed: () => void): void {
    this.#entries.push({ offset, committed })
  }

  advance(highWatermark: number): void {
    let passed = 0
    while (passed < this.#entries.length && (this.#entries[passed]?.offset ?? 0) <= highWatermark) {
      passed += 1
    }
    if (passed === 0) return
    for (const entry of this.#entries.splice(0, passed)) entry.committed()
  }

  /** The partition is no longer led here: nobody will know more. */
  abandon(): void {
    for (const entry of this.#entries.splice(0)) entry.committed()
  }
}

/** What a fetch waits for. */
export interface Wakeable {
  /** Something it reads has grown, or cannot be read any more. */
  wake(): void
}
