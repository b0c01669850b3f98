/**
 * The world of a coordinator over one partition of its topic: it dies between any two batches that it
 * writes, moves, has a log that fails, and a network that delays and loses. What it coordinates, and what
 * must hold, is for those to say who build on this.
 */
import { strict as assert } from 'node:assert'
import { sleep } from '../../../src/host/index.ts'
import { ErrorCode } from '../../../src/protocol/index.ts'
import type { Append, AppendOutcome, PartitionLog } from '../../../src/runtime/index.ts'
import { Scheduler, SeededRandom, SimClock, Trace } from '../../../src/sim/index.ts'
import { MemoryLog } from '../../group/memory-log.ts'

/** What the coordinators of groups and of transactions have in common. */
export interface Coordinator {
  start(): void
  onElection(partition: number, leaderEpoch: number): Promise<void>
  onResignation(partition: number): void
  close(): void
}

export const PARTITION = 0
/** First lives end, by their seed, after each number of batches up to this one. */
const SWEPT_APPENDS = 64

interface Life<C> {
  readonly coordinator: C
  /** Batches until it dies. */
  appendsLeft: number
  isCrashed: boolean
}

export abstract class CoordinatorWorld<C extends Coordinator> {
  readonly scheduler = new Scheduler()
  readonly clock = new SimClock(this.scheduler)
  readonly trace = new Trace()
  readonly random: SeededRandom
  readonly log: MemoryLog
  /** While true requests and answers get lost, appends fail, and no coordinator lives long. */
  isFaulty = true
  /** Lives so far: what one promised may be unknown to the next. */
  lives = 0
  readonly #seed: number
  #life: Life<C> | undefined
  readonly #crashed = new Set<C>()

  constructor(seed: number) {
    this.#seed = seed
    this.random = new SeededRandom(seed)
    this.log = new MemoryLog(this.clock)
    const random = this.random.fork('log')
    this.log.fateOf = () => {
      const delayMs = random.chance(0.5) ? 0 : random.between(0, random.chance(0.2) ? 3_000 : 50)
      if (!this.isFaulty || !random.chance(0.06)) return { delayMs, errorCode: ErrorCode.NONE }
      return random.chance(0.5)
        ? { delayMs: 0, errorCode: ErrorCode.NOT_ENOUGH_REPLICAS }
        : { delayMs: 5_000, errorCode: ErrorCode.REQUEST_TIMED_OUT }
    }
  }

  /** A new one, over this log. */
  protected abstract open(log: PartitionLog): C

  get coordinator(): C | undefined {
    return this.#life?.coordinator
  }

  isCrashed(coordinator: C): boolean {
    return this.#crashed.has(coordinator)
  }

  note(who: string, what: string): void {
    this.trace.note(this.clock.monotonicMs(), who, what)
  }

  /** Resolves when it has read its log. */
  async start(): Promise<void> {
    assert.equal(this.#life, undefined)
    this.lives += 1
    const coordinator = this.open({
      readAll: partition => this.log.readAll(partition),
      append: append => this.#append(life, append),
    })
    const life: Life<C> = { coordinator, appendsLeft: this.#lifeSpan(), isCrashed: false }
    this.#life = life
    coordinator.start()
    this.note('coordinator', `starts life ${this.lives}`)
    await coordinator.onElection(PARTITION, this.lives)
  }

  #lifeSpan(): number {
    if (this.lives === 1) return 1 + (this.#seed % SWEPT_APPENDS)
    return this.random.chance(0.5) ? this.random.between(1, 20) : Infinity
  }

  /** Dies or moves, and is back so much later. Crashed: nobody hears of it. Resigned: whoever waits is told. */
  async replace(how: 'crash' | 'resign', downMs: number): Promise<void> {
    const life = this.#life
    // Another is on its way already.
    if (life === undefined) return
    this.note('coordinator', how)
    if (how === 'crash') this.#bury(life)
    this.#life = undefined
    life.coordinator.onResignation(PARTITION)
    life.coordinator.close()
    this.log.crash(PARTITION, open => this.random.below(open + 1))
    await sleep(this.clock, downMs)
    await this.start()
  }

  #bury(life: Life<C>): void {
    life.isCrashed = true
    this.#crashed.add(life.coordinator)
  }

  /** Where its time has come it dies here: before the batch is written, or before it hears that it was. */
  #append(life: Life<C>, append: Append): Promise<AppendOutcome> {
    if (life.isCrashed) return never()
    life.appendsLeft -= 1
    const dies = life === this.#life && life.appendsLeft <= 0 && this.isFaulty
    if (!dies) return this.log.append(append)
    const isWritten = this.random.chance(0.5)
    this.note('coordinator', `dies ${isWritten ? 'behind' : 'before'} a batch`)
    if (isWritten) void this.log.append(append)
    void this.replace('crash', this.random.between(0, 2_000))
    return never()
  }

  /** A request over the network, and its answer; never when either is lost. */
  protected async transmit<Reply>(ask: (coordinator: C) => Promise<Reply>): Promise<Reply> {
    await sleep(this.clock, this.random.between(0, 20))
    const { coordinator } = this
    if (coordinator === undefined || this.#isLost()) return never()
    const reply = await ask(coordinator)
    if (this.isCrashed(coordinator) || this.#isLost()) return never()
    await sleep(this.clock, this.random.between(0, 20))
    return reply
  }

  /** `undefined` when no answer came in time. */
  protected inTime<Reply>(answer: Promise<Reply>, timeoutMs: number): Promise<Reply | undefined> {
    return Promise.race([answer, sleep(this.clock, timeoutMs).then(() => undefined)])
  }

  #isLost(): boolean {
    return this.isFaulty && this.random.chance(0.02)
  }
}

export function never<Result>(): Promise<Result> {
  return new Promise(() => undefined)
}
