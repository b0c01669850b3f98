/**
 * A consumer as clients are: joins, leads when told to, sends heartbeats and commits, begins anew when
 * it is told so, gives up on answers that do not come. It may be killed at any moment.
 */
import type { JoinReply } from '../../../src/group/index.ts'
import { sleep, type Clock } from '../../../src/host/index.ts'
import { ErrorCode } from '../../../src/protocol/index.ts'
import type { SeededRandom } from '../../../src/sim/index.ts'
import { nameOf } from '../../group/rig.ts'
import { subscription } from '../../group/scenario.ts'
import type { GroupWorld } from './world.ts'

export const PARTITIONS = [0, 1, 2, 3, 4, 5]
const SESSION_MS = 10_000
const REBALANCE_MS = 30_000
const REQUEST_TIMEOUT_MS = 5_000
/** For what waits on other members; longer than the coordinator may let anybody wait. */
const LONG_TIMEOUT_MS = 50_000

/** What a leader assigns: to whom, by whom, in which generation. */
export interface Assignment {
  readonly leader: string
  readonly generationId: number
  readonly partitions: readonly number[]
}

export class SimConsumer {
  readonly name: string
  readonly groupInstanceId: string | null
  readonly #world: GroupWorld
  readonly #clock: Clock
  readonly #random: SeededRandom
  isAlive = true
  memberId = ''
  generationId = -1
  /** What it works on; undefined while it has to join. */
  owned: readonly number[] | undefined

  constructor(name: string, groupInstanceId: string | null, world: GroupWorld) {
    this.name = name
    this.groupInstanceId = groupInstanceId
    this.#world = world
    this.#clock = world.clock
    this.#random = world.random.fork(name)
  }

  async run(): Promise<void> {
    while (this.isAlive) {
      if (this.owned === undefined) await this.#join()
      else await this.#work()
    }
  }

  kill(): void {
    this.isAlive = false
  }

  async leave(): Promise<void> {
    this.#world.note(this.name, 'wants to leave')
    this.isAlive = false
    // A static member that goes for good says nothing: that is what makes its restart cheap.
    if (this.memberId === '' || this.groupInstanceId !== null) return
    const members = [{ memberId: this.memberId, groupInstanceId: null, reason: 'leaving' }]
    await this.#world.call(this.name, REQUEST_TIMEOUT_MS, ({ leaveGroup }) =>
      leaveGroup({ groupId: 'g', members }),
    )
  }

  async #join(): Promise<void> {
    const reply = await this.#world.call(this.name, LONG_TIMEOUT_MS, ({ joinGroup }) =>
      joinGroup({
        groupId: 'g',
        memberId: this.memberId,
        groupInstanceId: this.groupInstanceId,
        clientId: this.name,
        clientHost: '/127.0.0.1',
        sessionTimeoutMs: SESSION_MS,
        rebalanceTimeoutMs: REBALANCE_MS,
        protocolType: 'consumer',
        protocols: [{ name: 'range', metadata: subscription(['t']) }],
        reason: null,
        canRejoinWithId: true,
        canSkipAssignment: true,
      }),
    )
    if (!this.isAlive || reply === undefined) return
    if (reply.errorCode === ErrorCode.NONE) await this.#sync(reply)
    else await this.#recover(reply.errorCode, reply.memberId)
  }

  async #sync(joined: JoinReply): Promise<void> {
    this.memberId = joined.memberId
    this.generationId = joined.generationId
    const leads = joined.leader === joined.memberId && !joined.skipAssignment
    const assignments = leads ? assign(joined) : []
    const reply = await this.#world.call(this.name, LONG_TIMEOUT_MS, ({ syncGroup }) =>
      syncGroup({
        groupId: 'g',
        memberId: this.memberId,
        groupInstanceId: this.groupInstanceId,
        generationId: this.generationId,
        protocolType: 'consumer',
        protocolName: joined.protocolName,
        assignments,
      }),
    )
    if (!this.isAlive || reply === undefined) return
    if (reply.errorCode !== ErrorCode.NONE) {
      await this.#recover(reply.errorCode, this.memberId)
      return
    }
    this.owned = partitionsOf(reply.assignment)
  }

  async #work(): Promise<void> {
    await sleep(this.#clock, this.#random.between(500, 3_000))
    if (!this.isAlive) return
    const errorCode = this.#random.chance(0.4) ? await this.#commit() : await this.#heartbeat()
    if (errorCode !== undefined) await this.#recover(errorCode, this.memberId)
  }

  async #heartbeat(): Promise<ErrorCode | undefined> {
    const { memberId, groupInstanceId, generationId } = this
    const reply = await this.#world.call(this.name, REQUEST_TIMEOUT_MS, ({ heartbeat }) =>
      heartbeat({ groupId: 'g', memberId, groupInstanceId, generationId }),
    )
    return reply?.errorCode
  }

  async #commit(): Promise<ErrorCode | undefined> {
    const { memberId, groupInstanceId, generationId, owned = [] } = this
    if (owned.length === 0) return this.#heartbeat()
    const offsets = owned.map(partition => ({
      topic: 't',
      partition,
      offset: this.#world.nextOffset(),
      leaderEpoch: -1,
      metadata: null,
      commitTimestamp: -1n,
    }))
    const reply = await this.#world.call(this.name, REQUEST_TIMEOUT_MS, ({ commitOffsets }) =>
      commitOffsets({
        ...{ groupId: 'g', memberId, groupInstanceId, generationId, offsets },
        retentionMs: -1n,
        knowsGroupIdNotFound: false,
        producer: undefined,
      }),
    )
    return reply?.partitions[0]?.errorCode
  }

  /** What an error means to a client. */
  async #recover(errorCode: ErrorCode, memberId: string): Promise<void> {
    // eslint-disable-next-line @typescript-eslint/switch-exhaustiveness-check -- the rest is unexpected
    switch (errorCode) {
      case ErrorCode.NONE:
      case ErrorCode.REQUEST_TIMED_OUT:
      case ErrorCode.COORDINATOR_NOT_AVAILABLE:
      case ErrorCode.COORDINATOR_LOAD_IN_PROGRESS:
      case ErrorCode.NOT_COORDINATOR:
        break
      case ErrorCode.MEMBER_ID_REQUIRED:
        this.memberId = memberId
        return
      case ErrorCode.REBALANCE_IN_PROGRESS:
        this.owned = undefined
        break
      case ErrorCode.UNKNOWN_MEMBER_ID:
      case ErrorCode.ILLEGAL_GENERATION:
        this.owned = undefined
        this.memberId = ''
        break
      case ErrorCode.FENCED_INSTANCE_ID:
        this.isAlive = false
        break
      default:
        throw new Error(`${this.name} did not expect ${nameOf(errorCode)}`)
    }
    await sleep(this.#clock, this.#random.between(50, 200))
  }
}

function assign(joined: JoinReply): { memberId: string; assignment: Buffer }[] {
  return joined.members.map(({ memberId }, index) => {
    const assignment: Assignment = {
      leader: joined.memberId,
      generationId: joined.generationId,
      partitions: PARTITIONS.filter(partition => partition % joined.members.length === index),
    }
    return { memberId, assignment: Buffer.from(JSON.stringify(assignment)) }
  })
}

export function assignmentOf(bytes: Buffer): Assignment | undefined {
  return bytes.length === 0 ? undefined : (JSON.parse(bytes.toString()) as Assignment)
}

function partitionsOf(bytes: Buffer): readonly number[] {
  return assignmentOf(bytes)?.partitions ?? []
}
