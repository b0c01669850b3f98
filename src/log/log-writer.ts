/**
 * The end of a log: decides whether a leader may append a batch, stages it, writes what is staged,
 * and begins a new segment when the old one is full.
 */
import assert from 'node:assert/strict'
import {
  baseSequenceOf,
  lastOffsetDeltaOf,
  magicOf,
  maxTimestampOf,
  NO_SEQUENCE,
  readBatchInfo,
  sizeOf,
  stamp,
  stampLogAppendTime,
  type BatchInfo,
} from '../records/index.ts'
import { appended, refused, repeated, type AppendOutcome, type LeaderAppend } from './append.ts'
import { isIntact } from './batch-checksum.ts'
import { ErrorCode } from '../protocol/index.ts'
import { segmentAt, type LogParts } from './log-parts.ts'
import type { BatchExtent, Segment } from './segment.ts'
import { Stage } from './stage.ts'

/** More than this is written at once, not at the end of the turn. */
const MAX_STAGED_BYTES = 1_048_576

export class LogWriter {
  readonly #parts: LogParts
  readonly #stage: Stage
  /** Offset that the next record gets. */
  nextOffset: number
  /** Offset behind the last record that is written: where readers end. */
  endOffset: number
  #bytesSinceSync = 0

  constructor(parts: LogParts, nextOffset: number) {
    this.#parts = parts
    this.#stage = new Stage(parts.context.stages)
    this.nextOffset = this.endOffset = nextOffset
  }

  get stagedBytes(): number {
    return this.#stage.sizeBytes
  }

  /** One batch of magic 2, of which offset and epoch are not yet set. @throws StorageError */
  appendAsLeader(buffer: Buffer, position: number, options: LeaderAppend): AppendOutcome {
    assert(magicOf(buffer, position) === 2, 'a leader stores batches of magic 2')
    const { config, producers } = this.#parts
    const sizeBytes = sizeOf(buffer, position)
    if (sizeBytes > config.maxMessageBytes) return refused(ErrorCode.MESSAGE_TOO_LARGE)
    if (sizeBytes > config.segmentBytes) return refused(ErrorCode.RECORD_LIST_TOO_LARGE)
    if (baseSequenceOf(buffer, position) !== NO_SEQUENCE) {
      const duplicate = producers.findDuplicate(buffer, position)
      if (duplicate !== undefined) return repeated(duplicate)
    }
    const errorCode = producers.check(buffer, position)
    if (errorCode !== ErrorCode.NONE) return refused(errorCode)
    return this.#appendStamped(buffer, position, sizeBytes, options)
  }

  #appendStamped(
    buffer: Buffer,
    position: number,
    sizeBytes: number,
    { leaderEpoch, appendTimeMs }: LeaderAppend,
  ): AppendOutcome {
    const baseOffset = this.nextOffset
    const lastOffset = baseOffset + lastOffsetDeltaOf(buffer, position)
    const maxTimestamp = appendTimeMs >= 0 ? appendTimeMs : maxTimestampOf(buffer, position)
    const extent = { sizeBytes, lastOffset, maxTimestamp }
    const segment = this.#segmentFor(extent, baseOffset)
    const { epochs } = this.#parts
    if (epochs.latest?.epoch !== leaderEpoch) epochs.assign(leaderEpoch, baseOffset)

    const stage = this.#stage
    stage.add(buffer, position, position + sizeBytes)
    stamp(stage.buffer, stage.position, { baseOffset, leaderEpoch })
    if (appendTimeMs >= 0) stampLogAppendTime(stage.buffer, stage.position, appendTimeMs)
    this.#countIn(segment, extent, baseOffset)
    return appended(baseOffset, lastOffset, maxTimestamp)
  }

  /**
   * Batches of any format as the leader stored them; a batch that is cut at the end is left out. All
   * are checked before the first is appended.
   *
   * @throws StorageError, ProtocolError when a header is none
   */
  appendAsFollower(buffer: Buffer, start: number, end: number): AppendOutcome {
    let lastOffset = this.nextOffset - 1
    let position = start
    let maxTimestamp = -1
    let baseOffset = -1
    for (; ; position += sizeOf(buffer, position)) {
      const info = wholeBatchAt(buffer, position, end)
      if (info === undefined) break
      if (info.baseOffset <= lastOffset) return refused(ErrorCode.OFFSET_OUT_OF_RANGE)
      if (!isIntact(buffer, position, info.sizeBytes, info.magic)) {
        return refused(ErrorCode.CORRUPT_MESSAGE)
      }
      if (baseOffset < 0) baseOffset = info.baseOffset
      lastOffset = info.lastOffset
      maxTimestamp = Math.max(maxTimestamp, info.maxTimestamp)
    }
    for (let at = start; at < position; at += sizeOf(buffer, at)) this.#replicate(buffer, at)
    return appended(baseOffset, baseOffset < 0 ? -1 : lastOffset, maxTimestamp)
  }

  #replicate(buffer: Buffer, position: number): void {
    const info = readBatchInfo(buffer, position)
    // The first offset of a compressed message set is not known, but it lies behind the log's end.
    const segment = this.#segmentFor(info, info.magic < 2 ? this.nextOffset : info.baseOffset)
    const { epochs } = this.#parts
    // Messages without an epoch: as long as some come, replicas compare high watermarks (KIP-101).
    if (info.magic < 2) epochs.clear()
    else if (info.leaderEpoch >= 0) epochs.assign(info.leaderEpoch, info.baseOffset)
    this.#stage.add(buffer, position, position + info.sizeBytes)
    this.#countIn(segment, info, info.baseOffset)
  }

  /** Takes the batch into account that was staged last. */
  #countIn(segment: Segment, extent: BatchExtent, baseOffset: number): void {
    const { config, producers, reader } = this.#parts
    const stage = this.#stage
    reader.onAppend(baseOffset, segment, segment.sizeBytes)
    segment.append(extent, config)
    this.nextOffset = extent.lastOffset + 1
    if (magicOf(stage.buffer, stage.position) === 2) {
      const completed = producers.update(stage.buffer, stage.position)
      if (completed !== undefined) {
        const lastStableOffset = producers.transactions.lastStableOffsetAfter(completed)
        if (completed.isAborted) segment.transactionIndex.append({ ...completed, lastStableOffset })
        producers.transactions.complete(completed)
      }
    }
    producers.endOffset = this.nextOffset
    if (stage.sizeBytes >= MAX_STAGED_BYTES) this.writeStaged()
  }

  /** Hands what is staged to the page cache, in one system call. @throws StorageError */
  writeStaged(): void {
    const stage = this.#stage
    if (stage.sizeBytes === 0) return
    const segment = this.#parts.segments.active
    stage.writeTo(segment.file.handle, segment.writtenBytes)
    segment.writtenBytes = segment.sizeBytes
    this.endOffset = this.nextOffset
    this.#bytesSinceSync += stage.sizeBytes
    stage.clear()
  }

  /** Whether so much was written that a sync should begin; asked once for each time. */
  takeWritebackTurn(): boolean {
    const { writebackBytes } = this.#parts.config
    if (writebackBytes <= 0 || this.#bytesSinceSync < writebackBytes) return false
    this.#bytesSinceSync = 0
    return true
  }

  #segmentFor(extent: BatchExtent, baseOffset: number): Segment {
    const { segments, config, context } = this.#parts
    const active = segments.active
    if (!active.mustRoll(extent, config, context.host.clock.wallMs())) return active
    return this.roll(baseOffset)
  }

  /**
   * Closes the active segment and begins one at the end of the log, or at `baseOffset` where a
   * replica goes on behind a gap.
   *
   * @throws StorageError
   */
  roll(baseOffset = this.nextOffset): Segment {
    const { segments, flush, producers, snapshots, config } = this.#parts
    this.writeStaged()
    const finished = segments.active
    if (finished.baseOffset === baseOffset) return this.#renew(finished)
    finished.finish()
    const segment = segmentAt(this.#parts, baseOffset)
    segment.create(config)
    segments.add(segment)
    flush.onRoll(finished)
    producers.endOffset = baseOffset
    snapshots.take(producers)
    return segment
  }

  /** An empty segment with full indexes, as a very small `segment.index.bytes` makes them. */
  #renew(segment: Segment): Segment {
    assert(segment.sizeBytes === 0, `segment ${segment.baseOffset} is begun twice`)
    segment.create(this.#parts.config)
    return segment
  }

  /** The log was cut: it goes on at `offset`. Nothing may be staged. */
  restartAt(offset: number): void {
    assert(this.#stage.sizeBytes === 0, 'what is staged is written before the log is cut')
    this.nextOffset = this.endOffset = offset
  }
}

/** The header of the batch at `position`, when the batch is whole. @throws ProtocolError */
function wholeBatchAt(buffer: Buffer, position: number, end: number): BatchInfo | undefined {
  if (end - position < 17 || sizeOf(buffer, position) > end - position) return undefined
  return readBatchInfo(buffer, position, end)
}
