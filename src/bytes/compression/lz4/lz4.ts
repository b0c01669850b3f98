/**
 * The lz4 frame format, by hand over raw blocks: the library's own frame calls are six times slower.
 *
 * | position | bytes | field                                                            |
 * |----------|-------|------------------------------------------------------------------|
 * | 0        | 4     | magic 0x184d2204, little endian as everything here               |
 * | 4        | 1     | FLG: version 01 in bits 6-7, then flags (below)                  |
 * | 5        | 1     | BD: largest block, id 4 to 7 in bits 4-6: 64 KB, 256 KB, 1, 4 MB |
 * | 6        | 0, 8  | content size, if flagged                                         |
 * |          | 1     | second byte of xxHash32 over FLG .. content size                 |
 * |          | 4 + n | blocks: size (top bit: stored), bytes, checksum if flagged       |
 * |          | 4     | 0: end mark; then the content checksum, if flagged               |
 *
 * Writers of messages v0 hashed the magic too (KAFKA-3160), so there the header checksum is
 * not looked at, and is written in the broken form that old readers expect.
 */
import { ProtocolError } from '../../protocol-error.ts'
import { brokenInput, overLimit } from '../limit.ts'
import { native } from '../native.ts'
import { lz4CompressHigh } from './high-compressor.ts'
import { xxhash32 } from './xxhash32.ts'

interface Lz4 {
  /** Puts the length of the input in front, 4 bytes little endian. */
  compressSync(input: Buffer): Buffer
  /** Expects at least the length of the output in front; `dictionary` is what came before. */
  uncompressSync(input: Buffer, dictionary?: Buffer): Buffer
}

export interface Lz4Options {
  /** How the header is checksummed: `broken` in messages v0. */
  readonly headerChecksum?: 'right' | 'broken'
  /** Whether blocks may refer to the one before. Java clients cannot read such frames. */
  readonly linkedBlocks?: 'allowed' | 'refused'
}

const MAGIC = 0x184d2204
const VERSION = 0x40
const INDEPENDENT_BLOCKS = 0x20
const BLOCK_CHECKSUM = 0x10
const CONTENT_SIZE = 0x08
const RESERVED = 0x03
const STORED = 0x8000_0000
/** Block size of Java's client, id 4. */
const BLOCK_BYTES = 0x1_0000
const WINDOW_BYTES = 0x1_0000
/** A byte of a match length adds at most 255. */
const MAX_RATIO = 256

const library = (): Lz4 => native('lz4-napi') as Lz4

/** The default of `compression.lz4.level`: Java takes it to mean its fast compressor. */
export const LZ4_DEFAULT_LEVEL = 9

export function lz4Compress(
  bytes: Buffer,
  level = LZ4_DEFAULT_LEVEL,
  headerChecksum: 'right' | 'broken' = 'right',
): Buffer {
  const parts = [frameHeader(headerChecksum)]
  for (let start = 0; start < bytes.length; start += BLOCK_BYTES) {
    const block = bytes.subarray(start, start + BLOCK_BYTES)
    const packed =
      level === LZ4_DEFAULT_LEVEL
        ? library().compressSync(block).subarray(4)
        : lz4CompressHigh(block, level)
    const isStored = packed.length >= block.length
    const content = isStored ? block : packed
    parts.push(uint32(content.length + (isStored ? STORED : 0)), content)
  }
  parts.push(uint32(0))
  return Buffer.concat(parts)
}

function frameHeader(headerChecksum: 'right' | 'broken'): Buffer {
  const header = Buffer.alloc(7)
  header.writeUInt32LE(MAGIC)
  header[4] = VERSION | INDEPENDENT_BLOCKS
  header[5] = 4 << 4
  header[6] = (xxhash32(header, headerChecksum === 'right' ? 4 : 0, 6) >>> 8) & 0xff
  return header
}

/** Reads one frame, block by block; what follows it is ignored, as Java does. */
export function* lz4Decompress(
  bytes: Buffer,
  maxBytes: number,
  options: Lz4Options = {},
): Generator<Buffer, void, undefined> {
  const frame = readHeader(bytes, options)
  let position = frame.position
  let left = maxBytes
  let window: Buffer | undefined
  for (;;) {
    const word = uint32At(bytes, position)
    position += 4
    if (word === 0) return
    const length = word % STORED
    const checksumAt = position + length
    if (length > frame.maxBlockBytes || checksumAt > bytes.length) {
      throw new ProtocolError(
        `lz4 block of ${length} bytes: at most ${frame.maxBlockBytes}, ${bytes.length - position} left`,
        position,
      )
    }
    const block = bytes.subarray(position, checksumAt)
    position = checksumAt
    if (frame.hasBlockChecksum) {
      if (xxhash32(block) !== uint32At(bytes, position)) {
        throw new ProtocolError('lz4 block checksum does not match', position)
      }
      position += 4
    }
    const output = word >= STORED ? block : decompressBlock(block, frame.maxBlockBytes, window)
    if (output.length > left) throw overLimit('lz4', maxBytes)
    left -= output.length
    if (frame.isLinked) window = lastBytes(window, output)
    yield output
  }
}

interface FrameHeader {
  readonly maxBlockBytes: number
  readonly isLinked: boolean
  readonly hasBlockChecksum: boolean
  /** Of the first block. */
  readonly position: number
}

function readHeader(bytes: Buffer, options: Lz4Options): FrameHeader {
  if (bytes.length < 7) throw new ProtocolError(`lz4 frame of ${bytes.length} bytes`)
  if (bytes.readUInt32LE(0) !== MAGIC) throw new ProtocolError('no lz4 frame')
  const flags = bytes.readUInt8(4)
  const sizeId = (bytes.readUInt8(5) >>> 4) & 0x07
  if ((flags & 0xc0) !== VERSION || (flags & RESERVED) !== 0 || sizeId < 4) {
    throw new ProtocolError(`lz4 frame descriptor 0x${bytes.toString('hex', 4, 6)} is not known`)
  }
  const isLinked = (flags & INDEPENDENT_BLOCKS) === 0
  if (isLinked && options.linkedBlocks === 'refused') {
    throw new ProtocolError('lz4 frame with linked blocks, which Java clients cannot read')
  }
  const checksumAt = (flags & CONTENT_SIZE) === 0 ? 6 : 14
  if (checksumAt >= bytes.length) throw new ProtocolError('lz4 frame header cut')
  const checksum = (xxhash32(bytes, 4, checksumAt) >>> 8) & 0xff
  if (options.headerChecksum !== 'broken' && bytes[checksumAt] !== checksum) {
    throw new ProtocolError('lz4 frame header checksum does not match', checksumAt)
  }
  return {
    maxBlockBytes: BLOCK_BYTES * 4 ** (sizeId - 4),
    isLinked,
    hasBlockChecksum: (flags & BLOCK_CHECKSUM) !== 0,
    position: checksumAt + 1,
  }
}

function decompressBlock(block: Buffer, maxBlockBytes: number, window?: Buffer): Buffer {
  const input = Buffer.allocUnsafe(4 + block.length)
  input.writeUInt32LE(Math.min(maxBlockBytes, block.length * MAX_RATIO))
  block.copy(input, 4)
  try {
    return library().uncompressSync(input, window)
  } catch (error) {
    throw brokenInput('lz4', error)
  }
}

/** The last 64 KB of output: as far back as a linked block may refer. */
function lastBytes(window: Buffer | undefined, output: Buffer): Buffer {
  if (window === undefined || output.length >= WINDOW_BYTES) return output.subarray(-WINDOW_BYTES)
  return Buffer.concat([window, output]).subarray(-WINDOW_BYTES)
}

function uint32At(bytes: Buffer, position: number): number {
  if (bytes.length - position < 4) throw new ProtocolError('lz4 frame cut', position)
  return bytes.readUInt32LE(position)
}

function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32LE(value)
  return bytes
}
