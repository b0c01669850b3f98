/**
 * All partitions that this broker holds (Kafka's ReplicaManager): takes up what the controller
 * says, and leads every produce and fetch to its partitions.
 */
import { StorageError, type Clock, type Log as Logger, type Timer } from '../host/index.ts'
import { mayHaveFuture, type LogDirectories, type PartitionLog } from '../log/index.ts'
import type { PartitionImage } from '../metadata/index.ts'
import { ErrorCode, ZERO_UUID } from '../protocol/index.ts'
import type { ProduceFormats, ProduceRules } from '../records/index.ts'
import { AppendTurn } from './append-turn.ts'
import type { ReplicaCluster } from './cluster.ts'
import { Fetchers } from './fetchers.ts'
import { Fetching, type FetchOptions } from './fetching.ts'
import type { FetchPartition } from './fetch-sessions.ts'
import { LogDirMoves } from './log-dir-moves.ts'
import { describeLogDirs, type DescribedLogDir } from './log-dir-view.ts'
import { Partition } from './partition.ts'
import { refusedAppend, type PartitionAppend } from './partition-append.ts'
import type { PartitionRead } from './partition-read.ts'
import { defaultReplicationSettings, type ReplicationSettings } from './replication-settings.ts'
import { ReplicationThrottle, type ThrottleSide } from './replication-throttle.ts'
import { acknowledge, type AckOptions, type Appended } from './producing.ts'

/** What a topic's configuration says to its replicas; read at each use, so that changes count at once. */
export interface TopicSettings {
  rulesOf(topic: string): ProduceRules
  minInSyncReplicasOf(topic: string): number
  /** `leader.replication.throttled.replicas` or the follower's; default: none. */
  throttledReplicasOf?(topic: string, side: ThrottleSide): readonly string[]
  /** What is set for the topic, for the log line of a new partition. */
  propertiesTextOf(topic: string): string
}

export interface ReplicasOptions {
  readonly brokerId: number
  readonly clock: Clock
  readonly logger: Logger
  readonly logs: LogDirectories
  readonly settings: TopicSettings
  /** The other brokers; absent where there are none: nothing is followed then, no ISR changes. */
  readonly cluster?: ReplicaCluster | undefined
  /**
   * This broker leads a partition that others should lead: its log is damaged. The controller has to
   * be told, as of a failed disk; asked to lead it again, `take` refuses. Also when such a replica was
   * stopped, and waits to be told whom to follow.
   */
  readonly onUnfit?: () => void
  /** Whether the cluster has this partition, here or elsewhere; default: not that anybody knew. */
  readonly isKnown?: (topic: string, partition: number) => boolean
  /** Read at each use; default: Kafka's defaults. */
  readonly replication?: () => ReplicationSettings
}

/** What the controller says of a partition, with what only it knows. */
export interface TakenImage extends PartitionImage {
  /** The partition was just created: no disk has it. Default true. */
  readonly isNew?: boolean
}

/** What came of it. */
export interface Taken {
  readonly partition: number
  /** As LeaderAndIsr answers. */
  readonly errorCode: ErrorCode
  /** Set when a leader epoch began for it. */
  readonly changed: Partition | undefined
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
  readonly #fetchers: Fetchers | undefined
  readonly #leaderThrottle: ReplicationThrottle
  readonly #moves: LogDirMoves
  #isrTimer: Timer | undefined

  constructor(options: ReplicasOptions) {
    this.#options = options
    this.#turn = new AppendTurn(options.clock)
    const { brokerId, clock, logger, cluster, logs } = options
    this.#moves = new LogDirMoves({
      ...{ brokerId, clock, logger, logs },
      settings: () => this.#replication,
    })
    this.#leaderThrottle = this.#throttle('leader')
    if (cluster === undefined) return
    const throttle = this.#throttle('follower')
    this.#fetchers = new Fetchers({
      ...{ brokerId, clock, logger, cluster },
      settings: () => this.#replication,
      throttle,
    })
    // Nobody stays in the ISR for longer than one and a half times the limit.
    this.#isrTimer = clock.every(this.#replication.lagTimeMaxMs / 2, () => this.#shrinkIsrs())
  }

  #throttle(side: ThrottleSide): ReplicationThrottle {
    const { brokerId, clock, settings } = this.#options
    return new ReplicationThrottle({
      ...{ brokerId, clock },
      rate: () => this.#replication.throttledRate[side],
      windows: () => this.#replication.throttleWindows,
      replicasOf: topic => settings.throttledReplicasOf?.(topic, side) ?? [],
    })
  }

  get #replication(): ReplicationSettings {
    return this.#options.replication?.() ?? defaultReplicationSettings
  }

  #shrinkIsrs(): void {
    for (const partitions of this.#topics.values()) {
      for (const partition of partitions.values()) partition.shrinkIsr()
    }
  }

  /** `num.replica.fetchers` may have changed. */
  resizeFetchers(): void {
    this.#fetchers?.resize()
  }

  /** Follows nobody any more and proposes nothing; what is led stays readable until its log is closed. */
  close(): void {
    this.#isrTimer?.cancel()
    this.#fetchers?.close()
    this.#moves.close()
  }

  /** Whether a broker of this id may replicate from here: it lives, and is not this one. */
  mayReplicate(brokerId: number): boolean {
    const { cluster, brokerId: ownId } = this.#options
    return brokerId !== ownId && cluster?.brokerEpochOf(brokerId) !== undefined
  }

  get(topic: string, partition: number): Partition | undefined {
    return this.#topics.get(topic)?.get(partition)
  }

  /** Whether any partition of the topic is here. */
  holds(topic: string): boolean {
    return this.#topics.has(topic)
  }

  /**
   * LeaderAndIsr: what this broker leads and follows from now on. Logs that are not there are made.
   *
   * @returns an answer for each image, in their order
   */
  take(topic: string, topicId: string, images: readonly TakenImage[]): Taken[] {
    return images.map(image => this.#take(topic, topicId, image))
  }

  #take(topic: string, topicId: string, image: TakenImage): Taken {
    const refused = (errorCode: ErrorCode): Taken => ({
      ...{ partition: image.partition, errorCode },
      changed: undefined,
    })
    if (!image.replicas.includes(this.#options.brokerId)) {
      return refused(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    }
    const held = this.#hold(topic, topicId, image)
    if (typeof held === 'number') return refused(held)
    const before = held.leaderEpoch
    const errorCode = held.take(image)
    if (errorCode !== ErrorCode.NONE) return refused(errorCode)
    const isNewTerm = held.leaderEpoch !== before
    if (held.isLeader) this.#fetchers?.leave(held)
    else if (isNewTerm) this.#fetchers?.follow(held)
    return { partition: image.partition, errorCode, changed: isNewTerm ? held : undefined }
  }

  #hold(topic: string, topicId: string, image: TakenImage): Partition | ErrorCode {
    const { partition } = image
    const known = this.get(topic, partition)
    if (known !== undefined) return this.#sameTopic(known, topicId)
    const log = this.#logFor(topic, topicId, image)
    if (typeof log === 'number') return log
    const { brokerId, settings, clock, logger, cluster } = this.#options
    const held = new Partition({
      ...{ topic, topicId, partition, brokerId, log, turn: this.#turn, clock, logger, cluster },
      replication: () => this.#replication,
      rules: () => settings.rulesOf(topic),
      minInSyncReplicas: () => settings.minInSyncReplicasOf(topic),
    })
    const partitions = this.#topics.get(topic) ?? new Map<number, Partition>()
    this.#topics.set(topic, partitions.set(partition, held))
    // Of a move that an earlier life of this broker began.
    if (this.#options.logs.getFuture(held) !== undefined) this.#moves.begin(held)
    return held
  }

  /** A controller that is older than topic ids sends none. */
  #sameTopic(held: Partition, topicId: string): Partition | ErrorCode {
    if (topicId === ZERO_UUID || topicId === held.topicId) return held
    if (held.topicId !== ZERO_UUID) return ErrorCode.INCONSISTENT_TOPIC_ID
    try {
      held.assignTopicId(topicId)
      return held
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      return ErrorCode.KAFKA_STORAGE_ERROR
    }
  }

  /** The log on disk, or a new one; an error when no disk can hold it, or another topic's lies there. */
  #logFor(
    topic: string,
    topicId: string,
    { partition, isNew = true }: TakenImage,
  ): PartitionLog | ErrorCode {
    const { logs, logger, settings } = this.#options
    const known = logs.get({ topic, partition })
    const id = topicId === ZERO_UUID ? undefined : topicId
    try {
      if (known === undefined) {
        // It may lie on the disk that is offline: a second, empty one would take its place (KIP-112).
        if (!isNew && logs.offline.length > 0) return ErrorCode.KAFKA_STORAGE_ERROR
        const propertiesText = settings.propertiesTextOf(topic)
        return logs.create({ topic, partition, topicId: id, propertiesText })
      }
      if (id !== undefined && known.topicId !== undefined && known.topicId !== id) {
        logger.error('the log on disk belongs to another topic of this name', {
          ...{ topic, partition, topicId, found: known.topicId },
        })
        return ErrorCode.INCONSISTENT_TOPIC_ID
      }
      if (id !== undefined) known.assignTopicId(id)
      return known
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      logger.error('no log for a partition', { topic, partition, error })
      return ErrorCode.KAFKA_STORAGE_ERROR
    }
  }

  /** StopReplica: gives partitions up, with their files when asked. */
  stop(topic: string, partitions: readonly number[], deletes: boolean): void {
    for (const number of partitions) {
      const partition = this.get(topic, number)
      if (partition !== undefined) {
        this.#fetchers?.leave(partition)
        this.#moves.end(partition)
      }
      partition?.stop()
      const held = this.#topics.get(topic)
      held?.delete(number)
      if (held?.size === 0) this.#topics.delete(topic)
      const log = this.#options.logs.get({ topic, partition: number })
      // The controller has taken leadership away: told to follow, the replica can be made whole again.
      if (!deletes && log?.damage !== undefined) this.#options.onUnfit?.()
      if (deletes) this.#delete(topic, number)
    }
  }

  /** With the copy that is being made of it. */
  #delete(topic: string, partition: number): void {
    const { logs, logger } = this.#options
    const place = { topic, partition }
    for (const log of [logs.getFuture(place), logs.get(place)]) {
      try {
        if (log !== undefined) logs.delete(log)
      } catch (error) {
        if (!(error instanceof StorageError)) throw error
        logger.error('cannot delete a log', { topic, partition, error })
      }
    }
  }

  /** This broker is not registered any more: it leads nothing until the controller says so again. */
  suspend(): void {
    for (const partitions of this.#topics.values()) {
      for (const partition of partitions.values()) partition.suspend()
    }
  }

  /** A log directory went offline with these logs. */
  fail(logs: readonly PartitionLog[]): void {
    for (const log of logs) {
      const partition = this.get(log.topic, log.partition)
      if (partition === undefined) continue
      this.#fetchers?.leave(partition)
      this.#moves.end(partition)
      partition.fail()
    }
  }

  /** A log is damaged in the middle. A follower drops what is behind it and fetches that again. */
  onDamage(log: PartitionLog): void {
    const partition = this.get(log.topic, log.partition)
    if (partition?.isUnfit === true) this.#options.onUnfit?.()
  }

  /** What is answered where no replica is held here: who knows of one elsewhere sends clients to look for it. */
  absence(topic: string, partition: number): ErrorCode {
    return this.#options.isKnown?.(topic, partition) === true
      ? ErrorCode.NOT_LEADER_OR_FOLLOWER
      : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
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
        const errorCode =
          topic === undefined ? ErrorCode.UNKNOWN_TOPIC_ID : this.absence(topic, partition)
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
    const { replica } = options
    const targets = partitions.map(wanted => {
      const partition = this.#target(wanted)
      if (replica === undefined || typeof partition === 'number') return { wanted, partition }
      // What a follower has is noted before it waits: others may wait for just that.
      const errorCode = partition.noteFollower(wanted, replica)
      return { wanted, partition: errorCode === ErrorCode.NONE ? partition : errorCode }
    })
    return new Promise(resolve => {
      const means = { turn: this.#turn, throttle: this.#leaderThrottle }
      new Fetching(targets, options, means, resolve).start(this.#options.clock)
    })
  }

  #target({ topic, topicId, partition }: FetchPartition): Partition | ErrorCode {
    if (topic === '') return ErrorCode.UNKNOWN_TOPIC_ID
    const held = this.get(topic, partition)
    if (held === undefined) return this.absence(topic, partition)
    const isOther = topicId !== ZERO_UUID && held.topicId !== topicId
    return isOther ? ErrorCode.INCONSISTENT_TOPIC_ID : held
  }

  /**
   * AlterReplicaLogDirs: the partition is to lie in this log directory. On return its move has begun; a
   * partition that is not here yet will be made there.
   *
   * @param path as DescribeLogDirs tells it
   */
  alterLogDir(topic: string, partition: number, path: string): ErrorCode {
    const { logger, brokerId } = this.#options
    try {
      return this.#alterLogDir({ topic, partition }, path)
    } catch (error) {
      if (!(error instanceof StorageError)) throw error
      logger.warn(
        `[ReplicaManager broker=${brokerId}] Unable to alter log dirs for ${topic}-${partition}`,
        { error },
      )
      return ErrorCode.KAFKA_STORAGE_ERROR
    }
  }

  #alterLogDir(place: { topic: string; partition: number }, path: string): ErrorCode {
    const { logs } = this.#options
    if (!mayHaveFuture(place)) return ErrorCode.INVALID_TOPIC_EXCEPTION
    if (logs.stateOf(path) === 'unknown') return ErrorCode.LOG_DIR_NOT_FOUND
    const held = this.get(place.topic, place.partition)
    if (logs.stateOf(path) === 'offline' || held?.isFailed === true) {
      return ErrorCode.KAFKA_STORAGE_ERROR
    }
    this.#dropFutureElsewhere(place, path)
    if (held === undefined) {
      logs.prefer(place, path)
      const isKnown = this.#options.isKnown?.(place.topic, place.partition) === true
      return isKnown ? ErrorCode.REPLICA_NOT_AVAILABLE : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    }
    const isThere = logs.pathOf(held.log) === path || logs.getFuture(held) !== undefined
    if (isThere) return ErrorCode.NONE
    // A second copy may lie on the disk that is offline.
    if (logs.offline.length > 0) return ErrorCode.KAFKA_STORAGE_ERROR
    logs.createFuture(held.log, path)
    this.#moves.begin(held)
    return ErrorCode.NONE
  }

  /** A move to another directory than the one that is wanted now comes to nothing. */
  #dropFutureElsewhere(place: { topic: string; partition: number }, path: string): void {
    const { logs } = this.#options
    const future = logs.getFuture(place)
    if (future === undefined || logs.pathOf(future) === path) return
    const held = this.get(place.topic, place.partition)
    if (held !== undefined) this.#moves.end(held)
    logs.delete(future)
  }

  describeLogDirs(isWanted: (topic: string, partition: number) => boolean): DescribedLogDir[] {
    return describeLogDirs(this.#options.logs, isWanted)
  }
}
