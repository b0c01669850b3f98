/**
 * `.timeindex`: up to which offset a segment has no newer timestamp.
 *
 * | position | bytes | field          |                                                              |
 * |----------|-------|----------------|--------------------------------------------------------------|
 * | 0        | 8     | timestamp      | the largest so far, milliseconds                             |
 * | 8        | 4     | relativeOffset | last offset of the batch that has it, less the base offset   |
 */
import { readInt64, writeInt64 } from '../bytes/index.ts'
import type { FileSystem } from '../host/index.ts'
import { NO_TIMESTAMP } from '../records/index.ts'
import { IndexFile, int32At, int64At } from './index-file.ts'

const ENTRY_BYTES = 12
const MAX_RELATIVE_OFFSET = 0x7fffffff
const timestampField = int64At(0)
const relativeOffset = int32At(8)

/** The entries of a whole file, as they stand there: what a kill left behind the last is zeros. */
export function* readTimeIndex(
  bytes: Buffer,
  baseOffset: number,
): Generator<{ readonly timestamp: number; readonly offset: number }> {
  for (let at = 0; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES) {
    yield { timestamp: readInt64(bytes, at), offset: baseOffset + bytes.readInt32BE(at + 8) }
  }
}

export class TimeIndex {
  readonly file: IndexFile
  readonly #baseOffset: number

  constructor(files: FileSystem, path: string, baseOffset: number) {
    this.file = new IndexFile({ files, path, entryBytes: ENTRY_BYTES })
    this.#baseOffset = baseOffset
  }

  /** One entry is kept free for the one that closes the segment. */
  get isFull(): boolean {
    return this.file.entryCount >= this.file.maxEntries - 1
  }

  /** Of the newest entry; -1 when there is none. */
  get lastTimestamp(): number {
    const last = this.file.entryCount - 1
    return last < 0 ? NO_TIMESTAMP : this.file.value(last, timestampField)
  }

  /** Of the newest entry; the base offset when there is none. */
  get lastOffset(): number {
    const last = this.file.entryCount - 1
    return last < 0 ? this.#baseOffset : this.#baseOffset + this.file.value(last, relativeOffset)
  }

  /** Remembers the largest timestamp so far and the last offset of its batch, where that is news. */
  append(timestamp: number, offset: number): void {
    const relative = offset - this.#baseOffset
    if (timestamp <= this.lastTimestamp || relative > MAX_RELATIVE_OFFSET || relative < 0) return
    const at = this.file.append()
    writeInt64(this.file.bytes, at, timestamp)
    this.file.bytes.writeInt32BE(relative, at + 8)
  }

  /** Whether the entries can be: all of them, or the last one alone, which tells the age of the segment. @throws StorageError */
  isSane(which: 'all' | 'last'): boolean {
    const { entryCount } = this.file
    if (which === 'all') return entryCount > 0 && this.file.grows(timestampField)
    return this.file.grows(timestampField, Math.max(entryCount - 1, 0))
  }

  /** An offset before which no record is as new as `timestamp`. */
  offsetBefore(timestamp: number): number {
    // An entry of the very timestamp names the last offset of its batch: begin before it.
    const slot = this.file.findLast(timestampField, timestamp - 1)
    return slot < 0 ? this.#baseOffset : this.#baseOffset + this.file.value(slot, relativeOffset)
  }

  /** Forgets what speaks of `offset` or later. */
  truncateTo(offset: number): void {
    this.file.truncate(this.file.findLast(relativeOffset, offset - this.#baseOffset - 1) + 1)
  }
}
