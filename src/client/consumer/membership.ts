/**
 * One member of a classic group: joins, synchronises, sends heartbeats by its own timer whatever the
 * caller does meanwhile, leaves. Knows no partitions' positions. Mirrors AbstractCoordinator.
 */
import { sleep } from '../../host/index.ts'
import {
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
import { isWorthRetrying, KafkaError, toKafkaError } from '../errors.ts'
import type { TopicPartition } from '../topic-partition.ts'
import type { Assignor, Memory } from './assignor.ts'
import type { ConsumerGroupMetadata } from './consumer.ts'
import type { GroupCoordinator } from './group-coordinator.ts'
import { Heartbeat } from './heartbeat.ts'
import { decodeAssignment, encodeSubscription, planOf, type Plan } from './member-protocol.ts'

const joinGroupCall = apiCall(JoinGroupRequest, JoinGroupResponse)
const syncGroupCall = apiCall(SyncGroupRequest, SyncGroupResponse)
const heartbeatCall = apiCall(HeartbeatRequest, HeartbeatResponse)
const leaveGroupCall = apiCall(LeaveGroupRequest, LeaveGroupResponse)

const LOGGER = 'org.apache.kafka.clients.consumer.internals.ConsumerCoordinator'
const PROTOCOL_TYPE = 'consumer'
const NO_GENERATION = -1
/** A join is answered when all members have come, which may take the whole rebalance timeout. */
const JOIN_GRACE_MS = 5_000
/** Most that a coordinator takes of a reason (KIP-800). */
const MAX_REASON_LENGTH = 255

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

/** What a member comes with. */
export interface JoinOffer {
  readonly topics: readonly string[]
  /** What it has not given up (KIP-429). */
  readonly ownedPartitions: readonly TopicPartition[]
}

/** What a rebalance came to. */
export interface Joined {
  readonly offer: JoinOffer
  readonly generationId: number
  readonly assignment: readonly TopicPartition[]
  /** Of all that the group reads, when it planned; of the leader alone. */
  readonly partitionCounts: ReadonlyMap<string, number> | undefined
}

/** `joining` and `syncing`: waits for an answer to that. */
type MemberState = 'unjoined' | 'joining' | 'syncing' | 'stable'

export class Membership {
  readonly #options: MembershipOptions
  readonly #heartbeat: Heartbeat
  #state: MemberState = 'unjoined'
  #memberId = ''
  #generationId = NO_GENERATION
  /** Of the last assignment that was taken over. */
  #metadata: ConsumerGroupMetadata
  /** For assignors that leave to a member what it had. */
  #memory: Memory = { partitions: [], generationId: NO_GENERATION }
  /** Counts joins and leaves: an answer to an earlier one comes too late. */
  #joins = 0
  /** The group begins a rebalance, or goes on without this member. */
  #isRejoinNeeded = true
  #rejoinReason = ''
  #fatal: KafkaError | undefined

  constructor(options: MembershipOptions) {
    this.#options = options
    this.#heartbeat = new Heartbeat({
      clock: options.cluster.host.clock,
      intervalMs: options.heartbeatIntervalMs,
      maxPollIntervalMs: options.maxPollIntervalMs,
      beat: () => this.#beat(),
      onPollExpired: () => this.#pollExpired(),
    })
    const { groupId } = options.coordinator
    const nobody = { groupId, generationId: NO_GENERATION, memberId: '' }
    this.#metadata = { ...nobody, groupInstanceId: options.groupInstanceId }
  }

  /**
   * For transactions: who has the partitions that can be read now. Neither a join under way changes it,
   * whose partitions may be others', nor the loss of membership: the group must refuse such a member.
   */
  get metadata(): ConsumerGroupMetadata {
    return this.#metadata
  }

  /** Whether the group counts on it: else others may have its partitions already. */
  get isMember(): boolean {
    return this.#generationId !== NO_GENERATION
  }

  /** A member of a generation, and not about to join another. */
  get isStable(): boolean {
    return this.#state === 'stable'
  }

  get #isRebalancing(): boolean {
    return this.#state === 'joining' || this.#state === 'syncing'
  }

  /**
   * Who commits.
   *
   * @throws KafkaError REBALANCE_IN_PROGRESS, COMMIT_FAILED: the coordinator would refuse it
   */
  get committer(): ConsumerGroupMetadata {
    if (this.#isRebalancing) throw rebalancing()
    if (this.#state === 'unjoined') throw notInGroup()
    const { coordinator, groupInstanceId } = this.#options
    const { groupId } = coordinator
    return {
      groupId,
      generationId: this.#generationId,
      memberId: this.#memberId,
      groupInstanceId,
    }
  }

  get isRejoinNeeded(): boolean {
    return this.#isRejoinNeeded
  }

  /** The reason is for the log of the coordinator (KIP-800). */
  requestRejoin(reason: string): void {
    this.#isRejoinNeeded = true
    this.#rejoinReason = reason
  }

  /** The caller is alive. @throws KafkaError when the group has refused this member for good */
  polled(): void {
    this.#heartbeat.polled()
    if (this.#fatal !== undefined) throw this.#fatal
  }

  /**
   * Joins with this offer until it is a member of a generation.
   *
   * @returns `undefined` when it is no member any more: what it offered is lost, and it has to begin anew
   * @throws KafkaError for what no further attempt would change
   */
  async join(offer: JoinOffer): Promise<Joined | undefined> {
    this.#joins += 1
    const join = this.#joins
    const { cluster } = this.#options
    const { host, settings } = cluster
    this.#isRejoinNeeded = false
    for (let failures = 1; ; failures += 1) {
      cluster.ensureOpen()
      // Until the answer nothing is expected of it.
      this.#heartbeat.stop()
      this.#state = 'joining'
      try {
        const joined = await this.#joinOnce(offer, join)
        this.#rejoinReason = ''
        return joined
      } catch (error) {
        this.#ensureWanted(join)
        const isLost = this.#isLostBy(error)
        if (!isLost && !this.#mayJoinAgain(error)) {
          this.#state = 'unjoined'
          this.requestRejoin(failedBecause(error))
          throw error
        }
        if (isMemberIdGiven(error)) continue
        await sleep(host.clock, backoffMs(failures, settings.retryBackoff, host.random))
        this.#ensureWanted(join)
        if (isLost) return undefined
        this.#rejoinReason = failedBecause(error)
      }
    }
  }

  /** @throws KafkaError when this member has left meanwhile */
  #ensureWanted(join: number): void {
    if (join !== this.#joins)
      throw new KafkaError('ILLEGAL_STATE', 'left the group while joining it')
  }

  /** What it offered may be others' then: the caller has to be told before it joins again. */
  #isLostBy(error: unknown): boolean {
    if (!(error instanceof KafkaError)) return false
    const { errorCode } = error
    if (!goneCodes.has(errorCode)) return false
    this.#state = 'unjoined'
    this.#forget({ keepsId: errorCode === ErrorCode.ILLEGAL_GENERATION })
    this.requestRejoin(failedBecause(error))
    return true
  }

  #mayJoinAgain(error: unknown): boolean {
    if (!(error instanceof KafkaError)) return isWorthRetrying(error)
    this.#options.coordinator.heed(error.errorCode)
    if (isMemberIdGiven(error)) return true
    return error.errorCode === ErrorCode.REBALANCE_IN_PROGRESS || error.retriable
  }

  async #joinOnce(offer: JoinOffer, join: number): Promise<Joined> {
    const { assignors, partitionCounts } = this.#options
    const answer = await this.#askToJoin(offer)
    this.#ensureWanted(join)
    if (answer.errorCode === ErrorCode.MEMBER_ID_REQUIRED) {
      this.#memberId = answer.memberId
      this.#rejoinReason = `need to re-join with the given member-id: ${answer.memberId}`
    }
    if (answer.errorCode !== ErrorCode.NONE) throw KafkaError.of(answer.errorCode)
    this.#memberId = answer.memberId
    this.#generationId = answer.generationId
    this.#state = 'syncing'
    // The leader may take its time: the session of everybody else goes on.
    this.#heartbeat.start()
    const isLeader = answer.leader === answer.memberId
    const plan = isLeader ? await planOf(answer, assignors, partitionCounts) : undefined
    const assignment = await this.#sync(answer, plan)
    this.#ensureWanted(join)
    // A heartbeat may have told that the group has gone on without it.
    if (this.#generationId !== answer.generationId)
      throw KafkaError.of(ErrorCode.ILLEGAL_GENERATION)
    this.#state = 'stable'
    const { generationId } = answer
    return { offer, generationId, assignment, partitionCounts: plan?.partitionCounts }
  }

  async #askToJoin({ topics, ownedPartitions }: JoinOffer): Promise<JoinGroupResponse> {
    const { coordinator, assignors, rackId } = this.#options
    const { groupInstanceId, sessionTimeoutMs, maxPollIntervalMs } = this.#options
    const generationId = this.#generationId
    const protocols = assignors.map(({ name, userData }) => ({
      name,
      metadata: encodeSubscription({
        topics,
        userData: userData?.(this.#memory) ?? null,
        ownedPartitions,
        generationId,
        rackId,
      }),
    }))
    return coordinator.send(
      joinGroupCall,
      () => ({
        groupId: coordinator.groupId,
        sessionTimeoutMs,
        rebalanceTimeoutMs: maxPollIntervalMs,
        memberId: this.#memberId,
        ...(groupInstanceId === null ? {} : { groupInstanceId }),
        protocolType: PROTOCOL_TYPE,
        protocols,
        reason: this.#rejoinReason.slice(0, MAX_REASON_LENGTH),
      }),
      { timeoutMs: maxPollIntervalMs + JOIN_GRACE_MS },
    )
  }

  async #sync(
    { protocolName, generationId }: JoinGroupResponse,
    plan: Plan | undefined,
  ): Promise<readonly TopicPartition[]> {
    const { coordinator, groupInstanceId, maxPollIntervalMs } = this.#options
    const answer = await coordinator.send(
      syncGroupCall,
      () => ({
        groupId: coordinator.groupId,
        generationId,
        memberId: this.#memberId,
        ...(groupInstanceId === null ? {} : { groupInstanceId }),
        protocolType: PROTOCOL_TYPE,
        protocolName,
        assignments: [...(plan?.assignments ?? [])],
      }),
      { timeoutMs: maxPollIntervalMs + JOIN_GRACE_MS },
    )
    if (answer.errorCode !== ErrorCode.NONE) throw KafkaError.of(answer.errorCode)
    return decodeAssignment(answer.assignment)
  }

  /**
   * The reader takes over what the join came to.
   *
   * @returns whether it may: else the group has gone on meanwhile, and it has to join again
   */
  takeOver({ generationId, assignment }: Joined): boolean {
    if (this.#generationId !== generationId) return false
    const { coordinator, groupInstanceId } = this.#options
    const { groupId } = coordinator
    this.#metadata = { groupId, generationId, memberId: this.#memberId, groupInstanceId }
    this.#memory = { partitions: assignment, generationId }
    return true
  }

  async #beat(): Promise<void> {
    const { coordinator, groupInstanceId, sessionTimeoutMs, cluster } = this.#options
    const generationId = this.#generationId
    const memberId = this.#memberId
    const timeoutMs = Math.min(sessionTimeoutMs, cluster.settings.requestTimeoutMs)
    try {
      const { errorCode } = await coordinator.send(
        heartbeatCall,
        () => ({
          groupId: coordinator.groupId,
          generationId,
          memberId,
          ...(groupInstanceId === null ? {} : { groupInstanceId }),
        }),
        // Later the group goes on without it: better to look for another coordinator before.
        { timeoutMs },
      )
      // The answer to a question of an earlier generation tells nothing any more.
      if (generationId === this.#generationId) this.#heed(errorCode)
    } catch (error) {
      if (!isWorthRetrying(error)) this.#refuse(toKafkaError(error))
    }
  }

  #heed(errorCode: number): void {
    this.#options.coordinator.heed(errorCode)
    switch (errorCode) {
      case ErrorCode.NONE:
        return
      case ErrorCode.REBALANCE_IN_PROGRESS:
        // It is taking part already.
        if (this.#state !== 'stable') return
        this.requestRejoin('group is already rebalancing')
        this.#options.onChange()
        return
      case ErrorCode.UNKNOWN_MEMBER_ID:
      case ErrorCode.ILLEGAL_GENERATION:
        this.#lose(errorCode, 'HEARTBEAT')
        return
      default:
        if (!isRetriable(errorCode)) this.#refuse(KafkaError.of(errorCode))
    }
  }

  /** A commit of this member was refused: the group may have gone on without it. */
  commitRefused(errorCode: number, { generationId }: ConsumerGroupMetadata): void {
    if (generationId !== this.#generationId) return
    if (errorCode === ErrorCode.REBALANCE_IN_PROGRESS) {
      this.requestRejoin('offset commit failed since group is already rebalancing')
      this.#options.onChange()
    } else if (goneCodes.has(errorCode)) this.#lose(errorCode, 'OFFSET_COMMIT')
    else if (errorCode === ErrorCode.FENCED_INSTANCE_ID) this.#refuse(KafkaError.of(errorCode))
  }

  #lose(errorCode: number, api: string): void {
    this.#heartbeat.stop()
    this.#forget({ keepsId: errorCode === ErrorCode.ILLEGAL_GENERATION })
    this.requestRejoin(`encountered ${KafkaError.of(errorCode).code} from ${api} response`)
    this.#options.onChange()
  }

  #refuse(error: KafkaError): void {
    this.#heartbeat.stop()
    // Another one has its name, and what it had (KIP-345).
    if (error.errorCode === ErrorCode.FENCED_INSTANCE_ID) this.#forget({ keepsId: false })
    this.#fatal = error
    this.#options.onChange()
  }

  /** The id may still be good: then the group need not wait for the end of its session. */
  #forget({ keepsId }: { readonly keepsId: boolean }): void {
    // A join under way finds it out by itself.
    if (!this.#isRebalancing) this.#state = 'unjoined'
    this.#generationId = NO_GENERATION
    if (!keepsId) this.#memberId = ''
  }

  #pollExpired(): void {
    this.#options.cluster.log
      .named(LOGGER)
      .warn(
        'consumer poll timeout has expired. This means the time between subsequent calls to ' +
          'poll() was longer than the configured max.poll.interval.ms, which typically implies ' +
          'that the poll loop is spending too much time processing messages. You can address this ' +
          'either by increasing max.poll.interval.ms or by reducing the maximum size of batches ' +
          'returned in poll() with max.poll.records.',
      )
    this.#depart('consumer poll timeout has expired.').catch((error: unknown) =>
      this.#options.cluster.log.info('the group was not told that this member leaves', { error }),
    )
    this.#options.onChange()
  }

  /** Forgets the group at once, then tells it. A join under way comes to nothing. */
  async leave(reason: string): Promise<void> {
    this.#joins += 1
    this.#state = 'unjoined'
    await this.#depart(reason)
  }

  /** Static members do not tell: they come back under their name (KIP-345). */
  async #depart(reason: string): Promise<void> {
    this.#heartbeat.stop()
    const { coordinator, groupInstanceId } = this.#options
    const memberId = this.#memberId
    this.#forget({ keepsId: false })
    this.requestRejoin('consumer pro-actively leaving the group')
    if (memberId === '' || groupInstanceId !== null) return
    const member = { groupId: coordinator.groupId, memberId, groupInstanceId, reason }
    await coordinator.send(leaveGroupCall, version => leaveGroupBody(member, version))
  }

  close(): void {
    this.#heartbeat.stop()
  }
}

/** The group knows nothing of this member, or of its generation. */
const goneCodes = new Set<number>([ErrorCode.UNKNOWN_MEMBER_ID, ErrorCode.ILLEGAL_GENERATION])

function isMemberIdGiven(error: unknown): boolean {
  return error instanceof KafkaError && error.code === 'MEMBER_ID_REQUIRED'
}

function failedBecause(error: unknown): string {
  const { exceptionName } = toKafkaError(error)
  return `rebalance failed due to ${exceptionName.slice(exceptionName.lastIndexOf('.') + 1)}`
}

function rebalancing(): KafkaError {
  return new KafkaError(
    'REBALANCE_IN_PROGRESS',
    'Offset commit cannot be completed since the consumer is undergoing a rebalance for auto ' +
      'partition assignment. You can try completing the rebalance by calling poll() and then ' +
      'retry the operation.',
  )
}

function notInGroup(): KafkaError {
  return new KafkaError(
    'COMMIT_FAILED',
    'Offset commit cannot be completed since the consumer is not part of an active group for ' +
      'auto partition assignment; it is likely that the consumer was kicked out of the group.',
  )
}
