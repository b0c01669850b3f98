/**
 * What the cleaner may know of a log and do to it: whether there is something to clean, and the swap of
 * cleaned segments for those that they replace. The log goes on meanwhile: what shortens it ends the
 * run, and retention waits for it.
 */
import assert from 'node:assert/strict'
import { candidateOf, type Candidate } from './cleaner/candidate.ts'
import type { CleanedGroup, LastOfProducer, SegmentExtent } from './cleaner/cleaning-order.ts'
import { discardSegments } from './discard.ts'
import type { LogHealth } from './log-health.ts'
import type { LogParts } from './log-parts.ts'
import { FileSuffix } from './segment-files.ts'
import { Segment } from './segment.ts'

/** Offsets of the log as they are now. */
export interface LogBounds {
  readonly logStartOffset: number
  readonly logEndOffset: number
  readonly lastStableOffset: number
}

export class LogCompaction {
  /** What lies below it is clean; `undefined` before the first cleaning. Kept in `cleaner-offset-checkpoint`. */
  firstDirtyOffset: number | undefined
  readonly #parts: LogParts
  readonly #bounds: LogBounds
  readonly #health: LogHealth
  #run: CompactionRun | undefined

  constructor(parts: LogParts, bounds: LogBounds, health: LogHealth) {
    this.#parts = parts
    this.#bounds = bounds
    this.#health = health
  }

  /** While the log is copied to another directory: what is not cleaned must not be called clean there. */
  #isPaused = false

  get isPaused(): boolean {
    return this.#isPaused
  }

  /** Ends a run that is under way. @throws StorageError */
  pause(): void {
    this.onCut()
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
  }

  /** A cleaning is under way: no segment may go by other means. */
  get isRunning(): boolean {
    return this.#run !== undefined
  }

  /** What there is to clean. @throws StorageError, ProtocolError for a damaged segment */
  candidate(): Candidate {
    const { segments, config, context } = this.#parts
    return this.#health.guard(() =>
      candidateOf({
        segments: segments.all,
        config,
        logStartOffset: this.#bounds.logStartOffset,
        logEndOffset: this.#bounds.logEndOffset,
        lastStableOffset: this.#bounds.lastStableOffset,
        checkpointOffset: this.firstDirtyOffset,
        nowMs: context.host.clock.wallMs(),
      }),
    )
  }

  /** The segments below `upToOffset`. @throws StorageError */
  extents(upToOffset: number): SegmentExtent[] {
    const { segments } = this.#parts
    const below = segments.all.filter(({ baseOffset }) => baseOffset < upToOffset)
    return this.#health.guard(() =>
      below.map(segment => extentOf(segment, segments.after(segment)?.baseOffset ?? upToOffset)),
    )
  }

  /** What must stay in the log for the sake of producers that are not forgotten. */
  lastOfProducers(): LastOfProducer[] {
    return Array.from(this.#parts.producers.entries(), entry => ({
      producerId: entry.producerId,
      producerEpoch: entry.producerEpoch,
      lastOffset: entry.lastBatch?.lastOffset ?? -1,
    }))
  }

  /** Begins a run; `end` of it must follow. */
  begin(): CompactionRun {
    assert(this.#run === undefined, 'a log is cleaned once at a time')
    const run = new CompactionRun(this.#parts, this.#health, () => {
      if (this.#run === run) this.#run = undefined
    })
    this.#run = run
    return run
  }

  /** The log is about to be cut: what a run has prepared must not come back. @throws StorageError */
  onCut(): void {
    this.#run?.abort({ removesPrepared: true })
    this.#run = undefined
  }

  /** The log was cut: what is written from now on is dirty. */
  afterCut(): void {
    if (this.firstDirtyOffset === undefined) return
    const { baseOffset } = this.#parts.segments.active
    this.firstDirtyOffset = Math.min(this.firstDirtyOffset, baseOffset)
  }

  /** The log lets go of its files. */
  onClose(): void {
    this.#run?.abort({ removesPrepared: false })
    this.#run = undefined
  }
}

/** One cleaning of one log. */
export class CompactionRun {
  readonly #parts: LogParts
  readonly #health: LogHealth
  readonly #controller = new AbortController()
  readonly #onEnd: () => void
  /** Waits for its turn under the name `.swap`: after a crash it takes the place of the others. */
  #prepared: Segment | undefined

  constructor(parts: LogParts, health: LogHealth, onEnd: () => void) {
    this.#parts = parts
    this.#health = health
    this.#onEnd = onEnd
  }

  /** Aborted when the log was cut or closed. */
  get signal(): AbortSignal {
    return this.#controller.signal
  }

  abort({ removesPrepared }: { removesPrepared: boolean }): void {
    this.#controller.abort()
    if (removesPrepared) this.#health.guard(() => this.#removePrepared())
  }

  end(): void {
    this.#onEnd()
  }

  /**
   * Puts the cleaned segment in the place of those that it replaces. Each step is on the disk before the
   * next one begins, so that a crash between any two leaves either the old ones or the new one:
   * the new one is named `.swap`, the old ones `.deleted`, then the new one gets its name.
   *
   * @returns whether it was done; not after an abort
   * @throws StorageError
   */
  async swapIn(group: CleanedGroup): Promise<boolean> {
    if (this.signal.aborted) return false
    const { files } = this.#parts.context.host
    const { directory } = this.#parts
    const segment = this.#prepare(group)
    await this.#health.guardAsync(() => files.syncDirectorySoon(directory))
    if (this.#isAborted()) return false
    this.#health.guard(() => this.#replace(segment, group))
    await this.#health.guardAsync(() => files.syncDirectorySoon(directory))
    // Retention may have taken it meanwhile, or the log was cut.
    if (this.#parts.segments.at(segment.baseOffset) !== segment) return true
    if (!this.#health.isOpen) return false
    this.#health.guard(() => segment.rename(FileSuffix.none))
    await this.#health.guardAsync(() => files.syncDirectorySoon(directory))
    return true
  }

  #isAborted(): boolean {
    return this.signal.aborted
  }

  #prepare({ cleaned: { baseOffset } }: CleanedGroup): Segment {
    const { context, directory } = this.#parts
    const { files, clock } = context.host
    const segment = new Segment({
      ...{ files, directory, baseOffset },
      createdMs: clock.wallMs(),
      rollJitterMs: 0,
      suffix: FileSuffix.cleaned,
    })
    this.#prepared = segment
    this.#health.guard(() => segment.rename(FileSuffix.swap))
    return segment
  }

  #replace(segment: Segment, { replaced }: CleanedGroup): void {
    const { segments, reader } = this.#parts
    const { baseOffset } = segment
    const old = replaced
      .map(extent => segments.at(extent.baseOffset))
      .filter(other => other !== undefined)
    assert(old.length === replaced.length, `segments of ${this.#parts.directory} went during a run`)
    assert(segment.openExisting(), `the indexes of cleaned segment ${baseOffset} are whole`)
    // This process has just written it.
    segment.warm.found(0)
    segments.remove(old)
    segments.add(segment)
    this.#prepared = undefined
    reader.forget()
    discardSegments(this.#parts, old, baseOffset)
  }

  #removePrepared(): void {
    const { files } = this.#parts.context.host
    const prepared = this.#prepared
    if (prepared === undefined) return
    const { file, offsetIndex, timeIndex, transactionIndex } = prepared
    for (const { path } of [file, offsetIndex.file, timeIndex.file, transactionIndex]) {
      files.remove(path)
    }
    this.#prepared = undefined
  }
}

function extentOf(segment: Segment, endOffset: number): SegmentExtent {
  return {
    baseOffset: segment.baseOffset,
    endOffset,
    sizeBytes: segment.writtenBytes,
    offsetIndexBytes: segment.offsetIndex.file.sizeBytes,
    timeIndexBytes: segment.timeIndex.file.sizeBytes,
    modifiedMs: segment.modifiedMs,
    maxTimestamp: segment.maxTimestamp,
  }
}
