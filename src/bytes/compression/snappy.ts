/**
 * Snappy as Kafka clients write it: Java in the framing of snappy-java (xerial), librdkafka and
 * others as one raw block. Reading tells them apart by the magic; writing uses the framing, which
 * every client reads.
 *
 * | position | bytes | xerial stream                                     |
 * |----------|-------|---------------------------------------------------|
 * | 0        | 8     | magic, 0x82 `SNAPPY` 0x00                         |
 * | 8        | 4     | version 1                                         |
 * | 12       | 4     | oldest version that can read it, 1                |
 * | 16       | 4     | length of the raw block that follows; and so on   |
 */
import { ProtocolError } from '../protocol-error.ts'
import { brokenInput, overLimit } from './limit.ts'
import { native } from './native.ts'

/** Output as an ordinary Buffer: foreign memory costs five times more for blocks of this size. */
interface CopyOutput {
  readonly copyOutputData: true
}

interface Snappy {
  compressSync(input: Buffer, options: CopyOutput): Buffer
  uncompressSync(input: Buffer, options: CopyOutput): Buffer
}

const COPY_OUTPUT: CopyOutput = { copyOutputData: true }
const MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const HEADER_BYTES = 16
const READABLE_VERSION = 1
/** Block size of Java's SnappyOutputStream. */
const BLOCK_BYTES = 32 * 1024
/** A copy element of 3 bytes gives at most 64: no block grows by more. */
const MAX_RATIO = 22

const library = (): Snappy => native('snappy') as Snappy

export function snappyCompress(bytes: Buffer): Buffer {
  const parts: Buffer[] = [MAGIC, int32(READABLE_VERSION), int32(READABLE_VERSION)]
  for (let start = 0; start < bytes.length; start += BLOCK_BYTES) {
    const block = library().compressSync(bytes.subarray(start, start + BLOCK_BYTES), COPY_OUTPUT)
    parts.push(int32(block.length), block)
  }
  return Buffer.concat(parts)
}

export function* snappyDecompress(
  bytes: Buffer,
  maxBytes: number,
): Generator<Buffer, void, undefined> {
  if (!isMagicAt(bytes, 0)) {
    if (claimedLength(bytes) > maxBytes) throw overLimit('snappy', maxBytes)
    yield decompressBlock(bytes)
    return
  }
  let position = 0
  let left = maxBytes
  while (position < bytes.length) {
    // Streams may follow one another, each with its header.
    if (isMagicAt(bytes, position)) {
      position = skipHeader(bytes, position)
      continue
    }
    if (bytes.length - position < 4) throw cut(position)
    const length = bytes.readInt32BE(position)
    position += 4
    if (length < 0 || length > bytes.length - position) throw cut(position)
    const packed = bytes.subarray(position, position + length)
    if (claimedLength(packed) > left) throw overLimit('snappy', maxBytes)
    const block = decompressBlock(packed)
    position += length
    left -= block.length
    yield block
  }
}

function isMagicAt(bytes: Buffer, position: number): boolean {
  return bytes.subarray(position, position + MAGIC.length).equals(MAGIC)
}

function skipHeader(bytes: Buffer, position: number): number {
  if (bytes.length - position < HEADER_BYTES) throw cut(position)
  const version = bytes.readInt32BE(position + 8)
  if (version < READABLE_VERSION) {
    throw new ProtocolError(`snappy framing version ${version}: at least ${READABLE_VERSION}`)
  }
  return position + HEADER_BYTES
}

/** Checks what the block claims to hold before the library allocates that. */
function decompressBlock(block: Buffer): Buffer {
  const claimed = claimedLength(block)
  if (claimed > block.length * MAX_RATIO) {
    throw new ProtocolError(`snappy block of ${block.length} bytes claims to hold ${claimed}`)
  }
  try {
    return library().uncompressSync(block, COPY_OUTPUT)
  } catch (error) {
    throw brokenInput('snappy', error)
  }
}

/** A raw block begins with its length as an unsigned LEB128. */
function claimedLength(block: Buffer): number {
  let length = 0
  for (let index = 0; index < 5; index += 1) {
    const byte = block[index]
    if (byte === undefined) break
    length += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return length
  }
  throw new ProtocolError('snappy block without a length')
}

function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeInt32BE(value)
  return bytes
}

function cut(position: number): ProtocolError {
  return new ProtocolError('snappy data ends inside a block', position)
}
