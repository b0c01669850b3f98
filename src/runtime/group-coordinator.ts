/**
 * The group coordinator of a broker: the groups of all partitions of `__consumer_offsets` that this
 * broker leads. The handlers ask it; the replica room tells it which partitions it leads.
 * Mirrors `GroupCoordinator` and `GroupCoordinatorAdapter`.
 */
import {
  countOffsets,
  describeGroup,
  describeRefused,
  fetchOffsets,
  groupPartition,
  listGroups,
  refuse,
  type ClientEvent,
  type CommitOffsets,
  type CommitReply,
  type DeleteGroupReply,
  type DeleteOffsets,
  type DeleteOffsetsReply,
  type FetchedTopic,
  type FetchOffsets,
  type GroupDescription,
  type GroupEvent,
  type GroupFilter,
  type GroupOverview,
  type GroupSettings,
  type Heartbeat,
  type HeartbeatReply,
  type JoinGroup,
  type JoinReply,
  type LeaveGroup,
  type LeaveReply,
  type RecordVersions,
  type RequestId,
  type Replies,
  type SyncGroup,
  type SyncReply,
  type TopicPartition,
} from '../group/index.ts'
import type { Clock, Log, Random, Timer } from '../host/index.ts'
import { GROUP_METADATA_TOPIC } from '../metadata/index.ts'
import { ErrorCode } from '../protocol/index.ts'
import type { EndTxnMarkerOptions } from '../records/index.ts'
import { groupMachine, type GroupTypes } from './group-machine.ts'
import { MachineRuntime } from './machine-runtime.ts'
import type { PartitionLog } from './partition-log.ts'
import { randomUuid } from './random-uuid.ts'
import { nextTurn } from './replay.ts'
import { isRefusal, Shards } from './shards.ts'

export interface GroupCoordinatorOptions {
  readonly settings: GroupSettings
  readonly versions: RecordVersions
  readonly log: PartitionLog
  readonly clock: Clock
  readonly random: Random
  readonly logger: Log
  /** Of loading, which people look for under another name. */
  readonly loadLogger: Log
  /** Partitions of `__consumer_offsets`: of the topic if it exists, else as configured. */
  readonly partitionCount: () => number
  /** `offsets.commit.timeout.ms`. */
  readonly appendTimeoutMs: number
  /** Below `max.message.bytes` of the topic. */
  readonly maxBatchBytes: number
  /** `offsets.topic.compression.codec`, by number. */
  readonly codec: number
  /** `offsets.retention.check.interval.ms`. */
  readonly expiryIntervalMs: number
}

type Shard = MachineRuntime<GroupTypes>

/** What a handler asks: an event without what the coordinator adds. */
type Ask<Event> = Omit<Event, 'type' | 'request' | 'uuid'>

/** Groups looked at in one turn of the event loop. */
const GROUPS_PER_TURN = 100

export interface FetchOffsetsReply {
  /** About the group; when it is not NONE there are no topics. */
  readonly errorCode: ErrorCode
  readonly topics: readonly FetchedTopic[]
}

export interface ListGroupsReply {
  /** COORDINATOR_LOAD_IN_PROGRESS: some groups may be missing. */
  readonly errorCode: ErrorCode
  readonly groups: readonly GroupOverview[]
}

export class GroupCoordinator {
  readonly #options: GroupCoordinatorOptions
  readonly #shards: Shards<GroupTypes>
  #expiry: Timer | undefined
  #isExpiring = false

  constructor(options: GroupCoordinatorOptions) {
    this.#options = options
    const { settings, versions, logger, loadLogger } = options
    this.#shards = new Shards<GroupTypes>({
      logger,
      loadLogger,
      open: partition => {
        const machine = groupMachine(settings, versions, partition)
        return new MachineRuntime({ ...options, machine, partition })
      },
      texts: {
        elected: (partition, epoch) =>
          `Elected as the group coordinator for partition ${partition} in epoch ${epoch}`,
        resigned: (partition, epoch) =>
          `Resigned as the group coordinator for partition ${partition} in epoch ${epoch ?? 'None'}`,
        loading: (partition, epoch) =>
          `Scheduling loading of offsets and group metadata from ${GROUP_METADATA_TOPIC}-${partition} for epoch ${epoch}`,
        loaded: ({ partition, leaderEpoch, timeMs }) => [
          `Finished loading offsets and group metadata from ${GROUP_METADATA_TOPIC}-${partition} in ${timeMs} milliseconds for epoch ${leaderEpoch}, of which 0 milliseconds was spent in the scheduler.`,
        ],
      },
    })
  }

  /** Begins to look for expired offsets from time to time. */
  start(): void {
    const { clock, expiryIntervalMs, logger } = this.#options
    logger.info('Starting up.')
    this.#expiry = clock.every(expiryIntervalMs, () => void this.#expire())
    logger.info('Startup complete.')
  }

  /** Whoever waits is told to look for another coordinator. */
  close(): void {
    if (this.#shards.isClosed) return
    this.#options.logger.info('Shutting down.')
    this.#expiry?.cancel()
    this.#shards.close()
    this.#options.logger.info('Shutdown complete.')
  }

  /** The partition of `__consumer_offsets` whose leader coordinates the group. */
  partitionFor(groupId: string): number {
    return groupPartition(groupId, this.#options.partitionCount())
  }

  /** This broker leads the partition now. Resolves when its groups are served, or given up meanwhile. */
  onElection(partition: number, leaderEpoch: number): Promise<void> {
    return this.#shards.elect(partition, leaderEpoch)
  }

  /** This broker does not lead the partition any more; without an epoch, because the partition is gone. */
  onResignation(partition: number, leaderEpoch?: number): void {
    this.#shards.resign(partition, leaderEpoch)
  }

  /** Their topics were deleted: no group keeps an offset of them, nor one that is being loaded. */
  async onPartitionsDeleted(partitions: readonly TopicPartition[]): Promise<void> {
    await Promise.all(this.#shards.all.map(shard => shard.loaded()))
    const places = partitions.map(({ topic, partition }) => `${topic}-${partition}`).join(', ')
    const counts = this.#shards.all.map(({ state }) => countOffsets(state, partitions))
    const total = counts.reduce((sum, count) => sum + count, 0)
    this.#options.logger.info(
      `Removed ${total} offsets associated with deleted partitions: ${places}.`,
    )
    await this.#tellAll(groupId => ({ type: 'partitions-deleted', groupId, partitions }))
  }

  joinGroup(ask: Ask<JoinGroup>): Promise<JoinReply> {
    const uuid = randomUuid(this.#options.random)
    // The bytes of the request belong to its connection; these are kept.
    const protocols = ask.protocols.map(({ name, metadata }) => ({
      name,
      metadata: Buffer.from(metadata),
    }))
    return this.#ask(request => ({ ...ask, type: 'join-group', request, uuid, protocols }))
  }

  syncGroup(ask: Ask<SyncGroup>): Promise<SyncReply> {
    const assignments = ask.assignments.map(({ memberId, assignment }) => ({
      memberId,
      assignment: Buffer.from(assignment),
    }))
    return this.#ask(request => ({ ...ask, type: 'sync-group', request, assignments }))
  }

  heartbeat(ask: Ask<Heartbeat>): Promise<HeartbeatReply> {
    return this.#ask(() => ({ ...ask, type: 'heartbeat' }))
  }

  leaveGroup(ask: Ask<LeaveGroup>): Promise<LeaveReply> {
    return this.#ask(() => ({ ...ask, type: 'leave-group' }))
  }

  commitOffsets(ask: Ask<CommitOffsets>): Promise<CommitReply> {
    return this.#ask(() => ({ ...ask, type: 'commit-offsets' }))
  }

  /** Why the group's offsets cannot be committed in a transaction now, before anything else is looked at; NONE when they can. */
  checkCommit(groupId: string): ErrorCode {
    if (groupId === '') return invalid
    const shard = this.#shardOf(groupId)
    return isRefusal(shard) ? shard : ErrorCode.NONE
  }

  /** Writes the end of a producer's transaction behind its offsets, which from then on count, or never do. */
  endTransaction(partition: number, marker: EndTxnMarkerOptions): Promise<ErrorCode> {
    const shard = this.#shards.at(partition)
    // For who writes markers a coordinator that is not ready is a leader that is not ready.
    if (isRefusal(shard)) return Promise.resolve(ErrorCode.NOT_LEADER_OR_FOLLOWER)
    return shard.endTransaction(marker)
  }

  deleteOffsets(ask: Ask<DeleteOffsets>): Promise<DeleteOffsetsReply> {
    return this.#ask(() => ({ ...ask, type: 'delete-offsets' }))
  }

  deleteGroup(groupId: string): Promise<DeleteGroupReply> {
    return this.#ask(() => ({ groupId, type: 'delete-group' }))
  }

  fetchOffsets(ask: FetchOffsets): FetchOffsetsReply {
    const shard = this.#shardOf(ask.groupId)
    if (isRefusal(shard)) return { errorCode: shard, topics: [] }
    return { errorCode: ErrorCode.NONE, topics: fetchOffsets(shard.state, ask) }
  }

  describeGroup(
    groupId: string,
    knows: { readonly knowsGroupIdNotFound: boolean },
  ): GroupDescription {
    const shard = this.#shardOf(groupId)
    if (isRefusal(shard)) return describeRefused(groupId, shard)
    return describeGroup(shard.state, groupId, knows)
  }

  /** The groups that this broker coordinates. */
  listGroups(filter: GroupFilter): ListGroupsReply {
    if (this.#shards.isClosed) {
      return { errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE, groups: [] }
    }
    let errorCode: ErrorCode = ErrorCode.NONE
    const groups: GroupOverview[] = []
    for (const shard of this.#shards.all) {
      const { unavailable } = shard
      if (unavailable === ErrorCode.NONE) groups.push(...listGroups(shard.state, filter))
      if (unavailable === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS) errorCode = unavailable
    }
    return { errorCode, groups }
  }

  async #ask<Type extends keyof Replies>(
    questionOf: (request: RequestId) => Question<Type>,
  ): Promise<Replies[Type]> {
    const { groupId, type } = questionOf(NO_REQUEST)
    const shard = groupId === '' && needsGroupId.has(type) ? invalid : this.#shardOf(groupId)
    const reply = isRefusal(shard)
      ? refuse(questionOf(NO_REQUEST), shard)
      : await shard.ask(questionOf)
    return reply as Replies[Type] // the machine answers each type of question with its own
  }

  #shardOf(groupId: string): Shard | ErrorCode {
    return this.#shards.at(this.partitionFor(groupId))
  }

  async #expire(): Promise<void> {
    if (this.#isExpiring) return
    this.#isExpiring = true
    try {
      await this.#tellAll(groupId => ({ type: 'expire-offsets', groupId }))
    } finally {
      this.#isExpiring = false
    }
  }

  /** Tells every group in turn, in slices. */
  async #tellAll(eventOf: (groupId: string) => GroupEvent): Promise<void> {
    let told = 0
    for (const shard of this.#shards.all) {
      for (const groupId of [...shard.state.groups.keys()]) {
        shard.tell(eventOf(groupId))
        told += 1
        if (told % GROUPS_PER_TURN === 0) await nextTurn(this.#options.clock)
      }
    }
  }
}

type Question<Type extends keyof Replies> = ClientEvent & { readonly type: Type }

/** Stands for the name of a request that is not going to be answered later. */
const NO_REQUEST = 0

const invalid = ErrorCode.INVALID_GROUP_ID

/** Offsets may be kept under the empty group id, for clients older than group management. */
const needsGroupId: ReadonlySet<ClientEvent['type']> = new Set([
  'join-group',
  'sync-group',
  'heartbeat',
  'leave-group',
  'delete-offsets',
] as const)
