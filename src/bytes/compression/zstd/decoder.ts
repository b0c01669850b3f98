/**
 * A decoder for zstd (RFC 8878) that gives its output block by block, in the memory of one window:
 * for content that is too large to have in one piece, and where no library is there. Checksums of
 * the content are not verified: record batches have their own.
 */
import { ProtocolError } from '../../protocol-error.ts'
import type { HuffmanTable } from './huffman.ts'
import { readBlockHeader, readFrameHeader, type FrameHeader } from './frames.ts'
import { readLiterals } from './literals.ts'
import { decodeSequences, SequenceState, type Output } from './sequences.ts'

const MAX_BLOCK_BYTES = 128 * 1024
/** Output is moved to the front of the buffer after so many blocks, not after each. */
const BLOCKS_BETWEEN_MOVES = 8
/** Words of bits are read whole. */
const SLACK_BYTES = 8
const RAW = 0
const RUN = 1

/** Decodes all frames in `bytes`. Pieces stay valid. */
export function* decodeZstd(bytes: Buffer): Generator<Buffer, void, undefined> {
  const input = Buffer.allocUnsafe(bytes.length + SLACK_BYTES)
  bytes.copy(input)
  input.fill(0, bytes.length)
  let position = 0
  while (position < bytes.length) {
    const header = readFrameHeader(input, position, bytes.length)
    position = header.position
    if (header.isSkippable) continue
    const frame = new Frame(header, input, bytes.length)
    yield* frame.blocks()
    position = frame.position
  }
}

class Frame {
  position: number
  readonly #input: Buffer
  readonly #end: number
  readonly #header: FrameHeader
  readonly #sequences = new SequenceState()
  #table: HuffmanTable | undefined
  #history: Buffer
  #filled = 0
  #decodedBytes = 0

  constructor(header: FrameHeader, input: Buffer, end: number) {
    this.position = header.position
    this.#header = header
    this.#input = input
    this.#end = end
    // Grows to a window and some blocks, as far as the content does.
    this.#history = Buffer.allocUnsafe(header.maxBlockBytes)
  }

  *blocks(): Generator<Buffer, void, undefined> {
    let isLast = false
    while (!isLast) {
      const block = readBlockHeader(
        this.#input,
        this.position,
        this.#end,
        this.#header.maxBlockBytes,
      )
      isLast = block.isLast
      this.#makeRoom()
      const start = this.#filled
      this.#decode(block.type, block.size, block.contentAt)
      this.position = block.position
      this.#decodedBytes += this.#filled - start
      if (this.#filled > start) yield Buffer.from(this.#history.subarray(start, this.#filled))
    }
    const { contentBytes = this.#decodedBytes } = this.#header
    if (contentBytes !== this.#decodedBytes) {
      throw new ProtocolError(`zstd frame of ${contentBytes} bytes holds ${this.#decodedBytes}`)
    }
    if (this.#header.hasChecksum) this.position += 4
    if (this.position > this.#end) throw new ProtocolError('zstd frame cut', this.#end)
  }

  /** Room for one more block, with at least a window of what came before kept. */
  #makeRoom(): void {
    const { maxBlockBytes, windowBytes } = this.#header
    if (this.#history.length - this.#filled >= maxBlockBytes) return
    const capacity = windowBytes + BLOCKS_BETWEEN_MOVES * MAX_BLOCK_BYTES
    if (this.#history.length < capacity) {
      const size = Math.min(
        capacity,
        Math.max(this.#history.length * 2, this.#filled + maxBlockBytes),
      )
      const larger = Buffer.allocUnsafe(size)
      this.#history.copy(larger, 0, 0, this.#filled)
      this.#history = larger
      return
    }
    const kept = Math.min(this.#filled, windowBytes)
    this.#history.copyWithin(0, this.#filled - kept, this.#filled)
    this.#filled = kept
  }

  #decode(type: number, size: number, contentAt: number): void {
    const output: Output = {
      target: this.#history,
      position: this.#filled,
      start: 0,
      end: this.#filled + this.#header.maxBlockBytes,
    }
    if (type === RAW) {
      this.#input.copy(this.#history, this.#filled, contentAt, contentAt + size)
      output.position += size
    } else if (type === RUN) {
      this.#history.fill(this.#input.readUInt8(contentAt), this.#filled, this.#filled + size)
      output.position += size
    } else {
      const end = contentAt + size
      const literals = readLiterals(this.#input, contentAt, end, this.#table)
      this.#table = literals.table
      decodeSequences(this.#input, literals.position, end, literals.bytes, this.#sequences, output)
    }
    this.#filled = output.position
  }
}
