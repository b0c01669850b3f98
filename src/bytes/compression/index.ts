export { codecName, CompressionCodec, codecNamed, type CodecName } from './codec.ts'
export {
  compress,
  decompress,
  decompressAll,
  type CompressOptions,
  type DecompressOptions,
} from './compression.ts'
export type { Lz4Options } from './lz4/lz4.ts'
export { CodecUnavailableError } from './native.ts'
