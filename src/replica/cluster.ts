/**
 * The rest of the cluster as the replicas of this broker see it: leaders that they fetch from, and the
 * controller that decides about in-sync replicas. Who implements it owns connections, listeners and
 * the versions of `inter.broker.protocol.version`; who uses it owns what is asked, and when again.
 */
import type {
  ErrorCode,
  FetchRequest,
  FetchResponse,
  ListOffsetsRequest,
  ListOffsetsResponse,
  MessageInput,
  OffsetForLeaderEpochRequest,
  OffsetForLeaderEpochResponse,
} from '../protocol/index.ts'

/** A leader's wish to have other replicas in sync (AlterPartition, KIP-497). */
export interface IsrProposal {
  readonly topic: string
  /** The zero id where the topic has none. */
  readonly topicId: string
  readonly partition: number
  readonly leaderEpoch: number
  /** What the change is conditional on. */
  readonly partitionEpoch: number
  /** All of the new ISR, in the order in which it is to be stored; the epochs count from v3 on (KIP-903). */
  readonly isr: readonly { readonly brokerId: number; readonly brokerEpoch: number }[]
}

/** What is stored after a proposal was accepted. */
export interface PartitionState {
  readonly leader: number
  readonly leaderEpoch: number
  readonly isr: readonly number[]
  readonly partitionEpoch: number
}

export type IsrOutcome = PartitionState | ErrorCode

/**
 * Every question is answered, or rejected within a bounded time: with `NetworkError` when the other
 * broker cannot be reached, is not known, hung up, or is silent. Nothing is tried twice here. Two
 * questions to one leader with the same fetcher index may share a connection, and are then asked one
 * after another; with different indexes they never wait for each other.
 */
export interface ReplicaCluster {
  /**
   * Fetch in the version of the inter-broker protocol. `body` names topics by name and by id, says
   * `replicaId`, and leaves `lastFetchedEpoch` at -1 unless `tellsDivergence`; the implementation
   * moves `replicaId` to `replicaState`, with the epoch of this broker, from v15 on (KIP-903). Topics
   * of the answer carry their name in every version. Records in it are the caller's to keep.
   */
  fetch(
    leaderId: number,
    fetcherIndex: number,
    body: MessageInput<typeof FetchRequest>,
  ): Promise<FetchResponse>

  /** OffsetForLeaderEpoch (KIP-101, KIP-279); the answer's `leaderEpoch` is -1 below v1. */
  endOffsets(
    leaderId: number,
    fetcherIndex: number,
    body: MessageInput<typeof OffsetForLeaderEpochRequest>,
  ): Promise<OffsetForLeaderEpochResponse>

  /** ListOffsets; in v0 the implementation turns the answer's only old-style offset into `offset`. */
  listOffsets(
    leaderId: number,
    fetcherIndex: number,
    body: MessageInput<typeof ListOffsetsRequest>,
  ): Promise<ListOffsetsResponse>

  /** Fetch v12 and later: a leader tells where logs part with the fetch itself (KIP-595). Below, OffsetForLeaderEpoch is asked first. */
  readonly tellsDivergence: boolean

  /** OffsetForLeaderEpoch is known (inter.broker.protocol.version 0.11.0-IV2 and later); below, a new follower cuts at its high watermark. */
  readonly knowsLeaderEpochs: boolean

  /**
   * Fetch knows sessions (v7 and later, KIP-227); below, every fetch names all partitions.
   */
  readonly knowsFetchSessions: boolean

  /**
   * Puts a proposal to the controller with AlterPartition or, below inter.broker.protocol.version
   * 2.7-IV2, writes the state znode conditional on `partitionEpoch` and leaves a notice in
   * /isr_change_notification. The caller has at most one proposal a partition under way.
   *
   * @returns the state that is stored now, or why the change was refused: INVALID_UPDATE_VERSION,
   *   FENCED_LEADER_EPOCH, INELIGIBLE_REPLICA, NOT_CONTROLLER, ...
   * @throws NetworkError when nobody can tell whether it was accepted
   */
  proposeIsr(proposal: IsrProposal): Promise<IsrOutcome>

  /** The epoch of a live broker; `undefined` when it is not alive, or shutting down, and so must not join an ISR (KIP-841). */
  brokerEpochOf(brokerId: number): number | undefined

  /** Where a broker stands (`broker.rack`); `null` when it does not say or is not known. For readers near a follower (KIP-392). */
  rackOf(brokerId: number): string | null
}
