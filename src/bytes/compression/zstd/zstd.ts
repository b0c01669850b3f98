/**
 * zstd (RFC 8878) by `node:zlib` where Node has it (22.15, 23.8), else by a native package; and by
 * our own decoder where the content may be too large for one piece, or no package is there.
 */
import * as zlib from 'node:zlib'
import { brokenInput, limited, MAX_PIECE_BYTES, overLimit } from '../limit.ts'
import { CodecUnavailableError, native } from '../native.ts'
import { decodeZstd } from './decoder.ts'
import { outlineOfZstd } from './frames.ts'

interface NodeZstd {
  Encoder: new (level: number) => { encodeSync(data: Buffer): Buffer }
  Decoder: new () => { decodeSync(data: Buffer): Buffer }
}

/** What later Nodes export; the types of Node 20 do not know it. */
interface ZlibWithZstd {
  zstdCompressSync?: (data: Buffer, options: { params: Record<number, number> }) => Buffer
  zstdDecompressSync?: (data: Buffer) => Buffer
}

/** The default of `compression.zstd.level`. */
export const ZSTD_DEFAULT_LEVEL = 3

const LEVEL_PARAMETER = 100
const builtin = zlib as ZlibWithZstd

export function zstdCompress(bytes: Buffer, level = ZSTD_DEFAULT_LEVEL): Buffer {
  if (builtin.zstdCompressSync !== undefined) {
    return builtin.zstdCompressSync(bytes, { params: { [LEVEL_PARAMETER]: level } })
  }
  const { Encoder } = native('@toondepauw/node-zstd') as NodeZstd
  return new Encoder(level).encodeSync(bytes)
}

export function* zstdDecompress(
  bytes: Buffer,
  maxBytes: number,
): Generator<Buffer, void, undefined> {
  // The headers of the blocks tell how much a library would produce at most.
  const { boundBytes, frameCount } = outlineOfZstd(bytes)
  // Node's own decoder ends quietly after the first frame.
  const isForLibrary = boundBytes <= MAX_PIECE_BYTES && frameCount === 1
  const whole = isForLibrary ? inOnePiece(bytes) : undefined
  if (whole === undefined) yield* limited('zstd', decodeZstd(bytes), maxBytes)
  else if (whole.length > maxBytes) throw overLimit('zstd', maxBytes)
  else yield whole
}

/** `undefined` where no library is. */
function inOnePiece(bytes: Buffer): Buffer | undefined {
  try {
    if (builtin.zstdDecompressSync !== undefined) return builtin.zstdDecompressSync(bytes)
    const { Decoder } = native('@toondepauw/node-zstd') as NodeZstd
    return new Decoder().decodeSync(bytes)
  } catch (error) {
    if (error instanceof CodecUnavailableError) return undefined
    throw brokenInput('zstd', error)
  }
}
