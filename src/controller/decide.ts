/**
 * The controller of a cluster in ZooKeeper mode, as a decision machine (Kafka's KafkaController
 * with its partition and replica state machines). It is told what lies in ZooKeeper, and answers
 * with conditional writes, with what is true once they succeeded, and with what to tell brokers.
 */
import type { PartitionImage } from '../metadata/index.ts'
import { decideDeletions, decideReplicasDeleted } from './deletion.ts'
import { electAfterLoss, firstState } from './elect.ts'
import type {
  ControllerDecision,
  ControllerEffect,
  ControllerEvent,
  ControllerRecord,
  TopicPartitions,
  ZnodeWrite,
} from './events.ts'
import { NO_LEADER, type Assignment, type ControllerState, type PartitionState } from './state.ts'

export function decide(state: ControllerState, event: ControllerEvent): ControllerDecision {
  switch (event.type) {
    case 'elected':
      return decideElected(event)
    case 'brokers-changed':
      return decideBrokersChanged(state, event)
    case 'topics-changed':
      return decideTopicsChanged(state, event)
    case 'deletions-requested':
      return decideDeletions(state, event)
    case 'replicas-deleted':
      return decideReplicasDeleted(state, event)
  }
}

type EventOf<T extends ControllerEvent['type']> = Extract<ControllerEvent, { type: T }>

/** A new controller trusts nothing but ZooKeeper: it puts every partition in order and tells every broker all of its own. */
function decideElected(event: EventOf<'elected'>): ControllerDecision {
  const live = new Set(event.brokers.map(broker => broker.id))
  const draft = new Draft(broker => live.has(broker))
  const records: ControllerRecord[] = [
    { type: 'elected', epoch: event.epoch },
    { type: 'brokers', brokers: event.brokers },
  ]
  const states = new Map<string, Map<number, PartitionState>>()
  for (const { topic, partition, state } of event.states) {
    const known = states.get(topic) ?? new Map<number, PartitionState>()
    states.set(topic, known.set(partition, state))
  }
  for (const [topic, assignment] of event.topics) {
    records.push({ type: 'assignment', topic, assignment })
    for (const [partition, replicas] of assignment.replicas) {
      draft.settle(topic, assignment, partition, replicas, states.get(topic)?.get(partition))
    }
  }
  for (const topic of event.deletions) records.push({ type: 'deletion-requested', topic })
  return draft.decision(records, { brokersChanged: true, completeFor: [...live] })
}

/** Brokers came, went, or came again with another epoch. */
function decideBrokersChanged(
  state: ControllerState,
  event: EventOf<'brokers-changed'>,
): ControllerDecision {
  const live = new Set(event.brokers.map(broker => broker.id))
  const arrived = event.brokers
    .filter(broker => state.brokers.get(broker.id)?.epoch !== broker.epoch)
    .map(broker => broker.id)
  const gone = [...state.brokers.keys()].filter(broker => !live.has(broker))
  const draft = new Draft(broker => live.has(broker))
  for (const [topic, { assignment, partitions }] of state.topics) {
    if (state.deletions.has(topic)) continue
    for (const [partition, replicas] of assignment.replicas) {
      const touched = replicas.some(replica => arrived.includes(replica) || gone.includes(replica))
      if (touched) draft.settle(topic, assignment, partition, replicas, partitions.get(partition))
    }
  }
  const records: ControllerRecord[] = [{ type: 'brokers', brokers: event.brokers }]
  return draft.decision(records, { brokersChanged: true, completeFor: arrived })
}

/** Topics were created, got more partitions, or vanished. */
function decideTopicsChanged(
  state: ControllerState,
  event: EventOf<'topics-changed'>,
): ControllerDecision {
  const draft = new Draft(broker => state.brokers.has(broker))
  const records: ControllerRecord[] = []
  for (const [topic, assignment] of event.topics) {
    if (state.deletions.has(topic)) continue
    const known = state.topics.get(topic)
    const isSameTopic = known?.assignment.topicId === assignment.topicId
    records.push({ type: 'assignment', topic, assignment })
    for (const [partition, replicas] of assignment.replicas) {
      const before = isSameTopic ? known.partitions.get(partition) : undefined
      if (before === undefined) draft.settle(topic, assignment, partition, replicas, before)
    }
  }
  return draft.decision(records, { brokersChanged: false, completeFor: [] })
}

/** Gathers what one event leads to. */
class Draft {
  readonly #isLive: (broker: number) => boolean
  readonly #writes: ZnodeWrite[] = []
  readonly #records: ControllerRecord[] = []
  readonly #changed = new Map<string, { topicId: string; partitions: PartitionImage[] }>()

  constructor(isLive: (broker: number) => boolean) {
    this.#isLive = isLive
  }

  /** Makes sure that a partition has the best state it can have now, and that brokers will hear of it. */
  settle(
    topic: string,
    assignment: Assignment,
    partition: number,
    replicas: readonly number[],
    before: PartitionState | undefined,
  ): void {
    const after = this.#next(replicas, before)
    if (after === undefined) return
    if (after !== before) {
      this.#writes.push({
        type: before === undefined ? 'create-state' : 'set-state',
        topic,
        partition,
        state: after,
      })
    }
    this.#records.push({ type: 'state', topic, partition, state: after })
    const changed = this.#changed.get(topic) ?? { topicId: assignment.topicId, partitions: [] }
    changed.partitions.push(imageOf(partition, replicas, assignment, after))
    this.#changed.set(topic, changed)
  }

  #next(
    replicas: readonly number[],
    before: PartitionState | undefined,
  ): PartitionState | undefined {
    if (before === undefined) return firstState(replicas, this.#isLive)
    if (before.leader !== NO_LEADER && this.#isLive(before.leader)) return before
    return electAfterLoss(before, replicas, this.#isLive)
  }

  decision(
    records: readonly ControllerRecord[],
    options: { brokersChanged: boolean; completeFor: readonly number[] },
  ): ControllerDecision {
    const topics = [...this.#changed].map(([topic, rest]) => ({ topic, ...rest }))
    const effects: ControllerEffect[] = this.#leaderAndIsr(topics, options.completeFor)
    if (topics.length > 0 || options.brokersChanged) {
      // Clients hear of a leader when it knows that it leads.
      effects.push({ type: 'update-metadata', topics, brokersChanged: options.brokersChanged })
    }
    return { writes: this.#writes, records: [...records, ...this.#records], effects }
  }

  #leaderAndIsr(
    topics: readonly TopicPartitions[],
    completeFor: readonly number[],
  ): ControllerEffect[] {
    const byBroker = new Map<number, TopicPartitions[]>(completeFor.map(broker => [broker, []]))
    for (const { topic, topicId, partitions } of topics) {
      const holders = new Set(
        partitions.flatMap(partition => partition.replicas).filter(this.#isLive),
      )
      for (const broker of holders) {
        const own = partitions.filter(partition => partition.replicas.includes(broker))
        const told = byBroker.get(broker) ?? []
        told.push({ topic, topicId, partitions: own })
        byBroker.set(broker, told)
      }
    }
    return [...byBroker].map(([brokerId, own]) => ({
      type: 'leader-and-isr',
      brokerId,
      topics: own,
      isComplete: completeFor.includes(brokerId),
    }))
  }
}

export function imageOf(
  partition: number,
  replicas: readonly number[],
  assignment: Assignment,
  state: PartitionState,
): PartitionImage {
  return {
    partition,
    leader: state.leader,
    leaderEpoch: state.leaderEpoch,
    isr: state.isr,
    replicas,
    addingReplicas: assignment.addingReplicas.get(partition) ?? [],
    removingReplicas: assignment.removingReplicas.get(partition) ?? [],
    partitionEpoch: state.partitionEpoch,
  }
}
