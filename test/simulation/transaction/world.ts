/**
 * A transaction coordinator that crashes, moves and has a log that fails; markers that are late, refused,
 * or written by a coordinator that is gone; and what must hold all the same.
 */
import { strict as assert } from 'node:assert'
import { silentLog, sleep } from '../../../src/host/index.ts'
import { ErrorCode } from '../../../src/protocol/index.ts'
import { TransactionCoordinator, type MarkerResults } from '../../../src/runtime/index.ts'
import { Scheduler, SeededRandom, SimClock, Trace } from '../../../src/sim/index.ts'
import {
  defaultTransactionSettings,
  markerOutcome,
  type WriteMarkers,
} from '../../../src/txn/index.ts'
import { MemoryLog } from '../../group/memory-log.ts'
import { ModelPartition } from './partition.ts'

const STATE_PARTITION = 0
export const PARTITIONS = 4
export const TOPIC = 'data'
/** Short, so that what a request began is often still under way when it is tried again. */
const REQUEST_TIMEOUT_MS = 1_000

export class World {
  readonly scheduler = new Scheduler()
  readonly clock = new SimClock(this.scheduler)
  readonly trace = new Trace()
  readonly random: SeededRandom
  readonly log: MemoryLog
  readonly partitions = Array.from({ length: PARTITIONS }, () => new ModelPartition())
  /** While true requests and answers get lost, appends and markers fail, and no coordinator lives long. */
  isFaulty = true
  #coordinator: TransactionCoordinator | undefined
  readonly #crashed = new Set<TransactionCoordinator>()
  #life = 0
  #nextProducerId = 0

  constructor(seed: number) {
    this.random = new SeededRandom(seed)
    this.log = new MemoryLog(this.clock)
    const random = this.random.fork('log')
    this.log.fateOf = () => {
      const delayMs = random.chance(0.5) ? 0 : random.between(0, random.chance(0.2) ? 2_000 : 50)
      if (!this.isFaulty || !random.chance(0.06)) return { delayMs, errorCode: ErrorCode.NONE }
      return random.chance(0.5)
        ? { delayMs: 0, errorCode: ErrorCode.NOT_ENOUGH_REPLICAS }
        : { delayMs: 5_000, errorCode: ErrorCode.REQUEST_TIMED_OUT }
    }
  }

  note(who: string, what: string): void {
    this.trace.note(this.clock.monotonicMs(), who, what)
  }

  async startCoordinator(): Promise<void> {
    assert.equal(this.#coordinator, undefined)
    const { clock, log } = this
    const coordinator = new TransactionCoordinator({
      settings: defaultTransactionSettings,
      ...{ clock, log, logger: silentLog },
      partitionCount: () => 1,
      nextProducerId: async () => {
        await sleep(clock, this.random.between(0, 5))
        return this.#nextProducerId++
      },
      writeMarkers: (markers, epoch) => this.#writeMarkers(markers, epoch),
      ...{ appendTimeoutMs: 5_000, maxBatchBytes: 1_000_000 },
      ...{ timeoutCheckMs: 1_000, expiryCheckMs: 60_000 },
    })
    this.#life += 1
    this.#coordinator = coordinator
    coordinator.start()
    this.note('coordinator', `starts life ${this.#life}`)
    await coordinator.onElection(STATE_PARTITION, this.#life)
  }

  /** Crashed: nobody hears of it. Resigned: whoever waits is told. */
  stopCoordinator(how: 'crash' | 'resign'): void {
    const coordinator = this.#coordinator
    if (coordinator === undefined) return
    this.note('coordinator', how)
    if (how === 'crash') this.#crashed.add(coordinator)
    coordinator.onResignation(STATE_PARTITION)
    coordinator.close()
    this.#coordinator = undefined
    this.log.crash(STATE_PARTITION, open => this.random.below(open + 1))
  }

  /** A request over the network; undefined when no answer came in time. */
  async call<Reply>(
    who: string,
    what: string,
    ask: (coordinator: TransactionCoordinator) => Promise<Reply>,
  ): Promise<Reply | undefined> {
    const timeout = sleep(this.clock, REQUEST_TIMEOUT_MS).then(() => undefined)
    const reply = await Promise.race([this.#transmit(ask), timeout])
    this.note(who, `${what}: ${JSON.stringify(reply)}`)
    return reply
  }

  async #transmit<Reply>(
    ask: (coordinator: TransactionCoordinator) => Promise<Reply>,
  ): Promise<Reply> {
    await sleep(this.clock, this.random.between(0, 20))
    const coordinator = this.#coordinator
    if (coordinator === undefined || this.#isLost()) return new Promise(() => undefined)
    const reply = await ask(coordinator)
    if (this.#crashed.has(coordinator) || this.#isLost()) return new Promise(() => undefined)
    await sleep(this.clock, this.random.between(0, 20))
    return reply
  }

  #isLost(): boolean {
    return this.isFaulty && this.random.chance(0.02)
  }

  /** A produce: verified and appended in one step, as the broker does (KIP-890). */
  append(
    number: number,
    data: {
      transactionalId: string
      producerId: number
      producerEpoch: number
      transaction: string
    },
  ): ErrorCode {
    const partition = this.partitions[number]
    assert(partition !== undefined)
    if (!partition.hasOpen(data.producerId)) {
      const place = { topic: TOPIC, partition: number }
      const errorCode =
        this.#coordinator?.verify({ ...data, ...place }) ?? ErrorCode.COORDINATOR_NOT_AVAILABLE
      if (errorCode !== ErrorCode.NONE) return errorCode
    }
    return partition.append(data)
  }

  /** Each partition takes its time; the coordinator may be gone when its marker comes. */
  #writeMarkers(markers: WriteMarkers, coordinatorEpoch: number): Promise<MarkerResults> {
    const { producerId, producerEpoch, committed } = markers
    const marker = { producerId, producerEpoch, coordinatorEpoch, committed }
    return Promise.all(
      markers.partitions.map(async ({ topic, partition }) => {
        await sleep(this.clock, this.random.between(0, this.random.chance(0.1) ? 3_000 : 20))
        const isRefused = this.isFaulty && this.random.chance(0.1)
        const errorCode = isRefused
          ? ErrorCode.NOT_LEADER_OR_FOLLOWER
          : (this.partitions[partition]?.mark(marker) ?? ErrorCode.NONE)
        return { topic, partition, outcome: markerOutcome(errorCode) }
      }),
    )
  }
}
