/** What the controller knows (Kafka's ControllerContext). Changed by `apply` alone. */
import type { BrokerImage } from '../metadata/index.ts'

/** A partition's state znode: its content and the version that the next write is conditional on. */
export interface PartitionState {
  readonly leader: number
  readonly leaderEpoch: number
  readonly isr: readonly number[]
  readonly partitionEpoch: number
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

export interface ControllerState {
  epoch: number
  readonly brokers: Map<number, BrokerImage>
  readonly topics: Map<string, ControlledTopic>
  /** Topics asked to be deleted; a value once their replicas were told to. */
  readonly deletions: Map<string, Deletion | undefined>
}

export function newControllerState(): ControllerState {
  return { epoch: 0, brokers: new Map(), topics: new Map(), deletions: new Map() }
}

/** LeaderAndIsr.LeaderDuringDelete: told to brokers so that clients stop using the topic. */
export const LEADER_DURING_DELETE = -2
export const NO_LEADER = -1
