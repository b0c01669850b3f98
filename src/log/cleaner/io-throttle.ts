/** Keeps what a thread reads and writes below `log.cleaner.io.max.bytes.per.second`. */
import { sleep } from '../../host/index.ts'
import type { TaskWorld } from '../../host/index.ts'

/** Looked at no more often, and slept no longer at a time. */
const CHECK_MS = 300

export class IoThrottle {
  readonly #world: Pick<TaskWorld<never>, 'clock' | 'isTurnOver' | 'nextTurn'>
  readonly #bytesPerSecond: number
  #sinceMs: number
  #bytes = 0

  constructor(
    world: Pick<TaskWorld<never>, 'clock' | 'isTurnOver' | 'nextTurn'>,
    bytesPerSecond: number,
  ) {
    this.#world = world
    this.#bytesPerSecond = bytesPerSecond
    this.#sinceMs = world.clock.monotonicMs()
  }

  /** So many bytes were read or are about to be written. Resolves when that is within the limit. */
  async take(bytes: number): Promise<void> {
    this.#bytes += bytes
    const { clock } = this.#world
    const dueMs = this.#sinceMs + (this.#bytes / this.#bytesPerSecond) * 1_000
    for (;;) {
      const leftMs = dueMs - clock.monotonicMs()
      if (leftMs <= 0) break
      await sleep(clock, Math.min(leftMs, CHECK_MS))
      if (this.#world.isTurnOver()) await this.#world.nextTurn()
    }
    // A pause must not be made up for later.
    if (clock.monotonicMs() - this.#sinceMs < CHECK_MS) return
    this.#sinceMs = clock.monotonicMs()
    this.#bytes = 0
  }
}
