/**
 * Remembers where some batches begin, so that a consumer that reads on, and a follower or a high
 * watermark close to the end, cost no search. A small table without order: a newer batch may take an
 * older one's place.
 */
const SLOTS = 64

export class PositionCache {
  readonly #offsets = new Float64Array(SLOTS).fill(-1)
  readonly #positions = new Float64Array(SLOTS)
  readonly #segments = new Float64Array(SLOTS)
  /** Base offset of the segment that the last `find` named. */
  segmentBaseOffset = 0

  #slotOf(offset: number): number {
    // Offsets of one log often share their low bits: multiply before choosing (Knuth 6.4).
    return Math.imul((offset % 0x1_0000_0000) | 0, 0x9e3779b1) >>> 26
  }

  /** The batch that follows the one before `offset` begins at `position` of the segment. */
  put(offset: number, segmentBaseOffset: number, position: number): void {
    const slot = this.#slotOf(offset)
    this.#offsets[slot] = offset
    this.#segments[slot] = segmentBaseOffset
    this.#positions[slot] = position
  }

  /** The position, or -1; `segmentBaseOffset` names the segment. */
  find(offset: number): number {
    const slot = this.#slotOf(offset)
    if (this.#offsets[slot] !== offset) return -1
    this.segmentBaseOffset = this.#segments[slot] as number
    return this.#positions[slot] as number
  }

  /** After a truncation, a roll or a deletion. */
  clear(): void {
    this.#offsets.fill(-1)
  }
}
