/** Fills the offset map from the dirty part of a log. */
import {
  baseOffsetOf,
  DEFAULT_MAX_DECOMPRESSED_BYTES,
  isControl,
  messagesOf,
  recordCountOf,
  RecordSpans,
} from '../../records/index.ts'
import type { CleaningOrder, CleaningStats } from './cleaning-order.ts'
import type { OffsetMap } from './offset-map.ts'
import type { SegmentSource, SourceBatch } from './segment-source.ts'
import { TransactionFates } from './transaction-fates.ts'

export class OffsetMapBuilder {
  readonly #order: CleaningOrder
  readonly #map: OffsetMap
  readonly #stats: CleaningStats
  readonly #fates: TransactionFates
  readonly #mostEntries: number
  readonly #spans = new RecordSpans()

  constructor(order: CleaningOrder, map: OffsetMap, stats: CleaningStats) {
    this.#order = order
    this.#map = map
    this.#stats = stats
    // One that ended before would be taken for the next one of its producer.
    const reaching = order.aborted.filter(({ lastOffset }) => lastOffset >= order.firstDirtyOffset)
    this.#fates = new TransactionFates(reaching)
    this.#mostEntries = Math.floor(map.slots * Math.min(order.loadFactor, 1))
  }

  /**
   * Takes in as many keys as fit. Afterwards `latestOffset` of the map tells up to where it knows.
   *
   * @returns the place of the segment in which the map became full, if it did
   * @throws as `SegmentSource.forEachBatch`; ProtocolError when records are broken
   */
  async build(source: SegmentSource): Promise<number | undefined> {
    const { segments, firstDirtyOffset } = this.#order
    const dirty = segments.filter(({ endOffset }) => endOffset > firstDirtyOffset)
    for (const [n, segment] of dirty.entries()) {
      const isWhole = await source.forEachBatch(segment, firstDirtyOffset, batch => {
        this.#stats.mapBytesRead += batch.sizeBytes
        return this.#add(batch)
      })
      if (!isWhole) return n
      // Offsets at its end may be gone already.
      this.#map.latestOffset = segment.endOffset - 1
    }
    return undefined
  }

  /** @returns whether all of the batch found room */
  #add(batch: SourceBatch): boolean {
    const { lastOffset, magic } = batch
    const fits = magic === 2 ? this.#addBatch(batch.bytes) : this.#addEntry(batch.bytes)
    if (fits && lastOffset >= this.#order.firstDirtyOffset) this.#map.latestOffset = lastOffset
    return fits
  }

  #addBatch(batch: Buffer): boolean {
    const stats = this.#stats
    if (isControl(batch)) {
      this.#fates.isMarkerOfNothing(batch, 0)
      stats.mapMessagesRead += 1
      return true
    }
    if (this.#fates.isAborted(batch, 0)) {
      stats.mapMessagesRead += recordCountOf(batch)
      return true
    }
    const spans = this.#spans
    const baseOffset = baseOffsetOf(batch)
    spans.open(batch, 0, DEFAULT_MAX_DECOMPRESSED_BYTES)
    while (spans.next()) {
      const { bytes, keyAt, keyBytes, offsetDelta } = spans
      if (keyBytes >= 0 && !this.#put(bytes, keyAt, keyBytes, baseOffset + offsetDelta))
        return false
      stats.mapMessagesRead += 1
    }
    return true
  }

  #addEntry(entry: Buffer): boolean {
    for (const { key, offset } of messagesOf(entry, 0)) {
      if (key !== null && !this.#put(key, 0, key.length, offset)) return false
      this.#stats.mapMessagesRead += 1
    }
    return true
  }

  #put(bytes: Buffer, keyAt: number, keyBytes: number, offset: number): boolean {
    if (offset < this.#order.firstDirtyOffset) return true
    if (this.#map.size >= this.#mostEntries) return false
    this.#map.put(bytes, keyAt, keyAt + keyBytes, offset)
    return true
  }
}
