/**
 * What the controller orders this broker to do, whichever broker that is: LeaderAndIsr, StopReplica and
 * UpdateMetadata, one after another. Orders of a deposed controller, and those that were meant for an
 * earlier life of this broker, are refused (KIP-380).
 */
import { LEADER_DURING_DELETE, type TopicPartitions } from '../../controller/index.ts'
import type { Clock, Log as Logger } from '../../host/index.ts'
import {
  GROUP_METADATA_TOPIC,
  topicNameProblem,
  TRANSACTION_STATE_TOPIC,
  type PartitionImage,
} from '../../metadata/index.ts'
import {
  ErrorCode,
  ZERO_UUID,
  type LeaderAndIsrRequest,
  type LeaderAndIsrResponse,
  type StopReplicaRequest,
  type StopReplicaResponse,
  type UpdateMetadataRequest,
  type UpdateMetadataResponse,
} from '../../protocol/index.ts'
import type { Partition, Replicas } from '../../replica/index.ts'
import type { GroupCoordinator, TransactionCoordinator } from '../../runtime/index.ts'
import type { ConfigWatch } from '../config-watch.ts'
import type { MetadataCache } from '../metadata-cache.ts'
import { leaderAndIsrAnsweredById } from '../old-versions.ts'
import type { TopicConfigs } from '../topic-configs.ts'
import {
  leaderAndIsrTopics,
  stopOrders,
  toldMetadata,
  type StopOrder,
  type ToldMetadata,
} from './order-messages.ts'

/** Clients are served in between: taking up all partitions of a large topic takes many turns. */
const SLICE_MS = 4
/** Epochs that a controller does not say, or that stand for any. */
const NO_EPOCH = -1
/** Of one topic; tables have a place for each up to the last that is named. */
const MAX_PARTITIONS = 100_000

export interface ControllerOrdersOptions {
  readonly brokerId: number
  readonly clock: Clock
  readonly logger: Logger
  readonly replicas: Replicas
  readonly metadata: MetadataCache
  readonly groups: GroupCoordinator
  readonly transactions: TransactionCoordinator
  readonly configWatch: ConfigWatch
  readonly topicConfigs: TopicConfigs
  /** Epoch of this broker's registration; -1 before the first one. */
  readonly brokerEpoch: () => number
  /** Live brokers, whenever they were told. */
  readonly onBrokers: () => void
}

interface Orders {
  readonly controllerId: number
  readonly controllerEpoch: number
  readonly brokerEpoch: number
}

interface NamedPartition {
  readonly topic: string
  readonly partition: number
}

interface PartitionError {
  readonly topicName: string
  readonly partitionIndex: number
  readonly errorCode: ErrorCode
}

const namesIn = (topics: readonly TopicPartitions[]): NamedPartition[] =>
  topics.flatMap(({ topic, partitions }) =>
    partitions.map(({ partition }) => ({ topic, partition })),
  )

/** Names and numbers become directories and places in tables, whoever says that it is the controller. */
function firstProblem(named: readonly NamedPartition[]): string | undefined {
  for (const { topic, partition } of named) {
    const problem = topicNameProblem(topic)
    if (problem !== undefined) return problem
    if (partition < 0 || partition >= MAX_PARTITIONS) {
      return `partition ${partition} of ${topic} is not between 0 and ${MAX_PARTITIONS - 1}`
    }
  }
  return undefined
}

export class ControllerOrders {
  readonly #options: ControllerOrdersOptions
  #work: Promise<unknown> = Promise.resolve()
  #controllerEpoch = 0

  constructor(options: ControllerOrdersOptions) {
    this.#options = options
  }

  leaderAndIsr(body: LeaderAndIsrRequest, version: number): Promise<LeaderAndIsrResponse> {
    return this.#inTurn(async () => {
      const topics = leaderAndIsrTopics(body)
      const refusal = this.#refuse(body, 'LeaderAndIsr', namesIn(topics))
      if (refusal !== undefined) return { errorCode: refusal, partitionErrors: [], topics: [] }
      const unheard = topics.filter(({ topicId }) => !this.#knows(topicId))
      if (unheard.length > 0) this.#options.metadata.apply({ names: unheard })
      const errors = await this.#take(topics)
      if (!leaderAndIsrAnsweredById(version))
        return { errorCode: ErrorCode.NONE, partitionErrors: errors, topics: [] }
      const byTopic = topics.map(({ topic, topicId }) => ({
        topicId,
        partitionErrors: errors.filter(({ topicName }) => topicName === topic),
      }))
      return { errorCode: ErrorCode.NONE, partitionErrors: [], topics: byTopic }
    })
  }

  #knows(topicId: string): boolean {
    return topicId === ZERO_UUID || this.#options.metadata.image.topicNames.has(topicId)
  }

  stopReplica(body: StopReplicaRequest): Promise<StopReplicaResponse> {
    return this.#inTurn(async () => {
      const orders = stopOrders(body)
      const refusal = this.#refuse(body, 'StopReplica', orders)
      if (refusal !== undefined) return { errorCode: refusal, partitionErrors: [] }
      return { errorCode: ErrorCode.NONE, partitionErrors: await this.#stop(orders) }
    })
  }

  updateMetadata(body: UpdateMetadataRequest): Promise<UpdateMetadataResponse> {
    return this.#inTurn(async () => {
      const told = toldMetadata(body)
      const refusal = this.#refuse(body, 'UpdateMetadata', namesIn(told.topics))
      if (refusal !== undefined) return { errorCode: refusal }
      this.#learn(body, told)
      return { errorCode: ErrorCode.NONE }
    })
  }

  #inTurn<T>(order: () => Promise<T>): Promise<T> {
    const done = this.#work.then(order)
    this.#work = done.catch(() => undefined)
    return done
  }

  #refuse(
    { controllerId, controllerEpoch, brokerEpoch }: Orders,
    name: string,
    named: readonly NamedPartition[],
  ): ErrorCode | undefined {
    const { logger, brokerId, brokerEpoch: ownEpoch } = this.#options
    const problem = firstProblem(named)
    if (problem !== undefined) {
      logger.warn(
        `[Broker id=${brokerId}] Refusing ${name} request from controller ${controllerId}: ${problem}`,
      )
      return ErrorCode.INVALID_REQUEST
    }
    if (brokerEpoch !== NO_EPOCH && brokerEpoch < ownEpoch()) {
      logger.info(
        `[Broker id=${brokerId}] Received ${name} request with broker epoch ${brokerEpoch} smaller than the current broker epoch ${ownEpoch()} from controller ${controllerId} with epoch ${controllerEpoch}.`,
      )
      return ErrorCode.STALE_BROKER_EPOCH
    }
    if (controllerEpoch < this.#controllerEpoch) {
      logger.warn(
        `[Broker id=${brokerId}] Ignoring ${name} request from controller ${controllerId} since its controller epoch ${controllerEpoch} is old. Latest known controller epoch is ${this.#controllerEpoch}`,
      )
      return ErrorCode.STALE_CONTROLLER_EPOCH
    }
    this.#controllerEpoch = controllerEpoch
    return undefined
  }

  #learn(body: UpdateMetadataRequest, { brokers, topics }: ToldMetadata): void {
    const { metadata, groups, topicConfigs, onBrokers, logger } = this.#options
    const isGoing = ({ partitions }: TopicPartitions): boolean =>
      partitions.every(({ leader }) => leader === LEADER_DURING_DELETE)
    const leaving = topics.filter(isGoing)
    metadata.apply({
      controller: { id: body.controllerId, epoch: body.controllerEpoch },
      brokers,
      partitions: topics.filter(topic => !isGoing(topic)),
      removedTopics: leaving.map(({ topic }) => topic),
    })
    onBrokers()
    if (leaving.length === 0) return
    const gone = leaving.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition }) => ({ topic, partition })),
    )
    for (const { topic } of leaving) if (!this.#holds(topic)) topicConfigs.forget(topic)
    groups.onPartitionsDeleted(gone).catch((error: unknown) => {
      logger.error('forgetting the offsets of deleted partitions failed', { error })
    })
  }

  #holds(topic: string): boolean {
    return this.#options.replicas.holds(topic)
  }

  /** Takes up partitions in slices of time; what came of each. */
  async #take(topics: readonly TopicPartitions[]): Promise<PartitionError[]> {
    const { configWatch, clock } = this.#options
    const elected: Partition[] = []
    const errors: PartitionError[] = []
    let untilMs = clock.monotonicMs() + SLICE_MS
    for (const { topic, topicId, partitions } of topics) {
      // A log is made with its topic's configuration; later changes come by notices.
      if (!this.#holds(topic)) await configWatch.readTopic(topic)
      for (const image of partitions) {
        const errorCode = this.#takeOne(topic, topicId, image, elected)
        errors.push({ topicName: topic, partitionIndex: image.partition, errorCode })
        if (clock.monotonicMs() < untilMs) continue
        await new Promise<void>(resolve => clock.soon(resolve))
        untilMs = clock.monotonicMs() + SLICE_MS
      }
    }
    this.#coordinate(elected)
    return errors
  }

  #takeOne(topic: string, topicId: string, image: PartitionImage, elected: Partition[]): ErrorCode {
    const { replicas, brokerId, logger } = this.#options
    const before = replicas.get(topic, image.partition)
    const previous = { leader: before?.leaderId ?? -1, epoch: before?.leaderEpoch ?? -1 }
    const [taken] = replicas.take(topic, topicId, [image])
    const { errorCode = ErrorCode.UNKNOWN_SERVER_ERROR, changed } = taken ?? {}
    if (changed === undefined) return errorCode
    elected.push(changed)
    if (changed.isLeader) {
      logger.info(`[Broker id=${brokerId}] ${leadershipText(changed, image, previous)}`)
    }
    return errorCode
  }

  /** Who leads a partition of an internal topic coordinates what is in it, once it has read it. */
  #coordinate(partitions: readonly Partition[]): void {
    for (const { topic, partition, isLeader, leaderEpoch } of partitions) {
      const coordinator = this.#coordinatorOf(topic)
      if (coordinator === undefined) continue
      if (!isLeader) coordinator.onResignation(partition, leaderEpoch)
      else {
        coordinator.onElection(partition, leaderEpoch).catch((error: unknown) => {
          this.#options.logger.error('loading a partition failed', { topic, partition, error })
        })
      }
    }
  }

  /** What lies in these partitions is coordinated here no longer: their disk has failed. */
  resign(partitions: readonly NamedPartition[]): void {
    for (const { topic, partition } of partitions) {
      this.#coordinatorOf(topic)?.onResignation(partition)
    }
  }

  #coordinatorOf(topic: string): GroupCoordinator | TransactionCoordinator | undefined {
    if (topic === GROUP_METADATA_TOPIC) return this.#options.groups
    return topic === TRANSACTION_STATE_TOPIC ? this.#options.transactions : undefined
  }

  async #stop(orders: readonly StopOrder[]): Promise<PartitionError[]> {
    const { replicas, clock, topicConfigs } = this.#options
    const errors: PartitionError[] = []
    let untilMs = clock.monotonicMs() + SLICE_MS
    for (const { topic, partition, leaderEpoch, deletes } of orders) {
      const held = replicas.get(topic, partition)
      const errorCode = stopError(held, leaderEpoch)
      errors.push({ topicName: topic, partitionIndex: partition, errorCode })
      if (errorCode !== ErrorCode.NONE) continue
      this.#coordinatorOf(topic)?.onResignation(partition)
      replicas.stop(topic, [partition], deletes)
      if (deletes && !this.#holds(topic)) topicConfigs.forget(topic)
      if (clock.monotonicMs() < untilMs) continue
      await new Promise<void>(resolve => clock.soon(resolve))
      untilMs = clock.monotonicMs() + SLICE_MS
    }
    return errors
  }
}

/** One on a failed disk stays, as the reason why it cannot be served. */
function stopError(held: Partition | undefined, leaderEpoch: number): ErrorCode {
  if (held === undefined) return ErrorCode.NONE
  if (held.isFailed) return ErrorCode.KAFKA_STORAGE_ERROR
  const isOld = leaderEpoch >= 0 && leaderEpoch < held.leaderEpoch
  return isOld ? ErrorCode.FENCED_LEADER_EPOCH : ErrorCode.NONE
}

/** As Kafka's state-change.log tells it. */
function leadershipText(
  { topic, topicId, partition, leaderEpoch, log, highWatermark }: Partition,
  { isr, partitionEpoch, addingReplicas, removingReplicas }: PartitionImage,
  previous: { leader: number; epoch: number },
): string {
  const id = topicId === ZERO_UUID ? 'None' : `Some(${topicId})`
  const leader = previous.leader < 0 ? 'None' : `Some(${previous.leader})`
  return (
    `Leader ${topic}-${partition} with topic id ${id} starts at leader epoch ${leaderEpoch} from ` +
    `offset ${log.logEndOffset} with partition epoch ${partitionEpoch}, high watermark ` +
    `${highWatermark}, ISR [${isr.join(',')}], adding replicas [${addingReplicas.join(',')}] and ` +
    `removing replicas [${removingReplicas.join(',')}] . Previous leader ${leader} and previous ` +
    `leader epoch was ${previous.epoch}.`
  )
}
