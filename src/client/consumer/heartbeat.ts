/**
 * Signs of life by a timer, whatever the caller does meanwhile, and the watch over the caller itself: who
 * does not poll is no reader (KIP-62). Mirrors Heartbeat and its thread.
 */
import type { Clock, Timer } from '../../host/index.ts'

export interface HeartbeatOptions {
  readonly clock: Clock
  readonly intervalMs: number
  readonly maxPollIntervalMs: number
  /** Says that it is alive; the next one waits for it. Must not fail. */
  readonly beat: () => Promise<void>
  /** The caller has not polled for longer than it may. */
  readonly onPollExpired: () => void
}

export class Heartbeat {
  readonly #options: HeartbeatOptions
  #beats: Timer | undefined
  #watch: Timer | undefined
  #isBeating = false
  #lastPollMs: number

  constructor(options: HeartbeatOptions) {
    this.#options = options
    this.#lastPollMs = options.clock.monotonicMs()
  }

  /** The caller is alive. */
  polled(): void {
    this.#lastPollMs = this.#options.clock.monotonicMs()
  }

  start(): void {
    const { clock, intervalMs } = this.#options
    this.stop()
    this.#beats = clock.every(intervalMs, () => this.#beat())
    this.#watchPolls()
  }

  stop(): void {
    this.#beats?.cancel()
    this.#watch?.cancel()
    this.#beats = undefined
    this.#watch = undefined
  }

  #beat(): void {
    if (this.#isBeating) return
    this.#isBeating = true
    void this.#options.beat().finally(() => (this.#isBeating = false))
  }

  #watchPolls(): void {
    const { clock, maxPollIntervalMs, onPollExpired } = this.#options
    const leftMs = this.#lastPollMs + maxPollIntervalMs - clock.monotonicMs()
    this.#watch = clock.after(Math.max(leftMs, 0) + 1, () => {
      if (clock.monotonicMs() - this.#lastPollMs > maxPollIntervalMs) onPollExpired()
      else this.#watchPolls()
    })
  }
}
