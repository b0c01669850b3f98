/**
 * All partitions that this broker holds (Kafka's ReplicaManager): takes up what the controller
 * says, and leads every produce and fetch to its partitions.
 */
import { StorageError, type Clock, type Log as Logger } from '../host/index.ts'
import type { LogDirectories, PartitionLog } from '../log/index.ts'
import type { PartitionImage } from '../metadata/index.ts'
import { ErrorCode, ZERO_UUID } from '../protocol/index.ts'
import type { ProduceFormats, ProduceRules } from '../records/index.ts'
import { AppendTurn } from './append-turn.ts'
import { Fetching, type FetchOptions } from './fetching.ts'
import type { FetchPartition } from './fetch-sessions.ts'
import { describeLogDirs, type DescribedLogDir } from './log-dir-view.ts'
import { Partition } from './partition.ts'
import { refusedAppend, type PartitionAppend } from './partition-append.ts'
import type { PartitionRead } from './partition-read.ts'
import { acknowledge, type AckOptions, type Appended } from './producing.ts'

/** What a topic's configuration says to its replicas; read at each use, so that changes count at once. */
export interface TopicSettings {
  rulesOf(topic: string): ProduceRules
  minInSyncReplicasOf(topic: string): number
  /** What is set for the topic, for the log line of a new partition. */
  propertiesTextOf(topic: string): string
}

export interface ReplicasOptions {
  readonly brokerId: number
  readonly clock: Clock
  readonly logger: Logger
  readonly logs: LogDirectories
  readonly settings: TopicSettings
}

export interface ProducePart {
  /** `undefined`: named by an id that no topic has. */
  readonly topic: string | undefined
  readonly partition: number
  readonly records: Buffer | null
}

export class Replicas {
  readonly #options: ReplicasOptions
  readonly #turn: AppendTurn
  readonly #topics = new Map<string, Map<number, Partition>>()

  constructor(options: ReplicasOptions) {
    this.#options = options
    this.#turn = new AppendTurn(options.clock)
  }

  get(topic: string, partition: number): Partition | undefined {
    return this.#topics.get(topic)?.get(partition)
  }

  /**
   * LeaderAndIsr: what this broker leads and follows from now on. Logs that are not there are made.
   *
   * @returns the partitions that have a new leader or epoch
   */
  take(topic: string, topicId: string, images: readonly PartitionImage[]): Partition[] {
    const changed: Partition[] = []
    for (const image of images) {
      const partition = this.#hold(topic, topicId, image)
      if (partition === undefined) continue
      const before = partition.leaderEpoch
      partition.lead(image)
      if (partition.leaderEpoch !== before) changed.push(partition)
    }
    return changed
  }

  #hold(topic: string, topicId: string, { partition }: PartitionImage): Partition | undefined {
    const known = this.get(topic, partition)
    if (known !== undefined) return known
    const log = this.#logFor(topic, topicId, partition)
    if (log === undefined) return undefined
    const { brokerId, settings } = this.#options
    const held = new Partition({
      ...{ topic, topicId, partition, brokerId, log, turn: this.#turn },
      rules: () => settings.rulesOf(topic),
      minInSyncReplicas: () => settings.minInSyncReplicasOf(topic),
    })
    const partitions = this.#topics.get(topic) ?? new Map<number, Partition>()
    this.#topics.set(topic, partitions.set(partition, held))
    return held
  }

  /** The log on disk, or a new one; `undefined` when no disk can hold it, or another topic's lies there. */
  #logFor(topic: string, topicId: string, partition: number): PartitionLog | undefined {
    const { logs, logger, settings } = this.#options
    const known = logs.get({ topic, partition })
    const id = topicId === ZERO_UUID ? undefined : topicId
    try {
      if (known === undefined) {
        const propertiesText = settings.propertiesTextOf(topic)
        return logs.create({ topic, partition, topicId: id, propertiesText })
      }
      if (id !== undefined && known.topicId !== undefined && known.topicId !== id) {
        logger.error('the log on disk belongs to another topic of this name', {
          ...{ topic, partition, topicId, found: known.topicId },
        })
        return undefined
      }
      if (id !== undefined) known.assignTopicId(id)
      return known
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      logger.error('no log for a partition', { topic, partition, error })
      return undefined
    }
  }

  /** StopReplica: gives partitions up, with their files when asked. */
  stop(topic: string, partitions: readonly number[], deletes: boolean): void {
    for (const number of partitions) {
      const partition = this.get(topic, number)
      partition?.stop()
      const held = this.#topics.get(topic)
      held?.delete(number)
      if (held?.size === 0) this.#topics.delete(topic)
      const log = this.#options.logs.get({ topic, partition: number })
      if (!deletes || log === undefined) continue
      try {
        this.#options.logs.delete(log)
      } catch (error) {
        if (!(error instanceof StorageError)) throw error
        this.#options.logger.error('cannot delete a log', { topic, partition: number, error })
      }
    }
  }

  /** A log directory went offline with these logs. */
  fail(logs: readonly PartitionLog[]): void {
    for (const log of logs) this.get(log.topic, log.partition)?.fail()
  }

  /**
   * Validates and stages every part before it returns; resolves when `acks` is met. Results are in
   * the order of the parts.
   */
  append(
    parts: readonly ProducePart[],
    options: AckOptions & { formats: ProduceFormats },
  ): Promise<PartitionAppend[]> {
    const { acks, formats } = options
    const means = { acks, formats, wallMs: this.#options.clock.wallMs() }
    const appended = parts.map(({ topic, partition, records }): Appended => {
      const held = topic === undefined ? undefined : this.get(topic, partition)
      if (held === undefined) {
        const isUnknownId = topic === undefined
        const errorCode = isUnknownId
          ? ErrorCode.UNKNOWN_TOPIC_ID
          : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        return { partition: undefined, append: refusedAppend(errorCode) }
      }
      const append = held.append(records, means)
      this.#logRefusal(held, append)
      return { partition: held, append }
    })
    return this.#acknowledge(appended, options)
  }

  /** As Kafka: records that break a rule are told of, size and checksum are the client's own matter. */
  #logRefusal({ topic, partition }: Partition, { errorCode, errorMessage }: PartitionAppend): void {
    const isTold =
      errorCode === ErrorCode.INVALID_RECORD || errorCode === ErrorCode.INVALID_TIMESTAMP
    if (!isTold || errorMessage === null) return
    const { brokerId, logger } = this.#options
    logger.error(
      `[ReplicaManager broker=${brokerId}] Error processing append operation on partition ${topic}-${partition}`,
      { reason: errorMessage },
    )
  }

  /** Appends one batch of our own to an internal topic, with acks=all. */
  async appendInternal(
    topic: string,
    partition: number,
    batch: Buffer,
    timeoutMs: number,
  ): Promise<PartitionAppend> {
    const held = this.get(topic, partition)
    if (held === undefined) return refusedAppend(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    const part = { partition: held, append: held.appendInternal(batch, -1) }
    const [result] = await this.#acknowledge([part], { acks: -1, timeoutMs })
    return result ?? refusedAppend(ErrorCode.UNKNOWN_SERVER_ERROR)
  }

  #acknowledge(appended: readonly Appended[], options: AckOptions): Promise<PartitionAppend[]> {
    const means = { turn: this.#turn, clock: this.#options.clock }
    return new Promise(resolve => acknowledge(appended, options, means, resolve))
  }

  /** Reads for one fetch. The ranges in the results are to be sent or released. */
  fetch(partitions: readonly FetchPartition[], options: FetchOptions): Promise<PartitionRead[]> {
    const targets = partitions.map(wanted => ({ wanted, partition: this.#target(wanted) }))
    return new Promise(resolve => {
      new Fetching(targets, options, this.#turn, resolve).start(this.#options.clock)
    })
  }

  #target({ topic, topicId, partition }: FetchPartition): Partition | ErrorCode {
    if (topic === '') return ErrorCode.UNKNOWN_TOPIC_ID
    const held = this.get(topic, partition)
    if (held === undefined) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    const isOther = topicId !== ZERO_UUID && held.topicId !== topicId
    return isOther ? ErrorCode.INCONSISTENT_TOPIC_ID : held
  }

  describeLogDirs(isWanted: (topic: string, partition: number) => boolean): DescribedLogDir[] {
    return describeLogDirs(this.#options.logs, isWanted)
  }
}
