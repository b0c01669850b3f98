/**
 * gzip (RFC 1952) by Node's zlib, and by our own decoder where the content is too large for one
 * piece. Members that follow one another are read as one, as Java's GZIPInputStream does, and what
 * follows them is ignored.
 *
 * | position | bytes | member                                                                    |
 * |----------|-------|---------------------------------------------------------------------------|
 * | 0        | 3     | 0x1f 0x8b, then 8 for deflate                                             |
 * | 3        | 1     | flags: 2 header checksum, 4 extra field, 8 file name, 16 comment          |
 * | 4        | 6     | time, extra flags, operating system                                       |
 * | 10       |       | as flagged: extra (2 + n), name, comment (ending with 0), checksum (2)    |
 * |          |       | deflate stream                                                            |
 * |          | 8     | CRC-32 and size of the content, little endian                             |
 */
import { crc32 as zlibCrc32, gunzipSync, gzipSync } from 'node:zlib'
import { ProtocolError } from '../../protocol-error.ts'
import { brokenInput, limited, MAX_PIECE_BYTES, overLimit } from '../limit.ts'
import { inflate } from './inflate.ts'
import { LsbBits } from './lsb-bits.ts'

/** Java's `Deflater.DEFAULT_COMPRESSION`, the default of `compression.gzip.level`. */
export const GZIP_DEFAULT_LEVEL = -1

const CHUNK_BYTES = 0x1_0000
const HEADER_BYTES = 10
const TRAILER_BYTES = 8
const Flag = { CHECKSUM: 2, EXTRA: 4, NAME: 8, COMMENT: 16, RESERVED: 32 } as const

export function gzip(bytes: Buffer, level = GZIP_DEFAULT_LEVEL): Buffer {
  return gzipSync(bytes, { level })
}

export function* gunzip(bytes: Buffer, maxBytes: number): Generator<Buffer, void, undefined> {
  const whole = inOnePiece(bytes, Math.min(maxBytes, MAX_PIECE_BYTES))
  if (whole !== undefined) yield whole
  else if (maxBytes <= MAX_PIECE_BYTES) throw overLimit('gzip', maxBytes)
  else yield* limited('gzip', gunzipInPieces(bytes), maxBytes)
}

/** `undefined` when the content is larger than `maxBytes`. */
function inOnePiece(bytes: Buffer, maxBytes: number): Buffer | undefined {
  try {
    return gunzipSync(bytes, { maxOutputLength: Math.max(maxBytes, 1), chunkSize: CHUNK_BYTES })
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') return undefined
    throw brokenInput('gzip', error)
  }
}

/** The same without zlib, in the memory of a window and a piece. */
export function* gunzipInPieces(bytes: Buffer): Generator<Buffer, void, undefined> {
  let position = 0
  do {
    const bits = new LsbBits(bytes, afterHeader(bytes, position))
    let checksum = 0
    let sizeBytes = 0
    for (const piece of inflate(bits)) {
      checksum = zlibCrc32(piece, checksum)
      sizeBytes += piece.length
      yield piece
    }
    const trailerAt = bits.bytePosition
    position = trailerAt + TRAILER_BYTES
    if (position > bytes.length) throw new ProtocolError('gzip data cut', trailerAt)
    const isRight = bytes.readUInt32LE(trailerAt) === checksum
    if (!isRight || bytes.readUInt32LE(trailerAt + 4) !== sizeBytes % 2 ** 32) {
      throw new ProtocolError('gzip checksum or size does not match', trailerAt)
    }
  } while (bytes[position] === 0x1f && bytes[position + 1] === 0x8b)
}

function afterHeader(bytes: Buffer, start: number): number {
  if (bytes.length - start < HEADER_BYTES) throw new ProtocolError('gzip header cut', start)
  if (bytes.readUIntBE(start, 3) !== 0x1f8b08) throw new ProtocolError('no gzip data', start)
  const flags = bytes.readUInt8(start + 3)
  if (flags >= Flag.RESERVED) throw new ProtocolError(`gzip header flags ${flags}`, start)
  let position = start + HEADER_BYTES
  if ((flags & Flag.EXTRA) !== 0) {
    if (bytes.length - position < 2) throw new ProtocolError('gzip header cut', position)
    position += 2 + bytes.readUInt16LE(position)
  }
  if ((flags & Flag.NAME) !== 0) position = afterZero(bytes, position)
  if ((flags & Flag.COMMENT) !== 0) position = afterZero(bytes, position)
  return position + ((flags & Flag.CHECKSUM) === 0 ? 0 : 2)
}

function afterZero(bytes: Buffer, start: number): number {
  const zero = bytes.indexOf(0, start)
  if (zero < 0) throw new ProtocolError('gzip header cut', start)
  return zero + 1
}
