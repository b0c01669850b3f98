/**
 * `.txnindex`: the aborted transactions whose last record lies in the segment (KIP-98). The file is
 * made with the first of them.
 *
 * | position | bytes | field            |                                                          |
 * |----------|-------|------------------|----------------------------------------------------------|
 * | 0        | 2     | version          | 0                                                        |
 * | 2        | 8     | producerId       |                                                          |
 * | 10       | 8     | firstOffset      | of the transaction in this partition                     |
 * | 18       | 8     | lastOffset       | that of the abort marker                                 |
 * | 26       | 8     | lastStableOffset | when the marker was written                              |
 */
import { readInt64, writeInt64 } from '../bytes/index.ts'
import type { FileSystem } from '../host/index.ts'

const ENTRY_BYTES = 34
const VERSION = 0

export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
  readonly lastOffset: number
  readonly lastStableOffset: number
}

export class TransactionIndex {
  #path: string
  readonly #files: FileSystem
  /** Read when first asked for; aborted transactions are few. */
  #entries: AbortedTransaction[] | undefined
  #isDirty = false

  constructor(files: FileSystem, path: string) {
    this.#files = files
    this.#path = path
  }

  /** Something was written that is not on the disk, perhaps not even the name of the file. */
  get isDirty(): boolean {
    return this.#isDirty
  }

  get path(): string {
    return this.#path
  }

  /** @throws StorageError */
  rename(to: string): void {
    this.#files.rename(this.#path, to)
    this.#path = to
  }

  /** It will lie there once it is made. */
  moved(to: string): void {
    this.#path = to
  }

  /** All entries, in the order of their last offsets. A torn or unknown entry ends them. @throws StorageError */
  entries(): readonly AbortedTransaction[] {
    this.#entries ??= this.#read()
    return this.#entries
  }

  #read(): AbortedTransaction[] {
    if (this.#files.status(this.path) === undefined) return []
    const bytes = this.#files.readFile(this.path)
    const entries: AbortedTransaction[] = []
    for (let at = 0; at + ENTRY_BYTES <= bytes.length; at += ENTRY_BYTES) {
      if (bytes.readInt16BE(at) !== VERSION) break
      entries.push({
        producerId: readInt64(bytes, at + 2),
        firstOffset: readInt64(bytes, at + 10),
        lastOffset: readInt64(bytes, at + 18),
        lastStableOffset: readInt64(bytes, at + 26),
      })
    }
    return entries
  }

  /** @throws StorageError */
  append(entry: AbortedTransaction): void {
    const entries = (this.#entries ??= this.#read())
    const bytes = Buffer.alloc(ENTRY_BYTES)
    bytes.writeInt16BE(VERSION, 0)
    writeInt64(bytes, 2, entry.producerId)
    writeInt64(bytes, 10, entry.firstOffset)
    writeInt64(bytes, 18, entry.lastOffset)
    writeInt64(bytes, 26, entry.lastStableOffset)
    const handle = this.#files.open(this.path, 'create')
    try {
      handle.write(bytes, entries.length * ENTRY_BYTES)
    } finally {
      handle.close()
    }
    entries.push(entry)
    this.#isDirty = true
  }

  /**
   * Adds to `found` the transactions that touch `[fromOffset, toOffset)`.
   *
   * @returns whether no later segment can hold another one
   */
  collect(fromOffset: number, toOffset: number, found: AbortedTransaction[]): boolean {
    const entries = this.entries()
    for (let n = firstEndingAt(entries, fromOffset); n < entries.length; n += 1) {
      const entry = entries[n]
      if (entry === undefined) break
      if (entry.firstOffset < toOffset) found.push(entry)
      if (entry.lastStableOffset >= toOffset) return true
    }
    return false
  }

  /** Forgets the transactions that ended at or beyond `offset`. @throws StorageError */
  truncateTo(offset: number): void {
    const entries = this.entries()
    const kept = entries.filter(entry => entry.lastOffset < offset)
    if (kept.length < entries.length) this.#cut(kept)
  }

  #cut(kept: AbortedTransaction[]): void {
    const handle = this.#files.open(this.path, 'write')
    try {
      handle.truncate(kept.length * ENTRY_BYTES)
    } finally {
      handle.close()
    }
    this.#entries = kept
  }

  /** Forgets everything, the file included. @throws StorageError */
  reset(): void {
    this.#files.remove(this.path)
    this.#entries = []
  }

  /** @throws StorageError */
  async sync(): Promise<void> {
    if (!this.#isDirty || this.#files.status(this.path) === undefined) return
    this.#isDirty = false
    const handle = this.#files.open(this.path, 'write')
    try {
      await handle.sync()
    } catch (error) {
      this.#isDirty = true
      throw error
    } finally {
      handle.close()
    }
  }
}

/** Index of the first entry whose transaction ended at `offset` or later: they stand in that order. */
function firstEndingAt(entries: readonly AbortedTransaction[], offset: number): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((entries[middle]?.lastOffset ?? Infinity) < offset) low = middle + 1
    else high = middle
  }
  return low
}
