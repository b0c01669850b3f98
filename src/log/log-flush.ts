/**
 * Bringing a log to the disk. The recovery point is the offset below which everything is there:
 * batches, the indexes of finished segments, producer snapshots and leader epochs. After a crash the
 * log is scanned from the segment that holds it.
 */
import { dirname } from 'node:path'
import type { FileSystem } from '../host/index.ts'
import type { LeaderEpochs } from './leader-epochs.ts'
import type { ProducerSnapshots } from './producer-snapshots.ts'
import type { Segment } from './segment.ts'
import type { Segments } from './segments.ts'

export interface LogFlushOptions {
  readonly files: FileSystem
  readonly directory: () => string
  readonly segments: Segments
  readonly epochs: LeaderEpochs
  readonly snapshots: ProducerSnapshots
  readonly recoveryPoint: number
  /** Whether its names are on the disk for certain: not when it was just made, nor after a crash that may have come first. */
  readonly isNamed: boolean
}

export class LogFlush {
  readonly #options: LogFlushOptions
  #recoveryPoint: number
  /** Finished segments whose indexes may not be on the disk: the recovery point stays before them. */
  readonly #finished = new Set<Segment>()
  #hasNewFiles: boolean
  /** The directory around it names it on the disk. */
  #isNamed: boolean
  #running: Promise<void> | undefined
  /** Counts truncations: a flush that one has overtaken proves nothing. */
  #era = 0

  constructor(options: LogFlushOptions) {
    this.#options = options
    this.#recoveryPoint = options.recoveryPoint
    this.#hasNewFiles = !options.isNamed
    this.#isNamed = options.isNamed
  }

  get recoveryPoint(): number {
    return this.#recoveryPoint
  }

  get isRunning(): boolean {
    return this.#running !== undefined
  }

  /** The log was opened: it ends at `endOffset`, and is wholly on the disk when it was closed in order. */
  onOpen(endOffset: number, { wasClosed }: { wasClosed: boolean }): void {
    this.#recoveryPoint = wasClosed ? endOffset : Math.min(this.#recoveryPoint, endOffset)
  }

  /** A segment was closed for a new one. */
  onRoll(finished: Segment): void {
    this.#finished.add(finished)
    this.#hasNewFiles = true
  }

  /** The log now ends at `endOffset`, and may grow differently from there. */
  onTruncate(endOffset: number): void {
    this.#era += 1
    this.#recoveryPoint = Math.min(this.#recoveryPoint, endOffset)
  }

  /** The log now begins at `startOffset`. */
  onStartOffset(startOffset: number): void {
    this.#recoveryPoint = Math.max(this.#recoveryPoint, startOffset)
  }

  /**
   * Resolves when the log is on the disk up to `endOffset()`, as it is when called. Calls that meet
   * share the work.
   *
   * @throws StorageError
   */
  async flush(endOffset: () => number): Promise<void> {
    const target = endOffset()
    const era = this.#era
    while (this.#recoveryPoint < target && this.#era === era) {
      this.#running ??= this.#flushTo(endOffset()).finally(() => {
        this.#running = undefined
      })
      await this.#running
    }
  }

  async #flushTo(target: number): Promise<void> {
    const { segments } = this.#options
    const era = this.#era
    // One that ended just where the last flush did lies before the recovery point, its indexes do not.
    const due = new Set([...this.#finished, ...segments.from(this.#recoveryPoint)])
    for (const segment of due) await this.#sync(segment)
    await this.#syncTheRest()
    if (this.#era !== era) return
    let reached = target
    for (const segment of this.#finished) {
      if (this.#isThere(segment)) reached = Math.min(reached, segment.baseOffset)
      else this.#finished.delete(segment)
    }
    this.#recoveryPoint = Math.max(this.#recoveryPoint, reached)
  }

  /** Snapshots, leader epochs, and the names of new files. */
  async #syncTheRest(): Promise<void> {
    const { files, epochs, snapshots } = this.#options
    if (await snapshots.sync()) this.#hasNewFiles = true
    if (await epochs.sync()) this.#hasNewFiles = true
    if (!this.#hasNewFiles && this.#isNamed) return
    // A file that is made while the disk works needs another round.
    const isNamed = this.#isNamed
    const hadNewFiles = this.#hasNewFiles
    this.#hasNewFiles = false
    try {
      if (hadNewFiles) await files.syncDirectorySoon(this.#options.directory())
      if (!isNamed) await files.syncDirectorySoon(dirname(this.#options.directory()))
      this.#isNamed = true
    } catch (error) {
      this.#hasNewFiles ||= hadNewFiles
      throw error
    }
  }

  /** At the end, after `flush`: what closing the active segment has written. @throws StorageError */
  async syncClosed(active: Segment): Promise<void> {
    await active.sync({ withIndexes: true })
    await this.#syncTheRest()
  }

  /** Retention may take a segment, and its files with it, at any moment. */
  #isThere(segment: Segment): boolean {
    return this.#options.segments.at(segment.baseOffset) === segment
  }

  async #sync(segment: Segment): Promise<void> {
    if (!this.#isThere(segment)) return
    const isFinished = this.#finished.has(segment)
    if (segment.transactionIndex.isDirty) this.#hasNewFiles = true
    try {
      await segment.sync({ withIndexes: isFinished })
    } catch (error) {
      if (this.#isThere(segment)) throw error
    }
    if (isFinished) this.#finished.delete(segment)
  }
}
