/**
 * What is left of each batch of a log that is cleaned. Kafka's rules (LogCleaner, MemoryRecords.filterTo):
 *
 * - a record stays when it is the last of its key, as far as the offset map tells; one without a key goes;
 * - a tombstone stays until its batch has had a delete horizon and that is past (KIP-534); in the old
 *   formats, until the segment is old enough;
 * - records of aborted transactions go; a marker stays until nothing is left of its transaction and
 *   its own delete horizon is past;
 * - the last batch of a producer that is not forgotten stays, emptied if need be, for its sequence.
 */
import type { BatchScan } from '../batch-scan.ts'
import {
  baseOffsetOf,
  baseTimestampOf,
  DEFAULT_MAX_DECOMPRESSED_BYTES,
  emptiedBatch,
  hasDeleteHorizon,
  isControl,
  lastOffsetOf,
  messagesOf,
  NO_PRODUCER_ID,
  producerEpochOf,
  producerIdOf,
  recordCountOf,
  RecordSpans,
  retainedBatch,
  retainedMessages,
  RetainedRecords,
  type LegacyMessage,
} from '../../records/index.ts'
import type { CleaningOrder, CleaningStats, LastOfProducer } from './cleaning-order.ts'
import type { OffsetMap } from './offset-map.ts'
import type { TransactionFates } from './transaction-fates.ts'

export interface BatchFilterOptions {
  readonly order: Pick<CleaningOrder, 'lastOfProducers' | 'nowMs' | 'config'>
  readonly map: OffsetMap
  readonly fates: TransactionFates
  readonly stats: CleaningStats
}

/** What is known of a batch v2 before its records are looked at. */
interface BatchFate {
  /** Which of its records stay: a marker's, or the newest of each key. */
  readonly kind: 'all' | 'newest'
  /** None of them does. */
  readonly isDiscarded: boolean
  /** It tells the sequence of a producer that is not forgotten. */
  readonly isLast: boolean
  readonly hasHorizon: boolean
  readonly isPastHorizon: boolean
  /** The marker of a transaction of which nothing is left. */
  readonly endsNothing: boolean
}

export class BatchFilter {
  /** Whether tombstones of the old formats stay: they carry no horizon of their own. */
  keepsOldTombstones = true
  readonly #options: BatchFilterOptions
  readonly #lastOfProducers: ReadonlyMap<number, LastOfProducer>
  readonly #spans = new RecordSpans()
  readonly #retained = new RetainedRecords()

  constructor(options: BatchFilterOptions) {
    this.#options = options
    this.#lastOfProducers = new Map(
      options.order.lastOfProducers.map(last => [last.producerId, last]),
    )
  }

  /**
   * @returns what is to be written: the batch itself, another one, or `undefined`
   * @throws ProtocolError when its records are broken
   */
  filter(
    batch: Buffer,
    { magic, sizeBytes }: Pick<BatchScan, 'magic' | 'sizeBytes'>,
  ): Buffer | undefined {
    const { stats } = this.#options
    stats.bytesRead += sizeBytes
    const kept = magic === 2 ? this.#filterBatch(batch) : this.#filterEntry(batch)
    if (kept !== undefined) stats.bytesWritten += kept.length
    return kept
  }

  #filterBatch(batch: Buffer): Buffer | undefined {
    const fate = this.#fateOf(batch)
    const { isDiscarded, isLast, isPastHorizon, kind } = fate
    if (isDiscarded && !isLast) return undefined
    const { stats } = this.#options
    const retained = this.#retained
    const count = recordCountOf(batch)
    retained.begin(Math.max(count, 0))
    this.#spans.open(batch, 0, DEFAULT_MAX_DECOMPRESSED_BYTES)
    this.#choose(batch, isDiscarded ? 'none' : kind, isPastHorizon)
    stats.messagesRead += count
    stats.messagesWritten += retained.count
    if (retained.count === 0) return isLast ? emptiedBatch(batch, 0) : undefined
    return this.#retain(batch, fate)
  }

  #fateOf(batch: Buffer): BatchFate {
    const { fates, order } = this.#options
    const isMarker = isControl(batch)
    const isObsolete = isMarker ? fates.isMarkerOfNothing(batch, 0) : fates.isAborted(batch, 0)
    const hasHorizon = hasDeleteHorizon(batch)
    const isPastHorizon = hasHorizon && baseTimestampOf(batch) <= order.nowMs
    return {
      kind: isMarker ? 'all' : 'newest',
      isDiscarded: isObsolete && (!isMarker || isPastHorizon),
      isLast: this.#isLastOfProducer(batch, isMarker),
      ...{ hasHorizon, isPastHorizon },
      endsNothing: isMarker && isObsolete,
    }
  }

  /** Some records stay. */
  #retain(batch: Buffer, { hasHorizon, endsNothing }: BatchFate): Buffer {
    const { nowMs, config } = this.#options.order
    const retained = this.#retained
    const getsHorizon = !hasHorizon && (retained.hasTombstones || endsNothing)
    if (retained.count === recordCountOf(batch) && !getsHorizon) return batch
    const horizonMs = getsHorizon ? nowMs + config.deleteRetentionMs : undefined
    return retainedBatch({ batch, position: 0, spans: this.#spans, retained, horizonMs })
  }

  #choose(batch: Buffer, which: BatchFate['kind'] | 'none', isPastHorizon: boolean): void {
    const spans = this.#spans
    const retained = this.#retained
    const baseOffset = baseOffsetOf(batch)
    for (let place = 0; spans.next(); place += 1) {
      if (which === 'none') continue
      const stays = which === 'all' || this.#isNewest(baseOffset + spans.offsetDelta, isPastHorizon)
      if (stays) retained.keep(place, spans)
    }
  }

  /** Of the record on which the spans stand. */
  #isNewest(offset: number, isPastHorizon: boolean): boolean {
    const { map, stats } = this.#options
    const { bytes, keyAt, keyBytes, valueBytes } = this.#spans
    if (offset > map.latestOffset) return true
    if (keyBytes < 0) {
      stats.invalidMessagesRead += 1
      return false
    }
    if (offset < map.get(bytes, keyAt, keyAt + keyBytes)) return false
    return valueBytes >= 0 || !isPastHorizon
  }

  /** Its last batch tells the sequence; where only a marker is left, that tells the epoch. */
  #isLastOfProducer(batch: Buffer, isMarker: boolean): boolean {
    const producerId = producerIdOf(batch)
    if (producerId === NO_PRODUCER_ID) return false
    const last = this.#lastOfProducers.get(producerId)
    if (last === undefined) return false
    if (last.lastOffset >= 0) return lastOffsetOf(batch) === last.lastOffset
    return isMarker && producerEpochOf(batch) === last.producerEpoch
  }

  /** Magic 0 and 1. */
  #filterEntry(entry: Buffer): Buffer | undefined {
    const { stats } = this.#options
    const messages = messagesOf(entry, 0)
    const kept = messages.filter(message => this.#stays(message))
    stats.messagesRead += messages.length
    stats.messagesWritten += kept.length
    if (kept.length === 0) return undefined
    return kept.length === messages.length ? entry : retainedMessages(entry, 0, kept)
  }

  #stays({ offset, key, value }: LegacyMessage): boolean {
    const { map, stats } = this.#options
    if (offset > map.latestOffset) return true
    if (key === null) {
      stats.invalidMessagesRead += 1
      return false
    }
    if (offset < map.get(key, 0, key.length)) return false
    return value !== null || this.keepsOldTombstones
  }
}
