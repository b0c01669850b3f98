/** What the controller is told, and what it wants done. */
import type { BrokerImage, PartitionImage } from '../metadata/index.ts'
import type { Assignment, PartitionState } from './state.ts'

export interface PartitionKey {
  readonly topic: string
  readonly partition: number
}

export type ControllerEvent =
  /** This broker has become the controller; everything that lies in ZooKeeper, read after the election. */
  | {
      readonly type: 'elected'
      readonly epoch: number
      readonly brokers: readonly BrokerImage[]
      readonly topics: ReadonlyMap<string, Assignment>
      readonly states: readonly (PartitionKey & { readonly state: PartitionState })[]
      readonly deletions: readonly string[]
    }
  /** /brokers/ids changed. */
  | { readonly type: 'brokers-changed'; readonly brokers: readonly BrokerImage[] }
  /** The children of /brokers/topics changed, or the content of one of them. */
  | { readonly type: 'topics-changed'; readonly topics: ReadonlyMap<string, Assignment> }
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

/** A conditional write; the runtime does it in one multi with a check of the controller epoch. */
export type ZnodeWrite =
  | (PartitionKey & { readonly type: 'create-state'; readonly state: PartitionState })
  | (PartitionKey & { readonly type: 'set-state'; readonly state: PartitionState })
  /** Everything of the topic: its node with all below, its config, the request to delete it. */
  | { readonly type: 'remove-topic'; readonly topic: string }
  /** The request to delete, when there is nothing to delete or deletion is switched off. */
  | { readonly type: 'remove-deletion'; readonly topic: string }

export interface TopicPartitions {
  readonly topic: string
  readonly topicId: string
  readonly partitions: readonly PartitionImage[]
}

export type ControllerEffect =
  /** LeaderAndIsr: tells a broker which of its replicas lead and which follow. */
  | {
      readonly type: 'leader-and-isr'
      readonly brokerId: number
      readonly topics: readonly TopicPartitions[]
      /** All replicas of the broker: what it has beside them is stray. */
      readonly isComplete: boolean
    }
  /** UpdateMetadata to every live broker. */
  | {
      readonly type: 'update-metadata'
      readonly topics: readonly TopicPartitions[]
      readonly brokersChanged: boolean
    }
  | {
      readonly type: 'stop-replica'
      readonly brokerId: number
      readonly topic: string
      readonly partitions: readonly number[]
      readonly deletes: boolean
    }
  /** The topic's znodes are gone: brokers forget it. */
  | { readonly type: 'forget-topic'; readonly topic: string }

/** What `apply` changes once the writes of a decision succeeded. */
export type ControllerRecord =
  | { readonly type: 'elected'; readonly epoch: number }
  | { readonly type: 'brokers'; readonly brokers: readonly BrokerImage[] }
  | { readonly type: 'assignment'; readonly topic: string; readonly assignment: Assignment }
  | (PartitionKey & { readonly type: 'state'; readonly state: PartitionState })
  | { readonly type: 'deletion-requested'; readonly topic: string }
  | {
      readonly type: 'deletion-started'
      readonly topic: string
      readonly remaining: ReadonlyMap<number, ReadonlySet<number>>
    }
  | Extract<ControllerEvent, { type: 'replicas-deleted' }>
  | { readonly type: 'topic-removed'; readonly topic: string }

export interface ControllerDecision {
  readonly writes: readonly ZnodeWrite[]
  readonly records: readonly ControllerRecord[]
  readonly effects: readonly ControllerEffect[]
}
