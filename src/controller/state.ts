/** What the controller knows (Kafka's ControllerContext). Changed by `apply` alone. */
import type { BrokerImage } from '../metadata/index.ts'
import type { ReplicaMove } from './events.ts'
import { hasMoves } from './partition-assignment.ts'

/** A partition's state znode: its content and the version that the next write is conditional on. */
export interface PartitionState {
  readonly leader: number
  readonly leaderEpoch: number
  readonly isr: readonly number[]
  readonly partitionEpoch: number
  /** 1 while a leader that was not in sync recovers (KIP-704). */
  readonly leaderRecoveryState?: 0 | 1
}

export interface Assignment {
  readonly topicId: string
  readonly replicas: ReadonlyMap<number, readonly number[]>
  readonly addingReplicas: ReadonlyMap<number, readonly number[]>
  readonly removingReplicas: ReadonlyMap<number, readonly number[]>
}

export interface ControlledTopic {
  assignment: Assignment
  /** Only partitions whose state znode exists. */
  readonly partitions: Map<number, PartitionState>
}

/** A topic on its way out: which replicas still have files. */
export interface Deletion {
  /** `broker` to partitions not yet reported deleted. */
  readonly remaining: Map<number, Set<number>>
}

/** Partition numbers by topic. */
export type PartitionSet = ReadonlyMap<string, ReadonlySet<number>>

export interface ControllerState {
  epoch: number
  readonly brokers: Map<number, BrokerImage>
  /** Live brokers that asked for a controlled shutdown: they get no leadership and join no ISR any more. */
  readonly shuttingDown: Set<number>
  /** Replicas on failed disks of live brokers, by broker. */
  readonly offlineReplicas: Map<number, PartitionSet>
  readonly topics: Map<string, ControlledTopic>
  /** Topics asked to be deleted; a value once their replicas were told to. */
  readonly deletions: Map<string, Deletion | undefined>
  /** What lies in /admin/reassign_partitions. */
  requestedMoves: readonly ReplicaMove[]
}

export function newControllerState(): ControllerState {
  return {
    epoch: 0,
    brokers: new Map(),
    shuttingDown: new Set(),
    offlineReplicas: new Map(),
    topics: new Map(),
    deletions: new Map(),
    requestedMoves: [],
  }
}

/**
 * A topic on its way out, for which nothing is elected any more. One whose replicas are on the move stays
 * until they have moved.
 */
export function isLeaving(
  { deletions, topics }: Pick<ControllerState, 'deletions' | 'topics'>,
  topic: string,
): boolean {
  if (!deletions.has(topic)) return false
  const assignment = topics.get(topic)?.assignment
  return deletions.get(topic) !== undefined || assignment === undefined || !hasMoves(assignment)
}

/** What the configuration says to decisions, at the moment of each. */
export interface ControllerSettings {
  /** `unclean.leader.election.enable` of a topic. */
  isUncleanAllowed(topic: string): boolean
}

/** LeaderAndIsr.LeaderDuringDelete: told to brokers so that clients stop using the topic. */
export const LEADER_DURING_DELETE = -2
/** LeaderAndIsr.EpochDuringDelete: replicas obey a deletion whatever epoch they know. */
export const EPOCH_DURING_DELETE = -2
export const NO_LEADER = -1
