/**
 * One partition as this broker holds it: what it may append, what a reader may see (Kafka's
 * Partition). What only its leader knows is in `Leading`, what only a follower does in `Following`.
 */
import { StorageError, type Clock, type Log as Logger } from '../host/index.ts'
import type { EpochEndOffset, PartitionLog, UnverifiedBatch } from '../log/index.ts'
import type { PartitionImage } from '../metadata/index.ts'
import { ErrorCode } from '../protocol/index.ts'
import { validateProduced, type ProduceFormats, type ProduceRules } from '../records/index.ts'
import type { AppendTurn, Staged } from './append-turn.ts'
import type { ReplicaCluster } from './cluster.ts'
import { rackAwareReplica } from './decide/preferred-replica.ts'
import type { FetchPartition } from './fetch-sessions.ts'
import { Following } from './following.ts'
import { Leading } from './leading.ts'
import { appendedAt, refusedAppend, type PartitionAppend } from './partition-append.ts'
import { refusedRecords } from './refused-records.ts'
import { unreadable, type PartitionRead, type ReadView } from './partition-read.ts'
import type { ReplicationSettings } from './replication-settings.ts'
import { CommitQueue, type Wakeable } from './waiting.ts'

export interface PartitionOptions {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  readonly brokerId: number
  readonly log: PartitionLog
  readonly clock: Clock
  readonly logger: Logger
  readonly turn: AppendTurn
  /** Absent where no other broker exists. */
  readonly cluster: ReplicaCluster | undefined
  readonly replication: () => ReplicationSettings
  readonly rules: () => ProduceRules
  readonly minInSyncReplicas: () => number
}

export class Partition implements Staged {
  readonly topic: string
  readonly partition: number
  #log: PartitionLog
  #topicId: string
  readonly #options: PartitionOptions
  /** What it does to its log while another broker leads. */
  readonly following: Following
  #image: PartitionImage | undefined
  #leading: Leading | undefined
  readonly #commits = new CommitQueue()
  /** Those who wait for all replicas to begin at an offset. */
  readonly #starts = new CommitQueue()
  readonly #readers = new Set<Wakeable>()
  readonly #replicaReaders = new Set<Wakeable>()
  #isFailed = false
  /** Until the controller says more: the session that made it the leader is lost. */
  #isSuspended = false
  /** Under way where an append must be on the disk before it is acknowledged (`flush.messages`). */
  #flush: Promise<void> | undefined

  constructor(options: PartitionOptions) {
    this.#options = options
    this.topic = options.topic
    this.#topicId = options.topicId
    this.partition = options.partition
    this.#log = options.log
    const current = (): PartitionLog => this.#log
    this.following = new Following(current, () => this.#wake(this.#readers))
  }

  /** Where its records are; another one after a move between log directories. */
  get log(): PartitionLog {
    return this.#log
  }

  /** The copy in another log directory has taken the place of the log (KIP-113). */
  moveTo(log: PartitionLog): void {
    this.#log = log
    // Those who wait for more had looked into the files that are gone.
    this.#wake(this.#readers)
    this.#wake(this.#replicaReaders)
  }

  /** The zero id for a topic older than ids (KIP-516). */
  get topicId(): string {
    return this.#topicId
  }

  /** The cluster has learnt to give ids. @throws StorageError */
  assignTopicId(topicId: string): void {
    this.log.assignTopicId(topicId)
    this.#topicId = topicId
  }

  /** It leads with a damaged log where others could lead. */
  get isUnfit(): boolean {
    return this.isLeader && this.log.damage !== undefined && this.isr.length > 1
  }

  /** Its disk has failed: it is of no use until a restart. */
  get isFailed(): boolean {
    return this.#isFailed
  }

  get isLeader(): boolean {
    return this.#leading !== undefined && !this.#isFailed && !this.#isSuspended
  }

  get leaderEpoch(): number {
    return this.#image?.leaderEpoch ?? -1
  }

  get leaderId(): number {
    return this.#image?.leader ?? -1
  }

  /** The replicas in sync, as far as this broker knows. */
  get isr(): readonly number[] {
    return this.#leading?.isr ?? this.#image?.isr ?? []
  }

  get highWatermark(): number {
    return this.log.highWatermark
  }

  /** Where the log ended when this broker's present term as the leader began; -1 when it does not lead. */
  get epochStartOffset(): number {
    return this.#leading?.epochStartOffset ?? -1
  }

  /**
   * Takes up what the controller said.
   *
   * @returns STALE_CONTROLLER_EPOCH for an epoch older than the one known; KAFKA_STORAGE_ERROR when the disk
   *   has failed, or when the log is damaged and others could lead
   */
  take(image: PartitionImage): ErrorCode {
    if (this.#isFailed || this.log.isOffline) return ErrorCode.KAFKA_STORAGE_ERROR
    if (image.leaderEpoch < this.leaderEpoch) return ErrorCode.STALE_CONTROLLER_EPOCH
    this.#isSuspended = false
    if (image.leaderEpoch === this.leaderEpoch && image.partitionEpoch < this.#partitionEpoch) {
      return ErrorCode.NONE
    }
    const leads = image.leader === this.#options.brokerId
    const isUnfit = this.log.damage !== undefined && image.isr.length > 1
    if (leads && isUnfit) return ErrorCode.KAFKA_STORAGE_ERROR
    if (image.leaderEpoch > this.leaderEpoch) this.following.beginTerm()
    this.#image = image
    if (leads) return this.#lead(image)
    this.#leading?.end()
    this.#leading = undefined
    this.#release()
    return ErrorCode.NONE
  }

  get #partitionEpoch(): number {
    return this.#leading?.partitionEpoch ?? this.#image?.partitionEpoch ?? -1
  }

  #lead(image: PartitionImage): ErrorCode {
    try {
      if (this.#leading === undefined) {
        this.#leading = new Leading(
          {
            ...this.#options,
            log: () => this.#log,
            topicId: () => this.#topicId,
            onProgress: () => this.#onProgress(),
            onFailure: error => this.#failed(error),
          },
          image,
        )
      } else this.#leading.update(image)
      this.#advance()
      return ErrorCode.NONE
    } catch (error) {
      return this.#failed(error).errorCode
    }
  }

  /** Asks the controller to take followers out of the ISR that have stayed behind. */
  shrinkIsr(): void {
    if (this.isLeader) this.#leading?.shrink()
  }

  /** Others may lead it by now: nothing is led here until the next `take`. */
  suspend(): void {
    this.#isSuspended = true
    this.#release()
  }

  /** The partition is not held here any more, or cannot be. */
  stop(): void {
    this.following.beginTerm()
    this.#image = undefined
    this.#leading?.end()
    this.#leading = undefined
    this.#release()
  }

  /** Its disk failed: it leads nothing until a restart. */
  fail(): void {
    this.#isFailed = true
    this.#leading?.end()
    this.#leading = undefined
    this.#release()
  }

  #release(): void {
    this.#commits.abandon()
    this.#starts.abandon()
    this.#wake(this.#readers)
    this.#wake(this.#replicaReaders)
  }

  /** Whether a request with this leader epoch may be answered here (KIP-320); -1: whatever it is. */
  checkLeader(currentLeaderEpoch = -1): ErrorCode {
    const problem = this.checkReplica(currentLeaderEpoch)
    if (problem !== ErrorCode.NONE) return problem
    return this.isLeader ? ErrorCode.NONE : ErrorCode.NOT_LEADER_OR_FOLLOWER
  }

  /** The same where a follower may answer as well (KIP-392). */
  checkReplica(currentLeaderEpoch = -1): ErrorCode {
    if (this.#isFailed || this.log.isOffline) return ErrorCode.KAFKA_STORAGE_ERROR
    if (currentLeaderEpoch >= 0 && this.#image !== undefined) {
      if (currentLeaderEpoch < this.leaderEpoch) return ErrorCode.FENCED_LEADER_EPOCH
      if (currentLeaderEpoch > this.leaderEpoch) return ErrorCode.UNKNOWN_LEADER_EPOCH
    }
    return ErrorCode.NONE
  }

  /**
   * Validates and stages what a client produced; it is written at the end of the turn.
   * `records` is not used after the return.
   */
  append(
    records: Buffer | null,
    options: { acks: number; formats: ProduceFormats; wallMs: number },
  ): PartitionAppend {
    const problem = this.#mayAppend(options.acks)
    if (problem !== ErrorCode.NONE) return refusedAppend(problem)
    const rules = this.#options.rules()
    const verdict = validateProduced(records, rules, options.formats, options.wallMs)
    if (!verdict.accepted) {
      const place = `${this.topic}-${this.partition}`
      return refusedRecords(verdict, { place, logStartOffset: this.log.logStartOffset })
    }
    const appendTimeMs = rules.timestampType === 'LogAppendTime' ? options.wallMs : -1
    return this.#stage(verdict.batch, appendTimeMs)
  }

  /** Stages a batch of our own making: offsets of groups, states of transactions. */
  appendInternal(batch: Buffer, acks: number): PartitionAppend {
    const problem = this.#mayAppend(acks)
    return problem === ErrorCode.NONE ? this.#stage(batch, -1) : refusedAppend(problem)
  }

  /**
   * Whether the coordinator has to be asked before a transactional batch is appended (KIP-890): not where
   * the producer's transaction is open here already. What comes of the batch, later ones do not overtake it.
   */
  beginVerification(batch: UnverifiedBatch, wallMs: number): boolean {
    return this.log.producers.beginVerification(batch, wallMs)
  }

  #mayAppend(acks: number): ErrorCode {
    const problem = this.checkLeader()
    if (problem !== ErrorCode.NONE) return problem
    // Elected while its log was being cut: producers are not known yet.
    if (this.following.isBusy) return ErrorCode.NOT_LEADER_OR_FOLLOWER
    const isSafe = acks !== -1 || this.#leading?.hasEnoughReplicas === true
    return isSafe ? ErrorCode.NONE : ErrorCode.NOT_ENOUGH_REPLICAS
  }

  #stage(batch: Buffer, appendTimeMs: number): PartitionAppend {
    try {
      const outcome = this.log.appendAsLeader(batch, 0, {
        leaderEpoch: this.leaderEpoch,
        appendTimeMs: -1,
      })
      if (outcome.errorCode !== ErrorCode.NONE) return refusedAppend(outcome.errorCode)
      this.#options.turn.add(this)
      return appendedAt(outcome, { appendTimeMs, logStartOffset: this.log.logStartOffset })
    } catch (error) {
      return this.#failed(error)
    }
  }

  /** The log has told its directory already; here nothing is led any more. */
  #failed(error: unknown): PartitionAppend {
    if (!(error instanceof StorageError)) throw error
    this.fail()
    return refusedAppend(ErrorCode.KAFKA_STORAGE_ERROR)
  }

  /** The end of a turn: what was staged becomes readable, and committed when nobody else has to have it. */
  writeStaged(): void {
    try {
      this.log.writeStaged()
      this.#wake(this.#replicaReaders)
      if (this.log.isFlushDue) this.#flush ??= this.#flushNow()
      else this.#advance()
    } catch (error) {
      this.#failed(error)
    }
  }

  /** On the disk, where `flush.messages` asks for that; `undefined` when nothing has to be waited for. */
  get flushing(): Promise<void> | undefined {
    return this.#flush
  }

  async #flushNow(): Promise<void> {
    try {
      // What is appended while the disk works needs another round.
      while (this.log.isFlushDue) await this.#ofLog(log => log.flush())
      this.#advance()
    } catch (error) {
      this.#failed(error)
    } finally {
      this.#flush = undefined
    }
  }

  /** What fails of a log that was moved away meanwhile says nothing of the one that is there now. */
  async #ofLog(work: (log: PartitionLog) => Promise<void>): Promise<void> {
    const { log } = this
    try {
      await work(log)
    } catch (error) {
      if (log === this.log) throw error
    }
  }

  #advance(): void {
    if (this.#leading?.advance() === true) this.#onProgress()
  }

  /** The high watermark has moved, or followers have in a way that somebody may wait for. */
  #onProgress(): void {
    this.#commits.advance(this.log.highWatermark)
    if (this.#starts.length > 0) this.#starts.advance(this.lowWatermark)
    this.#wake(this.#readers)
  }

  #wake(readers: Iterable<Wakeable>): void {
    for (const reader of readers) reader.wake()
  }

  /**
   * Calls `committed` once the high watermark has reached `offset`, or nobody here will know.
   *
   * @returns how to wait no longer; `undefined` when it was called at once
   */
  whenCommitted(offset: number, committed: () => void): (() => void) | undefined {
    if (this.highWatermark < offset && this.isLeader) return this.#commits.add(offset, committed)
    committed()
    return undefined
  }

  /** The same for the first offset of all replicas that live (DeleteRecords). */
  whenStarted(offset: number, started: () => void): (() => void) | undefined {
    if (this.lowWatermark < offset && this.isLeader) return this.#starts.add(offset, started)
    started()
    return undefined
  }

  /** The least first offset of all replicas that live. */
  get lowWatermark(): number {
    return this.#leading?.lowWatermark ?? -1
  }

  /** What an answer to acks=all says of records that were appended up to `offset`. */
  commitError(offset: number): ErrorCode {
    if (this.#isFailed) return ErrorCode.KAFKA_STORAGE_ERROR
    if (!this.isLeader) return ErrorCode.NOT_LEADER_OR_FOLLOWER
    if (this.highWatermark < offset) return ErrorCode.REQUEST_TIMED_OUT
    const isSafe = this.#leading?.hadEnoughReplicas === true
    return isSafe ? ErrorCode.NONE : ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND
  }

  /** Wakes `reader` when there is more for it: a replica reads what is written, others what is committed. */
  addReader(reader: Wakeable, isReplica: boolean): void {
    ;(isReplica ? this.#replicaReaders : this.#readers).add(reader)
  }

  removeReader(reader: Wakeable): void {
    this.#readers.delete(reader)
    this.#replicaReaders.delete(reader)
  }

  /**
   * A follower's fetch tells how far it is. One that cannot be answered with records tells nothing.
   *
   * @returns NOT_LEADER_OR_FOLLOWER or UNKNOWN_LEADER_EPOCH for a broker that holds no replica
   */
  noteFollower(wanted: FetchPartition, replica: { id: number; brokerEpoch: number }): ErrorCode {
    const problem = this.checkLeader(wanted.currentLeaderEpoch)
    if (problem !== ErrorCode.NONE) return problem
    const leading = this.#leading
    if (leading?.isFollower(replica.id) !== true) {
      // With the right epoch it may know of its replica before we do, and comes again.
      return wanted.currentLeaderEpoch >= 0
        ? ErrorCode.UNKNOWN_LEADER_EPOCH
        : ErrorCode.NOT_LEADER_OR_FOLLOWER
    }
    const { fetchOffset, logStartOffset } = wanted
    const { logStartOffset: startOffset, logEndOffset } = this.log
    if (fetchOffset < startOffset || fetchOffset > logEndOffset) return ErrorCode.NONE
    if (this.#divergence(wanted) !== undefined) return ErrorCode.NONE
    try {
      const { brokerEpoch } = replica
      return leading.onFetch(replica.id, { fetchOffset, logStartOffset, brokerEpoch })
    } catch (error) {
      return this.#failed(error).errorCode
    }
  }

  /** Reads for a fetch; the range in the answer must be released or sent. */
  read(wanted: FetchPartition, view: ReadView): PartitionRead {
    const epoch = wanted.currentLeaderEpoch
    const problem = view.readsFollowers ? this.checkReplica(epoch) : this.checkLeader(epoch)
    if (problem !== ErrorCode.NONE) return unreadable(wanted, problem)
    const { highWatermark, lastStableOffset, logStartOffset } = this.log
    const answer = {
      ...unreadable(wanted, ErrorCode.NONE),
      ...{ highWatermark, lastStableOffset, logStartOffset },
    }
    const preferredReadReplica = this.#preferredReplica(wanted, view)
    if (preferredReadReplica !== undefined) return { ...answer, preferredReadReplica }
    if (wanted.fetchOffset >= logStartOffset) {
      const diverging = this.#divergence(wanted)
      // The reader's last epoch is not known here: it has to begin where this log can tell.
      if (diverging === 'unknown') return unreadable(wanted, ErrorCode.OFFSET_OUT_OF_RANGE)
      if (diverging !== undefined) return { ...answer, divergingEpoch: diverging }
    }
    return this.#readLog(wanted, view, answer)
  }

  /** Another replica in the rack of a consumer, which has what it wants (KIP-392). */
  #preferredReplica({ fetchOffset }: FetchPartition, { rackId }: ReadView): number | undefined {
    if (rackId === '' || this.#leading === undefined) return undefined
    if (!this.#options.replication().selectsByRack) return undefined
    return rackAwareReplica(rackId, this.#leading.readable(fetchOffset))
  }

  #readLog(wanted: FetchPartition, view: ReadView, answer: PartitionRead): PartitionRead {
    const isCommittedOnly = view.isolation === 'read_committed'
    const upTo = this.#upTo(view)
    if (wanted.fetchOffset === upTo && this.log.damage === undefined) {
      // Nothing new, as for most partitions of most fetches: the segments are not looked at.
      return isCommittedOnly ? { ...answer, abortedTransactions: [] } : answer
    }
    try {
      const { firstBatch } = view
      const { errorCode, records, endOffset } = this.log.read(wanted.fetchOffset, view.maxBytes, {
        upTo,
        firstBatch,
      })
      // As genuine Kafka: with an error nothing else is told.
      if (errorCode !== ErrorCode.NONE) return unreadable(wanted, errorCode)
      const hasRecords = records.sizeBytes > 0
      const aborted =
        isCommittedOnly && hasRecords
          ? this.log.abortedTransactions(wanted.fetchOffset, endOffset)
          : []
      return {
        ...answer,
        records,
        abortedTransactions: isCommittedOnly ? aborted : null,
      }
    } catch (error) {
      return unreadable(wanted, this.#failed(error).errorCode)
    }
  }

  #upTo({ isReplica, isolation }: ReadView): number {
    if (isReplica) return this.log.logEndOffset
    return isolation === 'read_committed' ? this.log.lastStableOffset : this.log.highWatermark
  }

  /** Brings cold bytes that a fetch is about to read into memory; `undefined` when they are there. */
  warm(wanted: FetchPartition): Promise<void> | undefined {
    try {
      if (this.#image === undefined || this.log.isWarm(wanted.fetchOffset, wanted.maxBytes))
        return undefined
      return this.#ofLog(log => log.warm(wanted.fetchOffset, wanted.maxBytes)).catch(
        (error: unknown) => {
          this.#failed(error)
        },
      )
    } catch (error) {
      this.#failed(error)
      return undefined
    }
  }

  /** Where a reader's log parted from ours, by the epoch of its last record (KIP-595). */
  #divergence(wanted: FetchPartition): EpochEndOffset | 'unknown' | undefined {
    if (wanted.lastFetchedEpoch < 0) return undefined
    const end = this.log.endOffsetForEpoch(wanted.lastFetchedEpoch)
    if (end === undefined) return 'unknown'
    const isSame = end.epoch === wanted.lastFetchedEpoch && end.endOffset >= wanted.fetchOffset
    return isSame ? undefined : end
  }
}
