/**
 * What the controller tells in controller.log and state-change.log, in Kafka's words: operators look there for
 * a topic that was created, grew or went, for brokers that come and go, for who is elected. Requests between brokers are told by who sends them.
 */
import {
  partitionAssignment,
  type Assignment,
  type ControllerDecision,
  type ControllerEvent,
  type ControllerState,
  type PartitionAssignment,
  type PartitionKey,
} from '../controller/index.ts'
import type { Log as Logger } from '../host/index.ts'

type EventOf<T extends ControllerEvent['type']> = Extract<ControllerEvent, { type: T }>

export class ControllerJournal {
  readonly #brokerId: number
  readonly #controller: Logger
  readonly #deletion: Logger
  readonly #states: Logger

  constructor(brokerId: number, log: Logger) {
    this.#brokerId = brokerId
    this.#controller = log.named('kafka.controller.KafkaController')
    this.#deletion = log.named('kafka.controller.TopicDeletionManager')
    this.#states = log.named('state.change.logger')
  }

  /** Before the writes of the decision are made; `state` is still that before the event. */
  heard(event: ControllerEvent, state: ControllerState): void {
    switch (event.type) {
      case 'elected':
        this.#elected(event)
        return
      case 'topics-changed':
        this.#topicsChanged(event, state)
        return
      case 'deletions-requested':
        this.#deletionsRequested(event, state)
        return
      case 'disks-failed':
        this.#tell(`Handling log directory failure for brokers ${event.brokerIds.join(',')}`)
        return
      case 'brokers-changed':
        this.#brokersChanged(event, state)
        return
      case 'elect-leaders':
        this.#tell(
          `Starting replica leader election (${event.election.toUpperCase()}) for partitions ` +
            `${event.partitions.map(placeOf).join(',')} triggered by AdminClientTriggered`,
        )
        return
      case 'alter-partition':
      case 'broker-fell-behind':
      case 'controlled-shutdown':
      case 'elect-offline':
      case 'elections-requested':
      case 'moves-requested':
      case 'reassign':
      case 'rebalance-leaders':
      case 'replicas-deleted':
      case 'replicas-reported':
      case 'resume-moves':
      case 'states-changed':
    }
  }

  /** Once they are made; `state` is as it was. */
  done(
    event: ControllerEvent,
    { writes, records }: ControllerDecision,
    state: ControllerState,
  ): void {
    const epoch = event.type === 'elected' ? event.epoch : state.epoch
    const prefix = `[Controller id=${this.#brokerId} epoch=${epoch}]`
    for (const write of writes) {
      if (write.type === 'create-state') {
        this.#states.info(`${prefix} ${changeText(write, 'NewPartition')}`)
      }
      if (write.type === 'set-state') this.#changed(prefix, write, event, state)
      if (write.type === 'set-assignment') {
        const { topic, partition, assignment } = write
        this.#tell(
          `Successfully updated assignment of partition ${topic}-${partition} to ${assignmentText(assignment)}`,
        )
      }
    }
    for (const record of records) {
      if (record.type === 'topic-removed') {
        this.#tellDeletion(`Deletion of topic ${record.topic} successfully completed`)
      }
    }
    if (event.type === 'elected') {
      this.#tell(`Ready to serve as the new controller with epoch ${epoch}`)
    }
    if (event.type === 'brokers-changed' && changesOf(event, state) !== undefined) {
      this.#tell(`Updated broker epochs cache: HashMap(${epochsText(event.brokers)})`)
    }
  }

  /** A leader that was elected, or an in-sync replica that was lost. */
  #changed(
    prefix: string,
    write: Extract<ControllerDecision['writes'][number], { type: 'set-state' }>,
    event: ControllerEvent,
    { brokers, topics, epoch }: ControllerState,
  ): void {
    const { topic, partition, state } = write
    const before = topics.get(topic)?.partitions.get(partition)
    if (before === undefined) return
    if (state.leader >= 0 && state.leader !== before.leader) {
      const alive = event.type === 'brokers-changed' ? event.brokers : [...brokers.values()]
      const wasOnline = alive.some(({ id }) => id === before.leader)
      const from = wasOnline ? 'OnlinePartition' : 'OfflinePartition'
      this.#states.info(`${prefix} ${changeText(write, from)}`)
      return
    }
    if (event.type !== 'brokers-changed' && event.type !== 'controlled-shutdown') return
    for (const lost of before.isr.filter(id => !state.isr.includes(id)))
      this.#states.info(`${prefix} ${lossText(write, lost, epoch)}`)
  }

  #brokersChanged(
    event: EventOf<'brokers-changed'>,
    { brokers, shuttingDown }: ControllerState,
  ): void {
    const changes = changesOf(event, { brokers })
    if (changes === undefined) return
    const { added, deleted, bounced } = changes
    const all = event.brokers.map(({ id }) => id)
    this.#tell(
      `Newly added brokers: ${added.join(',')}, deleted brokers: ${deleted.join(',')}, ` +
        `bounced brokers: ${bounced.join(',')}, all live brokers: ${all.join(',')}`,
    )
    const gone = [...deleted, ...bounced]
    const come = [...added, ...bounced]
    if (gone.length > 0) this.#tell(`Broker failure callback for ${gone.join(',')}`)
    const stopped = gone.filter(id => shuttingDown.has(id))
    if (stopped.length > 0)
      this.#tell(`Removed ${stopped.join(',')} from list of shutting down brokers.`)
    if (come.length > 0) this.#tell(`New broker startup callback for ${come.join(',')}`)
  }

  #tell(text: string): void {
    this.#controller.info(`[Controller id=${this.#brokerId}] ${text}`)
  }

  #tellDeletion(text: string): void {
    this.#deletion.info(`[Topic Deletion Manager ${this.#brokerId}] ${text}`)
  }

  #elected({ brokers, topics, deletions }: EventOf<'elected'>): void {
    this.#tell(`Initialized broker epochs cache: HashMap(${epochsText(brokers)})`)
    const ids = brokers.map(({ id }) => id).join(', ')
    this.#tell(`Currently active brokers in the cluster: Set(${ids})`)
    this.#tell(`Current list of topics in the cluster: HashSet(${[...topics.keys()].join(', ')})`)
    this.#tell(`List of topics to be deleted: ${deletions.join(',')}`)
  }

  #topicsChanged({ topics }: EventOf<'topics-changed'>, state: ControllerState): void {
    const isKnown = (topic: string, { topicId }: Assignment) =>
      state.topics.get(topic)?.assignment.topicId === topicId
    const fresh = [...topics].filter(([topic, assignment]) => !isKnown(topic, assignment))
    if (fresh.length > 0) {
      const names = fresh.map(([topic]) => topic).join(', ')
      const assignments = fresh.map(
        ([topic, assignment]) =>
          `TopicIdReplicaAssignment(${topic},Some(${assignment.topicId}),` +
          `Map(${replicasText(topic, assignment, [...assignment.replicas.keys()])}))`,
      )
      this.#tell(
        `New topics: [Set(${names})], deleted topics: [HashSet()], new partition replica assignment ` +
          `[Set(${assignments.join(', ')})]`,
      )
      for (const [topic, { replicas }] of fresh) this.#created(topic, replicas, state.epoch)
    }
    for (const [topic, assignment] of topics) {
      if (isKnown(topic, assignment) && !state.deletions.has(topic)) {
        this.#grown(topic, assignment, state)
      }
    }
  }

  #grown(topic: string, assignment: Assignment, state: ControllerState): void {
    const known = state.topics.get(topic)?.assignment.replicas
    const added = new Map(
      [...assignment.replicas].filter(([number]) => known?.has(number) !== true),
    )
    if (added.size === 0) return
    const text = replicasText(topic, assignment, [...added.keys()])
    this.#tell(`New partitions to be added Map(${text})`)
    this.#created(topic, added, state.epoch)
  }

  #created(topic: string, replicas: Assignment['replicas'], epoch: number): void {
    const places = [...replicas.keys()].map(partition => `${topic}-${partition}`)
    this.#tell(`New partition creation callback for ${places.join(',')}`)
    for (const [partition, brokers] of replicas) {
      this.#states.info(
        `[Controller id=${this.#brokerId} epoch=${epoch}] Changed partition ${topic}-${partition} state ` +
          `from NonExistentPartition to NewPartition with assigned replicas ${brokers.join(',')}`,
      )
    }
  }

  #deletionsRequested(
    { topics, isEnabled }: EventOf<'deletions-requested'>,
    state: ControllerState,
  ): void {
    const begun = topics.filter(
      topic => isEnabled && state.topics.has(topic) && state.deletions.get(topic) === undefined,
    )
    if (begun.length === 0) return
    const names = begun.join(',')
    this.#controller.debug(
      `[Controller id=${this.#brokerId}] Delete topics listener fired for topics ${names} to be deleted`,
    )
    this.#tell(`Starting topic deletion for topics ${names}`)
    this.#tellDeletion(`Handling deletion for topics ${names}`)
    for (const topic of begun) this.#tellDeletion(`Deletion of topic ${topic} (re)started`)
  }
}

const placeOf = ({ topic, partition }: PartitionKey): string => `${topic}-${partition}`

/** Who came, went, or came back in another life; `undefined` when nobody did. */
function changesOf(
  { brokers: now }: EventOf<'brokers-changed'>,
  { brokers: before }: Pick<ControllerState, 'brokers'>,
) {
  const ids = now.map(({ id }) => id)
  const added = ids.filter(id => !before.has(id))
  const deleted = [...before.keys()].filter(id => !ids.includes(id))
  const bounced = now.flatMap(({ id, epoch }) =>
    before.has(id) && before.get(id)?.epoch !== epoch ? [id] : [],
  )
  const isSame = added.length + deleted.length + bounced.length === 0
  return isSame ? undefined : { added, deleted, bounced }
}

const epochsText = (brokers: EventOf<'brokers-changed'>['brokers']): string =>
  brokers.map(({ id, epoch }) => `${id} -> ${epoch}`).join(', ')

type StateWrite = Extract<
  ControllerDecision['writes'][number],
  { type: 'create-state' | 'set-state' }
>

function changeText(write: StateWrite, from: string): string {
  const { leader, leaderEpoch, isr, partitionEpoch } = write.state
  return (
    `Changed partition ${placeOf(write)} from ${from} to OnlinePartition with ` +
    `state LeaderAndIsr(leader=${leader}, leaderEpoch=${leaderEpoch}, ` +
    `isrWithBrokerEpoch=List(${isr.map(inSync).join(', ')}), ` +
    `leaderRecoveryState=${recoveryText(write)}, partitionEpoch=${partitionEpoch})`
  )
}

function lossText(write: StateWrite, lost: number, controllerEpoch: number): string {
  const { leader, leaderEpoch, isr, partitionEpoch } = write.state
  return (
    `Partition ${placeOf(write)} state changed to (Leader:${leader},ISR:${isr.join(',')},` +
    `LeaderRecoveryState:${recoveryText(write)},LeaderEpoch:${leaderEpoch},ZkVersion:${partitionEpoch},` +
    `ControllerEpoch:${controllerEpoch}) ` +
    `after removing replica ${lost} from the ISR as part of transition to OfflineReplica`
  )
}

const recoveryText = ({ state }: StateWrite): string =>
  state.leaderRecoveryState === 1 ? 'RECOVERING' : 'RECOVERED'

/** An epoch of -1: Kafka names none where ZooKeeper keeps the state. */
const inSync = (brokerId: number) => `BrokerState(brokerId=${brokerId}, brokerEpoch=-1)`

function replicasText(
  topic: string,
  assignment: Assignment,
  partitions: readonly number[],
): string {
  return partitions
    .flatMap(partition => {
      const found = partitionAssignment(assignment, partition)
      return found === undefined ? [] : [`${topic}-${partition} -> ${assignmentText(found)}`]
    })
    .join(', ')
}

function assignmentText({
  replicas,
  addingReplicas,
  removingReplicas,
}: PartitionAssignment): string {
  return (
    `ReplicaAssignment(replicas=${replicas.join(',')}, ` +
    `addingReplicas=${addingReplicas.join(',')}, removingReplicas=${removingReplicas.join(',')})`
  )
}
