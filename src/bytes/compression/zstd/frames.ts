/**
 * The frames of zstd and the headers of their blocks (RFC 8878, 3.1), and a walk over them that
 * decodes nothing: how much can they hold at most?
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
import { ProtocolError } from '../../protocol-error.ts'

export interface FrameHeader {
  /** To be passed over; `position` is then its end. */
  readonly isSkippable: boolean
  /** How far back a match may reach. */
  readonly windowBytes: number
  readonly maxBlockBytes: number
  readonly hasChecksum: boolean
  /** What the frame says that it decodes to, where it does. */
  readonly contentBytes: number | undefined
  /** Of the first block. */
  readonly position: number
}

export interface BlockHeader {
  readonly isLast: boolean
  readonly type: number
  /** Of the content of a raw or a run block, of the stored bytes of a compressed one. */
  readonly size: number
  readonly contentAt: number
  /** Of the next block. */
  readonly position: number
}

const MAGIC = 0xfd2fb528
const SKIPPABLE_MAGIC = 0x184d2a50
const MAX_BLOCK_BYTES = 128 * 1024
/** zstd's own default limit for a decoder, `ZSTD_WINDOWLOG_LIMIT_DEFAULT`. */
const MAX_WINDOW_BYTES = 2 ** 27
const RUN = 1
const COMPRESSED = 2

export interface ZstdOutline {
  /** Upper bound of the decompressed size of all frames. */
  readonly boundBytes: number
  /** Skippable ones included. */
  readonly frameCount: number
}

/**
 * Walks over all frames in `bytes`.
 *
 * @throws ProtocolError when they are no whole frames
 */
export function outlineOfZstd(bytes: Buffer): ZstdOutline {
  let position = 0
  let boundBytes = 0
  let frameCount = 0
  while (position < bytes.length) {
    frameCount += 1
    const header = readFrameHeader(bytes, position, bytes.length)
    position = header.position
    for (let isLast = header.isSkippable; !isLast;) {
      const block = readBlockHeader(bytes, position, bytes.length, header.maxBlockBytes)
      isLast = block.isLast
      boundBytes += block.type === COMPRESSED ? header.maxBlockBytes : block.size
      position = block.position
    }
    if (header.hasChecksum) position = after(position, 4, bytes.length)
  }
  return { boundBytes, frameCount }
}

/** Reads the header of the frame at `start`; `end` is the end of the input. */
export function readFrameHeader(bytes: Buffer, start: number, end: number): FrameHeader {
  let position = after(start, 4, end)
  const magic = bytes.readUInt32LE(start)
  if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
    position = after(position, 4, end)
    position = after(position, bytes.readUInt32LE(position - 4), end)
    const nothing = {
      windowBytes: 0,
      maxBlockBytes: 0,
      hasChecksum: false,
      contentBytes: undefined,
    }
    return { isSkippable: true, ...nothing, position }
  }
  if (magic !== MAGIC) throw new ProtocolError('no zstd frame', start)
  position = after(position, 1, end)
  const descriptor = bytes.readUInt8(position - 1)
  const isSingleSegment = (descriptor & 0x20) !== 0
  if ((descriptor & 0x0b) !== 0) {
    throw new ProtocolError('zstd frame with a dictionary, or of an unknown kind', start)
  }
  let windowBytes = 0
  if (!isSingleSegment) {
    position = after(position, 1, end)
    windowBytes = windowSize(bytes.readUInt8(position - 1))
  }
  const contentSizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >>> 6] ?? 0
  position = after(position, contentSizeBytes, end)
  const contentBytes =
    contentSizeBytes === 0
      ? undefined
      : contentSize(bytes, position - contentSizeBytes, contentSizeBytes)
  if (isSingleSegment) windowBytes = contentBytes ?? 0
  if (windowBytes > MAX_WINDOW_BYTES) {
    throw new ProtocolError(
      `zstd window of ${windowBytes} bytes: at most ${MAX_WINDOW_BYTES}`,
      start,
    )
  }
  return {
    isSkippable: false,
    windowBytes,
    maxBlockBytes: Math.min(windowBytes, MAX_BLOCK_BYTES),
    hasChecksum: (descriptor & 0x04) !== 0,
    contentBytes,
    position,
  }
}

function windowSize(byte: number): number {
  const base = 2 ** (10 + (byte >>> 3))
  return base + (base / 8) * (byte & 0x07)
}

function contentSize(bytes: Buffer, position: number, sizeBytes: number): number {
  if (sizeBytes === 8) {
    return bytes.readUInt32LE(position) + bytes.readUInt32LE(position + 4) * 2 ** 32
  }
  return bytes.readUIntLE(position, sizeBytes) + (sizeBytes === 2 ? 256 : 0)
}

/** Reads the header of the block at `start` and makes sure that the block is whole. */
export function readBlockHeader(
  bytes: Buffer,
  start: number,
  end: number,
  maxBlockBytes: number,
): BlockHeader {
  const contentAt = after(start, 3, end)
  const header = bytes.readUIntLE(start, 3)
  const type = (header >>> 1) & 0x03
  const size = header >>> 3
  if (type > COMPRESSED || size > maxBlockBytes) {
    throw new ProtocolError(`zstd block of type ${type} and ${size} bytes`, start)
  }
  const position = after(contentAt, type === RUN ? 1 : size, end)
  return { isLast: (header & 1) === 1, type, size, contentAt, position }
}

/** `position` moved on by `sizeBytes`, which must lie before `end`. */
function after(position: number, sizeBytes: number, end: number): number {
  if (sizeBytes > end - position) throw new ProtocolError('zstd frame cut', position)
  return position + sizeBytes
}
