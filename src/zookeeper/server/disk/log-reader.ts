/**
 * Reads one log file from its start. The file is longer than what was written, with zeros behind,
 * because it grows in large steps; and what was written last may be torn.
 */
import { ProtocolError, Reader } from '../../../bytes/index.ts'
import type { FileHandle } from '../../../host/index.ts'
import { FileHeader, readRecord } from '../../wire/index.ts'
import type { Transaction } from '../tree/transaction.ts'
import { adler32 } from './adler32.ts'
import { decodeTransaction, END_OF_ENTRY, ENTRY_HEAD_BYTES } from './transaction-codec.ts'

/** 'ZKLG' */
export const LOG_MAGIC = 0x5a4b4c47
export const LOG_VERSION = 2
export const FILE_HEADER_BYTES = 16

const WINDOW_BYTES = 256 * 1024
/** No request is larger than jute.maxbuffer, so a size above this is none. */
const MAX_ENTRY_BYTES = 64 * 1024 * 1024
const SECTOR_BYTES = 512

/** end: nothing more was written · torn: an entry that was not finished · damaged: one that was, and is not what it was. */
export type LogEnd = 'end' | 'torn' | 'damaged'

export class LogReader {
  readonly #file: FileHandle
  readonly #sizeBytes: number
  #window = Buffer.alloc(0)
  /** Where in the file the window begins. */
  #windowStart = 0
  /** Where the next entry begins. */
  position = 0

  constructor(file: FileHandle) {
    this.#file = file
    this.#sizeBytes = file.sizeBytes()
  }

  /** True when the file begins as a log does. One that was cut in its header holds nothing. */
  readHeader(): boolean {
    const bytes = this.#bytesAt(0, FILE_HEADER_BYTES)
    if (bytes === undefined) return false
    const { magic } = readRecord(FileHeader, new Reader(bytes))
    if (magic !== LOG_MAGIC) return false
    this.position = FILE_HEADER_BYTES
    return true
  }

  /** The next transaction, or why there is none. */
  next(): Transaction | LogEnd {
    const head = this.#bytesAt(this.position, ENTRY_HEAD_BYTES)
    if (head === undefined) return this.position === this.#sizeBytes ? 'end' : 'torn'
    const checksum = head.readBigUInt64BE(0)
    const sizeBytes = head.readInt32BE(8)
    if (sizeBytes === 0 && checksum === 0n) return 'end'
    if (sizeBytes <= 0 || sizeBytes > MAX_ENTRY_BYTES) return this.#tornOrDamaged(ENTRY_HEAD_BYTES)
    const start = this.position + ENTRY_HEAD_BYTES
    const bytes = this.#bytesAt(start, sizeBytes + 1)
    // Cut short, or a size that was never written: then others follow inside of what it claims.
    if (bytes === undefined) return this.#hasEntryFrom(start) ? 'damaged' : 'torn'
    const isFinished = bytes[sizeBytes] === END_OF_ENTRY
    const isIntact = isFinished && checksum === BigInt(adler32(bytes, 0, sizeBytes))
    if (!isIntact) return this.#tornOrDamaged(ENTRY_HEAD_BYTES + bytes.length)
    const transaction = decode(bytes.subarray(0, sizeBytes))
    if (transaction === undefined) return 'damaged'
    this.position = start + sizeBytes + 1
    return transaction
  }

  /**
   * A write that power failure cut short leaves zeros: from the cut to the end of the file, or, as
   * the disk takes its sectors in any order, in some of them. Anything else was whole once.
   */
  #tornOrDamaged(entryBytes: number): LogEnd {
    const end = this.position + entryBytes
    const isTorn = this.#hasUnwrittenSector(end) || !this.#hasBytesFrom(end)
    return isTorn ? 'torn' : 'damaged'
  }

  /** Whether one of the sectors that the entry lies on holds nothing from the entry's start on. */
  #hasUnwrittenSector(end: number): boolean {
    for (let at = this.position; at < end;) {
      const next = Math.min((Math.floor(at / SECTOR_BYTES) + 1) * SECTOR_BYTES, this.#sizeBytes)
      if (this.#bytesAt(at, next - at)?.every(byte => byte === 0) !== false) return true
      at = next
    }
    return false
  }

  /** True when a whole entry begins somewhere from `from` on. */
  #hasEntryFrom(from: number): boolean {
    for (let at = from; at + ENTRY_HEAD_BYTES < this.#sizeBytes; at += 1) {
      const head = this.#bytesAt(at, ENTRY_HEAD_BYTES)
      // The checksum has 32 bits in a field of 64.
      if (head?.readInt32BE(0) !== 0) continue
      const checksum = head.readUInt32BE(4)
      const sizeBytes = head.readInt32BE(8)
      if (sizeBytes <= 0 || sizeBytes > MAX_ENTRY_BYTES) continue
      const bytes = this.#bytesAt(at + ENTRY_HEAD_BYTES, sizeBytes + 1)
      if (bytes?.[sizeBytes] === END_OF_ENTRY && checksum === adler32(bytes, 0, sizeBytes)) {
        return true
      }
    }
    return false
  }

  /** True when something other than zeros follows, from `from` on. */
  #hasBytesFrom(from: number): boolean {
    for (let at = from; at < this.#sizeBytes; at += WINDOW_BYTES) {
      const bytes = this.#bytesAt(at, Math.min(WINDOW_BYTES, this.#sizeBytes - at))
      if (bytes?.some(byte => byte !== 0) === true) return true
    }
    return false
  }

  /** A view that is valid until the next call; undefined when the file ends before. */
  #bytesAt(start: number, sizeBytes: number): Buffer | undefined {
    if (start + sizeBytes > this.#sizeBytes) return undefined
    const from = start - this.#windowStart
    if (from < 0 || from + sizeBytes > this.#window.length) this.#load(start, sizeBytes)
    const offset = start - this.#windowStart
    return this.#window.subarray(offset, offset + sizeBytes)
  }

  #load(start: number, sizeBytes: number): void {
    const wanted = Math.min(Math.max(sizeBytes, WINDOW_BYTES), this.#sizeBytes - start)
    const window = Buffer.allocUnsafe(wanted)
    let filled = 0
    while (filled < wanted) {
      const read = this.#file.read(window, filled, wanted - filled, start + filled)
      if (read === 0) break
      filled += read
    }
    this.#window = window.subarray(0, filled)
    this.#windowStart = start
  }
}

function decode(entry: Buffer): Transaction | undefined {
  try {
    return decodeTransaction(entry)
  } catch (error) {
    if (error instanceof ProtocolError) return undefined
    throw error
  }
}
