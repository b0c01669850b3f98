export { BufferPool } from './buffer-pool.ts'
export { sizeOfPart, type ByteRange, type Part } from './byte-range.ts'
export {
  CodecUnavailableError,
  codecName,
  codecNamed,
  compress,
  CompressionCodec,
  decompress,
  decompressAll,
  type CodecName,
  type CompressOptions,
  type DecompressOptions,
  type Lz4Options,
} from './compression/index.ts'
export { crc32 } from './crc32.ts'
export { crc32c } from './crc32c.ts'
export { int64Text, readInt64, writeInt64 } from './int64.ts'
export { formatJavaDouble } from './java-double.ts'
export { javaHashCode, javaHashPartition } from './java-hash.ts'
export { murmur2 } from './murmur2.ts'
export { ProtocolError } from './protocol-error.ts'
export { Reader } from './reader.ts'
export {
  readUnsignedVarint,
  readVarint,
  readVarlong,
  sizeOfUnsignedVarint,
  sizeOfVarint,
  sizeOfVarlong,
  writeUnsignedVarint,
  writeVarint,
  writeVarlong,
} from './varint.ts'
export { Writer } from './writer.ts'
