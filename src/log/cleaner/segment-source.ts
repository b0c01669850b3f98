/** Reads the segments of a log that is cleaned, batch by batch, within the limits of its order. */
import { type TaskWorld } from '../../host/index.ts'
import { BatchScan } from '../batch-scan.ts'
import { DamagedLogError, HeaderWalk } from '../header-walk.ts'
import { Segment } from '../segment.ts'
import type { CleaningOrder, SegmentExtent } from './cleaning-order.ts'
import { IoThrottle } from './io-throttle.ts'

/** One batch. */
export interface SourceBatch {
  /** The batch alone; a view that the next one ends. */
  readonly bytes: Buffer
  readonly magic: number
  readonly lastOffset: number
  readonly sizeBytes: number
}

export class SegmentSource {
  readonly #throttle: IoThrottle
  /** Read or written since the throttle was asked. */
  #unthrottledBytes = 0
  readonly #order: CleaningOrder
  readonly #world: Omit<TaskWorld<never>, 'tell'>
  readonly #walk = new HeaderWalk()

  constructor(order: CleaningOrder, world: Omit<TaskWorld<never>, 'tell'>) {
    this.#order = order
    this.#world = world
    this.#throttle = new IoThrottle(world, order.bytesPerSecond)
  }

  /**
   * Calls `visit` for each batch of the segment from the one that holds `fromOffset` on, until it
   * returns `false`.
   *
   * @returns whether it came to the end
   * @throws DamagedLogError where there is something else than intact batches; StorageError,
   *   TaskCancelledError
   */
  async forEachBatch(
    extent: SegmentExtent,
    fromOffset: number,
    visit: (batch: SourceBatch) => boolean,
  ): Promise<boolean> {
    const segment = this.#open(extent)
    try {
      const from = this.#positionOf(segment, fromOffset)
      return from >= extent.sizeBytes || (await this.#scan(segment, extent, from, visit))
    } finally {
      segment.close()
    }
  }

  #open({ baseOffset, modifiedMs }: SegmentExtent): Segment {
    const { directory } = this.#order
    const { files } = this.#world
    const segment = new Segment({
      ...{ files, directory, baseOffset },
      createdMs: modifiedMs,
      rollJitterMs: 0,
    })
    segment.openExisting()
    return segment
  }

  #positionOf(segment: Segment, offset: number): number {
    if (offset <= segment.baseOffset) return 0
    return segment.find(offset, this.#walk) ?? segment.writtenBytes
  }

  async #scan(
    segment: Segment,
    extent: SegmentExtent,
    from: number,
    visit: (batch: SourceBatch) => boolean,
  ): Promise<boolean> {
    const { isTurnOver, nextTurn } = this.#world
    const scan = new BatchScan({
      file: segment.file.handle,
      from,
      end: extent.sizeBytes,
      verifies: true,
      nextOffset: segment.baseOffset,
      endOffset: extent.endOffset,
      bufferBytes: this.#order.bufferBytes,
    })
    for (let step = scan.step(); step !== 'end'; step = scan.step()) {
      if (step === 'damaged') {
        throw new DamagedLogError(segment.file.path, scan.position, scan.problem)
      }
      if (isTurnOver()) await nextTurn()
      if (step === 'fill') {
        await this.#throttle.take(this.#unthrottledBytes)
        this.#unthrottledBytes = 0
        await scan.fill()
        continue
      }
      const { magic, lastOffset, sizeBytes } = scan
      this.charge(sizeBytes)
      const bytes = scan.heldBatch() ?? (await scan.wholeBatch())
      if (!visit({ bytes, magic, lastOffset, sizeBytes })) return false
    }
    return true
  }

  /** So many bytes were read or written: they count for the throttle. */
  charge(bytes: number): void {
    this.#unthrottledBytes += bytes
  }
}
