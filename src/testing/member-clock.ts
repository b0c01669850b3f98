/** Time as a member of a test cluster sees it: nothing comes due while the member is paused, nor after its end. */
import type { Clock, Timer } from '../host/index.ts'
import type { Lifetime } from '../sim/index.ts'

export class MemberClock implements Clock {
  readonly #clock: Clock
  readonly #lifetime: Lifetime
  readonly #armed = new Set<Timer>()

  constructor(clock: Clock, lifetime: Lifetime) {
    this.#clock = clock
    this.#lifetime = lifetime
  }

  wallMs(): number {
    return this.#clock.wallMs()
  }

  monotonicMs(): number {
    return this.#clock.monotonicMs()
  }

  after(delayMs: number, action: () => void, options?: { holdsProcess?: boolean }): Timer {
    let isCancelled = false
    const due = (): void => {
      this.#armed.delete(inner)
      this.#lifetime.run(() => {
        if (!isCancelled) action()
      })
    }
    const inner = this.#clock.after(delayMs, due, options)
    return this.#keep(inner, () => (isCancelled = true))
  }

  every(periodMs: number, action: () => void): Timer {
    let isCancelled = false
    let isWaiting = false
    const due = (): void => {
      // However many periods pass in a pause, one is made up for.
      if (isWaiting) return
      isWaiting = true
      this.#lifetime.run(() => {
        isWaiting = false
        if (!isCancelled) action()
      })
    }
    return this.#keep(this.#clock.every(periodMs, due), () => (isCancelled = true))
  }

  soon(action: () => void): void {
    this.#clock.soon(() => this.#lifetime.run(action))
  }

  /** Nothing is left that could keep the process of the test alive. */
  end(): void {
    for (const timer of this.#armed) timer.cancel()
    this.#armed.clear()
  }

  #keep(inner: Timer, onCancel: () => void): Timer {
    this.#armed.add(inner)
    return {
      cancel: () => {
        onCancel()
        this.#armed.delete(inner)
        inner.cancel()
      },
    }
  }
}
