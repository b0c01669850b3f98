/**
 * The last offset of each key, in a table of fixed size: 16 bytes of hash and 8 of offset an entry, as
 * in Kafka's SkimpyOffsetMap. The keys themselves are not kept.
 */
import assert from 'node:assert/strict'
import { KeyHash } from './key-hash.ts'

export const BYTES_PER_ENTRY = 24
const WORDS_PER_ENTRY = 6
const TWO_TO_32 = 0x1_0000_0000

export class OffsetMap {
  readonly slots: number
  size = 0
  /** All below and this one are taken into account; -1 before the first. */
  latestOffset = -1
  readonly #table: Int32Array
  readonly #hash: KeyHash

  /**
   * @param sizeBytes of the table, at least one entry
   * @param secret 16 random bytes
   */
  constructor(sizeBytes: number, secret: Uint8Array) {
    this.slots = Math.floor(sizeBytes / BYTES_PER_ENTRY)
    assert(this.slots > 0, `an offset map of ${sizeBytes} bytes holds no entry`)
    this.#table = new Int32Array(this.slots * WORDS_PER_ENTRY)
    this.#hash = new KeyHash(secret)
  }

  /** How full it is, from 0 to 1. */
  get utilization(): number {
    return this.size / this.slots
  }

  /** The offset of `bytes[start, end)`, or -1. */
  get(bytes: Uint8Array, start: number, end: number): number {
    const at = this.#find(bytes, start, end)
    return at < 0 || this.#isFree(at) ? -1 : this.#offsetAt(at)
  }

  /** Remembers the offset, in place of an earlier one of the same key. There must be room. */
  put(bytes: Uint8Array, start: number, end: number, offset: number): void {
    const at = this.#find(bytes, start, end)
    assert(at >= 0, `an offset map of ${this.slots} slots is full`)
    const table = this.#table
    if (this.#isFree(at)) {
      const { words } = this.#hash
      for (let n = 0; n < 4; n += 1) table[at + n] = words[n] as number
      this.size += 1
    }
    // One more than the offset, so that 0 stands for no entry.
    table[at + 4] = Math.floor((offset + 1) / TWO_TO_32)
    table[at + 5] = (offset + 1) | 0
    this.latestOffset = offset
  }

  /** Where the key is, or could be put; -1 when it is not there and nothing is free. */
  #find(bytes: Uint8Array, start: number, end: number): number {
    this.#hash.update(bytes, start, end)
    const table = this.#table
    const { words } = this.#hash
    const first = ((words[0] as number) >>> 0) % this.slots
    let at = first * WORDS_PER_ENTRY
    for (let probes = 0; probes < this.slots; probes += 1) {
      if (this.#isFree(at)) return at
      if (
        table[at] === words[0] &&
        table[at + 1] === words[1] &&
        table[at + 2] === words[2] &&
        table[at + 3] === words[3]
      ) {
        return at
      }
      at += WORDS_PER_ENTRY
      if (at === table.length) at = 0
    }
    return -1
  }

  #isFree(at: number): boolean {
    return this.#table[at + 5] === 0 && this.#table[at + 4] === 0
  }

  #offsetAt(at: number): number {
    const high = this.#table[at + 4] as number
    const low = (this.#table[at + 5] as number) >>> 0
    return high * TWO_TO_32 + low - 1
  }
}
