/**
 * The log of a partition: batches in segments, appended at the end, read anywhere, dropped at the
 * beginning. Mirrors Kafka's UnifiedLog.
 *
 * The way of an append: `appendAsLeader` or `appendAsFollower` copies the batch into the stage,
 * stamps it there and moves `nextOffset`; `writeStaged`, once a turn of the event loop, hands all
 * staged bytes to the page cache with one system call and moves `logEndOffset`, up to which readers
 * see. When that write fails, nothing that was staged may be acknowledged, and the log takes no
 * further call: its file may end in the middle of a batch, which the next start cuts off.
 */
import assert from 'node:assert/strict'
import { StorageError } from '../host/index.ts'
import { refused, type AppendOutcome, type LeaderAppend } from './append.ts'
import { ErrorCode } from '../protocol/index.ts'
import { discardSegments } from './discard.ts'
import { DamagedLogError } from './header-walk.ts'
import type { EpochEndOffset } from './leader-epochs.ts'
import { LogCompaction } from './log-compaction.ts'
import type { LogConfig } from './log-config.ts'
import type { LogParts } from './log-parts.ts'
import { noBytes, type ReadOptions } from './log-reader.ts'
import { findDamage, type LogDamage } from './log-damage.ts'
import { LogHealth } from './log-health.ts'
import type { LoadedLog, LogRead } from './loaded-log.ts'
import { searchSegments } from './log-search.ts'
import { LogTrim } from './log-trim.ts'
import { LogWriter } from './log-writer.ts'
import type { TopicPartition } from './partition-directory.ts'
import type { ProducerState } from './producer-state.ts'
import type { Segment } from './segment.ts'
import { SmallFiles } from './small-files.ts'
import {
  findByTimestamp,
  findMaxTimestamp,
  offsetsBefore,
  type TimestampedOffset,
} from './timestamp-lookup.ts'
import type { AbortedTransaction } from './transaction-index.ts'

export class PartitionLog implements TopicPartition {
  readonly topic: string
  readonly partition: number
  /** For the cleaner. */
  readonly compaction: LogCompaction
  readonly #parts: LogParts
  readonly #writer: LogWriter
  readonly #trim: LogTrim
  readonly #health: LogHealth
  readonly #smallFiles: SmallFiles
  #logStartOffset: number
  #highWatermark: number
  #damage: LogDamage | undefined
  #beyondDamage: readonly Segment[]
  #lastFlushMs: number

  constructor(loaded: LoadedLog) {
    this.topic = loaded.topic
    this.partition = loaded.partition
    this.#parts = loaded.parts
    this.#writer = new LogWriter(loaded.parts, loaded.nextOffset)
    this.#trim = new LogTrim(loaded.parts, this.#writer)
    const { parts } = loaded
    const { context } = parts
    this.#health = new LogHealth(
      () => parts.directory,
      error => context.events.onFailure(error),
    )
    this.compaction = new LogCompaction(loaded.parts, this, this.#health)
    this.#smallFiles = new SmallFiles({ ...loaded, health: this.#health })
    this.#logStartOffset = this.#highWatermark = loaded.logStartOffset
    this.#damage = loaded.damage
    this.#beyondDamage = loaded.beyondDamage
    this.#lastFlushMs = loaded.parts.context.host.clock.monotonicMs()
  }

  /** `topic-partition`, which is also the name of the directory. */
  get name(): string {
    return `${this.topic}-${this.partition}`
  }

  /** Path of the partition's own directory. */
  get directory(): string {
    return this.#parts.directory
  }

  /**
   * Gives the partition's own directory another name, in the same log directory. Nothing may be on its way
   * to the disk (`isFlushing`), and the log must not be damaged.
   *
   * @throws StorageError
   */
  rename(directory: string): void {
    const parts = this.#parts
    const { segments, epochs, snapshots } = parts
    assert(!parts.flush.isRunning && this.#damage === undefined, 'a log is renamed at rest')
    this.#health.guard(() => parts.context.host.files.rename(parts.directory, directory))
    parts.directory = directory
    for (const segment of segments.all) segment.moved(directory)
    epochs.moved(directory)
    snapshots.moved(directory)
  }

  /** Something is on its way to the disk. */
  get isFlushing(): boolean {
    return this.#parts.flush.isRunning
  }

  /**
   * Takes the place of `other`, of which it is a copy up to the last record: what of that is known in memory only
   * is known here from now on.
   *
   * @throws StorageError
   */
  succeed(other: PartitionLog): void {
    assert(this.nextOffset === other.logEndOffset, `${this.name} is not yet copied`)
    const { epochs, producers } = this.#parts
    // Epochs that began without a record.
    for (const { epoch, startOffset } of other.#parts.epochs.entries) {
      if (epoch > (epochs.latest?.epoch ?? -1)) epochs.assignLater(epoch, startOffset)
    }
    this.#smallFiles.owe()
    producers.succeed(other.producers)
    this.updateHighWatermark(other.highWatermark)
    if (other.logStartOffset > this.logStartOffset) {
      this.#health.guard(() => this.#startAt(other.logStartOffset))
    }
    this.compaction.firstDirtyOffset = other.compaction.firstDirtyOffset
  }

  get config(): LogConfig {
    return this.#parts.config
  }

  /** Holds from the next decision on; segments that exist stay as they are. */
  updateConfig(config: LogConfig): void {
    this.#parts.config = config
  }

  /** 22 characters of URL-safe base64; `undefined` for a topic older than ids (KIP-516). */
  get topicId(): string | undefined {
    return this.#smallFiles.topicId
  }

  /** The topic's id, for good. */
  assignTopicId(topicId: string): void {
    this.#smallFiles.assignTopicId(topicId)
  }

  /** First offset that can be read. */
  get logStartOffset(): number {
    return this.#logStartOffset
  }

  /** Offset behind the last record that is written, and so visible to readers. */
  get logEndOffset(): number {
    return this.#writer.endOffset
  }

  /** Offset that the next record gets; beyond `logEndOffset` while something is staged. */
  get nextOffset(): number {
    return this.#writer.nextOffset
  }

  /** All below it is on the disk, and intact as far as known. */
  get recoveryPoint(): number {
    return Math.min(this.#parts.flush.recoveryPoint, this.#damage?.offset ?? Infinity)
  }

  /** Batches in bytes, the staged ones included. */
  get sizeBytes(): number {
    return this.#parts.segments.sizeBytes
  }

  get segmentCount(): number {
    return this.#parts.segments.count
  }

  get firstSegmentBaseOffset(): number {
    return this.#parts.segments.first.baseOffset
  }

  get activeSegmentBaseOffset(): number {
    return this.#parts.segments.active.baseOffset
  }

  get producers(): ProducerState {
    return this.#parts.producers
  }

  /** Set when bytes in the middle of the log are wrong. Until `dropDamaged` nothing is appended, and nothing from its offset on is read. */
  get damage(): LogDamage | undefined {
    return this.#damage
  }

  /** Whether the disk has failed under it, or it was closed. */
  get isOffline(): boolean {
    return !this.#health.isOpen
  }

  // -- appending

  /**
   * Appends a batch of magic 2 as the leader: gives it the next offset, and the epoch. Visible and
   * safe to acknowledge after `writeStaged`; with `isFlushDue` after `flush`.
   *
   * Checks the size against `max.message.bytes` (10) and `segment.bytes` (18), and the producer's
   * epoch and sequence: a retry is answered with the offsets of the first try, a gap with 45, an old
   * epoch with 47, a plain batch inside a transaction with 48. Everything else about the batch the
   * caller has checked.
   *
   * @throws StorageError
   */
  appendAsLeader(buffer: Buffer, position: number, options: LeaderAppend): AppendOutcome {
    if (this.#damage !== undefined) return refused(ErrorCode.KAFKA_STORAGE_ERROR)
    this.#health.assertOpen()
    try {
      return this.#writer.appendAsLeader(buffer, position, options)
    } catch (error) {
      throw this.#health.failed(error)
    }
  }

  /**
   * Appends batches as the leader stored them, offsets and epochs included; checks their checksums
   * (2) and that they do not lie below the end of the log (1), all before the first is appended. A
   * batch that is cut at the end is left out.
   *
   * @throws StorageError, ProtocolError where no batch begins
   */
  appendAsFollower(buffer: Buffer, start = 0, end = buffer.length): AppendOutcome {
    if (this.#damage !== undefined) return refused(ErrorCode.KAFKA_STORAGE_ERROR)
    this.#health.assertOpen()
    try {
      return this.#writer.appendAsFollower(buffer, start, end)
    } catch (error) {
      throw this.#health.failed(error)
    }
  }

  /** Bytes accepted but not written. Not 0: the caller owes a `writeStaged` before the turn ends. */
  get stagedBytes(): number {
    return this.#writer.stagedBytes
  }

  /** Writes what is staged, with one system call. @throws StorageError */
  writeStaged(): void {
    this.#health.assertOpen()
    try {
      this.#smallFiles.beforeWrite()
      this.#writer.writeStaged()
    } catch (error) {
      throw this.#health.failed(error)
    }
    this.#smallFiles.afterWrite()
    if (this.#writer.takeWritebackTurn()) this.#flushInBackground()
  }

  /** An epoch began with this replica as its leader, before any record of it. @throws StorageError */
  beginEpoch(leaderEpoch: number): void {
    const { epochs } = this.#parts
    if (this.nextOffset > this.#logStartOffset) {
      this.#health.guard(() => epochs.assign(leaderEpoch, this.nextOffset))
      return
    }
    // Of a log without records nothing is lost with the epoch: its first record tells it again.
    epochs.assignLater(leaderEpoch, this.nextOffset)
    this.#smallFiles.owe()
  }

  /** The epoch of the last record, or of the last leader; `undefined` when none is known. */
  get latestEpoch(): number | undefined {
    return this.#parts.epochs.latest?.epoch
  }

  /** For OffsetForLeaderEpoch (KIP-101, KIP-279); `undefined` when the epoch is not known. */
  endOffsetForEpoch(leaderEpoch: number): EpochEndOffset | undefined {
    return this.#parts.epochs.endOffsetFor(leaderEpoch, this.logEndOffset)
  }

  /** The epoch that wrote `offset`, as far as known. */
  epochForOffset(offset: number): number | undefined {
    return this.#parts.epochs.epochForOffset(offset)
  }

  // -- the disk

  /** So much is unsynced that an append must wait for `flush` before it is acknowledged (`flush.messages`). */
  get isFlushDue(): boolean {
    return this.logEndOffset - this.recoveryPoint >= this.config.flushMessages
  }

  /** The oldest unsynced record is older than `flush.ms`. */
  get isFlushOverdue(): boolean {
    const unsyncedMs = this.#parts.context.host.clock.monotonicMs() - this.#lastFlushMs
    return this.recoveryPoint < this.logEndOffset && unsyncedMs >= this.config.flushMs
  }

  /** Makes indexes, leader epochs and topic id on the disk what they are in memory: for those who look into the files. @throws StorageError */
  settle(): void {
    this.#health.guard(() => this.#smallFiles.settle())
  }

  /** Resolves when everything appended before the call is on the disk. @throws StorageError */
  async flush(): Promise<void> {
    if (this.#damage !== undefined) return
    this.writeStaged()
    this.#lastFlushMs = this.#parts.context.host.clock.monotonicMs()
    await this.#health.guardAsync(() => this.#parts.flush.flush(() => this.logEndOffset))
  }

  #flushInBackground(): void {
    this.#parts.context.background.add(async () => {
      if (!this.isOffline) await this.flush()
    })
  }

  // -- reading

  /**
   * At most `maxBytes` of whole batches, from the one that holds `offset` on, and all below
   * `options.upTo`.
   *
   * @throws StorageError
   */
  read(offset: number, maxBytes: number, options: ReadOptions): LogRead {
    this.#health.assertOpen()
    if (offset < this.logStartOffset || offset > this.logEndOffset) {
      return { errorCode: ErrorCode.OFFSET_OUT_OF_RANGE, records: noBytes, endOffset: offset }
    }
    const damage = this.#damage
    if (damage !== undefined && offset >= damage.offset) {
      return { errorCode: ErrorCode.KAFKA_STORAGE_ERROR, records: noBytes, endOffset: offset }
    }
    const upTo = Math.min(options.upTo, this.logEndOffset, damage?.offset ?? Infinity)
    try {
      const read = this.#parts.reader.read(offset, maxBytes, { ...options, upTo })
      return { errorCode: ErrorCode.NONE, ...read }
    } catch (error) {
      if (!(error instanceof DamagedLogError)) throw this.#health.failed(error)
      this.#parts.context.background.add(() => this.#inspect(error))
      return { errorCode: ErrorCode.KAFKA_STORAGE_ERROR, records: noBytes, endOffset: offset }
    }
  }

  /** Whether `read` would hand out bytes that are checked and at hand; if not, `warm` comes first. @throws StorageError */
  isWarm(offset: number, maxBytes: number): boolean {
    this.#health.assertOpen()
    const end = Math.min(this.logEndOffset, this.#damage?.offset ?? Infinity)
    if (offset < this.logStartOffset || offset >= end) return true
    try {
      return this.#parts.reader.isWarm(offset, maxBytes)
    } catch (error) {
      if (!(error instanceof DamagedLogError)) throw this.#health.failed(error)
      return false
    }
  }

  /** Reads and checks in the thread pool what `read` would hand out. Damage shows in `damage`. @throws StorageError */
  async warm(offset: number, maxBytes: number): Promise<void> {
    this.#health.assertOpen()
    try {
      const { context, reader } = this.#parts
      await context.warming.run(() => reader.warm(offset, maxBytes, this.nextOffset))
    } catch (error) {
      if (!(error instanceof DamagedLogError)) throw this.#health.failed(error)
      await this.#inspect(error)
    }
  }

  /** The aborted transactions that touch `[fromOffset, toOffset)` (KIP-98). @throws StorageError */
  abortedTransactions(fromOffset: number, toOffset: number): AbortedTransaction[] {
    const found: AbortedTransaction[] = []
    for (const segment of this.#parts.segments.from(fromOffset)) {
      if (segment.transactionIndex.collect(fromOffset, toOffset, found)) break
    }
    return found
  }

  /** A header made no sense, or a checksum did not match: finds the first batch of the segment that is damaged. */
  async #inspect(hint: DamagedLogError): Promise<void> {
    const segment = this.#parts.segments.all.find(({ file }) => file.path === hint.path)
    if (segment === undefined || this.isOffline) return
    const endOffset = this.#parts.segments.after(segment)?.baseOffset ?? this.nextOffset
    const damage = await findDamage(segment, endOffset)
    if (damage === undefined || (this.#damage?.offset ?? Infinity) <= damage.offset) return
    this.writeStaged()
    segment.endAt(damage.position)
    this.#damage = damage
    this.#parts.context.events.onDamage(this, damage)
  }

  // -- looking up by time

  /**
   * The first record not older than `timestamp`; `undefined` when all are. Looks beyond the high
   * watermark: the caller knows who asks.
   *
   * @throws StorageError, ProtocolError
   */
  async offsetForTimestamp(timestamp: number): Promise<TimestampedOffset | undefined> {
    return this.#lookUp(segments => findByTimestamp(segments, timestamp, this.#logStartOffset))
  }

  /** The first record with the largest timestamp (KIP-734). @throws StorageError, ProtocolError */
  async offsetForMaxTimestamp(): Promise<TimestampedOffset | undefined> {
    return this.#lookUp(segments => findMaxTimestamp(segments, this.#logStartOffset))
  }

  async #lookUp(
    search: (segments: readonly Segment[]) => Promise<TimestampedOffset | undefined>,
  ): Promise<TimestampedOffset | undefined> {
    this.writeStaged()
    try {
      return await searchSegments(this.#parts, () => this.#logStartOffset, search)
    } catch (error) {
      if (!(error instanceof DamagedLogError)) throw this.#health.failed(error)
      await this.#inspect(error)
      throw new StorageError('search', this.directory, error)
    }
  }

  /** For ListOffsets v0: see `offsetsBefore`. @throws StorageError */
  offsetsBefore(timestamp: number, maxCount: number): number[] {
    return this.#health.guard(() => {
      const view = {
        segments: this.#parts.segments.all,
        logStartOffset: this.#logStartOffset,
        logEndOffset: this.logEndOffset,
        wallMs: this.#parts.context.host.clock.wallMs(),
      }
      return offsetsBefore(view, timestamp, maxCount)
    })
  }

  // -- high watermark and last stable offset

  /** Offset behind the last record that all in-sync replicas have. */
  get highWatermark(): number {
    return this.#highWatermark
  }

  /** Moves the high watermark, within the log. @returns where it is now */
  updateHighWatermark(offset: number): number {
    this.#highWatermark = Math.min(Math.max(offset, this.logStartOffset), this.logEndOffset)
    this.producers.transactions.onHighWatermark(this.#highWatermark)
    return this.#highWatermark
  }

  /** Where read_committed ends. */
  get lastStableOffset(): number {
    const unstable = this.producers.transactions.firstUnstableOffset
    if (unstable === undefined || unstable >= this.#highWatermark) return this.#highWatermark
    return Math.max(unstable, this.logStartOffset)
  }

  // -- dropping records

  /**
   * Records below `offset` are gone for readers (DeleteRecords, or the leader's log start); segments
   * that hold nothing else go with the next retention run.
   *
   * @returns OFFSET_OUT_OF_RANGE beyond the high watermark
   * @throws StorageError
   */
  advanceStartOffset(offset: number): ErrorCode {
    if (offset > this.#highWatermark) return ErrorCode.OFFSET_OUT_OF_RANGE
    if (offset > this.#logStartOffset) this.#health.guard(() => this.#startAt(offset))
    return ErrorCode.NONE
  }

  #startAt(offset: number): void {
    this.#logStartOffset = offset
    this.#highWatermark = Math.max(this.#highWatermark, offset)
    this.#parts.flush.onStartOffset(offset)
    this.#parts.epochs.truncateFromStart(offset)
    this.producers.transactions.onHighWatermark(offset)
  }

  /** Deletes the segments that retention does not keep; none while the log is cleaned. @returns how many @throws StorageError */
  deleteOldSegments(): number {
    if (this.#damage !== undefined || this.compaction.isRunning) return 0
    return this.#health.guard(() =>
      this.#trim.deleteOldSegments({
        logStartOffset: () => this.#logStartOffset,
        highWatermark: this.#highWatermark,
        startAt: offset => this.#startAt(Math.max(offset, this.#logStartOffset)),
      }),
    )
  }

  /**
   * Cuts the log so that it ends at `offset`, or before it where that lies inside a batch. Producers
   * are known again when it resolves; until then nothing may be appended.
   *
   * @returns whether anything was cut
   * @throws StorageError
   */
  async truncateTo(offset: number): Promise<boolean> {
    this.writeStaged()
    if (offset >= this.logEndOffset) {
      // An epoch that began here without a record may not be the one that others know.
      this.#health.guard(() => this.#parts.epochs.truncateFromEnd(this.logEndOffset))
      return false
    }
    if (this.#parts.segments.first.baseOffset > offset) {
      await this.truncateFullyAndStartAt(offset)
      return true
    }
    this.compaction.onCut()
    this.#health.guard(() => this.#trim.cut(offset))
    this.#logStartOffset = Math.min(this.#logStartOffset, this.logEndOffset)
    await this.#afterCut()
    return true
  }

  async #afterCut(): Promise<void> {
    this.updateHighWatermark(this.#highWatermark)
    this.compaction.afterCut()
    this.#parts.context.events.onTruncate(this)
    await this.#health.guardAsync(() => this.#trim.settleCut(this.#logStartOffset))
  }

  /** Drops everything; the log goes on at `offset`, empty. @throws StorageError */
  async truncateFullyAndStartAt(offset: number): Promise<void> {
    this.writeStaged()
    this.compaction.onCut()
    this.#health.guard(() => this.#trim.cutFully(offset))
    this.#logStartOffset = this.#highWatermark = offset
    this.compaction.afterCut()
    this.#parts.context.events.onTruncate(this)
  }

  /** Drops the records from the damage on, so that they can be fetched again from others. @throws StorageError */
  async dropDamaged(): Promise<void> {
    const damage = this.#damage
    if (damage === undefined) return
    this.compaction.onCut()
    this.#health.guard(() => {
      discardSegments(this.#parts, this.#beyondDamage)
      this.#trim.cutAt(damage)
    })
    this.#beyondDamage = []
    this.#damage = undefined
    await this.#afterCut()
  }

  /** Forgets producers that were silent for `producer.id.expiration.ms`. */
  expireProducers(): void {
    this.producers.removeExpired(this.#parts.context.host.clock.wallMs())
  }

  // -- the end

  /** Brings everything to the disk and closes the files in order: a start after that needs no recovery. @throws StorageError */
  async close(): Promise<void> {
    if (this.isOffline) return
    if (this.#damage === undefined) {
      await this.flush()
      const { snapshots, segments, flush } = this.#parts
      const hasChanged = this.#health.guard(() => snapshots.take(this.producers))
      this.#health.guard(() => segments.active.finish())
      if (hasChanged) await this.#health.guardAsync(() => flush.syncClosed(segments.active))
    }
    this.#letGo()
  }

  /** Lets go of the files as they are: the log is deleted, or its disk has failed. */
  abandon(): void {
    if (!this.#health.isClosed) this.#letGo()
  }

  #letGo(): void {
    this.compaction.onClose()
    this.#health.close()
    for (const segment of [...this.#parts.segments.all, ...this.#beyondDamage]) segment.close()
  }
}
