/**
 * Gathers what one turn of the event loop appended: at its end each log is written once, with one
 * system call, then those who waited for the write go on, then those who waited for records.
 */
import type { Clock } from '../host/index.ts'

/** A log with batches that are accepted but not written. */
export interface Staged {
  /** Writes them; failures are its own matter. @returns what is to be called once all are written */
  writeStaged(): void
}

export class AppendTurn {
  readonly #clock: Clock
  #staged = new Set<Staged>()
  #written: (() => void)[] = []
  #woken = new Set<() => void>()
  #isScheduled = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** `log` has something to write. */
  add(log: Staged): void {
    this.#staged.add(log)
    this.#schedule()
  }

  /** Calls `action` once everything staged so far is written. */
  whenWritten(action: () => void): void {
    this.#written.push(action)
    this.#schedule()
  }

  /** Calls `action` once at the end of the turn, however often it is asked for. */
  wake(action: () => void): void {
    this.#woken.add(action)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    this.#clock.soon(() => {
      this.#isScheduled = false
      this.#end()
    })
  }

  #end(): void {
    const staged = this.#staged
    const written = this.#written
    if (staged.size > 0) this.#staged = new Set()
    if (written.length > 0) this.#written = []
    for (const log of staged) log.writeStaged()
    for (const action of written) action()
    // Writing may have woken readers: they are served in the same turn.
    const woken = this.#woken
    if (woken.size === 0) return
    this.#woken = new Set()
    for (const action of woken) action()
  }
}
