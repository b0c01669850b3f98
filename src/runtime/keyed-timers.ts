/**
 * Timers that have a name: arming one again replaces it. Heartbeats prolong the same timer over and
 * over, so that is made cheap: the clock's timer stays where it is and, when it ends too early, is
 * set for the rest.
 */
import type { Clock, Timer } from '../host/index.ts'

interface Entry<Event> {
  deadlineMs: number
  /** When the clock's timer ends; at the deadline or before it. */
  wakeMs: number
  wake: Timer
  event: Event
}

export class KeyedTimers<Event> {
  readonly #clock: Clock
  readonly #onEnd: (event: Event) => void
  readonly #entries = new Map<string, Entry<Event>>()

  constructor(clock: Clock, onEnd: (event: Event) => void) {
    this.#clock = clock
    this.#onEnd = onEnd
  }

  get size(): number {
    return this.#entries.size
  }

  arm(key: string, event: Event, delayMs: number): void {
    const deadlineMs = this.#clock.monotonicMs() + delayMs
    const entry = this.#entries.get(key)
    if (entry !== undefined && entry.wakeMs <= deadlineMs) {
      entry.deadlineMs = deadlineMs
      entry.event = event
      return
    }
    entry?.wake.cancel()
    const wake = this.#clock.after(delayMs, () => this.#awake(key))
    this.#entries.set(key, { deadlineMs, wakeMs: deadlineMs, wake, event })
  }

  disarm(key: string): void {
    this.#entries.get(key)?.wake.cancel()
    this.#entries.delete(key)
  }

  clear(): void {
    for (const { wake } of this.#entries.values()) wake.cancel()
    this.#entries.clear()
  }

  #awake(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    const remainingMs = entry.deadlineMs - this.#clock.monotonicMs()
    if (remainingMs > 0) {
      entry.wakeMs = entry.deadlineMs
      entry.wake = this.#clock.after(remainingMs, () => this.#awake(key))
      return
    }
    this.#entries.delete(key)
    this.#onEnd(entry.event)
  }
}
