/**
 * One partition as this broker holds it: what it may append, what a reader may see (Kafka's
 * Partition). The rules about ISR and high watermark are in `decide/`; this acts on the log.
 */
import { StorageError } from '../host/index.ts'
import type { PartitionLog, UnverifiedBatch } from '../log/index.ts'
import type { PartitionImage } from '../metadata/index.ts'
import { ErrorCode } from '../protocol/index.ts'
import { validateProduced, type ProduceFormats, type ProduceRules } from '../records/index.ts'
import type { AppendTurn, Staged } from './append-turn.ts'
import { hasEnoughReplicas, nextHighWatermark } from './decide/high-watermark.ts'
import type { FetchPartition } from './fetch-sessions.ts'
import { appendedAt, refusedAppend, type PartitionAppend } from './partition-append.ts'
import { refusedRecords } from './refused-records.ts'
import { unreadable, type PartitionRead, type ReadView } from './partition-read.ts'
import { CommitQueue, type Wakeable } from './waiting.ts'

export interface PartitionOptions {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  readonly brokerId: number
  readonly log: PartitionLog
  readonly turn: AppendTurn
  readonly rules: () => ProduceRules
  readonly minInSyncReplicas: () => number
}

export class Partition implements Staged {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  readonly log: PartitionLog
  readonly #options: PartitionOptions
  #image: PartitionImage | undefined
  readonly #commits = new CommitQueue()
  readonly #readers = new Set<Wakeable>()
  #isFailed = false
  /** Under way where an append must be on the disk before it is acknowledged (`flush.messages`). */
  #flush: Promise<void> | undefined

  constructor(options: PartitionOptions) {
    this.#options = options
    this.topic = options.topic
    this.topicId = options.topicId
    this.partition = options.partition
    this.log = options.log
  }

  get isLeader(): boolean {
    return this.#image?.leader === this.#options.brokerId && !this.#isFailed
  }

  get leaderEpoch(): number {
    return this.#image?.leaderEpoch ?? -1
  }

  get leaderId(): number {
    return this.#image?.leader ?? -1
  }

  get highWatermark(): number {
    return this.log.highWatermark
  }

  /** Takes up what the controller said. An older epoch than the one known is not for us any more. */
  lead(image: PartitionImage): void {
    if (image.leaderEpoch < this.leaderEpoch) return
    const wasLeader = this.isLeader
    const isNewEpoch = image.leaderEpoch > this.leaderEpoch
    this.#image = image
    if (!this.isLeader) {
      this.#release()
      return
    }
    try {
      if (!wasLeader || isNewEpoch) this.log.beginEpoch(image.leaderEpoch)
      this.#advance()
    } catch (error) {
      this.#failed(error)
    }
  }

  /** The partition is not held here any more, or cannot be. */
  stop(): void {
    this.#image = undefined
    this.#release()
  }

  /** Its disk failed: it leads nothing until a restart. */
  fail(): void {
    this.#isFailed = true
    this.#release()
  }

  #release(): void {
    this.#commits.abandon()
    this.#wakeReaders()
  }

  /** Whether a request with this leader epoch may be answered here (KIP-320); -1: whatever it is. */
  checkLeader(currentLeaderEpoch = -1): ErrorCode {
    if (this.#isFailed || this.log.isOffline) return ErrorCode.KAFKA_STORAGE_ERROR
    if (currentLeaderEpoch >= 0 && this.#image !== undefined) {
      if (currentLeaderEpoch < this.leaderEpoch) return ErrorCode.FENCED_LEADER_EPOCH
      if (currentLeaderEpoch > this.leaderEpoch) return ErrorCode.UNKNOWN_LEADER_EPOCH
    }
    return this.isLeader ? ErrorCode.NONE : ErrorCode.NOT_LEADER_OR_FOLLOWER
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
    if (problem !== ErrorCode.NONE || acks !== -1) return problem
    const isSafe = hasEnoughReplicas(this.#image?.isr ?? [], this.#options.minInSyncReplicas())
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
      while (this.log.isFlushDue) await this.log.flush()
      this.#advance()
    } catch (error) {
      this.#failed(error)
    } finally {
      this.#flush = undefined
    }
  }

  #advance(): void {
    const image = this.#image
    if (image === undefined || !this.isLeader) return
    const before = this.log.highWatermark
    const next = nextHighWatermark({
      current: before,
      leaderEndOffset: this.log.logEndOffset,
      followers: [],
      isr: image.isr,
    })
    if (next === before) return
    this.log.updateHighWatermark(next)
    this.#commits.advance(next)
    this.#wakeReaders()
  }

  #wakeReaders(): void {
    for (const reader of this.#readers) reader.wake()
  }

  /** Calls `committed` once the high watermark has reached `offset`, or nobody here will know. */
  whenCommitted(offset: number, committed: () => void): void {
    if (this.highWatermark >= offset || !this.isLeader) committed()
    else this.#commits.add(offset, committed)
  }

  /** What an answer to acks=all says of records that were appended up to `offset`. */
  commitError(offset: number): ErrorCode {
    if (this.#isFailed) return ErrorCode.KAFKA_STORAGE_ERROR
    if (!this.isLeader) return ErrorCode.NOT_LEADER_OR_FOLLOWER
    if (this.highWatermark < offset) return ErrorCode.REQUEST_TIMED_OUT
    const isSafe = hasEnoughReplicas(this.#image?.isr ?? [], this.#options.minInSyncReplicas())
    return isSafe ? ErrorCode.NONE : ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND
  }

  addReader(reader: Wakeable): void {
    this.#readers.add(reader)
  }

  removeReader(reader: Wakeable): void {
    this.#readers.delete(reader)
  }

  /** Reads for a fetch; the range in the answer must be released or sent. */
  read(wanted: FetchPartition, view: ReadView): PartitionRead {
    const problem = this.checkLeader(wanted.currentLeaderEpoch)
    if (problem !== ErrorCode.NONE) return unreadable(wanted, problem)
    const answer = {
      ...unreadable(wanted, ErrorCode.NONE),
      highWatermark: this.log.highWatermark,
      lastStableOffset: this.log.lastStableOffset,
      logStartOffset: this.log.logStartOffset,
    }
    const diverging = this.#divergence(wanted)
    if (diverging !== undefined) return { ...answer, divergingEpoch: diverging }
    return this.#readLog(wanted, view, answer)
  }

  #readLog(wanted: FetchPartition, view: ReadView, answer: PartitionRead): PartitionRead {
    const isCommittedOnly = view.isolation === 'read_committed'
    const upTo = isCommittedOnly ? this.log.lastStableOffset : this.log.highWatermark
    try {
      const { firstBatch } = view
      const { errorCode, records, endOffset } = this.log.read(wanted.fetchOffset, view.maxBytes, {
        upTo,
        firstBatch,
      })
      const hasRecords = records.sizeBytes > 0
      const aborted =
        isCommittedOnly && hasRecords
          ? this.log.abortedTransactions(wanted.fetchOffset, endOffset)
          : []
      return {
        ...answer,
        errorCode,
        records,
        abortedTransactions: isCommittedOnly ? aborted : null,
      }
    } catch (error) {
      return unreadable(wanted, this.#failed(error).errorCode)
    }
  }

  /** Brings cold bytes that a fetch is about to read into memory; `undefined` when they are there. */
  warm(wanted: FetchPartition): Promise<void> | undefined {
    try {
      if (!this.isLeader || this.log.isWarm(wanted.fetchOffset, wanted.maxBytes)) return undefined
      return this.log.warm(wanted.fetchOffset, wanted.maxBytes).catch((error: unknown) => {
        this.#failed(error)
      })
    } catch (error) {
      this.#failed(error)
      return undefined
    }
  }

  /** Where a reader's log parted from ours, by the epoch of its last record (KIP-595). */
  #divergence(wanted: FetchPartition): { epoch: number; endOffset: number } | undefined {
    if (wanted.lastFetchedEpoch < 0) return undefined
    const end = this.log.endOffsetForEpoch(wanted.lastFetchedEpoch)
    if (end === undefined) return { epoch: -1, endOffset: -1 }
    const isSame = end.epoch === wanted.lastFetchedEpoch && end.endOffset >= wanted.fetchOffset
    return isSame ? undefined : end
  }
}
