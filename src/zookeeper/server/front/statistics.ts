/** Counters that four-letter words show, of the server and of each connection. */

/** Milliseconds from a request to its answer. */
export class Latency {
  #count = 0
  #total = 0
  #least = Infinity
  #most = 0

  add(latencyMs: number): void {
    this.#count += 1
    this.#total += latencyMs
    this.#least = Math.min(this.#least, latencyMs)
    this.#most = Math.max(this.#most, latencyMs)
  }

  get minMs(): number {
    return this.#count === 0 ? 0 : this.#least
  }

  get avgMs(): number {
    return this.#count === 0 ? 0 : this.#total / this.#count
  }

  get maxMs(): number {
    return this.#most
  }

  reset(): void {
    this.#count = 0
    this.#total = 0
    this.#least = Infinity
    this.#most = 0
  }
}

export class Traffic {
  received = 0
  sent = 0
  readonly latency = new Latency()

  reset(): void {
    this.received = 0
    this.sent = 0
    this.latency.reset()
  }
}
