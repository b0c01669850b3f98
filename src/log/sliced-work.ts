/**
 * Work that nobody waits for and that is quick but comes by the thousand, as when a topic with many
 * partitions is made: done a few milliseconds in each turn of the event loop, so that it stays free.
 */
import type { Clock } from '../host/index.ts'

type Job = () => void

/** Longest time in one turn; a job that has begun is not interrupted. */
const SLICE_MS = 2

export class SlicedWork {
  readonly #clock: Clock
  readonly #jobs: Job[] = []
  #next = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Does the job in a later turn. It must not throw. */
  add(job: Job): void {
    this.#jobs.push(job)
    if (this.#jobs.length === 1) this.#clock.soon(() => this.#slice())
  }

  #slice(): void {
    const untilMs = this.#clock.monotonicMs() + SLICE_MS
    while (this.#next < this.#jobs.length && this.#clock.monotonicMs() < untilMs) {
      this.#jobs[this.#next]?.()
      this.#next += 1
    }
    if (this.#next < this.#jobs.length) this.#clock.soon(() => this.#slice())
    else this.#jobs.length = this.#next = 0
  }
}
