/**
 * zstd (RFC 8878) by `node:zlib` where Node has it (22.15, 23.8), else by a native package. The
 * package has no output limit, so the frames are walked first: their blocks tell how much they can hold.
 */
import * as zlib from 'node:zlib'
import { brokenInput, MAX_PIECE_BYTES, overLimit } from './limit.ts'
import { native } from './native.ts'
import { zstdOutputBound } from './zstd-frames.ts'

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
/** Blocks without a known size count as full: below this, decode first and look then. */
const SMALL_BYTES = 8 * 1024 * 1024
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
  const limit = Math.min(maxBytes, MAX_PIECE_BYTES)
  if (zstdOutputBound(bytes) > Math.max(limit, SMALL_BYTES)) throw overLimit('zstd', limit)
  const output = decompressAll(bytes)
  if (output.length > limit) throw overLimit('zstd', limit)
  yield output
}

function decompressAll(bytes: Buffer): Buffer {
  try {
    if (builtin.zstdDecompressSync !== undefined) return builtin.zstdDecompressSync(bytes)
    const { Decoder } = native('@toondepauw/node-zstd') as NodeZstd
    return new Decoder().decodeSync(bytes)
  } catch (error) {
    throw brokenInput('zstd', error)
  }
}
