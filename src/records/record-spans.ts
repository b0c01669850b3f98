/**
 * Where the records of a batch v2 lie, one after another and without an object for any: for
 * compaction, which looks at keys only and copies the rest. The layout is drawn in batch-walk.ts.
 */
import { decompressAll, ProtocolError } from '../bytes/index.ts'
import * as v2 from './batch.ts'

export class RecordSpans {
  /** The records, decompressed; the positions below lie in here. */
  bytes: Buffer = Buffer.alloc(0)
  /** Of the present record: its first byte, the length, and the byte behind the last. */
  start = 0
  end = 0
  /** Milliseconds beyond the base timestamp; beyond 2^53 rounded, `timestampDeltaAt` tells where it stands. */
  timestampDelta = 0
  timestampDeltaAt = 0
  offsetDelta = 0
  /** What follows the offset: key, value, headers. */
  contentAt = 0
  keyAt = 0
  /** -1: no key. */
  keyBytes = -1
  /** -1: a tombstone. */
  valueBytes = -1
  #count = 0
  #left = 0
  #start = 0
  #position = 0
  #end = 0

  /**
   * Begins with the records of the batch at `position`, which must be whole.
   *
   * @throws ProtocolError when they cannot be decompressed, or are more than `maxBytes` then
   */
  open(batch: Buffer, position: number, maxBytes: number): void {
    const start = position + v2.RECORDS_AT
    const end = position + v2.sizeOf(batch, position)
    const codec = v2.codecOf(batch, position)
    this.#count = v2.recordCountOf(batch, position)
    if (codec === 0) {
      this.bytes = batch
      this.#start = start
      this.#end = end
      this.rewind()
      return
    }
    const options = { maxBytes, lz4: { linkedBlocks: 'allowed' } } as const
    // A batch that compaction has emptied says no codec, so that here there are bytes.
    this.bytes = decompressAll(codec, batch.subarray(start, end), options)
    this.#start = 0
    this.#end = this.bytes.length
    this.rewind()
  }

  /** Begins again with the first record of the same batch. */
  rewind(): void {
    this.#left = this.#count
    this.#position = this.#start
  }

  /** Goes to the next record; `false` behind the last. @throws ProtocolError when the structure is broken */
  next(): boolean {
    if (this.#left <= 0) {
      if (this.#left === 0 && this.#position === this.#end) return false
      throw new ProtocolError(`a batch of ${this.#left} records has bytes behind the last`)
    }
    this.#left -= 1
    this.start = this.#position
    const sizeBytes = this.#varint()
    this.end = this.#position + sizeBytes
    if (sizeBytes < 0 || this.end > this.#end) throw broken(sizeBytes, this.#end - this.#position)
    this.#position += 1
    this.timestampDeltaAt = this.#position
    this.timestampDelta = this.#varlong()
    this.offsetDelta = this.#varint()
    this.contentAt = this.#position
    this.keyBytes = this.#varint()
    this.keyAt = this.#position
    if (this.keyBytes > 0) this.#position += this.keyBytes
    this.valueBytes = this.#varint()
    if (this.#position + Math.max(this.valueBytes, 0) > this.end) {
      throw broken(sizeBytes, this.#position - this.start)
    }
    this.#position = this.end
    return true
  }

  /** Zigzag, 32 bits. */
  #varint(): number {
    const { bytes } = this
    let raw = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = bytes[this.#position]
      if (byte === undefined) break
      this.#position += 1
      raw |= (byte & 0x7f) << shift
      if (byte < 0x80) return (raw >>> 1) ^ -(raw & 1)
    }
    throw new ProtocolError('a number of a record has no end', this.#position)
  }

  /** Zigzag, 64 bits; beyond 2^53 rounded. */
  #varlong(): number {
    const { bytes } = this
    let raw = 0
    let scale = 1
    for (let index = 0; index < 10; index += 1) {
      const byte = bytes[this.#position]
      if (byte === undefined) break
      this.#position += 1
      raw += (byte & 0x7f) * scale
      if (byte < 0x80) {
        const isOdd = ((bytes[this.timestampDeltaAt] as number) & 1) === 1
        return isOdd ? -(Math.floor(raw / 2) + 1) : Math.floor(raw / 2)
      }
      scale *= 0x80
    }
    throw new ProtocolError('a timestamp of a record has no end', this.#position)
  }
}

function broken(announcedBytes: number, foundBytes: number): ProtocolError {
  return new ProtocolError(`a record of ${announcedBytes} bytes, ${foundBytes} are there`)
}

/** The zigzag number at `position`, exactly. */
export function varlongAt(bytes: Buffer, position: number): bigint {
  let raw = 0n
  for (let index = 0; index < 10; index += 1) {
    const byte = bytes[position + index] ?? 0
    raw |= BigInt(byte & 0x7f) << BigInt(7 * index)
    if (byte < 0x80) break
  }
  return BigInt.asIntN(64, (raw >> 1n) ^ -(raw & 1n))
}
