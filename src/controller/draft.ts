/** Gathers what one event leads to: writes, records, and per broker what it has to be told. */
import type { PartitionImage } from '../metadata/index.ts'
import type { Candidates } from './elect.ts'
import type {
  ControllerDecision,
  ControllerEffect,
  ControllerRecord,
  PartitionKey,
  StoppedReplica,
  TopicPartitions,
  ZnodeWrite,
} from './events.ts'
import {
  isCaughtUp,
  isMoving,
  partitionAssignment,
  targetReplicas,
  type PartitionAssignment,
} from './partition-assignment.ts'
import {
  isLeaving,
  LEADER_DURING_DELETE,
  type Assignment,
  type ControllerSettings,
  type ControllerState,
  type PartitionState,
} from './state.ts'

/** Who is there at the moment of a decision. */
export interface Presence {
  /** Live brokers, those included that are about to stop. */
  readonly live: ReadonlySet<number>
  /** Live brokers that have come again since the state was made. */
  readonly bounced: ReadonlySet<number>
  readonly shuttingDown: ReadonlySet<number>
  readonly offlineReplicas: ControllerState['offlineReplicas']
}

export function presenceIn(state: ControllerState): Presence {
  const { brokers, shuttingDown, offlineReplicas } = state
  return { live: new Set(brokers.keys()), bounced: new Set(), shuttingDown, offlineReplicas }
}

export interface Tidings {
  /** Brokers that hear of all live brokers, and of what changed. */
  readonly brokersChanged?: boolean
  /** Brokers that hear of all partitions. */
  readonly everythingTo?: readonly number[]
  readonly everything?: () => readonly TopicPartitions[]
}

interface Place {
  readonly topic: string
  readonly assignment: Assignment
  readonly partition: number
}

export class Draft {
  readonly presence: Presence
  readonly #settings: ControllerSettings
  readonly #writes: ZnodeWrite[] = []
  readonly #records: ControllerRecord[] = []
  /** To all live brokers, by topic. */
  readonly #changed = new Map<string, { topicId: string; partitions: PartitionImage[] }>()
  /** LeaderAndIsr, by broker and topic. */
  readonly #told = new Map<number, Map<string, { topicId: string; partitions: PartitionImage[] }>>()
  readonly #stopped = new Map<number, StoppedReplica[]>()
  readonly #removed = new Map<number, StoppedReplica[]>()
  readonly #assignments = new Map<string, Assignment>()
  /** Partitions on the move whose move can end. */
  readonly #caughtUp: PartitionKey[] = []
  #resumesDeletion = false

  constructor(presence: Presence, settings: ControllerSettings) {
    this.presence = presence
    this.#settings = settings
  }

  candidates(
    topic: string,
    partition: number,
    replicas: readonly number[],
    bounced = this.presence.bounced,
  ): Candidates {
    const { live, shuttingDown, offlineReplicas } = this.presence
    const isBack = (broker: number): boolean =>
      live.has(broker) && offlineReplicas.get(broker)?.get(topic)?.has(partition) !== true
    const isOnline = (broker: number): boolean => isBack(broker) && !bounced.has(broker)
    return {
      replicas,
      isBack,
      isOnline,
      mayLead: broker => isOnline(broker) && !shuttingDown.has(broker),
      isUncleanAllowed: this.#settings.isUncleanAllowed(topic),
    }
  }

  /** A partition's next state: written, noted, and told to its replicas and to everybody. */
  change(
    place: Place,
    before: PartitionState | undefined,
    after: PartitionState,
    isTold: (replica: number) => boolean = () => true,
  ): void {
    const { topic, partition } = place
    if (after !== before) {
      const type = before === undefined ? 'create-state' : 'set-state'
      this.#writes.push({ type, topic, partition, state: after })
    }
    this.note(place, after)
    const { live } = this.presence
    const replicas = place.assignment.replicas.get(partition) ?? []
    this.tell(
      place,
      after,
      replicas.filter(broker => live.has(broker) && isTold(broker)),
      before === undefined,
    )
  }

  /** A state that the leader itself has asked for: written, and told to everybody but in no LeaderAndIsr. */
  writeOnly(place: Place, after: PartitionState): void {
    const { topic, partition } = place
    this.#writes.push({ type: 'set-state', topic, partition, state: after })
    this.note(place, after)
  }

  /** A state that lies in ZooKeeper already, told to everybody but in no LeaderAndIsr. */
  note(place: Place, state: PartitionState): void {
    const { topic, partition, assignment } = place
    this.#records.push({ type: 'state', topic, partition, state })
    this.announce(place, state)
    const replicas = partitionAssignment(assignment, partition)
    if (replicas !== undefined && isMoving(replicas) && this.canSettle(place, replicas, state))
      this.#caughtUp.push({ topic, partition })
  }

  /** Whether a move can end: all that shall hold the partition are in sync, and one of them can lead. */
  canSettle(
    { topic, partition }: PartitionKey,
    assignment: PartitionAssignment,
    state: PartitionState,
  ): boolean {
    const target = targetReplicas(assignment)
    const candidates = this.candidates(topic, partition, target)
    return isCaughtUp(assignment, state) && target.some(id => candidates.isOnline(id))
  }

  /** Other replicas for a partition; `assignment` of the place has them already. */
  assign({ topic, partition, assignment }: Place, replicas: PartitionAssignment): void {
    this.#writes.push({ type: 'set-assignment', topic, partition, assignment: replicas })
    this.#records.push({ type: 'assignment', topic, assignment })
    this.#assignments.set(topic, assignment)
  }

  /** What `assign` has made of a topic. */
  assignmentOf(topic: string): Assignment | undefined {
    return this.#assignments.get(topic)
  }

  /** To everybody, without a change. */
  announce({ topic, assignment, partition }: Place, state: PartitionState): void {
    const changed = this.#changed.get(topic) ?? { topicId: assignment.topicId, partitions: [] }
    changed.partitions.push(this.image(topic, assignment, partition, state))
    this.#changed.set(topic, changed)
  }

  /** LeaderAndIsr to some brokers. */
  tell(
    { topic, assignment, partition }: Place,
    state: PartitionState,
    brokers: readonly number[],
    isNew = false,
  ): void {
    const known = this.image(topic, assignment, partition, state)
    for (const broker of brokers) {
      // One that is being added may take any disk, even while another is offline.
      const isAdded = known.addingReplicas.includes(broker) && !state.isr.includes(broker)
      const image = { ...known, isNew: isNew || isAdded }
      const byTopic = this.#told.get(broker) ?? new Map<string, never>()
      this.#told.set(broker, byTopic)
      const told = byTopic.get(topic) ?? { topicId: assignment.topicId, partitions: [] }
      told.partitions.push(image)
      byTopic.set(topic, told)
    }
  }

  /** StopReplica without deletion: the replica stays where it is, and asleep. */
  stop(broker: number, replica: StoppedReplica): void {
    this.#stopped.set(broker, [...(this.#stopped.get(broker) ?? []), replica])
  }

  /** StopReplica with deletion. A broker that is dead now keeps its files, as with Kafka. */
  remove(broker: number, replica: StoppedReplica): void {
    if (!this.presence.live.has(broker)) return
    this.#removed.set(broker, [...(this.#removed.get(broker) ?? []), replica])
  }

  resumeDeletion(): void {
    this.#resumesDeletion = true
  }

  image(
    topic: string,
    assignment: Assignment,
    partition: number,
    state: PartitionState,
  ): PartitionImage {
    const replicas = assignment.replicas.get(partition) ?? []
    const candidates = this.candidates(topic, partition, replicas)
    const offlineReplicas = replicas.filter(broker => !candidates.isBack(broker))
    return imageOf(partition, assignment, state, offlineReplicas)
  }

  decision(records: readonly ControllerRecord[], tidings: Tidings = {}): ControllerDecision {
    return {
      writes: this.#writes,
      records: [...records, ...this.#records],
      effects: this.#effects(tidings),
    }
  }

  /**
   * Who arrives hears of all that was; then clients hear of a leader when it knows that it leads, and
   * replicas of it when they know where it is.
   */
  #effects({ brokersChanged = false, everythingTo = [], everything }: Tidings): ControllerEffect[] {
    const live = [...this.presence.live]
    const topics = [...this.#changed].map(([topic, rest]) => ({ topic, ...rest }))
    const effects: ControllerEffect[] = []
    for (const [brokerId, replicas] of this.#stopped) {
      effects.push({ type: 'stop-replica', brokerId, replicas, deletes: false })
    }
    const others = live.filter(broker => !everythingTo.includes(broker))
    if (brokersChanged && others.length > 0) {
      effects.push({ type: 'update-metadata', brokerIds: others, topics: [] })
    }
    if (everythingTo.length > 0) {
      const all = everything?.() ?? []
      effects.push({ type: 'update-metadata', brokerIds: everythingTo, topics: all })
    }
    for (const [brokerId, byTopic] of this.#told) {
      const own = [...byTopic].map(([topic, rest]) => ({ topic, ...rest }))
      effects.push({ type: 'leader-and-isr', brokerId, topics: own })
    }
    for (const [brokerId, replicas] of this.#removed)
      effects.push({ type: 'stop-replica', brokerId, replicas, deletes: true })
    if (topics.length > 0) effects.push({ type: 'update-metadata', brokerIds: live, topics })
    if (this.#caughtUp.length > 0)
      effects.push({ type: 'resume-moves', partitions: this.#caughtUp })
    if (this.#resumesDeletion) effects.push({ type: 'resume-deletion' })
    return effects
  }
}

/** All partitions that have a state; those of topics on their way out under the sign of that. */
export function allPartitions(state: ControllerState, draft: Draft): TopicPartitions[] {
  const known = [...state.topics].filter(([, { partitions }]) => partitions.size > 0)
  return known.map(([topic, { assignment, partitions }]) => ({
    topic,
    topicId: assignment.topicId,
    partitions: [...partitions].map(([partition, held]) => {
      const image = draft.image(topic, assignment, partition, held)
      return isLeaving(state, topic) ? { ...image, leader: LEADER_DURING_DELETE } : image
    }),
  }))
}

function imageOf(
  partition: number,
  assignment: Assignment,
  state: PartitionState,
  offlineReplicas: readonly number[],
): PartitionImage {
  return {
    partition,
    leader: state.leader,
    leaderEpoch: state.leaderEpoch,
    isr: state.isr,
    replicas: assignment.replicas.get(partition) ?? [],
    addingReplicas: assignment.addingReplicas.get(partition) ?? [],
    removingReplicas: assignment.removingReplicas.get(partition) ?? [],
    partitionEpoch: state.partitionEpoch,
    leaderRecoveryState: state.leaderRecoveryState ?? 0,
    offlineReplicas,
  }
}
