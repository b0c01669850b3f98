/**
 * Topic deletion (Kafka's TopicDeletionManager): clients are told that the topic goes, its replicas
 * drop their files, then its znodes are removed. A topic with a replica on a dead broker waits for it.
 */
import type {
  ControllerDecision,
  ControllerEffect,
  ControllerEvent,
  ControllerRecord,
  ZnodeWrite,
} from './events.ts'
import { LEADER_DURING_DELETE, type ControlledTopic, type ControllerState } from './state.ts'

type EventOf<T extends ControllerEvent['type']> = Extract<ControllerEvent, { type: T }>

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
    if (state.deletions.get(name) !== undefined || !allReplicasLive(state, topic)) continue
    const remaining = replicasByBroker(topic)
    records.push({ type: 'deletion-started', topic: name, remaining })
    effects.push(goodbye(name, topic))
    for (const [brokerId, partitions] of remaining) {
      effects.push({
        type: 'stop-replica',
        brokerId,
        topic: name,
        partitions: [...partitions],
        deletes: true,
      })
    }
  }
  return { writes, records, effects }
}

export function decideReplicasDeleted(
  state: ControllerState,
  event: EventOf<'replicas-deleted'>,
): ControllerDecision {
  const remaining = state.deletions.get(event.topic)?.remaining
  if (remaining === undefined) return { writes: [], records: [], effects: [] }
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

function allReplicasLive(state: ControllerState, topic: ControlledTopic): boolean {
  return [...topic.assignment.replicas.values()].flat().every(broker => state.brokers.has(broker))
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

function goodbye(name: string, topic: ControlledTopic): ControllerEffect {
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
  return { type: 'update-metadata', topics: [topicPartitions], brokersChanged: false }
}
