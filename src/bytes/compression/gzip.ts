/** gzip by Node's own zlib. Concatenated members are read as one, as Java's GZIPInputStream does. */
import { gunzipSync, gzipSync } from 'node:zlib'
import { brokenInput, MAX_PIECE_BYTES, overLimit } from './limit.ts'

/** Java's `Deflater.DEFAULT_COMPRESSION`, the default of `compression.gzip.level`. */
export const GZIP_DEFAULT_LEVEL = -1

const CHUNK_BYTES = 0x1_0000

export function gzip(bytes: Buffer, level = GZIP_DEFAULT_LEVEL): Buffer {
  return gzipSync(bytes, { level })
}

export function* gunzip(bytes: Buffer, maxBytes: number): Generator<Buffer, void, undefined> {
  const limit = Math.min(maxBytes, MAX_PIECE_BYTES)
  try {
    yield gunzipSync(bytes, { maxOutputLength: Math.max(limit, 1), chunkSize: CHUNK_BYTES })
  } catch (error) {
    if (isTooLarge(error)) throw overLimit('gzip', limit)
    throw brokenInput('gzip', error)
  }
}

function isTooLarge(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE'
}
