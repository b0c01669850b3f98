/**
 * Compresses an lz4 block as small as searching makes it, for the levels of `compression.lz4.level`
 * other than the default (KIP-390): the package has the fast compressor only. Each level doubles how
 * many earlier places are looked at; a match is put off by a byte when the next one is longer.
 *
 * A block is a row of: token (literal length in bits 4-7, match length - 4 in bits 0-3; 15: more
 * bytes follow, up to one below 255), literals, distance (2 bytes, little endian).
 */

const MIN_MATCH = 4
/** The format wants the last match to begin this far from the end, and 5 literals after it. */
const MATCH_LIMIT = 12
const LAST_LITERALS = 5
const MAX_DISTANCE = 0xffff
const HASH_BITS = 15
const MULTIPLIER = 0x9e3779b1

/** `block` has at most 64 KB. */
export function lz4CompressHigh(block: Buffer, level: number): Buffer {
  return new HighCompressor(block, 2 ** Math.max(0, level - 1)).compress()
}

class HighCompressor {
  readonly #block: Buffer
  readonly #attempts: number
  /** Last position of each hash plus 1, and for each position the one before it with the same hash. */
  readonly #heads = new Int32Array(1 << HASH_BITS)
  readonly #previous: Int32Array
  readonly #output: Buffer
  #inserted = 0
  #written = 0
  #distance = 0

  constructor(block: Buffer, attempts: number) {
    this.#block = block
    this.#attempts = attempts
    this.#previous = new Int32Array(block.length)
    this.#output = Buffer.allocUnsafe(block.length + Math.ceil(block.length / 255) + 16)
  }

  compress(): Buffer {
    const lastStart = this.#block.length - MATCH_LIMIT
    let literalsFrom = 0
    let position = 0
    while (position <= lastStart) {
      const length = this.#findMatch(position)
      if (length === 0) {
        position += 1
        continue
      }
      const distance = this.#distance
      if (position < lastStart && this.#findMatch(position + 1) > length) {
        position += 1
        continue
      }
      this.#writeSequence(literalsFrom, position, distance, length)
      position += length
      literalsFrom = position
    }
    this.#writeLiterals(literalsFrom, this.#block.length, 0)
    return this.#output.subarray(0, this.#written)
  }

  /** Length of the longest match at `position`, or 0; its distance is left in `#distance`. */
  #findMatch(position: number): number {
    this.#insertUpTo(position)
    const block = this.#block
    const maxLength = block.length - LAST_LITERALS - position
    let best = MIN_MATCH - 1
    let candidate = (this.#heads[this.#hash(position)] as number) - 1
    for (let left = this.#attempts; left > 0 && candidate >= 0; left -= 1) {
      if (position - candidate > MAX_DISTANCE) break
      if (block[candidate + best] === block[position + best]) {
        const length = this.#matchLength(candidate, position, maxLength)
        if (length > best) {
          best = length
          this.#distance = position - candidate
        }
      }
      candidate = (this.#previous[candidate] as number) - 1
    }
    return best < MIN_MATCH ? 0 : best
  }

  #matchLength(candidate: number, position: number, maxLength: number): number {
    const block = this.#block
    let length = 0
    while (length < maxLength && block[candidate + length] === block[position + length]) length += 1
    return length
  }

  /** Makes all positions before `end` known. */
  #insertUpTo(end: number): void {
    for (; this.#inserted < end; this.#inserted += 1) {
      const hash = this.#hash(this.#inserted)
      this.#previous[this.#inserted] = this.#heads[hash] as number
      this.#heads[hash] = this.#inserted + 1
    }
  }

  #hash(position: number): number {
    return Math.imul(this.#block.readInt32LE(position), MULTIPLIER) >>> (32 - HASH_BITS)
  }

  #writeSequence(from: number, to: number, distance: number, length: number): void {
    const extra = length - MIN_MATCH
    this.#writeLiterals(from, to, Math.min(extra, 15))
    this.#output.writeUInt16LE(distance, this.#written)
    this.#written += 2
    if (extra >= 15) this.#writeLength(extra - 15)
  }

  #writeLiterals(from: number, to: number, matchBits: number): void {
    const length = to - from
    this.#output[this.#written] = (Math.min(length, 15) << 4) | matchBits
    this.#written += 1
    if (length >= 15) this.#writeLength(length - 15)
    this.#block.copy(this.#output, this.#written, from, to)
    this.#written += length
  }

  #writeLength(length: number): void {
    const full = Math.floor(length / 255)
    this.#output.fill(255, this.#written, this.#written + full)
    this.#output[this.#written + full] = length % 255
    this.#written += full + 1
  }
}
