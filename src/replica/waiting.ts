/**
 * Requests that wait: a produce until enough replicas have its records, a fetch until there is
 * enough to read, a DeleteRecords until all replicas
 * begin where it says (Kafka's purgatory). Each partition keeps who waits for it; a deadline ends it.
 */
import type { Clock, Timer } from '../host/index.ts'

/** A produce with acks=all, or a DeleteRecords: until all replicas that it waits for have come far enough. */
export class Waiting {
  #open = 0
  #isDone = false
  #timer: Timer | undefined
  readonly #done: () => void
  #leave: (() => void)[] = []

  /** Calls `done` once, when nothing is open any more or the deadline has come. */
  constructor(done: () => void) {
    this.#done = done
  }

  open(): void {
    this.#open += 1
  }

  /** Called at the end: gives up a place where this waits. */
  whenDone(leave: () => void): void {
    this.#leave.push(leave)
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
    for (const leave of this.#leave.splice(0)) leave()
    this.#done()
  }
}

interface Entry {
  readonly offset: number
  committed: (() => void) | undefined
}

/** Offsets of one partition that somebody wants reached, in ascending order. */
export class CommitQueue {
  #entries: Entry[] = []
  #givenUp = 0

  /** Those who still wait. */
  get length(): number {
    return this.#entries.length - this.#givenUp
  }

  /**
   * Calls `committed` when `advance` reaches `offset`. The answer gives the place up: who waits no
   * longer must not be kept, however long the partition stands still.
   */
  add(offset: number, committed: () => void): () => void {
    const entry: Entry = { offset, committed }
    // Nearly always the last place; a retry waits for records that are in the log already.
    let at = this.#entries.length
    while (at > 0 && (this.#entries[at - 1]?.offset ?? 0) > offset) at -= 1
    this.#entries.splice(at, 0, entry)
    return () => this.#giveUp(entry)
  }

  #giveUp(entry: Entry): void {
    if (entry.committed === undefined) return
    entry.committed = undefined
    this.#givenUp += 1
    // Swept when it pays: giving up costs the same for each, however many wait.
    if (this.#givenUp * 2 <= this.#entries.length) return
    this.#entries = this.#entries.filter(({ committed }) => committed !== undefined)
    this.#givenUp = 0
  }

  advance(offset: number): void {
    let passed = 0
    while (passed < this.#entries.length && (this.#entries[passed]?.offset ?? 0) <= offset) {
      passed += 1
    }
    if (passed > 0) this.#finish(this.#entries.splice(0, passed))
  }

  /** The partition is no longer led here: nobody will know more. */
  abandon(): void {
    this.#finish(this.#entries.splice(0))
  }

  #finish(entries: readonly Entry[]): void {
    const waiting: (() => void)[] = []
    for (const entry of entries) {
      if (entry.committed === undefined) this.#givenUp -= 1
      else waiting.push(entry.committed)
      entry.committed = undefined
    }
    for (const committed of waiting) committed()
  }
}

/** What a fetch waits for. */
export interface Wakeable {
  /** Something it reads has grown, or cannot be read any more. */
  wake(): void
}
