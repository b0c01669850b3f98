/**
 * Topic deletion (Kafka's TopicDeletionManager): clients are told that the topic goes, its replicas
 * drop their files, then its znodes are removed. Replicas on dead brokers drop theirs when they return; a
 * topic whose replicas are on the move stays until they have moved.
 */
import {
  nothing,
  type ControllerDecision,
  type ControllerEffect,
  type ControllerRecord,
  type EventOf,
  type ZnodeWrite,
} from './events.ts'
import { hasMoves } from './partition-assignment.ts'
import {
  EPOCH_DURING_DELETE,
  LEADER_DURING_DELETE,
  type ControlledTopic,
  type ControllerState,
} from './state.ts'

export function decideDeletions(
  state: ControllerState,
  event: EventOf<'deletions-requested'>,
): ControllerDecision {
  const writes: ZnodeWrite[] = []
  const records: ControllerRecord[] = []
  const effects: ControllerEffect[] = []
  for (const name of event.topics) {
    const topic = state.topics.get(name)
    if (topic === undefined || !event.isEnabled) {
      writes.push({ type: 'remove-deletion', topic: name })
      continue
    }
    records.push({ type: 'deletion-requested', topic: name })
    if (state.deletions.get(name) !== undefined || hasMoves(topic.assignment)) continue
    const remaining = replicasByBroker(topic)
    records.push({ type: 'deletion-started', topic: name, remaining })
    effects.push(goodbye(state, name, topic))
    for (const [brokerId, partitions] of remaining) {
      if (state.brokers.has(brokerId)) effects.push(stop(brokerId, name, partitions))
    }
  }
  return { writes, records, effects }
}

/** What brokers that have returned still have of topics on their way out. */
export function stopsForReturned(
  state: ControllerState,
  brokers: ReadonlySet<number>,
): ControllerEffect[] {
  const effects: ControllerEffect[] = []
  for (const [topic, deletion] of state.deletions) {
    for (const [brokerId, partitions] of deletion?.remaining ?? []) {
      if (brokers.has(brokerId)) effects.push(stop(brokerId, topic, partitions))
    }
  }
  return effects
}

function stop(
  brokerId: number,
  topic: string,
  partitions: ReadonlySet<number>,
): Extract<ControllerEffect, { type: 'stop-replica' }> {
  const replicas = [...partitions].map(partition => ({
    ...{ topic, partition, leaderEpoch: EPOCH_DURING_DELETE },
  }))
  return { type: 'stop-replica', brokerId, replicas, deletes: true }
}

export function decideReplicasDeleted(
  state: ControllerState,
  event: EventOf<'replicas-deleted'>,
): ControllerDecision {
  const remaining = state.deletions.get(event.topic)?.remaining
  if (remaining === undefined) return nothing
  const isLast = [...remaining].every(
    ([broker, partitions]) =>
      broker === event.brokerId &&
      [...partitions].every(partition => event.partitions.includes(partition)),
  )
  if (!isLast) return { writes: [], records: [event], effects: [] }
  return {
    writes: [{ type: 'remove-topic', topic: event.topic }],
    records: [event, { type: 'topic-removed', topic: event.topic }],
    effects: [{ type: 'forget-topic', topic: event.topic }],
  }
}

function replicasByBroker(topic: ControlledTopic): Map<number, Set<number>> {
  const byBroker = new Map<number, Set<number>>()
  for (const [partition, replicas] of topic.assignment.replicas) {
    for (const broker of replicas) {
      byBroker.set(broker, (byBroker.get(broker) ?? new Set()).add(partition))
    }
  }
  return byBroker
}

function goodbye(
  { brokers }: ControllerState,
  name: string,
  topic: ControlledTopic,
): ControllerEffect {
  const partitions = [...topic.assignment.replicas].map(([partition, replicas]) => {
    const state = topic.partitions.get(partition)
    return {
      partition,
      leader: LEADER_DURING_DELETE,
      leaderEpoch: state?.leaderEpoch ?? 0,
      isr: state?.isr ?? [],
      replicas,
      addingReplicas: [],
      removingReplicas: [],
      partitionEpoch: state?.partitionEpoch ?? 0,
    }
  })
  const topicPartitions = { topic: name, topicId: topic.assignment.topicId, partitions }
  return { type: 'update-metadata', brokerIds: [...brokers.keys()], topics: [topicPartitions] }
}
