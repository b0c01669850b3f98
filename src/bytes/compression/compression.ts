/** One door to the codecs of record batches (KIP-110, KIP-390), by their numbers. */
import { ProtocolError } from '../protocol-error.ts'
import { CompressionCodec } from './codec.ts'
import { gunzip, gzip } from './gzip/gzip.ts'
import { lz4Compress, lz4Decompress, type Lz4Options } from './lz4/lz4.ts'
import { snappyCompress, snappyDecompress } from './snappy.ts'
import { zstdCompress, zstdDecompress } from './zstd/zstd.ts'

export interface CompressOptions {
  /** `compression.gzip.level`, `.lz4.level` or `.zstd.level`; snappy has none. */
  readonly level?: number
  readonly lz4HeaderChecksum?: 'right' | 'broken'
}

export interface DecompressOptions {
  /** Output beyond this many bytes is a `ProtocolError`, thrown before it is produced. */
  readonly maxBytes: number
  readonly lz4?: Lz4Options
}

/** @throws ProtocolError for a codec that does not exist */
export function compress(codec: number, bytes: Buffer, options: CompressOptions = {}): Buffer {
  switch (codec) {
    case CompressionCodec.NONE:
      return bytes
    case CompressionCodec.GZIP:
      return gzip(bytes, options.level)
    case CompressionCodec.SNAPPY:
      return snappyCompress(bytes)
    case CompressionCodec.LZ4:
      return lz4Compress(bytes, options.level, options.lz4HeaderChecksum)
    case CompressionCodec.ZSTD:
      return zstdCompress(bytes, options.level)
    default:
      throw unknownCodec(codec)
  }
}

/**
 * Decompresses piece by piece: the pieces in order are the content. Memory holds one piece at a time
 * besides the input.
 *
 * @throws ProtocolError when the bytes are broken, cut, or hold more than `maxBytes`
 */
export function decompress(
  codec: number,
  bytes: Buffer,
  options: DecompressOptions,
): Iterator<Buffer, void, undefined> {
  switch (codec) {
    case CompressionCodec.NONE:
      return [bytes].values()
    case CompressionCodec.GZIP:
      return gunzip(bytes, options.maxBytes)
    case CompressionCodec.SNAPPY:
      return snappyDecompress(bytes, options.maxBytes)
    case CompressionCodec.LZ4:
      return lz4Decompress(bytes, options.maxBytes, options.lz4)
    case CompressionCodec.ZSTD:
      return zstdDecompress(bytes, options.maxBytes)
    default:
      throw unknownCodec(codec)
  }
}

/** All of the content in one buffer. */
export function decompressAll(codec: number, bytes: Buffer, options: DecompressOptions): Buffer {
  const pieces: Buffer[] = []
  const chunks = decompress(codec, bytes, options)
  for (let next = chunks.next(); next.done !== true; next = chunks.next()) pieces.push(next.value)
  const [first] = pieces
  return first !== undefined && pieces.length === 1 ? first : Buffer.concat(pieces)
}

function unknownCodec(codec: number): ProtocolError {
  return new ProtocolError(`compression codec ${codec}: 0 to 4 exist`)
}
