/** The clock of one simulated process: virtual time, with a wall clock that a test may set wrong. */
import type { Clock, Timer } from '../host/index.ts'
import { Lifetime, type Scheduler } from './scheduler.ts'

/** 2026-01-01 00:00 UTC: any fixed moment does. */
const defaultStartWallMs = 1_767_225_600_000

export class SimClock implements Clock {
  readonly #scheduler: Scheduler
  readonly #lifetime: Lifetime
  #wallOffsetMs: number

  constructor(scheduler: Scheduler, lifetime = new Lifetime(), startWallMs = defaultStartWallMs) {
    this.#scheduler = scheduler
    this.#lifetime = lifetime
    this.#wallOffsetMs = startWallMs
  }

  wallMs(): number {
    return Math.floor(this.#wallOffsetMs + this.#scheduler.nowMs)
  }

  monotonicMs(): number {
    return this.#scheduler.nowMs
  }

  after(delayMs: number, action: () => void): Timer {
    return this.#scheduler.after(delayMs, action, { lifetime: this.#lifetime })
  }

  every(periodMs: number, action: () => void): Timer {
    return this.#scheduler.every(periodMs, action, { lifetime: this.#lifetime })
  }

  soon(action: () => void): void {
    this.#scheduler.after(0, action, { lifetime: this.#lifetime })
  }

  /** What an administrator or a leap of NTP does: only the wall clock moves. */
  jumpWall(byMs: number): void {
    this.#wallOffsetMs += byMs
  }
}
