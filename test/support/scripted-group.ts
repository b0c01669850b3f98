/**
 * A broker for several consumers, in virtual time: leader of one topic, and coordinator of one classic
 * group, by the rules that its members rely on. What a broker has to do beyond them is left out.
 */
import type { Clock } from '../../src/host/index.ts'
import { ApiKey, ErrorCode } from '../../src/protocol/index.ts'
import { BatchBuilder, stamp } from '../../src/records/index.ts'
import {
  BROKER_PORT,
  metadataOf,
  scriptedBroker,
  type ScriptedAnswer,
  type ScriptedRequest,
  type World,
} from './scripted-broker.ts'

const TOPIC = 'orders'
const TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAQ'
/** How long a fetch waits for records. */
const FETCH_WAIT_MS = 300
const RECORDS_PER_FETCH = 7

interface Protocol {
  readonly name: string
  readonly metadata: Buffer
}

interface Member {
  readonly id: string
  readonly groupInstanceId: string | null
  protocols: readonly Protocol[]
  rebalanceTimeoutMs: number
  assignment: Buffer
  answerJoin: ((answer: object) => void) | undefined
  answerSync: ((answer: object) => void) | undefined
}

type Phase = 'stable' | 'preparing' | 'completing'

export class ScriptedGroup {
  readonly requests: ScriptedRequest[] = []
  /** By partition: how many records there are; a record's value is its offset. */
  readonly logEndOffsets: number[]
  readonly committed = new Map<number, bigint>()
  readonly #clock: Clock
  readonly #members = new Map<string, Member>()
  /** Whether what the leader has worked out is taken note of, but given to nobody. */
  holdsAssignments = false
  /** Ids of static members whose name another one has taken. */
  readonly fenced = new Set<string>()
  /** Ids that were members once: they do not come back. */
  readonly #former = new Set<string>()
  #named = 0
  #phase: Phase = 'stable'
  #generationId = 0
  #protocolName = ''
  #leader = ''
  /** Counts rebalances: a deadline of an earlier one is none. */
  #rebalances = 0

  constructor(clock: Clock, partitionCount: number) {
    this.#clock = clock
    this.logEndOffsets = Array.from({ length: partitionCount }, () => 0)
  }

  static async start(here: World, partitionCount: number): Promise<ScriptedGroup> {
    const group = new ScriptedGroup(here.host.clock, partitionCount)
    await scriptedBroker(here, { answer: request => group.#answer(request) })
    return group
  }

  get isStable(): boolean {
    return this.#phase === 'stable'
  }

  get generationId(): number {
    return this.#generationId
  }

  get memberIds(): readonly string[] {
    return [...this.#members.keys()]
  }

  /** As when its session has ended, or somebody has removed it. */
  expel(memberId: string): void {
    const member = this.#members.get(memberId)
    if (member === undefined) return
    this.#members.delete(memberId)
    member.answerJoin?.({ errorCode: ErrorCode.UNKNOWN_MEMBER_ID })
    member.answerSync?.({ errorCode: ErrorCode.UNKNOWN_MEMBER_ID })
    this.#rebalance()
  }

  #answer(request: ScriptedRequest): ScriptedAnswer | Promise<ScriptedAnswer> {
    this.requests.push(request)
    const { apiKey, body } = request
    switch (apiKey) {
      case ApiKey.Metadata:
        return this.#metadata()
      case ApiKey.FindCoordinator: {
        const found = {
          key: 'group',
          nodeId: 1,
          host: 'localhost',
          port: BROKER_PORT,
          errorCode: 0,
        }
        return { coordinators: [{ ...found, errorMessage: null }] }
      }
      case ApiKey.JoinGroup:
        return this.#join(body as unknown as JoinBody)
      case ApiKey.SyncGroup:
        return this.#sync(body as unknown as SyncBody)
      case ApiKey.Heartbeat: {
        const errorCode = this.#refusal(body as unknown as MemberBody)
        const isPreparing = errorCode === ErrorCode.NONE && this.#phase === 'preparing'
        return { errorCode: isPreparing ? ErrorCode.REBALANCE_IN_PROGRESS : errorCode }
      }
      case ApiKey.LeaveGroup: {
        const { members } = body as { members: { memberId: string }[] }
        for (const { memberId } of members) this.expel(memberId)
        return { errorCode: 0, members: [] }
      }
      case ApiKey.OffsetCommit:
        return this.#commit(body as unknown as CommitBody)
      case ApiKey.OffsetFetch:
        return this.#offsets()
      case ApiKey.ListOffsets:
        return this.#list(body as unknown as TopicsBody<{ partitionIndex: number }>)
      case ApiKey.Fetch:
        return this.#fetch(body as unknown as TopicsBody<Fetched>)
      default:
        throw new Error(`API ${apiKey} is not expected`)
    }
  }

  #metadata(): object {
    const { topics, ...rest } = metadataOf(TOPIC, this.logEndOffsets.length, -1) as {
      topics: object[]
    }
    return { ...rest, topics: topics.map(topic => ({ ...topic, topicId: TOPIC_ID })) }
  }

  #join(body: JoinBody): object | Promise<object> {
    const { memberId, groupInstanceId, protocols, rebalanceTimeoutMs } = body
    if (memberId === '') {
      this.#named += 1
      return { errorCode: ErrorCode.MEMBER_ID_REQUIRED, memberId: `m-${this.#named}` }
    }
    const before = this.#members.get(memberId)
    if (before === undefined && this.#former.has(memberId)) {
      return { errorCode: ErrorCode.UNKNOWN_MEMBER_ID }
    }
    const isSame =
      before !== undefined &&
      before.protocols.every(({ metadata }, i) => protocols[i]?.metadata.equals(metadata) === true)
    const member = before ?? newMember(memberId, groupInstanceId)
    member.protocols = protocols
    member.rebalanceTimeoutMs = rebalanceTimeoutMs
    this.#members.set(memberId, member)
    this.#former.add(memberId)
    if (isSame && this.#phase === 'stable' && memberId !== this.#leader) {
      return this.#joinedAs(member)
    }
    const answer = new Promise<object>(resolve => (member.answerJoin = resolve))
    this.#rebalance()
    return answer
  }

  #rebalance(): void {
    if (this.#members.size === 0) {
      this.#phase = 'stable'
      return
    }
    if (this.#phase !== 'preparing') {
      this.#phase = 'preparing'
      for (const member of this.#members.values()) {
        member.answerSync?.({ errorCode: ErrorCode.REBALANCE_IN_PROGRESS })
        member.answerSync = undefined
      }
      this.#rebalances += 1
      const rebalance = this.#rebalances
      const timeoutMs = Math.max(...this.#all().map(member => member.rebalanceTimeoutMs))
      this.#clock.after(timeoutMs, () => {
        if (this.#rebalances !== rebalance || this.#phase !== 'preparing') return
        for (const { id, answerJoin } of this.#all()) {
          if (answerJoin === undefined) this.#members.delete(id)
        }
        this.#complete()
      })
    }
    if (this.#all().every(({ answerJoin }) => answerJoin !== undefined)) this.#complete()
  }

  #all(): Member[] {
    return [...this.#members.values()]
  }

  #complete(): void {
    const members = this.#all()
    const [first] = members
    if (first === undefined) return
    this.#phase = 'completing'
    this.#generationId += 1
    this.#leader = first.id
    const isCommon = ({ name }: Protocol): boolean =>
      members.every(({ protocols }) => protocols.some(protocol => protocol.name === name))
    this.#protocolName = first.protocols.find(isCommon)?.name ?? ''
    for (const member of members) {
      member.answerJoin?.(this.#joinedAs(member))
      member.answerJoin = undefined
    }
  }

  #joinedAs({ id }: Member): object {
    const members = this.#all().map(({ id: memberId, groupInstanceId, protocols }) => {
      const chosen = protocols.find(({ name }) => name === this.#protocolName)
      return { memberId, groupInstanceId, metadata: chosen?.metadata ?? Buffer.alloc(0) }
    })
    return {
      errorCode: 0,
      generationId: this.#generationId,
      protocolType: 'consumer',
      protocolName: this.#protocolName,
      leader: this.#leader,
      memberId: id,
      members: id === this.#leader ? members : [],
    }
  }

  #sync(body: SyncBody): object | Promise<object> {
    const errorCode = this.#refusal(body)
    const member = this.#members.get(body.memberId)
    if (errorCode !== ErrorCode.NONE || member === undefined) return { errorCode }
    if (this.#phase === 'preparing') return { errorCode: ErrorCode.REBALANCE_IN_PROGRESS }
    if (this.#phase === 'stable') return { errorCode: 0, assignment: member.assignment }
    const answer = new Promise<object>(resolve => (member.answerSync = resolve))
    if (body.memberId === this.#leader) void this.#assignLater(body.assignments)
    return answer
  }

  async #assignLater(assignments: SyncBody['assignments']): Promise<void> {
    const rebalance = this.#rebalances
    while (this.holdsAssignments) {
      await new Promise<void>(resolve => this.#clock.after(100, () => resolve()))
    }
    if (rebalance === this.#rebalances) this.#assign(assignments)
  }

  #assign(assignments: SyncBody['assignments']): void {
    this.#phase = 'stable'
    const byId = new Map(assignments.map(({ memberId, assignment }) => [memberId, assignment]))
    for (const member of this.#all()) {
      member.assignment = byId.get(member.id) ?? Buffer.alloc(0)
      member.answerSync?.({ errorCode: 0, assignment: member.assignment })
      member.answerSync = undefined
    }
  }

  #refusal({ memberId, generationId }: MemberBody): number {
    if (this.fenced.has(memberId)) return ErrorCode.FENCED_INSTANCE_ID
    if (!this.#members.has(memberId)) return ErrorCode.UNKNOWN_MEMBER_ID
    return generationId === this.#generationId ? ErrorCode.NONE : ErrorCode.ILLEGAL_GENERATION
  }

  #commit(body: CommitBody): object {
    const { generationIdOrMemberEpoch: generationId, memberId, topics } = body
    const refusal = this.#refusal({ memberId, generationId })
    const isBetween = refusal === ErrorCode.NONE && this.#phase === 'completing'
    const errorCode = isBetween ? ErrorCode.REBALANCE_IN_PROGRESS : refusal
    return {
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, committedOffset }) => {
          if (errorCode === ErrorCode.NONE) this.committed.set(partitionIndex, committedOffset)
          return { partitionIndex, errorCode }
        }),
      })),
    }
  }

  #offsets(): object {
    const partitions = this.logEndOffsets.map((_, partitionIndex) => ({
      partitionIndex,
      committedOffset: this.committed.get(partitionIndex) ?? -1n,
      committedLeaderEpoch: -1,
      metadata: '',
      errorCode: 0,
    }))
    const topics = [{ name: TOPIC, partitions }]
    return { groups: [{ groupId: 'group', topics, errorCode: 0 }] }
  }

  #list({ topics }: TopicsBody<{ partitionIndex: number }>): object {
    const asked = topics.flatMap(({ partitions }) => partitions)
    const partitions = asked.map(({ partitionIndex }) => {
      return { partitionIndex, errorCode: 0, timestamp: -1, offset: 0, leaderEpoch: -1 }
    })
    return { topics: [{ name: TOPIC, partitions }] }
  }

  async #fetch({ topics }: TopicsBody<Fetched>): Promise<object> {
    const asked = topics.flatMap(({ partitions }) => partitions)
    const hasAny = asked.some(
      ({ partition, fetchOffset }) => (this.logEndOffsets[partition] ?? 0) > fetchOffset,
    )
    await new Promise<void>(resolve =>
      this.#clock.after(hasAny ? 1 : FETCH_WAIT_MS, () => resolve()),
    )
    const partitions = asked.map(({ partition, fetchOffset }) => {
      const highWatermark = this.logEndOffsets[partition] ?? 0
      const endOffset = Math.min(highWatermark, fetchOffset + RECORDS_PER_FETCH)
      return {
        partitionIndex: partition,
        errorCode: 0,
        highWatermark,
        lastStableOffset: highWatermark,
        records: endOffset > fetchOffset ? recordsFrom(fetchOffset, endOffset) : null,
        abortedTransactions: null,
      }
    })
    return { sessionId: 0, responses: [{ topicId: TOPIC_ID, partitions }] }
  }
}

interface MemberBody {
  readonly memberId: string
  readonly generationId: number
}

interface JoinBody extends MemberBody {
  readonly groupInstanceId: string | null
  readonly rebalanceTimeoutMs: number
  readonly protocols: readonly Protocol[]
}

interface SyncBody extends MemberBody {
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Buffer }[]
}

interface CommitBody extends TopicsBody<{ partitionIndex: number; committedOffset: bigint }> {
  readonly memberId: string
  readonly generationIdOrMemberEpoch: number
}

interface TopicsBody<P> {
  readonly topics: readonly { readonly name: string; readonly partitions: readonly P[] }[]
}

interface Fetched {
  readonly partition: number
  readonly fetchOffset: number
}

function newMember(id: string, groupInstanceId: string | null): Member {
  return {
    id,
    groupInstanceId,
    protocols: [],
    rebalanceTimeoutMs: 0,
    assignment: Buffer.alloc(0),
    answerJoin: undefined,
    answerSync: undefined,
  }
}

/** `endOffset` is not included. */
function recordsFrom(baseOffset: number, endOffset: number): Buffer {
  const builder = new BatchBuilder()
  for (let offset = baseOffset; offset < endOffset; offset += 1) {
    builder.append({ timestamp: 1, value: Buffer.from(`${offset}`) })
  }
  const bytes = builder.close()
  stamp(bytes, 0, { baseOffset, leaderEpoch: -1 })
  return bytes
}
