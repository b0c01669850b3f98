/**
 * Things that expire unless they are touched, in buckets of one tick: a touch moves a thing to the
 * bucket of its new deadline rounded up, so that expiring costs one look a tick. Mirrors
 * ZooKeeper's `ExpiryQueue`; all moments are monotonic milliseconds given by the caller.
 */
export class ExpiryQueue<T> {
  readonly #tickMs: number
  readonly #bucketOf = new Map<T, number>()
  readonly #buckets = new Map<number, Set<T>>()
  #nextDeadlineMs: number

  constructor(tickMs: number, nowMs: number) {
    this.#tickMs = tickMs
    this.#nextDeadlineMs = this.#roundUp(nowMs)
  }

  get size(): number {
    return this.#bucketOf.size
  }

  /** When `takeExpired` may have something next. */
  get nextDeadlineMs(): number {
    return this.#nextDeadlineMs
  }

  touch(thing: T, options: { timeoutMs: number; nowMs: number }): void {
    const deadlineMs = this.#roundUp(options.nowMs + options.timeoutMs)
    const before = this.#bucketOf.get(thing)
    if (before === deadlineMs) return
    if (before !== undefined) this.#buckets.get(before)?.delete(thing)
    this.#bucketOf.set(thing, deadlineMs)
    const bucket = this.#buckets.get(deadlineMs)
    if (bucket === undefined) this.#buckets.set(deadlineMs, new Set([thing]))
    else bucket.add(thing)
  }

  remove(thing: T): void {
    const deadlineMs = this.#bucketOf.get(thing)
    if (deadlineMs === undefined) return
    this.#bucketOf.delete(thing)
    this.#buckets.get(deadlineMs)?.delete(thing)
  }

  /** What has passed its deadline; it is taken out. */
  takeExpired(nowMs: number): T[] {
    const expired: T[] = []
    for (; this.#nextDeadlineMs <= nowMs; this.#nextDeadlineMs += this.#tickMs) {
      const bucket = this.#buckets.get(this.#nextDeadlineMs)
      if (bucket === undefined) continue
      this.#buckets.delete(this.#nextDeadlineMs)
      for (const thing of bucket) {
        this.#bucketOf.delete(thing)
        expired.push(thing)
      }
    }
    return expired
  }

  /** Buckets by deadline, soonest first. */
  buckets(): [deadlineMs: number, things: readonly T[]][] {
    return [...this.#buckets]
      .sort(([left], [right]) => left - right)
      .map(([deadlineMs, things]) => [deadlineMs, [...things]])
  }

  #roundUp(momentMs: number): number {
    return (Math.floor(momentMs / this.#tickMs) + 1) * this.#tickMs
  }
}
