/** What the controller is told, and what it wants done. */
import type { BrokerImage, PartitionImage } from '../metadata/index.ts'
import type { ErrorCode } from '../protocol/index.ts'
import type { PartitionAssignment } from './partition-assignment.ts'
import type { Assignment, PartitionSet, PartitionState } from './state.ts'

export interface PartitionKey {
  readonly topic: string
  readonly partition: number
}

export type StoredState = PartitionKey & {
  readonly state: PartitionState
  /** When it was written, on the scale of broker epochs; absent where it does not matter. */
  readonly writtenAt?: bigint
}

/** A leader's wish for other in-sync replicas; `undefined` topic: named by an id that no topic has. */
export interface IsrChange {
  readonly topic: string
  readonly partition: number
  readonly leaderEpoch: number
  readonly partitionEpoch: number
  readonly isr: readonly number[]
  /** Broker epochs beside `isr`, where the leader knows them (KIP-903); -1: not known. */
  readonly epochs?: readonly bigint[]
  readonly leaderRecoveryState: 0 | 1
}

/** The brokers that shall hold a partition; the first one leads when it can. */
export interface ReplicaMove extends PartitionKey {
  readonly replicas: readonly number[]
}

/** `null` cancels. */
export interface ReplicaChange extends PartitionKey {
  readonly replicas: readonly number[] | null
}

export type ElectionType = 'preferred' | 'unclean'

export type ControllerEvent =
  /** This broker has become the controller; everything that lies in ZooKeeper, read after the election. */
  | {
      readonly type: 'elected'
      readonly epoch: number
      readonly brokers: readonly BrokerImage[]
      readonly topics: ReadonlyMap<string, Assignment>
      readonly states: readonly StoredState[]
      readonly deletions: readonly string[]
    }
  /** /brokers/ids changed. */
  | { readonly type: 'brokers-changed'; readonly brokers: readonly BrokerImage[] }
  /** More was to be told to a live broker than is kept for it: it has to hear everything again. */
  | { readonly type: 'broker-fell-behind'; readonly brokerId: number }
  /** The children of /brokers/topics changed, or the content of one of them. */
  | { readonly type: 'topics-changed'; readonly topics: ReadonlyMap<string, Assignment> }
  /** State znodes are not as this controller left them: a leader wrote its ISR itself (before 2.7-IV2). */
  | { readonly type: 'states-changed'; readonly states: readonly StoredState[] }
  /** /admin/delete_topics has these children. */
  | {
      readonly type: 'deletions-requested'
      readonly topics: readonly string[]
      readonly isEnabled: boolean
    }
  /** A broker answered StopReplica with deletion. */
  | {
      readonly type: 'replicas-deleted'
      readonly brokerId: number
      readonly topic: string
      readonly partitions: readonly number[]
    }
  /** A broker answered LeaderAndIsr: these replicas are on failed disks, those are on good ones. */
  | {
      readonly type: 'replicas-reported'
      readonly brokerId: number
      readonly offline: PartitionSet
      readonly online: PartitionSet
    }
  /** These brokers have a failed disk: what they answer to LeaderAndIsr will tell which replicas lie there. */
  | { readonly type: 'disks-failed'; readonly brokerIds: readonly number[] }
  /** ControlledShutdown (7). */
  | { readonly type: 'controlled-shutdown'; readonly brokerId: number }
  /** AlterPartition (56) of a live broker. */
  | {
      readonly type: 'alter-partition'
      readonly brokerId: number
      readonly changes: readonly IsrChange[]
    }
  /** Partitions without a leader are tried again: unclean election was allowed for a topic, or for all. */
  | { readonly type: 'elect-offline'; readonly topic: string | undefined }
  /** AlterPartitionReassignments (45); each partition once. */
  | {
      readonly type: 'reassign'
      readonly changes: readonly ReplicaChange[]
      /** Whether a partition may get more or fewer replicas than it has (KIP-860). */
      readonly allowsFactorChange: boolean
    }
  /** /admin/reassign_partitions is there, with this content; each partition once. */
  | { readonly type: 'moves-requested'; readonly moves: readonly ReplicaMove[] }
  /** Replicas of partitions that move have caught up. */
  | { readonly type: 'resume-moves'; readonly partitions: readonly PartitionKey[] }
  /** ElectLeaders (43); each partition once. */
  | {
      readonly type: 'elect-leaders'
      readonly election: ElectionType
      readonly partitions: readonly PartitionKey[]
    }
  /** /admin/preferred_replica_election is there: it is carried out, and removed. */
  | { readonly type: 'elections-requested'; readonly partitions: readonly PartitionKey[] }
  /** Leadership goes back to first replicas where a broker leads too few of its own (`auto.leader.rebalance.enable`). */
  | { readonly type: 'rebalance-leaders'; readonly imbalancePercent: number }

/** A conditional write; the runtime does it in one multi with a check of the controller epoch. */
export type ZnodeWrite =
  | (PartitionKey & { readonly type: 'create-state'; readonly state: PartitionState })
  | (PartitionKey & { readonly type: 'set-state'; readonly state: PartitionState })
  /** The replicas of one partition in its topic's node. */
  | (PartitionKey & {
      readonly type: 'set-assignment'
      readonly assignment: PartitionAssignment
    })
  /** /admin/reassign_partitions; nothing left: removed. */
  | { readonly type: 'set-requested-moves'; readonly moves: readonly ReplicaMove[] }
  /** /admin/preferred_replica_election */
  | { readonly type: 'remove-requested-elections' }
  /** Everything of the topic: its node with all below, its config, the request to delete it. */
  | { readonly type: 'remove-topic'; readonly topic: string }
  /** The request to delete, when there is nothing to delete or deletion is switched off. */
  | { readonly type: 'remove-deletion'; readonly topic: string }

export interface TopicPartitions {
  readonly topic: string
  readonly topicId: string
  readonly partitions: readonly PartitionImage[]
}

/** A replica that is to be given up. */
export interface StoppedReplica extends PartitionKey {
  readonly leaderEpoch: number
}

export type ControllerEffect =
  /** LeaderAndIsr: tells a broker which of its replicas lead and which follow. */
  | {
      readonly type: 'leader-and-isr'
      readonly brokerId: number
      readonly topics: readonly TopicPartitions[]
    }
  /** UpdateMetadata, which names all live brokers besides. */
  | {
      readonly type: 'update-metadata'
      readonly brokerIds: readonly number[]
      readonly topics: readonly TopicPartitions[]
    }
  | {
      readonly type: 'stop-replica'
      readonly brokerId: number
      readonly replicas: readonly StoppedReplica[]
      readonly deletes: boolean
    }
  /** The topic's znodes are gone: who waits for that may go on. */
  | { readonly type: 'forget-topic'; readonly topic: string }
  /** The event of this name is due, once who asked has the answer. */
  | { readonly type: 'resume-moves'; readonly partitions: readonly PartitionKey[] }
  /** A deletion that waited for replicas on the move may begin: /admin/delete_topics is to be looked at. */
  | { readonly type: 'resume-deletion' }

/** What `apply` changes once the writes of a decision succeeded. */
export type ControllerRecord =
  | { readonly type: 'elected'; readonly epoch: number }
  | { readonly type: 'brokers'; readonly brokers: readonly BrokerImage[] }
  | { readonly type: 'shutting-down'; readonly brokerId: number }
  | { readonly type: 'offline-replicas'; readonly brokerId: number; readonly all: PartitionSet }
  | { readonly type: 'assignment'; readonly topic: string; readonly assignment: Assignment }
  | (PartitionKey & { readonly type: 'state'; readonly state: PartitionState })
  | { readonly type: 'requested-moves'; readonly moves: readonly ReplicaMove[] }
  | { readonly type: 'deletion-requested'; readonly topic: string }
  | {
      readonly type: 'deletion-started'
      readonly topic: string
      readonly remaining: ReadonlyMap<number, ReadonlySet<number>>
    }
  | Extract<ControllerEvent, { type: 'replicas-deleted' }>
  | { readonly type: 'topic-removed'; readonly topic: string }

/** What came of a request for one partition: 0, or an error with its words. */
export interface PartitionOutcome {
  readonly errorCode: ErrorCode
  readonly message: string | null
}

/** To who asked: AlterPartition by partition, in the order of the changes; ControlledShutdown what the broker leads on. */
export type ControllerReply =
  | {
      readonly type: 'alter-partition'
      readonly results: readonly (PartitionKey & { readonly result: PartitionState | ErrorCode })[]
    }
  | { readonly type: 'controlled-shutdown'; readonly remaining: readonly PartitionKey[] }
  /** Of a reassignment. */
  | {
      readonly type: 'by-partition'
      readonly results: readonly (PartitionKey & PartitionOutcome)[]
    }
  /** Of an election by request; without an error who was elected. */
  | {
      readonly type: 'elections'
      readonly results: readonly (PartitionKey & PartitionOutcome & { readonly leader: number })[]
    }

export interface ControllerDecision {
  readonly writes: readonly ZnodeWrite[]
  readonly records: readonly ControllerRecord[]
  readonly effects: readonly ControllerEffect[]
  readonly reply?: ControllerReply
}

export type EventOf<T extends ControllerEvent['type']> = Extract<ControllerEvent, { type: T }>

export const nothing: ControllerDecision = { writes: [], records: [], effects: [] }
