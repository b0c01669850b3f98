/** Holds a sender at so many things a second, by small pauses. Mirrors Kafka's ThroughputThrottler. */
import { sleep, type Clock } from '../host/index.ts'

/** Shorter pauses are saved up: a timer is no more exact than this. */
const MIN_SLEEP_MS = 2
const FOREVER_MS = 2 ** 31 - 1

export class ThroughputThrottler {
  readonly #clock: Clock
  readonly #startMs: number
  readonly #perSecond: number
  #owedMs = 0

  /** Below 0: no limit; 0: nothing goes on. */
  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock
    this.#startMs = clock.wallMs()
    this.#perSecond = perSecond
  }

  /** Pauses if more was sent since the start than may be. Ends early when the signal aborts. */
  async pace(sentSoFar: number, sendStartMs: number, signal: AbortSignal): Promise<void> {
    if (this.#perSecond < 0) return
    const elapsedSeconds = (sendStartMs - this.#startMs) / 1_000
    if (elapsedSeconds <= 0 || sentSoFar / elapsedSeconds <= this.#perSecond) return
    this.#owedMs += this.#perSecond === 0 ? FOREVER_MS : 1_000 / this.#perSecond
    if (this.#owedMs < MIN_SLEEP_MS) return
    const pauseMs = this.#owedMs
    this.#owedMs = 0
    await sleep(this.#clock, pauseMs, signal).catch(() => undefined)
  }
}
