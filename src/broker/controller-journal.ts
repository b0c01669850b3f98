/**
 * What the controller tells in controller.log and state-change.log, in Kafka's words: operators look there for
 * a topic that was created, grew or went. Requests between brokers are told by who sends them.
 */
import {
  partitionAssignment,
  type Assignment,
  type ControllerDecision,
  type ControllerEvent,
  type ControllerState,
  type PartitionAssignment,
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
      case 'alter-partition':
      case 'broker-fell-behind':
      case 'brokers-changed':
      case 'controlled-shutdown':
      case 'elect-leaders':
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

  /** Once they are made. */
  done(event: ControllerEvent, { writes, records }: ControllerDecision, epoch: number): void {
    const prefix = `[Controller id=${this.#brokerId} epoch=${epoch}]`
    for (const write of writes) {
      if (write.type === 'create-state') {
        const { topic, partition, state } = write
        this.#states.info(
          `${prefix} Changed partition ${topic}-${partition} from NewPartition to OnlinePartition with ` +
            `state LeaderAndIsr(leader=${state.leader}, leaderEpoch=${state.leaderEpoch}, ` +
            `isrWithBrokerEpoch=List(${state.isr.map(inSync).join(', ')}), ` +
            `leaderRecoveryState=RECOVERED, partitionEpoch=${state.partitionEpoch})`,
        )
      }
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
  }

  #tell(text: string): void {
    this.#controller.info(`[Controller id=${this.#brokerId}] ${text}`)
  }

  #tellDeletion(text: string): void {
    this.#deletion.info(`[Topic Deletion Manager ${this.#brokerId}] ${text}`)
  }

  #elected({ brokers, topics, deletions }: EventOf<'elected'>): void {
    const epochs = brokers.map(({ id, epoch }) => `${id} -> ${epoch}`).join(', ')
    this.#tell(`Initialized broker epochs cache: HashMap(${epochs})`)
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
