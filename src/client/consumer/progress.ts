/** Wakes who waits for something to happen, or for time to pass. */
import type { Clock } from '../../host/index.ts'

export class Progress {
  readonly #clock: Clock
  #wake: (() => void) | undefined
  #happened = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Something happened: wakes who waits, or else the next one who would. */
  notify(): void {
    this.#happened = true
    this.#wake?.()
  }

  /** One waiter at a time. */
  wait(timeoutMs: number): Promise<void> {
    if (this.#happened || timeoutMs <= 0) {
      this.#happened = false
      return Promise.resolve()
    }
    return new Promise(resolve => {
      const timer = this.#clock.after(timeoutMs, () => this.#wake?.(), { holdsProcess: true })
      this.#wake = () => {
        timer.cancel()
        this.#wake = undefined
        this.#happened = false
        resolve()
      }
    })
  }
}
