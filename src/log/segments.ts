/** The segments of a log in the order of their base offsets; never empty once the log is open. */
import assert from 'node:assert/strict'
import type { Segment } from './segment.ts'

export class Segments {
  #list: Segment[] = []

  get count(): number {
    return this.#list.length
  }

  get all(): readonly Segment[] {
    return this.#list
  }

  get first(): Segment {
    const first = this.#list[0]
    assert(first !== undefined, 'a log has a segment')
    return first
  }

  /** The one that is written. */
  get active(): Segment {
    const last = this.#list.at(-1)
    assert(last !== undefined, 'a log has a segment')
    return last
  }

  get sizeBytes(): number {
    let sizeBytes = 0
    for (const segment of this.#list) sizeBytes += segment.sizeBytes
    return sizeBytes
  }

  add(segment: Segment): void {
    const at = this.#indexOfFloor(segment.baseOffset) + 1
    assert(this.#list[at - 1]?.baseOffset !== segment.baseOffset, 'one segment a base offset')
    this.#list.splice(at, 0, segment)
  }

  remove(segments: readonly Segment[]): void {
    this.#list = this.#list.filter(segment => !segments.includes(segment))
  }

  #indexOfFloor(offset: number): number {
    let low = 0
    let high = this.#list.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#list[middle] as Segment).baseOffset <= offset) low = middle + 1
      else high = middle
    }
    return low - 1
  }

  /** The last segment that begins at or before `offset`. */
  floor(offset: number): Segment | undefined {
    const last = this.#list.at(-1)
    if (last !== undefined && last.baseOffset <= offset) return last
    return this.#list[this.#indexOfFloor(offset)]
  }

  /** The segment behind the one that begins at `baseOffset`. */
  after({ baseOffset }: Segment): Segment | undefined {
    return this.#list[this.#indexOfFloor(baseOffset) + 1]
  }

  at(baseOffset: number): Segment | undefined {
    const segment = this.floor(baseOffset)
    return segment?.baseOffset === baseOffset ? segment : undefined
  }

  /** From the one that holds `offset` on. */
  from(offset: number): readonly Segment[] {
    return this.#list.slice(Math.max(this.#indexOfFloor(offset), 0))
  }
}
