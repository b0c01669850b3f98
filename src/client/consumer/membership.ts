/**
 * One member of a classic group: joins, synchronises, sends heartbeats by its own timer whatever the
 * caller does meanwhile, leaves. Knows no partitions' positions. Mirrors AbstractCoordinator.
 */
import type { Timer } from '../../host/index.ts'
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
  decodeVersioned,
  encodeVersioned,
  ErrorCode,
  HeartbeatRequest,
  HeartbeatResponse,
  isRetriable,
  JoinGroupRequest,
  JoinGroupResponse,
  LeaveGroupRequest,
  LeaveGroupResponse,
  SyncGroupRequest,
  SyncGroupResponse,
} from '../../protocol/index.ts'
import { apiCall } from '../connection/api-call.ts'
import { backoffMs } from '../connection/backoff.ts'
import type { Cluster } from '../connection/cluster.ts'
import { leaveGroupBody } from '../connection/shapes.ts'
import { sleep } from '../../host/index.ts'
import { isWorthRetrying, KafkaError, toKafkaError } from '../errors.ts'
import { byTopic, type TopicPartition } from '../topic-partition.ts'
import type { Assignor, Memory, Subscriber } from './assignor.ts'
import type { ConsumerGroupMetadata } from './consumer.ts'
import type { GroupCoordinator } from './group-coordinator.ts'

const joinGroupCall = apiCall(JoinGroupRequest, JoinGroupResponse)
const syncGroupCall = apiCall(SyncGroupRequest, SyncGroupResponse)
const heartbeatCall = apiCall(HeartbeatRequest, HeartbeatResponse)
const leaveGroupCall = apiCall(LeaveGroupRequest, LeaveGroupResponse)

const PROTOCOL_TYPE = 'consumer'
const NO_GENERATION = -1
/** A join is answered when all members have come, which may take the whole rebalance timeout. */
const JOIN_GRACE_MS = 5_000
/** Versions of what members tell each other; older readers take what they know of it. */
const SUBSCRIPTION_VERSION = 3
const ASSIGNMENT_VERSION = 3

export interface MembershipOptions {
  readonly cluster: Cluster
  readonly coordinator: GroupCoordinator
  readonly assignors: readonly Assignor[]
  readonly groupInstanceId: string | null
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  /** Also the time that members have to join again (KIP-62). */
  readonly maxPollIntervalMs: number
  readonly rackId: string
  /** Partitions of the topics that the group reads, looked up by its leader. */
  readonly partitionCounts: (topics: readonly string[]) => Promise<ReadonlyMap<string, number>>
  /** Something changed that the next poll has to deal with. */
  readonly onChange: () => void
}

/** What a rebalance came to. */
export interface Joined {
  readonly assignment: readonly TopicPartition[]
  readonly isLeader: boolean
  /** Of all members, for the leader; else of this one. */
  readonly topics: readonly string[]
}

export class Membership {
  readonly #options: MembershipOptions
  #memberId = ''
  #generationId = NO_GENERATION
  /** For assignors that leave to a member what it had. */
  #memory: Memory = { partitions: [], generationId: NO_GENERATION }
  #heartbeats: Timer | undefined
  #isBeating = false
  /** Counts joins and leaves: an answer to an earlier one comes too late. */
  #joins = 0
  #lastPollMs = 0
  /** The group begins a rebalance, or goes on without this member. */
  #isRejoinNeeded = true
  #isLost = false
  #fatal: KafkaError | undefined

  constructor(options: MembershipOptions) {
    this.#options = options
  }

  get metadata(): ConsumerGroupMetadata {
    return {
      groupId: this.#options.coordinator.groupId,
      generationId: this.#generationId,
      memberId: this.#memberId,
      groupInstanceId: this.#options.groupInstanceId,
    }
  }

  get isRejoinNeeded(): boolean {
    return this.#isRejoinNeeded
  }

  /** Others own its partitions already; until it has joined again. */
  get isLost(): boolean {
    return this.#isLost
  }

  requestRejoin(): void {
    this.#isRejoinNeeded = true
  }

  /** The caller is alive. @throws KafkaError when the group has refused this member for good */
  polled(): void {
    this.#lastPollMs = this.#options.cluster.host.clock.monotonicMs()
    if (this.#fatal !== undefined) throw this.#fatal
  }

  /**
   * Joins with these topics until it is a member of a generation; partitions must be given up before.
   *
   * @throws KafkaError for what no further attempt would change
   */
  async join(topics: readonly string[]): Promise<Joined> {
    this.#stopHeartbeats()
    this.#joins += 1
    const join = this.#joins
    const { cluster } = this.#options
    for (let failures = 1; ; failures += 1) {
      cluster.ensureOpen()
      this.#isRejoinNeeded = false
      try {
        const joined = await this.#joinOnce(topics)
        this.#ensureWanted(join)
        this.#isLost = false
        this.#startHeartbeats()
        return joined
      } catch (error) {
        this.#ensureWanted(join)
        this.#isRejoinNeeded = true
        if (!this.#mayJoinAgain(error)) throw error
        if (error instanceof KafkaError && error.code === 'MEMBER_ID_REQUIRED') continue
        const { host, settings } = cluster
        await sleep(host.clock, backoffMs(failures, settings.retryBackoff, host.random))
      }
    }
  }

  /** @throws KafkaError when this member has left meanwhile */
  #ensureWanted(join: number): void {
    if (join !== this.#joins)
      throw new KafkaError('ILLEGAL_STATE', 'left the group while joining it')
  }

  #mayJoinAgain(error: unknown): boolean {
    if (!(error instanceof KafkaError)) return isWorthRetrying(error)
    this.#options.coordinator.heed(error.errorCode)
    switch (error.errorCode) {
      case ErrorCode.UNKNOWN_MEMBER_ID:
      case ErrorCode.ILLEGAL_GENERATION:
        this.#forget()
        return true
      case ErrorCode.MEMBER_ID_REQUIRED:
      case ErrorCode.REBALANCE_IN_PROGRESS:
        return true
      default:
        return error.retriable
    }
  }

  async #joinOnce(topics: readonly string[]): Promise<Joined> {
    const { coordinator, groupInstanceId, sessionTimeoutMs, maxPollIntervalMs } = this.#options
    const answer = await coordinator.send(
      joinGroupCall,
      () => ({
        groupId: coordinator.groupId,
        sessionTimeoutMs,
        rebalanceTimeoutMs: maxPollIntervalMs,
        memberId: this.#memberId,
        ...(groupInstanceId === null ? {} : { groupInstanceId }),
        protocolType: PROTOCOL_TYPE,
        protocols: this.#proposals(topics),
      }),
      { timeoutMs: maxPollIntervalMs + JOIN_GRACE_MS },
    )
    if (answer.errorCode === ErrorCode.MEMBER_ID_REQUIRED) this.#memberId = answer.memberId
    if (answer.errorCode !== ErrorCode.NONE) throw KafkaError.of(answer.errorCode)
    this.#memberId = answer.memberId
    this.#generationId = answer.generationId
    const isLeader = answer.leader === answer.memberId
    const plan = isLeader && !answer.skipAssignment ? await this.#plan(answer) : undefined
    const assignment = await this.#sync(answer, plan?.assignments ?? [])
    this.#memory = { partitions: assignment, generationId: answer.generationId }
    return {
      assignment,
      isLeader,
      topics: plan?.topics ?? topics,
    }
  }

  #proposals(topics: readonly string[]): { name: string; metadata: Buffer }[] {
    const { assignors, rackId } = this.#options
    const sorted = [...topics].sort()
    return assignors.map(({ name, userData }) => ({
      name,
      metadata: encodeVersioned(ConsumerProtocolSubscription, SUBSCRIPTION_VERSION, {
        topics: sorted,
        userData: userData?.(this.#memory) ?? null,
        rackId: rackId === '' ? null : rackId,
      }),
    }))
  }

  /** The leader's work. */
  async #plan({ members, protocolName }: JoinGroupResponse) {
    const assignor = this.#options.assignors.find(({ name }) => name === protocolName)
    if (assignor === undefined) {
      const message = `Coordinator selected invalid assignment protocol: ${protocolName}`
      throw new KafkaError('ILLEGAL_STATE', message)
    }
    const subscribers: Subscriber[] = members.map(({ memberId, groupInstanceId, metadata }) => {
      const told = decodeVersioned(ConsumerProtocolSubscription, metadata)
      const { topics, userData, generationId } = told
      const ownedPartitions = partitionsIn(told.ownedPartitions)
      return { memberId, groupInstanceId, topics, userData, generationId, ownedPartitions }
    })
    const topics = [...new Set(subscribers.flatMap(subscriber => subscriber.topics))]
    const assignment = assignor.assign(subscribers, await this.#options.partitionCounts(topics))
    const assignments = [...assignment].map(([memberId, partitions]) => ({
      memberId,
      assignment: encodeAssignment(partitions),
    }))
    return { topics, assignments }
  }

  async #sync(
    { protocolName }: JoinGroupResponse,
    assignments: { memberId: string; assignment: Buffer }[],
  ): Promise<readonly TopicPartition[]> {
    const { coordinator, groupInstanceId, maxPollIntervalMs } = this.#options
    const answer = await coordinator.send(
      syncGroupCall,
      () => ({
        groupId: coordinator.groupId,
        generationId: this.#generationId,
        memberId: this.#memberId,
        ...(groupInstanceId === null ? {} : { groupInstanceId }),
        protocolType: PROTOCOL_TYPE,
        protocolName,
        assignments,
      }),
      { timeoutMs: maxPollIntervalMs + JOIN_GRACE_MS },
    )
    if (answer.errorCode !== ErrorCode.NONE) throw KafkaError.of(answer.errorCode)
    if (answer.assignment.length === 0) return []
    const { assignedPartitions } = decodeVersioned(ConsumerProtocolAssignment, answer.assignment)
    return partitionsIn(assignedPartitions)
  }

  #startHeartbeats(): void {
    const { cluster, heartbeatIntervalMs } = this.#options
    this.#stopHeartbeats()
    this.#heartbeats = cluster.host.clock.every(heartbeatIntervalMs, () => {
      if (this.#isBeating) return
      this.#isBeating = true
      this.#beat()
        .catch((error: unknown) => {
          if (!isWorthRetrying(error)) this.#refuse(toKafkaError(error))
        })
        .finally(() => (this.#isBeating = false))
        .catch((error: unknown) => this.#refuse(toKafkaError(error)))
    })
  }

  #stopHeartbeats(): void {
    this.#heartbeats?.cancel()
    this.#heartbeats = undefined
  }

  async #beat(): Promise<void> {
    const { cluster, coordinator, groupInstanceId, maxPollIntervalMs } = this.#options
    const generationId = this.#generationId
    if (cluster.host.clock.monotonicMs() - this.#lastPollMs > maxPollIntervalMs) {
      cluster.log
        .named('org.apache.kafka.clients.consumer.internals.ConsumerCoordinator')
        .warn(
          'consumer poll timeout has expired. This means the time between subsequent calls to ' +
            'poll() was longer than the configured max.poll.interval.ms',
        )
      await this.leave('consumer poll timeout has expired.')
      this.#lose()
      return
    }
    const { errorCode } = await coordinator.send(heartbeatCall, () => ({
      groupId: coordinator.groupId,
      generationId,
      memberId: this.#memberId,
      ...(groupInstanceId === null ? {} : { groupInstanceId }),
    }))
    // The answer to a question of an earlier generation tells nothing any more.
    if (generationId === this.#generationId) this.#heed(errorCode)
  }

  #heed(errorCode: number): void {
    this.#options.coordinator.heed(errorCode)
    switch (errorCode) {
      case ErrorCode.NONE:
        return
      case ErrorCode.REBALANCE_IN_PROGRESS:
        this.#isRejoinNeeded = true
        this.#options.onChange()
        return
      case ErrorCode.UNKNOWN_MEMBER_ID:
      case ErrorCode.ILLEGAL_GENERATION:
        this.#lose()
        return
      default:
        if (!isRetriable(errorCode)) this.#refuse(KafkaError.of(errorCode))
    }
  }

  #lose(): void {
    this.#stopHeartbeats()
    this.#forget()
    this.#isRejoinNeeded = true
    this.#isLost = true
    this.#options.onChange()
  }

  #refuse(error: KafkaError): void {
    this.#stopHeartbeats()
    this.#fatal = error
    this.#options.onChange()
  }

  #forget(): void {
    this.#generationId = NO_GENERATION
    this.#memberId = ''
  }

  /** Static members do not leave: they come back under their name (KIP-345). */
  async leave(reason: string): Promise<void> {
    this.#stopHeartbeats()
    this.#joins += 1
    const { coordinator, groupInstanceId } = this.#options
    const memberId = this.#memberId
    this.#forget()
    this.#isRejoinNeeded = true
    if (memberId === '' || groupInstanceId !== null) return
    const member = { groupId: coordinator.groupId, memberId, groupInstanceId, reason }
    await coordinator.send(leaveGroupCall, version => leaveGroupBody(member, version))
  }

  close(): void {
    this.#stopHeartbeats()
  }
}

function encodeAssignment(partitions: readonly TopicPartition[]): Buffer {
  return encodeVersioned(ConsumerProtocolAssignment, ASSIGNMENT_VERSION, {
    assignedPartitions: [...byTopic(partitions)].map(([topic, items]) => ({
      topic,
      partitions: items.map(({ partition }) => partition),
    })),
    userData: null,
  })
}

function partitionsIn(
  topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[],
): TopicPartition[] {
  return topics.flatMap(({ topic, partitions }) =>
    partitions.map(partition => ({ topic, partition })),
  )
}
