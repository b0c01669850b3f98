/** Making a log shorter: at its beginning by retention, at its end by truncation. */
import { discardSegments } from './discard.ts'
import type { LogDamage } from './log-damage.ts'
import { segmentAt, type LogParts } from './log-parts.ts'
import type { LogWriter } from './log-writer.ts'
import { reloadProducers } from './producer-replay.ts'
import { deletableSegments, type RetentionReason } from './retention.ts'
import type { Segment } from './segment.ts'

export interface RetentionRun {
  readonly logStartOffset: () => number
  readonly highWatermark: number
  /** Makes the log begin at this offset, for readers. */
  readonly startAt: (offset: number) => void
}

export class LogTrim {
  readonly #parts: LogParts
  readonly #writer: LogWriter

  constructor(parts: LogParts, writer: LogWriter) {
    this.#parts = parts
    this.#writer = writer
  }

  /** @returns how many segments went @throws StorageError */
  deleteOldSegments(run: RetentionRun): number {
    const reasons: RetentionReason[] = ['log start offset']
    if (this.#parts.config.deletesOldSegments) reasons.push('retention.bytes', 'retention.ms')
    return reasons.reduce((count, reason) => count + this.#deleteFor(reason, run), 0)
  }

  #deleteFor(reason: RetentionReason, run: RetentionRun): number {
    const { segments, config, context } = this.#parts
    const deletable = deletableSegments(
      {
        segments: segments.all,
        logStartOffset: run.logStartOffset(),
        logEndOffset: this.#writer.nextOffset,
        highWatermark: run.highWatermark,
        retentionBytes: config.retentionBytes,
        retentionMs: config.retentionMs,
        wallMs: context.host.clock.wallMs(),
      },
      reason,
    )
    const last = deletable.at(-1)
    if (last === undefined) return 0
    // A log has a segment at any time, which takes what is appended next.
    const next = segments.after(last) ?? this.#writer.roll()
    run.startAt(next.baseOffset)
    this.#log(`Deleting segments due to ${reason} breach`, deletable)
    segments.remove(deletable)
    discardSegments(this.#parts, deletable)
    return deletable.length
  }

  /** Cuts the log before the batch that holds `offset`, which is not before its first segment. @throws StorageError */
  cut(offset: number): void {
    const { segments, config, context } = this.#parts
    this.#discardBehind(offset)
    this.#restartAt(segments.active.truncateTo(offset, config, context.walk))
  }

  /** Cuts the log at the first byte that is wrong. @throws StorageError */
  cutAt({ offset, path, position }: LogDamage): void {
    const { segments, config, context } = this.#parts
    const damaged = segments.all.find(segment => segment.file.path === path)
    if (damaged === undefined) return
    this.#discardBehind(damaged.baseOffset)
    damaged.truncateAt(position, offset, config, context.walk)
    this.#restartAt(offset)
  }

  #discardBehind(offset: number): void {
    const { segments } = this.#parts
    const behind = segments.all.filter(segment => segment.baseOffset > offset)
    this.#log('Deleting segments as part of log truncation', behind)
    segments.remove(behind)
    discardSegments(this.#parts, behind)
  }

  #restartAt(endOffset: number): void {
    const { epochs, flush, reader } = this.#parts
    this.#writer.restartAt(endOffset)
    epochs.truncateFromEnd(endOffset)
    flush.onTruncate(endOffset)
    reader.forget()
  }

  /** Drops every segment and begins one at `offset`. @throws StorageError */
  cutFully(offset: number): void {
    const parts = this.#parts
    const { segments, config, producers, snapshots, epochs } = parts
    const all = [...segments.all]
    segments.remove(all)
    discardSegments(this.#parts, all)
    const segment = segmentAt(parts, offset)
    segment.create(config)
    segments.add(segment)
    snapshots.keepWithin(offset, offset)
    producers.reset(offset)
    epochs.clear()
    this.#restartAt(offset)
  }

  /**
   * After a cut: makes the producers known as of the new end, and the cut durable. What was cut must
   * not come back in a crash, among new records with the same offsets.
   *
   * @throws StorageError
   */
  async settleCut(logStartOffset: number): Promise<void> {
    const { segments, context, directory } = this.#parts
    await reloadProducers(this.#parts, { logStartOffset, endOffset: this.#writer.endOffset })
    await segments.active.sync({ withIndexes: false })
    context.host.files.syncDirectory(directory)
  }

  #log(event: string, segments: readonly Segment[]): void {
    if (segments.length === 0) return
    this.#parts.context.host.log.named('kafka.log.UnifiedLog').info(event, {
      directory: this.#parts.directory,
      baseOffsets: segments.map(segment => segment.baseOffset),
    })
  }
}
