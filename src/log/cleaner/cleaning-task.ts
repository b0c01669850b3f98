/**
 * Cleans one log, in a thread of its own: reads its dirty part for the last offset of each key, then
 * writes each group of its segments anew without what is obsolete. It changes nothing that is part of
 * the log: the broker swaps what is finished in. Mirrors Kafka's Cleaner.
 */
import { ProtocolError } from '../../bytes/index.ts'
import { type Task, type TaskWorld } from '../../host/index.ts'
import { DamagedLogError } from '../header-walk.ts'
import { BatchFilter } from './batch-filter.ts'
import { CleanedSegment } from './cleaned-segment.ts'
import {
  newStats,
  type CleaningNews,
  type CleaningOrder,
  type CleaningOutcome,
  type SegmentExtent,
} from './cleaning-order.ts'
import { javaDate } from './java-date.ts'
import { BYTES_PER_ENTRY, OffsetMap } from './offset-map.ts'
import { OffsetMapBuilder } from './offset-map-builder.ts'
import { groupSegments } from './segment-groups.ts'
import { SegmentSource } from './segment-source.ts'
import { segmentText } from './segment-text.ts'
import { TransactionFates } from './transaction-fates.ts'

export const task: Task<CleaningOrder, CleaningNews, CleaningOutcome> = {
  module: 'log/cleaner/cleaning-task',
  run: async (order, world) => {
    try {
      return await new Cleaning(order, world).run()
    } catch (error) {
      if (!(error instanceof DamagedLogError || error instanceof ProtocolError)) throw error
      return { state: 'uncleanable', problem: error.message }
    }
  },
}

class Cleaning {
  readonly #order: CleaningOrder
  readonly #world: TaskWorld<CleaningNews>
  readonly #map: OffsetMap
  readonly #source: SegmentSource
  readonly #stats = newStats()
  readonly #fates: TransactionFates
  readonly #filter: BatchFilter
  readonly #startMs: number
  #cleaned: CleanedSegment | undefined

  constructor(order: CleaningOrder, world: TaskWorld<CleaningNews>) {
    this.#order = order
    this.#world = world
    this.#startMs = world.clock.monotonicMs()
    this.#map = new OffsetMap(mapBytes(order), order.secret)
    this.#source = new SegmentSource(order, world)
    this.#fates = new TransactionFates(order.aborted, transaction =>
      this.#cleaned?.addAborted(transaction),
    )
    const filterOptions = { order, map: this.#map, fates: this.#fates, stats: this.#stats }
    this.#filter = new BatchFilter(filterOptions)
  }

  async run(): Promise<CleaningOutcome> {
    const { name, segments, config } = this.#order
    this.#info(`Beginning cleaning of log ${name}`)
    await this.#buildMap()
    const endOffset = this.#map.latestOffset + 1
    const oldTombstonesBeforeMs = this.#oldTombstonesBeforeMs()
    const priorToMs = segments.at(-1)?.modifiedMs ?? 0
    this.#info(
      `Cleaning log ${name} (cleaning prior to ${javaDate(priorToMs)}, discarding tombstones prior to upper bound deletion horizon ${javaDate(oldTombstonesBeforeMs)})...`,
    )
    const known = segments.filter(({ baseOffset }) => baseOffset < endOffset)
    for (const group of groupSegments(known, config)) {
      await this.#cleanGroup(group, oldTombstonesBeforeMs)
    }
    this.#stats.totalMs = this.#world.clock.monotonicMs() - this.#startMs
    // Of the whole buffer, of which this map may have taken a part only.
    this.#stats.bufferUtilization = (this.#map.size * BYTES_PER_ENTRY) / this.#order.offsetMapBytes
    return { state: 'cleaned', endOffset, stats: this.#stats }
  }

  async #buildMap(): Promise<void> {
    const { name, segments, firstDirtyOffset, upToOffset } = this.#order
    const dirty = segments.filter(({ endOffset }) => endOffset > firstDirtyOffset)
    this.#info(`Building offset map for ${name}...`)
    this.#info(
      `Building offset map for log ${name} for ${dirty.length} segments in offset range [${firstDirtyOffset}, ${upToOffset}).`,
    )
    const builder = new OffsetMapBuilder(this.#order, this.#map, this.#stats)
    const full = await builder.build(this.#source)
    if (full !== undefined) {
      this.#line(
        'debug',
        `Offset map is full, ${full} segments fully mapped, segment with base offset ${dirty[full]?.baseOffset ?? -1} is partially mapped`,
      )
    }
    this.#stats.indexMs = this.#world.clock.monotonicMs() - this.#startMs
    this.#info(`Offset map for log ${name} complete.`)
  }

  /** Tombstones of the old formats go with age: that of the last segment that is clean already. */
  #oldTombstonesBeforeMs(): number {
    const { segments, firstDirtyOffset, config } = this.#order
    const clean = segments.findLast(({ baseOffset }) => baseOffset < firstDirtyOffset)
    return clean === undefined ? 0 : clean.modifiedMs - config.deleteRetentionMs
  }

  async #cleanGroup(group: readonly SegmentExtent[], oldTombstonesBeforeMs: number): Promise<void> {
    const cleaned = new CleanedSegment(this.#world.files, this.#order, group)
    this.#cleaned = cleaned
    try {
      for (const segment of group) await this.#cleanInto(cleaned, segment, oldTombstonesBeforeMs)
      this.#world.tell({ type: 'cleaned', group: await cleaned.finish(group) })
    } catch (error) {
      cleaned.discard()
      throw error
    }
  }

  async #cleanInto(
    cleaned: CleanedSegment,
    segment: SegmentExtent,
    oldTombstonesBeforeMs: number,
  ): Promise<void> {
    const filter = this.#filter
    filter.keepsOldTombstones = segment.modifiedMs > oldTombstonesBeforeMs
    const deletes = filter.keepsOldTombstones ? 'retaining' : 'discarding'
    this.#info(
      `Cleaning ${segmentText(segment)} in log ${this.#order.name} into ${cleaned.baseOffset} with an upper bound deletion horizon ${oldTombstonesBeforeMs} computed from the segment last modified time of ${segment.modifiedMs},${deletes} deletes.`,
    )
    await this.#source.forEachBatch(segment, 0, batch => {
      const kept = filter.filter(batch.bytes, batch)
      if (kept === undefined) return true
      cleaned.append(kept)
      this.#source.charge(kept.length)
      return true
    })
  }

  #info(text: string): void {
    this.#line('info', text)
  }

  #line(level: 'info' | 'debug', text: string): void {
    this.#world.tell({ type: 'line', level, text: `Cleaner ${this.#order.cleanerId}: ${text}` })
  }
}

/** No more than the dirty offsets can need. */
function mapBytes(order: CleaningOrder): number {
  const { firstDirtyOffset, upToOffset, offsetMapBytes, loadFactor } = order
  const entries = Math.ceil((upToOffset - firstDirtyOffset) / loadFactor) + 1
  return Math.max(Math.min(entries * BYTES_PER_ENTRY, offsetMapBytes), BYTES_PER_ENTRY)
}
