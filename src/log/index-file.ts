/**
 * An index of a segment: entries of one size whose fields only grow. Kafka maps these files into
 * memory; here the newest entries are kept in a buffer and written out many at a time, since two
 * more system calls a batch would double the cost of an append. An entry lost in a crash is found
 * again, because every segment that may lack one is scanned when the log is opened.
 *
 * The file of a segment that is being written has its full size from the start (and is sparse); it
 * is cut to what it holds when the segment closes.
 */
import assert from 'node:assert/strict'
import { readInt64 } from '../bytes/index.ts'
import type { FileHandle, FileSystem } from '../host/index.ts'

/** A field of an entry: where it lies and how it is read. */
export interface IndexField {
  readonly at: number
  readonly read: (bytes: Buffer, position: number) => number
}

export const int32At = (at: number): IndexField => ({
  at,
  read: (bytes, position) => bytes.readInt32BE(position + at),
})
export const int64At = (at: number): IndexField => ({
  at,
  read: (bytes, position) => readInt64(bytes, position + at),
})

export interface IndexFileOptions {
  readonly files: FileSystem
  readonly path: string
  readonly entryBytes: number
}

/** Entries kept in memory behind those written out; also how many are written at a time. */
const MAX_TAIL_ENTRIES = 1_024
const FIRST_TAIL_ENTRIES = 32
const WRITE_OUT_ENTRIES = MAX_TAIL_ENTRIES / 2
/** However small the limit: a segment whose index is full before its first batch could never roll. */
const LEAST_ENTRIES = 2
/** Entries that a search in the file reads at once when so few are left. */
const PAGE_ENTRIES = 256

export class IndexFile {
  #path: string
  readonly #files: FileSystem
  readonly #entryBytes: number
  #handle: FileHandle | undefined
  /** Entries from `#tailStart` on, those not yet written among them. */
  #tail: Buffer | undefined
  #tailStart = 0
  #writtenCount = 0
  #entryCount = 0
  #maxEntries = 0
  /** The file on the disk lacks this: system calls of which a new topic has thousands wait until somebody looks. */
  #owed: 'create' | 'extend' | undefined
  #page: Buffer | undefined
  /** What `locate` found lies in here. */
  bytes: Buffer = Buffer.alloc(0)

  constructor({ files, path, entryBytes }: IndexFileOptions) {
    this.#files = files
    this.#path = path
    this.#entryBytes = entryBytes
  }

  get path(): string {
    return this.#path
  }

  /** What the file has, or will have, in bytes. */
  get sizeBytes(): number {
    return this.#entryCount * this.#entryBytes
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

  get entryCount(): number {
    return this.#entryCount
  }

  /** Room for entries in the file; only a segment that is being written has more than it uses. */
  get maxEntries(): number {
    return this.#maxEntries
  }

  /**
   * Begins anew with an empty index, for at most `maxBytes`. The file itself is made by `settle`, or as
   * soon as it is needed.
   */
  create(maxBytes: number): void {
    this.close()
    this.#forget(0)
    this.#maxEntries = this.#entriesIn(maxBytes)
    this.#owed = 'create'
  }

  /** Takes the file as it is. @returns whether its size is that of whole entries */
  openExisting(): boolean {
    const sizeBytes = this.#files.status(this.path)?.sizeBytes ?? 0
    this.#forget(Math.floor(sizeBytes / this.#entryBytes))
    this.#maxEntries = this.#entryCount
    return sizeBytes % this.#entryBytes === 0
  }

  /** Gives the file room for more entries again, after `openExisting` or `finish`; on the disk with `settle`. */
  extend(maxBytes: number): void {
    this.#maxEntries = Math.max(this.#entryCount, this.#entriesIn(maxBytes))
    this.#owed ??= 'extend'
  }

  /** Gives the file its size, and makes it first where that is owed. @throws StorageError */
  settle(): void {
    if (this.#owed === undefined) return
    this.#pay()
    // Many a segment never gets an entry: it keeps no descriptor.
    if (this.#tail === undefined) this.close()
  }

  #pay(): void {
    const isNew = this.#owed === 'create'
    this.#handle ??= this.#files.open(this.path, isNew ? 'create' : 'write')
    // Cut to nothing first: what an earlier run left must not be read as entries.
    if (isNew) this.#handle.truncate(0)
    this.#handle.truncate(this.#maxEntries * this.#entryBytes)
    this.#owed = undefined
  }

  #entriesIn(maxBytes: number): number {
    return Math.max(Math.floor(maxBytes / this.#entryBytes), LEAST_ENTRIES)
  }

  #forget(entryCount: number): void {
    this.#tail = undefined
    this.#tailStart = entryCount
    this.#writtenCount = entryCount
    this.#entryCount = entryCount
  }

  #openHandle(): FileHandle {
    if (this.#owed !== undefined) this.#pay()
    this.#handle ??= this.#files.open(this.path, 'write')
    return this.#handle
  }

  /**
   * Makes room for one entry, which the caller writes at the returned position of `bytes`. May write
   * earlier entries out.
   *
   * @throws StorageError
   */
  append(): number {
    assert(this.#entryCount < this.#maxEntries, `index ${this.path} is full`)
    const tail = this.#tailWithRoom()
    const position = (this.#entryCount - this.#tailStart) * this.#entryBytes
    this.#entryCount += 1
    this.bytes = tail
    return position
  }

  #tailWithRoom(): Buffer {
    const used = (this.#entryCount - this.#tailStart) * this.#entryBytes
    const tail = (this.#tail ??= Buffer.allocUnsafe(FIRST_TAIL_ENTRIES * this.#entryBytes))
    if (used < tail.length) return tail
    if (tail.length < MAX_TAIL_ENTRIES * this.#entryBytes) {
      const larger = Buffer.allocUnsafe(tail.length * 2)
      tail.copy(larger)
      this.#tail = larger
      return larger
    }
    this.writeOut()
    // The older half can be read from the file from now on.
    tail.copyWithin(0, WRITE_OUT_ENTRIES * this.#entryBytes)
    this.#tailStart += WRITE_OUT_ENTRIES
    return tail
  }

  /** Hands the entries that are only in memory to the page cache. @throws StorageError */
  writeOut(): void {
    if (this.#tail === undefined || this.#writtenCount === this.#entryCount) return
    const from = (this.#writtenCount - this.#tailStart) * this.#entryBytes
    const to = (this.#entryCount - this.#tailStart) * this.#entryBytes
    this.#openHandle().write(this.#tail.subarray(from, to), this.#writtenCount * this.#entryBytes)
    this.#writtenCount = this.#entryCount
  }

  /** Makes entry `n` readable in `bytes`, at the returned position, until the next call. @throws StorageError */
  locate(n: number): number {
    assert(n >= 0 && n < this.#entryCount, `index ${this.path} has no entry ${n}`)
    if (this.#tail !== undefined && n >= this.#tailStart) {
      this.bytes = this.#tail
      return (n - this.#tailStart) * this.#entryBytes
    }
    this.#readPage(n, n + 1)
    return 0
  }

  #readPage(from: number, to: number): void {
    this.#page ??= Buffer.allocUnsafe(PAGE_ENTRIES * this.#entryBytes)
    const length = (to - from) * this.#entryBytes
    const read = this.#openHandle().read(this.#page, 0, length, from * this.#entryBytes)
    // A file that is shorter than it was reads as zeros, which no search trusts.
    if (read < length) this.#page.fill(0, read, length)
    this.bytes = this.#page
  }

  /** The value of `field` in entry `n`. */
  value(n: number, field: IndexField): number {
    const position = this.locate(n)
    return field.read(this.bytes, position)
  }

  /**
   * The last entry whose `field` is at most `target`, or -1. Looks at the entries in memory first:
   * most look-ups are for the end of the log.
   */
  findLast(field: IndexField, target: number): number {
    let low = 0
    let high = this.#entryCount
    if (this.#tail !== undefined && this.#tailStart < high) {
      if (this.value(this.#tailStart, field) <= target) low = this.#tailStart
      else high = this.#tailStart
    }
    while (high - low > PAGE_ENTRIES && high <= this.#tailStart) {
      const middle = (low + high) >>> 1
      if (this.value(middle, field) <= target) low = middle
      else high = middle
    }
    return this.#findLastIn(low, high, field, target)
  }

  #findLastIn(low: number, high: number, field: IndexField, target: number): number {
    let base = this.#tailStart
    if (this.#tail !== undefined && low >= base) this.bytes = this.#tail
    else if (low < high) this.#readPage((base = low), high)
    let from = low
    let to = high
    while (from < to) {
      const middle = (from + to) >>> 1
      if (field.read(this.bytes, (middle - base) * this.#entryBytes) <= target) from = middle + 1
      else to = middle
    }
    return from - 1
  }

  /** Whether `field` is above 0 and grows from each entry to the next: zeros are what a crash leaves. @throws StorageError */
  grows(field: IndexField, fromEntry = 0): boolean {
    let before = 0
    for (let from = fromEntry; from < this.#entryCount; from += PAGE_ENTRIES) {
      const to = Math.min(from + PAGE_ENTRIES, this.#entryCount)
      this.#readPage(from, to)
      for (let at = 0; at < (to - from) * this.#entryBytes; at += this.#entryBytes) {
        const value = field.read(this.bytes, at)
        if (value <= before) return false
        before = value
      }
    }
    return true
  }

  /** Forgets the entries from `entryCount` on. */
  truncate(entryCount: number): void {
    if (entryCount >= this.#entryCount) return
    this.#entryCount = entryCount
    if (entryCount < this.#tailStart) this.#forget(entryCount)
    this.#writtenCount = Math.min(this.#writtenCount, entryCount)
  }

  /** Writes everything out, cuts the file to it and closes it. Reading opens it again. @throws StorageError */
  finish(): void {
    this.writeOut()
    this.#openHandle().truncate(this.#entryCount * this.#entryBytes)
    this.#forget(this.#entryCount)
    this.#maxEntries = this.#entryCount
    this.close()
  }

  /** Resolves when all that was written out is on the disk. @throws StorageError */
  async sync(): Promise<void> {
    const handle = this.#files.open(this.path, 'write')
    try {
      await handle.sync()
    } finally {
      handle.close()
    }
  }

  /** Lets go of the file. Nothing is written. */
  close(): void {
    this.#handle?.close()
    this.#handle = undefined
    this.#page = undefined
  }
}
