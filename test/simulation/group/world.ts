/**
 * A coordinator that crashes, moves and has a log that fails; a network that delays and loses; and
 * what must hold at each answer all the same.
 */
import { strict as assert } from 'node:assert'
import {
  decodeRecord,
  defaultGroupSettings,
  recordVersionsFor,
  type GroupRecord,
} from '../../../src/group/index.ts'
import { silentLog, sleep } from '../../../src/host/index.ts'
import { ErrorCode } from '../../../src/protocol/index.ts'
import { recordsIn } from '../../../src/records/index.ts'
import { GroupCoordinator } from '../../../src/runtime/index.ts'
import { Scheduler, SeededRandom, SimClock, Trace } from '../../../src/sim/index.ts'
import { MemoryLog } from '../../group/memory-log.ts'
import { nameOf } from '../../group/rig.ts'
import { assignmentOf } from './consumer.ts'

const PARTITION = 0

/** The rebalance timeout and a slow log, with room. */
const LONGEST_WAIT_MS = 45_000

/** What a consumer may ask; each answer is checked. */
export type Api = Pick<
  GroupCoordinator,
  'joinGroup' | 'syncGroup' | 'heartbeat' | 'leaveGroup' | 'commitOffsets'
>

export class World {
  readonly scheduler = new Scheduler()
  readonly clock = new SimClock(this.scheduler)
  readonly trace = new Trace()
  readonly random: SeededRandom
  readonly log: MemoryLog
  /** While true requests and answers get lost, appends fail, and the coordinator does not live long. */
  isFaulty = true
  #coordinator: GroupCoordinator | undefined
  readonly #crashed = new Set<GroupCoordinator>()
  /** Counts lives of the coordinator: what one promised may be unknown to the next. */
  #life = 0
  /** Counts lives of the group: one that was deleted begins at generation 1 again. */
  #groupLife = 0
  #lastOffset = 0
  #lastGeneration = 0
  /** What the log says by key: an independent account of what a coordinator must know. */
  readonly #known = new Map<string, GroupRecord>()
  readonly #durableOffsets = new Set<bigint>()
  readonly #leaders = new Map<string, string>()
  readonly #assigners = new Map<string, string>()

  constructor(seed: number) {
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
    this.log.onDurable = (_, batch) => this.#learn(batch)
  }

  note(who: string, what: string): void {
    this.trace.note(this.clock.monotonicMs(), who, what)
  }

  nextOffset(): bigint {
    this.#lastOffset += 1
    return BigInt(this.#lastOffset)
  }

  get coordinator(): GroupCoordinator | undefined {
    return this.#coordinator
  }

  async startCoordinator(): Promise<void> {
    assert.equal(this.#coordinator, undefined)
    const { clock, log } = this
    const coordinator = new GroupCoordinator({
      settings: { ...defaultGroupSettings, offsetsRetentionMs: 60_000 },
      versions: recordVersionsFor('3.9-IV0'),
      random: this.random.fork(`coordinator ${this.#life}`),
      partitionCount: () => 1,
      ...{ clock, log, logger: silentLog, codec: 0 },
      ...{ appendTimeoutMs: 5_000, maxBatchBytes: 1_000_000, expiryIntervalMs: 20_000 },
    })
    this.#life += 1
    this.#lastGeneration = 0
    this.#coordinator = coordinator
    this.#known.clear()
    for (const batch of this.log.batches(PARTITION)) this.#learn(batch)
    coordinator.start()
    this.note('coordinator', `starts life ${this.#life}`)
    await coordinator.onElection(PARTITION, this.#life)
  }

  /** Crashed: nobody hears of it. Resigned: whoever waits is told. */
  stopCoordinator(how: 'crash' | 'resign'): void {
    const coordinator = this.#coordinator
    if (coordinator === undefined) return
    this.note('coordinator', how)
    if (how === 'crash') this.#crashed.add(coordinator)
    coordinator.onResignation(PARTITION)
    coordinator.close()
    this.#coordinator = undefined
    this.log.crash(PARTITION, open => this.random.below(open + 1))
  }

  /** A request over the network; undefined when no answer came in time. */
  async call<Reply>(
    who: string,
    timeoutMs: number,
    ask: (api: Api) => Promise<Reply>,
  ): Promise<Reply | undefined> {
    const answer = this.#transmit(who, ask)
    const timeout = sleep(this.clock, timeoutMs).then(() => undefined)
    return Promise.race([answer, timeout])
  }

  async #transmit<Reply>(who: string, ask: (api: Api) => Promise<Reply>): Promise<Reply> {
    await sleep(this.clock, this.random.between(0, 20))
    const coordinator = this.#coordinator
    if (coordinator === undefined || this.#isLost()) return new Promise(() => undefined)
    const reply = await ask(this.#api(who, coordinator))
    if (this.#isLost()) return new Promise(() => undefined)
    await sleep(this.clock, this.random.between(0, 20))
    return reply
  }

  #isLost(): boolean {
    return this.isFaulty && this.random.chance(0.01)
  }

  /** The coordinator, with its answers checked at the moment they are given. */
  #api(who: string, coordinator: GroupCoordinator): Api {
    // A coordinator that has crashed gives no answer any more.
    const alive = async <Reply>(what: string, asked: Promise<Reply>): Promise<Reply> => {
      const reply = await this.#inTime(`${who} ${what}`, coordinator, asked)
      if (this.#crashed.has(coordinator)) return new Promise(() => undefined)
      this.note(who, `${what} ${summaryOf(reply)}`)
      return reply
    }
    return {
      heartbeat: ask => alive('heartbeat', coordinator.heartbeat(ask)),
      leaveGroup: ask => alive('leave', coordinator.leaveGroup(ask)),
      joinGroup: async ask => {
        if (this.#isGone(coordinator)) this.#beginGroupLife()
        const life = this.#currentLife()
        const reply = await alive('join', coordinator.joinGroup(ask))
        if (reply.errorCode === ErrorCode.NONE && !reply.skipAssignment) {
          this.#checkGeneration(life, reply.generationId, reply.leader)
        }
        return reply
      },
      syncGroup: async ask => {
        const life = this.#currentLife()
        const reply = await alive('sync', coordinator.syncGroup(ask))
        if (reply.errorCode === ErrorCode.NONE) {
          this.#checkAssignment(life, ask.generationId, reply.assignment)
        }
        return reply
      },
      commitOffsets: async ask => {
        const reply = await alive('commit', coordinator.commitOffsets(ask))
        ask.offsets.forEach(({ offset }, index) => {
          if (reply.partitions[index]?.errorCode !== ErrorCode.NONE) return
          assert.ok(this.#durableOffsets.has(offset), `offset ${offset} was acknowledged too early`)
        })
        return reply
      },
    }
  }

  #isGone(coordinator: GroupCoordinator): boolean {
    const about = coordinator.describeGroup('g', { knowsGroupIdNotFound: true })
    return about.errorCode === ErrorCode.GROUP_ID_NOT_FOUND
  }

  #beginGroupLife(): void {
    this.#groupLife += 1
    this.#lastGeneration = 0
  }

  #currentLife(): string {
    return `${this.#life}/${this.#groupLife}`
  }

  /** Nobody is left waiting, unless the coordinator is gone. */
  async #inTime<Reply>(
    what: string,
    coordinator: GroupCoordinator,
    asked: Promise<Reply>,
  ): Promise<Reply> {
    const limit = this.clock.after(LONGEST_WAIT_MS, () => {
      assert.notEqual(this.#coordinator, coordinator, `${what} was not answered in time`)
    })
    const reply = await asked
    limit.cancel()
    return reply
  }

  #checkGeneration(life: string, generationId: number, leader: string): void {
    assert.ok(generationId >= this.#lastGeneration, `generation went back to ${generationId}`)
    this.#lastGeneration = generationId
    const key = `${life}/${generationId}`
    const known = this.#leaders.get(key)
    // A static leader that came back is the same leader under another id.
    const isSame = known === undefined || withoutUuid(known) === withoutUuid(leader)
    assert.ok(isSame, `generation ${generationId} has leaders ${known ?? ''} and ${leader}`)
    this.#leaders.set(key, leader)
  }

  #checkAssignment(life: string, generationId: number, bytes: Buffer): void {
    const assignment = assignmentOf(bytes)
    if (assignment === undefined) return
    assert.equal(assignment.generationId, generationId, 'an assignment of another generation')
    const key = `${life}/${generationId}`
    const assigner = this.#assigners.get(key) ?? assignment.leader
    assert.equal(assignment.leader, assigner, `generation ${generationId} was assigned twice`)
    this.#assigners.set(key, assigner)
  }

  /** All that a coordinator knows is what the log says. */
  checkOffsets(): void {
    if (this.#isBeingDeleted()) return
    const reply = this.#coordinator?.fetchOffsets({
      groupId: 'g',
      topics: null,
      requireStable: false,
    })
    if (reply?.errorCode !== ErrorCode.NONE) return
    const told = new Map<string, bigint>()
    for (const { topic, partitions } of reply.topics) {
      for (const { partition, offset } of partitions) told.set(`${topic}-${partition}`, offset)
    }
    const known = new Map<string, bigint>()
    for (const record of this.#known.values()) {
      if (record.type !== 'offset' || record.committed === null) continue
      known.set(`${record.topic}-${record.partition}`, record.committed.offset)
    }
    assert.deepEqual(sorted(told), sorted(known))
  }

  /** Its tombstones are on their way: it is gone for whoever asks, and there for the log. */
  #isBeingDeleted(): boolean {
    const listed = this.#coordinator?.listGroups({ states: ['Dead'], types: [] })
    return listed?.groups.length === 1
  }

  #learn(batch: Buffer): void {
    for (const { key, value } of recordsIn(batch)) {
      assert.ok(key !== null)
      const record = decodeRecord({ key, value })
      assert.ok(record !== undefined)
      this.#checkOrder(this.#known.get(key.toString('hex')), record)
      this.#known.set(key.toString('hex'), record)
      if (record.type === 'offset' && record.committed !== null) {
        this.#durableOffsets.add(record.committed.offset)
      }
    }
  }

  #checkOrder(before: GroupRecord | undefined, record: GroupRecord): void {
    if (record.type !== 'metadata' || before?.type !== 'metadata') return
    if (record.metadata === null || before.metadata === null) return
    assert.ok(record.metadata.generationId >= before.metadata.generationId, 'stored generations')
  }
}

function withoutUuid(memberId: string): string {
  return memberId.slice(0, -36)
}

function sorted(map: ReadonlyMap<string, bigint>): [string, bigint][] {
  return [...map].sort(([left], [right]) => (left < right ? -1 : 1))
}

function summaryOf(reply: unknown): string {
  const { errorCode, generationId, memberId, partitions } = reply as {
    errorCode?: ErrorCode
    generationId?: number
    memberId?: string
    partitions?: readonly { errorCode: ErrorCode }[]
  }
  const code = errorCode ?? partitions?.[0]?.errorCode ?? ErrorCode.NONE
  return [nameOf(code), generationId ?? '', memberId ?? ''].join(' ').trim()
}
