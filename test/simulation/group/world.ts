/** A group under a coordinator that does not live long, and what must hold at each of its answers all the same. */
import { strict as assert } from 'node:assert'
import { defaultGroupSettings, recordVersionsFor } from '../../../src/group/index.ts'
import { silentLog } from '../../../src/host/index.ts'
import { ErrorCode } from '../../../src/protocol/index.ts'
import type { EndTxnMarkerOptions } from '../../../src/records/index.ts'
import { GroupCoordinator, type PartitionLog } from '../../../src/runtime/index.ts'
import { nameOf } from '../../group/rig.ts'
import { CoordinatorWorld, never, PARTITION } from '../coordinator/coordinator-world.ts'
import { assignmentOf } from './consumer.ts'
import { OffsetAccount, sorted } from './offset-account.ts'
import { StaticFence } from './static-fence.ts'

/** The rebalance timeout and a slow log, with room. */
const LONGEST_WAIT_MS = 45_000

/** What a consumer may ask; each answer is checked. */
export type Api = Pick<
  GroupCoordinator,
  'joinGroup' | 'syncGroup' | 'heartbeat' | 'leaveGroup' | 'commitOffsets'
> & {
  readonly endTransaction: (marker: EndTxnMarkerOptions) => Promise<ErrorCode>
}

export class GroupWorld extends CoordinatorWorld<GroupCoordinator> {
  /** Counts lives of the group: one that was deleted begins at generation 1 again. */
  #groupLife = 0
  #lastOffset = 0
  #lastGeneration = 0
  #account = new OffsetAccount()
  readonly #fence = new StaticFence()
  readonly #leaders = new Map<string, string>()
  readonly #assigners = new Map<string, string>()

  constructor(seed: number) {
    super(seed)
    this.log.onDurable = (_, batch) => {
      const before = this.#account.deletions
      this.#account.learn(batch)
      if (this.#account.deletions > before) this.#beginGroupLife()
    }
  }

  nextOffset(): bigint {
    this.#lastOffset += 1
    return BigInt(this.#lastOffset)
  }

  protected open(log: PartitionLog): GroupCoordinator {
    this.#account = new OffsetAccount()
    for (const batch of this.log.batches(PARTITION)) this.#account.learn(batch)
    this.#lastGeneration = this.#account.generationId
    this.#fence.forget()
    return new GroupCoordinator({
      settings: { ...defaultGroupSettings, offsetsRetentionMs: 60_000 },
      versions: recordVersionsFor('3.9-IV0'),
      random: this.random.fork(`coordinator ${this.lives}`),
      partitionCount: () => 1,
      ...{ clock: this.clock, log, logger: silentLog, loadLogger: silentLog, codec: 0 },
      ...{ appendTimeoutMs: 5_000, maxBatchBytes: 1_000_000, expiryIntervalMs: 20_000 },
    })
  }

  /** A request over the network; undefined when no answer came in time. */
  call<Reply>(
    who: string,
    timeoutMs: number,
    ask: (api: Api) => Promise<Reply>,
  ): Promise<Reply | undefined> {
    const answer = this.transmit(coordinator => ask(this.#api(who, coordinator)))
    return this.inTime(answer, timeoutMs)
  }

  /** The coordinator, with its answers checked at the moment they are given. */
  #api(who: string, coordinator: GroupCoordinator): Api {
    // A coordinator that has crashed gives no answer any more.
    const alive = async <Reply>(what: string, asked: Promise<Reply>): Promise<Reply> => {
      const reply = await this.#inTime(`${who} ${what}`, coordinator, asked)
      if (this.isCrashed(coordinator)) return never()
      this.note(who, `${what} ${summaryOf(reply)}`)
      return reply
    }
    return {
      heartbeat: async ask => {
        const check = this.#fence.watch('heartbeat', ask)
        const reply = await alive('heartbeat', coordinator.heartbeat(ask))
        check(reply.errorCode)
        return reply
      },
      leaveGroup: ask => alive('leave', coordinator.leaveGroup(ask)),
      joinGroup: async ask => {
        if (this.#isGone(coordinator)) this.#beginGroupLife()
        const life = this.#currentLife()
        const reply = await alive('join', coordinator.joinGroup(ask))
        if (reply.errorCode === ErrorCode.NONE) {
          this.#fence.admit(reply.memberId, ask.groupInstanceId)
        }
        if (reply.errorCode === ErrorCode.NONE && !reply.skipAssignment) {
          this.#checkGeneration(life, reply.generationId, reply.leader)
        }
        return reply
      },
      syncGroup: async ask => {
        const life = this.#currentLife()
        const check = this.#fence.watch('sync', ask)
        const reply = await alive('sync', coordinator.syncGroup(ask))
        check(reply.errorCode)
        if (reply.errorCode === ErrorCode.NONE) {
          this.#checkAssignment(life, ask.generationId, reply.assignment)
        }
        return reply
      },
      commitOffsets: async ask => {
        const check = this.#fence.watch('commit', ask)
        const reply = await alive('commit', coordinator.commitOffsets(ask))
        ask.offsets.forEach(({ offset }, index) => {
          const errorCode = reply.partitions[index]?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR
          check(errorCode)
          if (errorCode !== ErrorCode.NONE) return
          const isThere = this.#account.written.has(offset)
          assert.ok(isThere, `offset ${offset} was acknowledged too early`)
        })
        return reply
      },
      endTransaction: async marker => {
        const markersOf = (): number => this.#account.markers.get(marker.producerId) ?? 0
        const before = markersOf()
        const errorCode = await alive('marker', coordinator.endTransaction(PARTITION, marker))
        const isThere = errorCode !== ErrorCode.NONE || markersOf() > before
        assert.ok(isThere, `the marker of ${marker.producerId} was acknowledged too early`)
        return errorCode
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
    return `${this.lives}/${this.#groupLife}`
  }

  /** Nobody is left waiting, unless the coordinator is gone. */
  async #inTime<Reply>(
    what: string,
    coordinator: GroupCoordinator,
    asked: Promise<Reply>,
  ): Promise<Reply> {
    const limit = this.clock.after(LONGEST_WAIT_MS, () => {
      assert.notEqual(this.coordinator, coordinator, `${what} was not answered in time`)
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

  /** All that a coordinator knows is what the log says; what is undecided is told to nobody. */
  checkOffsets(): void {
    if (this.#isBeingDeleted()) return
    const told = this.#fetch({ requireStable: false })
    if (told === undefined) return
    const offsets = told.map(({ place, offset }): [string, bigint] => [place, offset])
    assert.deepEqual(sorted(offsets), this.#account.counting())
    this.#checkUnstable()
  }

  /** Whoever asks for what is stable is told to wait where a transaction is open (KIP-447). */
  #checkUnstable(): void {
    const undecided = this.#account.undecided()
    for (const { place, errorCode } of this.#fetch({ requireStable: true }) ?? []) {
      const isRight = !undecided.has(place) || errorCode === ErrorCode.UNSTABLE_OFFSET_COMMIT
      assert.ok(isRight, `${place} is undecided and was told`)
    }
  }

  /** Once nothing is under way any more. */
  checkStable(): void {
    assert.deepEqual([...this.#account.undecided()], [], 'a transaction is open')
    const waiting = (this.#fetch({ requireStable: true }) ?? []).filter(
      ({ errorCode }) => errorCode !== ErrorCode.NONE,
    )
    assert.deepEqual(waiting, [], 'nothing is under way, and is waited for')
  }

  #fetch(how: {
    requireStable: boolean
  }): { place: string; offset: bigint; errorCode: ErrorCode }[] | undefined {
    const reply = this.coordinator?.fetchOffsets({ groupId: 'g', topics: null, ...how })
    if (reply?.errorCode !== ErrorCode.NONE) return undefined
    return reply.topics.flatMap(({ topic, partitions }) =>
      partitions.map(each => ({ place: `${topic}-${each.partition}`, ...each })),
    )
  }

  /** Its tombstones are on their way: it is gone for whoever asks, and there for the log. */
  #isBeingDeleted(): boolean {
    const listed = this.coordinator?.listGroups({ states: ['Dead'], types: [] })
    return listed?.groups.length === 1
  }
}

function withoutUuid(memberId: string): string {
  return memberId.slice(0, -36)
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
