/** `buffer.memory`: bytes of records that were taken and are not done yet. First come, first served. */

interface Waiter {
  readonly sizeBytes: number
  readonly proceed: () => void
}

export class BufferMemory {
  readonly totalBytes: number
  #usedBytes = 0
  #waitingBytes = 0
  readonly #waiters = new Set<Waiter>()

  constructor(totalBytes: number) {
    this.totalBytes = totalBytes
  }

  /** Whether the next `take` gets room at once. */
  get hasRoom(): boolean {
    return this.#waiters.size === 0 && this.#usedBytes < this.totalBytes
  }

  /** Whether as much waits for room as there is room: more would make the wait a second buffer. */
  get isCrowded(): boolean {
    return this.#waitingBytes >= this.totalBytes
  }

  /**
   * Calls `proceed` when the bytes are taken: at once, or in the order of the calls.
   *
   * @returns gives up waiting; `undefined` when `proceed` was called already
   */
  take(sizeBytes: number, proceed: () => void): (() => void) | undefined {
    const fits = this.#usedBytes + sizeBytes <= this.totalBytes
    if (this.#waiters.size === 0 && fits) {
      this.#usedBytes += sizeBytes
      proceed()
      return undefined
    }
    const waiter = { sizeBytes, proceed }
    this.#waiters.add(waiter)
    this.#waitingBytes += sizeBytes
    return () => {
      if (!this.#waiters.delete(waiter)) return
      this.#waitingBytes -= sizeBytes
      this.#admit()
    }
  }

  give(sizeBytes: number): void {
    this.#usedBytes -= sizeBytes
    this.#admit()
  }

  #admit(): void {
    for (const waiter of this.#waiters) {
      if (this.#usedBytes + waiter.sizeBytes > this.totalBytes) return
      this.#waiters.delete(waiter)
      this.#waitingBytes -= waiter.sizeBytes
      this.#usedBytes += waiter.sizeBytes
      waiter.proceed()
    }
  }
}
