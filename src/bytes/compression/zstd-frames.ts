/**
 * A walk over zstd frames (RFC 8878, 3.1) that decodes nothing: how much they can hold at most.
 *
 * | bytes | frame                                                                              |
 * |-------|------------------------------------------------------------------------------------|
 * | 4     | magic 0xfd2fb528, little endian as everything here; 0x184d2a50-5f: skippable       |
 * | 1     | descriptor: content size 6-7, single segment 5, checksum 2, dictionary id 0-1      |
 * | 0, 1  | window: exponent in bits 3-7, mantissa in bits 0-2; absent in a single segment     |
 * | 0 - 4 | dictionary id                                                                      |
 * | 0 - 8 | content size                                                                       |
 * | 3 + n | blocks: last 0, type 1-2 (raw, run, compressed), size 3-23                         |
 * | 0, 4  | checksum of the content                                                            |
 */
import { ProtocolError } from '../protocol-error.ts'

const MAGIC = 0xfd2fb528
const SKIPPABLE_MAGIC = 0x184d2a50
const MAX_BLOCK_BYTES = 128 * 1024
/** zstd's own default limit for a decoder, `ZSTD_WINDOWLOG_LIMIT_DEFAULT`. */
const MAX_WINDOW_BYTES = 2 ** 27
const RAW = 0
const RUN = 1
const COMPRESSED = 2

/**
 * Upper bound of the decompressed size of all frames in `bytes`.
 *
 * @throws ProtocolError when they are no whole frames
 */
export function zstdOutputBound(bytes: Buffer): number {
  let position = 0
  let bound = 0
  while (position < bytes.length) {
    const magic = take(bytes, position, 4).readUInt32LE()
    position += 4
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
      const length = take(bytes, position, 4).readUInt32LE()
      take(bytes, position + 4, length)
      position += 4 + length
      continue
    }
    if (magic !== MAGIC) throw new ProtocolError('no zstd frame', position - 4)
    const header = readHeader(bytes, position)
    position = header.position
    for (let isLast = false; !isLast;) {
      const block = readBlock(bytes, position, header.maxBlockBytes)
      isLast = block.isLast
      bound += block.outputBound
      position = block.position
    }
    if (header.hasChecksum) {
      take(bytes, position, 4)
      position += 4
    }
  }
  return bound
}

function readHeader(bytes: Buffer, start: number) {
  const descriptor = take(bytes, start, 1).readUInt8()
  const isSingleSegment = (descriptor & 0x20) !== 0
  if ((descriptor & 0x08) !== 0) throw new ProtocolError('zstd frame header is not known', start)
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 0x03] ?? 0
  const contentSizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >>> 6] ?? 0
  let position = start + 1
  let windowBytes: number
  if (isSingleSegment) {
    const sizeAt = position + dictionaryBytes
    windowBytes = contentSize(take(bytes, sizeAt, contentSizeBytes), contentSizeBytes)
  } else {
    const window = take(bytes, position, 1).readUInt8()
    position += 1
    const base = 2 ** (10 + (window >>> 3))
    windowBytes = base + (base / 8) * (window & 0x07)
  }
  if (windowBytes > MAX_WINDOW_BYTES) {
    throw new ProtocolError(`zstd window of ${windowBytes} bytes: at most ${MAX_WINDOW_BYTES}`)
  }
  return {
    maxBlockBytes: Math.min(windowBytes, MAX_BLOCK_BYTES),
    hasChecksum: (descriptor & 0x04) !== 0,
    position: position + dictionaryBytes + contentSizeBytes,
  }
}

function contentSize(bytes: Buffer, sizeBytes: number): number {
  if (sizeBytes === 8) return bytes.readUInt32LE() + bytes.readUInt32LE(4) * 2 ** 32
  return bytes.readUIntLE(0, sizeBytes) + (sizeBytes === 2 ? 256 : 0)
}

function readBlock(bytes: Buffer, position: number, maxBlockBytes: number) {
  const header = take(bytes, position, 3).readUIntLE(0, 3)
  const type = (header >>> 1) & 0x03
  const size = header >>> 3
  if (type > COMPRESSED || size > MAX_BLOCK_BYTES) {
    throw new ProtocolError(`zstd block of type ${type} and ${size} bytes`, position)
  }
  const storedBytes = type === RUN ? 1 : size
  take(bytes, position + 3, storedBytes)
  return {
    isLast: (header & 1) === 1,
    outputBound: type === RAW || type === RUN ? size : maxBlockBytes,
    position: position + 3 + storedBytes,
  }
}

function take(bytes: Buffer, position: number, sizeBytes: number): Buffer {
  if (sizeBytes > bytes.length - position) throw new ProtocolError('zstd frame cut', position)
  return bytes.subarray(position, position + sizeBytes)
}
