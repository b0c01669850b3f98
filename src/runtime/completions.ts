/**
 * Who waits for a transaction to be completed: the next one of the same id, which comes at once from a
 * quick producer, while the markers of the one before are being written.
 */
import type { Clock } from '../host/index.ts'

export class Completions {
  readonly #clock: Clock
  /** One at most for each transactional id. */
  readonly #waiting = new Map<string, () => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Resolves when the transaction of this id is completed, and after `timeoutMs` at the latest.
   *
   * @returns whether to ask again: false when another waits for it already
   */
  async wait(transactionalId: string, timeoutMs: number): Promise<boolean> {
    if (this.#waiting.has(transactionalId)) return false
    await new Promise<void>(resolve => {
      const timer = this.#clock.after(timeoutMs, () => this.complete(transactionalId))
      this.#waiting.set(transactionalId, () => {
        timer.cancel()
        resolve()
      })
    })
    return true
  }

  complete(transactionalId: string): void {
    this.#waiting.get(transactionalId)?.()
    this.#waiting.delete(transactionalId)
  }

  /** Nobody waits any longer. */
  close(): void {
    for (const transactionalId of [...this.#waiting.keys()]) this.complete(transactionalId)
  }
}
