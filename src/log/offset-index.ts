/**
 * `.index`: where in a segment an offset can be looked for.
 *
 * | position | bytes | field          |                                                          |
 * |----------|-------|----------------|----------------------------------------------------------|
 * | 0        | 4     | relativeOffset | last offset of the batch, less the segment's base offset |
 * | 4        | 4     | position       | where the batch begins                                   |
 */
import type { FileSystem } from '../host/index.ts'
import { IndexFile, int32At } from './index-file.ts'

const ENTRY_BYTES = 8
const MAX_RELATIVE_OFFSET = 0x7fffffff
const relativeOffset = int32At(0)
const batchPosition = int32At(4)

export interface OffsetIndexEntry {
  readonly offset: number
  readonly position: number
}

/** The entries of a whole file, as they stand there: what a kill left behind the last is zeros. */
export function* readOffsetIndex(bytes: Buffer, baseOffset: number): Generator<OffsetIndexEntry> {
  for (let at = 0; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES) {
    yield { offset: baseOffset + bytes.readInt32BE(at), position: bytes.readInt32BE(at + 4) }
  }
}

export class OffsetIndex {
  readonly file: IndexFile
  readonly #baseOffset: number

  constructor(files: FileSystem, path: string, baseOffset: number) {
    this.file = new IndexFile({ files, path, entryBytes: ENTRY_BYTES })
    this.#baseOffset = baseOffset
  }

  get isFull(): boolean {
    return this.file.entryCount >= this.file.maxEntries
  }

  /** The offset of the newest entry, or the base offset. */
  get lastOffset(): number {
    const last = this.file.entryCount - 1
    return last < 0 ? this.#baseOffset : this.#baseOffset + this.file.value(last, relativeOffset)
  }

  /** The position of the newest entry, or 0. */
  get lastPosition(): number {
    const last = this.file.entryCount - 1
    return last < 0 ? 0 : this.file.value(last, batchPosition)
  }

  /** Whether the entries can be: all of them, or the last one alone. @throws StorageError */
  isSane(which: 'all' | 'last'): boolean {
    const from = which === 'all' ? 0 : Math.max(this.file.entryCount - 1, 0)
    return this.file.grows(relativeOffset, from)
  }

  /**
   * Remembers that the batch at `position` ends with `lastOffset`. Ignored where the format has no
   * room for the distance to the base offset, or a genuine log repeats an offset.
   */
  append(lastOffset: number, position: number): void {
    const relative = lastOffset - this.#baseOffset
    if (relative > MAX_RELATIVE_OFFSET || relative < 0) return
    if (this.file.entryCount > 0 && lastOffset <= this.lastOffset) return
    const at = this.file.append()
    this.file.bytes.writeInt32BE(relative, at)
    this.file.bytes.writeInt32BE(position, at + 4)
  }

  /** Where to begin to look for `offset`: the position of the last entry not beyond it, or 0. */
  positionBefore(offset: number): number {
    const slot = this.file.findLast(relativeOffset, offset - this.#baseOffset)
    return slot < 0 ? 0 : this.file.value(slot, batchPosition)
  }

  /** The last indexed batch that begins at or before `position`; 0 when there is none. */
  boundaryBefore(position: number): number {
    const slot = this.file.findLast(batchPosition, position)
    return slot < 0 ? 0 : this.file.value(slot, batchPosition)
  }

  /** Forgets what lies at or beyond `offset`. */
  truncateTo(offset: number): void {
    this.file.truncate(this.file.findLast(relativeOffset, offset - this.#baseOffset - 1) + 1)
  }
}
