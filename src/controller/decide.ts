/**
 * The controller of a cluster in ZooKeeper mode, as a decision machine (Kafka's KafkaController
 * with its partition and replica state machines). It is told what lies in ZooKeeper and what brokers
 * ask, and answers with conditional writes, with what is true once they succeeded, and with what to
 * tell brokers.
 */
import type { BrokerImage, PartitionImage } from '../metadata/index.ts'
import { decideAlterPartition } from './alter-partition.ts'
import { decideDeletions, decideReplicasDeleted, stopsForReturned } from './deletion.ts'
import { Draft, allPartitions, presenceIn, type Presence } from './draft.ts'
import { firstState, renewed, repair, withoutStopping } from './elect.ts'
import type {
  ControllerDecision,
  ControllerEffect,
  ControllerEvent,
  ControllerRecord,
  EventOf,
  PartitionKey,
  StoredState,
  TopicPartitions,
} from './events.ts'
import { decideElections, decideRequestedElections } from './elections.ts'
import { decideMovesRequested, decideReassign, decideResumeMoves } from './move.ts'
import { hasMoves, partitionAssignment, withPartition } from './partition-assignment.ts'
import { decideElectOffline, decideRebalance } from './rebalance.ts'
import {
  isLeaving,
  type Assignment,
  type ControllerSettings,
  type ControllerState,
  type PartitionSet,
  type PartitionState,
} from './state.ts'

export function decide(
  state: ControllerState,
  event: ControllerEvent,
  settings: ControllerSettings,
): ControllerDecision {
  switch (event.type) {
    case 'elected':
      return decideElected(event, settings)
    case 'brokers-changed':
      return decideBrokersChanged(state, event, settings)
    case 'broker-fell-behind':
      return decideFellBehind(state, event, settings)
    case 'topics-changed':
      return decideTopicsChanged(state, event, settings)
    case 'states-changed':
      return decideStatesChanged(state, event, settings)
    case 'deletions-requested':
      return decideDeletions(state, event)
    case 'replicas-deleted':
      return decideReplicasDeleted(state, event)
    case 'disks-failed':
      return decideDisksFailed(state, event, settings)
    case 'replicas-reported':
      return decideReplicasReported(state, event, settings)
    case 'controlled-shutdown':
      return decideControlledShutdown(state, event, settings)
    case 'alter-partition':
      return decideAlterPartition(state, event, settings)
    case 'reassign':
      return decideReassign(state, event, settings)
    case 'moves-requested':
      return decideMovesRequested(state, event, settings)
    case 'resume-moves':
      return decideResumeMoves(state, event, settings)
    case 'elect-leaders':
      return decideElections(state, event, settings)
    case 'elections-requested':
      return decideRequestedElections(state, event, settings)
    case 'elect-offline':
      return decideElectOffline(state, event, settings)
    case 'rebalance-leaders':
      return decideRebalance(state, event, settings)
  }
}

/** A new controller trusts nothing but ZooKeeper: it puts every partition in order and tells every broker all of its own. */
function decideElected(
  event: EventOf<'elected'>,
  settings: ControllerSettings,
): ControllerDecision {
  const presence: Presence = {
    live: new Set(event.brokers.map(broker => broker.id)),
    bounced: new Set(),
    shuttingDown: new Set(),
    offlineReplicas: new Map(),
  }
  const draft = new Draft(presence, settings)
  const records: ControllerRecord[] = [
    { type: 'elected', epoch: event.epoch },
    { type: 'brokers', brokers: event.brokers },
  ]
  const states = new Map<string, Map<number, StoredState>>()
  for (const stored of event.states) {
    const known = states.get(stored.topic) ?? new Map<number, StoredState>()
    states.set(stored.topic, known.set(stored.partition, stored))
  }
  const asFound: TopicPartitions[] = []
  for (const topic of event.deletions) records.push({ type: 'deletion-requested', topic })
  for (const [topic, assignment] of event.topics) {
    records.push({ type: 'assignment', topic, assignment })
    const isGoing = event.deletions.includes(topic) && !hasMoves(assignment)
    const partitions: PartitionImage[] = []
    for (const partition of assignment.replicas.keys()) {
      const stored = states.get(topic)?.get(partition)
      const place = { topic, assignment, partition }
      if (stored !== undefined && !isGoing)
        partitions.push(draft.image(topic, assignment, partition, stored.state))
      if (!isGoing) settle(draft, place, stored?.state, returnedSince(stored, event.brokers))
      else if (stored !== undefined)
        records.push({ type: 'state', topic, partition, state: stored.state })
    }
    if (partitions.length > 0) asFound.push({ topic, topicId: assignment.topicId, partitions })
  }
  // A broker that is told of live brokers alone would call every topic unknown until it is told the rest.
  const everythingTo = [...presence.live]
  return draft.decision(records, { everythingTo, everything: () => asFound })
}

interface Place {
  readonly topic: string
  readonly assignment: Assignment
  readonly partition: number
}

/** Of a partition's in-sync replicas that live, those that have come again since its state was written. */
interface Returned {
  readonly brokers: ReadonlySet<number>
  /** Some have stayed. */
  readonly areOthersThere: boolean
}

/** An earlier controller may have gone before it could notice that a broker had: it tells by the order of registrations and states. */
function returnedSince(
  stored: StoredState | undefined,
  brokers: readonly BrokerImage[],
): Returned | undefined {
  const { state, writtenAt } = stored ?? {}
  if (state === undefined || writtenAt === undefined) return undefined
  const inSync = brokers.filter(({ id }) => state.isr.includes(id))
  const returned = inSync.filter(({ epoch }) => epoch > writtenAt)
  return {
    brokers: new Set(returned.map(({ id }) => id)),
    areOthersThere: returned.length < inSync.length,
  }
}

/**
 * Makes sure that a partition has the best state it can have now, and that brokers will hear of it.
 * What a broker that came again had in memory may be lost: it is not in sync while others have
 * stayed. Where all came again nobody is better than they are; that is written down, so that the next
 * one to come again is told from them.
 */
function settle(
  draft: Draft,
  place: Place,
  before: PartitionState | undefined,
  returned?: Returned,
): void {
  const replicas = place.assignment.replicas.get(place.partition) ?? []
  const left = returned?.areOthersThere === true ? returned.brokers : undefined
  const candidates = draft.candidates(place.topic, place.partition, replicas, left)
  if (before === undefined) {
    const first = firstState(replicas, broker => candidates.isBack(broker))
    if (first !== undefined) draft.change(place, before, first)
    return
  }
  const after = repair(before, candidates)
  const isRenewed = after === before && left === undefined && (returned?.brokers.size ?? 0) > 1
  draft.change(place, before, isRenewed ? renewed(before) : after)
}

/** Brokers came, went, or came again with another epoch: then what they had in memory is lost, and they lead in a new epoch only. */
function decideBrokersChanged(
  state: ControllerState,
  event: EventOf<'brokers-changed'>,
  settings: ControllerSettings,
): ControllerDecision {
  const live = new Set(event.brokers.map(broker => broker.id))
  const arrived = new Set(
    event.brokers
      .filter(({ id, epoch }) => state.brokers.get(id)?.epoch !== epoch)
      .map(({ id }) => id),
  )
  const gone = new Set([...state.brokers.keys()].filter(id => !live.has(id)))
  const stays = (id: number): boolean => live.has(id) && !arrived.has(id)
  const presence: Presence = {
    live,
    bounced: new Set([...arrived].filter(id => state.brokers.has(id))),
    shuttingDown: new Set([...state.shuttingDown].filter(stays)),
    offlineReplicas: new Map([...state.offlineReplicas].filter(([id]) => stays(id))),
  }
  const draft = new Draft(presence, settings)
  const isTouched = (id: number): boolean => arrived.has(id) || gone.has(id)
  for (const [topic, { assignment, partitions }] of state.topics) {
    if (isLeaving(state, topic)) continue
    for (const [partition, replicas] of assignment.replicas) {
      if (replicas.some(isTouched))
        settle(draft, { topic, assignment, partition }, partitions.get(partition))
    }
  }
  const records: ControllerRecord[] = [{ type: 'brokers', brokers: event.brokers }]
  const decision = draft.decision(records, {
    brokersChanged: true,
    everythingTo: [...arrived],
    everything: () => allPartitions(state, draft),
  })
  return withEffects(decision, stopsForReturned(state, arrived))
}

function withEffects(
  decision: ControllerDecision,
  effects: readonly ControllerEffect[],
): ControllerDecision {
  return { ...decision, effects: [...decision.effects, ...effects] }
}

/** All of its partitions to one broker, as to one that arrives. */
function decideFellBehind(
  state: ControllerState,
  { brokerId }: EventOf<'broker-fell-behind'>,
  settings: ControllerSettings,
): ControllerDecision {
  if (!state.brokers.has(brokerId)) return { writes: [], records: [], effects: [] }
  const draft = new Draft(presenceIn(state), settings)
  tellOwn(state, draft, brokerId)
  const decision = draft.decision([], {
    everythingTo: [brokerId],
    everything: () => allPartitions(state, draft),
  })
  return withEffects(decision, stopsForReturned(state, new Set([brokerId])))
}

/** LeaderAndIsr with all of its partitions, as they are. */
function tellOwn(state: ControllerState, draft: Draft, brokerId: number): void {
  for (const [topic, { assignment, partitions }] of state.topics) {
    if (isLeaving(state, topic)) continue
    for (const [partition, held] of partitions) {
      const isHolder = assignment.replicas.get(partition)?.includes(brokerId) === true
      if (isHolder) draft.tell({ topic, assignment, partition }, held, [brokerId])
    }
  }
}

/** Nothing changes yet: each is told what it should know, and says of which replicas it cannot be. */
function decideDisksFailed(
  state: ControllerState,
  { brokerIds }: EventOf<'disks-failed'>,
  settings: ControllerSettings,
): ControllerDecision {
  const draft = new Draft(presenceIn(state), settings)
  for (const brokerId of brokerIds) {
    if (state.brokers.has(brokerId)) tellOwn(state, draft, brokerId)
  }
  return draft.decision([])
}

/** Topics were created, got more partitions, or vanished. */
function decideTopicsChanged(
  state: ControllerState,
  event: EventOf<'topics-changed'>,
  settings: ControllerSettings,
): ControllerDecision {
  const draft = new Draft(presenceIn(state), settings)
  const records: ControllerRecord[] = []
  for (const [topic, found] of event.topics) {
    if (state.deletions.has(topic)) continue
    const known = state.topics.get(topic)
    const isSameTopic = known?.assignment.topicId === found.topicId
    const assignment = isSameTopic ? grown(known.assignment, found) : found
    records.push({ type: 'assignment', topic, assignment })
    for (const partition of assignment.replicas.keys()) {
      const before = isSameTopic ? known.partitions.get(partition) : undefined
      if (before === undefined) settle(draft, { topic, assignment, partition }, before)
    }
  }
  return draft.decision(records)
}

/** Of partitions that are known the controller alone changes the replicas: a tool may have written down old ones. */
function grown(known: Assignment, found: Assignment): Assignment {
  let result = known
  for (const partition of found.replicas.keys()) {
    if (known.replicas.has(partition)) continue
    const added = partitionAssignment(found, partition)
    if (added !== undefined) result = withPartition(result, partition, added)
  }
  return result
}

/** What leaders have written themselves is taken up and told on. */
function decideStatesChanged(
  state: ControllerState,
  event: EventOf<'states-changed'>,
  settings: ControllerSettings,
): ControllerDecision {
  const draft = new Draft(presenceIn(state), settings)
  for (const { topic, partition, state: found } of event.states) {
    const held = state.topics.get(topic)
    const before = held?.partitions.get(partition)
    if (held === undefined || before === undefined) continue
    if (found.partitionEpoch === before.partitionEpoch) continue
    const place = { topic, assignment: held.assignment, partition }
    // Leaders change their ISR alone. A new epoch is one of ours, whose write was answered to nobody.
    if (found.leaderEpoch === before.leaderEpoch) draft.note(place, found)
    else draft.change(place, found, found)
  }
  return draft.decision([])
}

/** Replicas on failed disks are as good as dead; those on disks that work again may come back. */
function decideReplicasReported(
  state: ControllerState,
  { brokerId, offline, online }: EventOf<'replicas-reported'>,
  settings: ControllerSettings,
): ControllerDecision {
  const before = state.offlineReplicas.get(brokerId) ?? new Map<string, never>()
  const { all, changed } = mergedOffline(before, offline, online)
  if (changed.length === 0) return { writes: [], records: [], effects: [] }
  const presence = presenceIn(state)
  const draft = new Draft(
    { ...presence, offlineReplicas: new Map([...presence.offlineReplicas, [brokerId, all]]) },
    settings,
  )
  for (const { topic, partition } of changed) {
    const held = state.topics.get(topic)
    if (held === undefined || isLeaving(state, topic)) continue
    const place = { topic, assignment: held.assignment, partition }
    settle(draft, place, held.partitions.get(partition))
  }
  return draft.decision([{ type: 'offline-replicas', brokerId, all }])
}

function mergedOffline(before: PartitionSet, offline: PartitionSet, online: PartitionSet) {
  const all = new Map([...before].map(([topic, partitions]) => [topic, new Set(partitions)]))
  const changed: PartitionKey[] = []
  for (const [topic, partitions] of offline) {
    const known = all.get(topic) ?? new Set<number>()
    all.set(topic, known)
    for (const partition of partitions) {
      if (!known.has(partition)) changed.push({ topic, partition })
      known.add(partition)
    }
  }
  for (const [topic, partitions] of online) {
    const known = all.get(topic)
    for (const partition of partitions)
      if (known?.delete(partition) === true) changed.push({ topic, partition })
    if (known?.size === 0) all.delete(topic)
  }
  return { all, changed }
}

/**
 * Moves leadership away from a broker before it stops and takes it out of every ISR. Partitions with
 * one replica stay as they are: nobody else could lead them.
 */
function decideControlledShutdown(
  state: ControllerState,
  { brokerId }: EventOf<'controlled-shutdown'>,
  settings: ControllerSettings,
): ControllerDecision {
  const presence = presenceIn(state)
  const shuttingDown = new Set([...presence.shuttingDown, brokerId])
  const draft = new Draft({ ...presence, shuttingDown }, settings)
  const remaining: PartitionKey[] = []
  for (const [topic, { assignment, partitions }] of state.topics) {
    if (isLeaving(state, topic)) continue
    for (const [partition, before] of partitions) {
      const replicas = assignment.replicas.get(partition) ?? []
      if (!replicas.includes(brokerId) || replicas.length < 2) continue
      const after = withoutStopping(before, brokerId, draft.candidates(topic, partition, replicas))
      if (after.leader === brokerId) remaining.push({ topic, partition })
      const isFollower = before.leader !== brokerId
      if (isFollower) draft.stop(brokerId, { topic, partition, leaderEpoch: after.leaderEpoch })
      if (after === before) continue
      // A follower that was told to stop must not be told to follow again.
      const isTold = (replica: number): boolean => !isFollower || replica !== brokerId
      draft.change({ topic, assignment, partition }, before, after, isTold)
    }
  }
  return {
    ...draft.decision([{ type: 'shutting-down', brokerId }]),
    reply: { type: 'controlled-shutdown', remaining },
  }
}
