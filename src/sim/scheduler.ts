/**
 * Virtual time. Events run one after another, by time and then by the order in which they were
 * made; between two of them every promise job runs to its end. Nothing waits for real time.
 */
import type { Timer } from '../host/index.ts'

/** A process whose events these are: they stop with it, and wait while it is paused. */
export class Lifetime {
  isAlive = true
  #parked: (() => void)[] | undefined

  get isPaused(): boolean {
    return this.#parked !== undefined
  }

  pause(): void {
    this.#parked ??= []
  }

  /** Runs what came due meanwhile, in order. */
  resume(): void {
    const parked = this.#parked ?? []
    this.#parked = undefined
    for (const action of parked) this.run(action)
  }

  end(): void {
    this.isAlive = false
    this.#parked = undefined
  }

  run(action: () => void): void {
    if (!this.isAlive) return
    if (this.#parked !== undefined) this.#parked.push(action)
    else action()
  }
}

interface Event {
  readonly atMs: number
  readonly order: number
  readonly action: () => void
  readonly lifetime: Lifetime
  /** Housekeeping does not count as work: it would go on for ever. */
  readonly isHousekeeping: boolean
  /** Still in the heap. */
  isWaiting: boolean
  isCancelled: boolean
}

export interface EventOptions {
  /** Default: lives as long as the simulation. */
  readonly lifetime?: Lifetime
  readonly isHousekeeping?: boolean
}

/** More events than any sensible history: a loop that never advances time is found here. */
const maxEventsPerRun = 20_000_000

export class Scheduler {
  #nowMs = 0
  #made = 0
  #workLeft = 0
  readonly #always = new Lifetime()
  readonly #heap: Event[] = []

  /** Virtual milliseconds since the beginning. */
  get nowMs(): number {
    return this.#nowMs
  }

  after(delayMs: number, action: () => void, options: EventOptions = {}): Timer {
    const { lifetime = this.#always, isHousekeeping = false } = options
    const atMs = this.#nowMs + Math.max(0, delayMs)
    const order = this.#made++
    const state = { isWaiting: true, isCancelled: false }
    const event: Event = { atMs, order, action, lifetime, isHousekeeping, ...state }
    if (!isHousekeeping) this.#workLeft += 1
    push(this.#heap, event)
    return { cancel: () => this.#cancel(event) }
  }

  every(periodMs: number, action: () => void, options: EventOptions = {}): Timer {
    if (!(periodMs > 0)) throw new RangeError(`period must be above 0 ms, got ${periodMs}`)
    const housekeeping = { ...options, isHousekeeping: true }
    const again = (): void => {
      timer = this.after(periodMs, again, housekeeping)
      action()
    }
    let timer = this.after(periodMs, again, housekeeping)
    return { cancel: () => timer.cancel() }
  }

  /** Runs everything due in the next `spanMs`; the time is then exactly that much later. */
  async runFor(spanMs: number): Promise<void> {
    const endMs = this.#nowMs + spanMs
    await this.#run(next => next !== undefined && next.atMs <= endMs)
    this.#nowMs = endMs
  }

  /** Runs until only housekeeping is left. */
  async runUntilIdle(): Promise<void> {
    await this.#run(() => this.#workLeft > 0)
  }

  /** @returns whether the condition came true within `limitMs`; it is asked after each event */
  async runUntil(isReached: () => boolean, limitMs: number): Promise<boolean> {
    const endMs = this.#nowMs + limitMs
    await this.#run(next => !isReached() && next !== undefined && next.atMs <= endMs)
    const hasReached = isReached()
    if (!hasReached) this.#nowMs = endMs
    return hasReached
  }

  async #run(isWanted: (next: Event | undefined) => boolean): Promise<void> {
    await settlePromises()
    for (let count = 0; isWanted(this.#heap[0]); count++) {
      if (count === maxEventsPerRun)
        throw new Error(`no end after ${count} events at ${this.#nowMs} ms`)
      const event = pop(this.#heap)
      if (event === undefined) return
      event.isWaiting = false
      if (event.isCancelled) continue
      if (!event.isHousekeeping) this.#workLeft -= 1
      this.#nowMs = Math.max(this.#nowMs, event.atMs)
      // Asked again: a paused process may cancel what came due meanwhile as soon as it goes on.
      event.lifetime.run(() => {
        if (!event.isCancelled) event.action()
      })
      await settlePromises()
    }
  }

  #cancel(event: Event): void {
    if (event.isWaiting && !event.isCancelled && !event.isHousekeeping) this.#workLeft -= 1
    event.isCancelled = true
  }
}

/** The real event loop turns once: by then all promise jobs have run, however long their chains. */
function settlePromises(): Promise<void> {
  // eslint-disable-next-line no-restricted-globals -- the simulator stands in for the clock
  return new Promise(resolve => setImmediate(resolve))
}

function isBefore(left: Event, right: Event): boolean {
  return left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order)
}

function push(heap: Event[], event: Event): void {
  let index = heap.length
  while (index > 0) {
    const parentIndex = (index - 1) >> 1
    const parent = heap[parentIndex]
    if (parent === undefined || !isBefore(event, parent)) break
    heap[index] = parent
    index = parentIndex
  }
  heap[index] = event
}

function pop(heap: Event[]): Event | undefined {
  const first = heap[0]
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return first
  let index = 0
  for (;;) {
    const leftIndex = 2 * index + 1
    const left = heap[leftIndex]
    const right = heap[leftIndex + 1]
    if (left === undefined) break
    const isRightFirst = right !== undefined && isBefore(right, left)
    const child = isRightFirst ? right : left
    if (!isBefore(child, last)) break
    heap[index] = child
    index = isRightFirst ? leftIndex + 1 : leftIndex
  }
  heap[index] = last
  return first
}
