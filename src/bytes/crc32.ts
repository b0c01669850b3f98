import { crc32 as zlibCrc32 } from 'node:zlib'

/** CRC-32 (IEEE) of `bytes[start, end)`: the checksum of messages v0 and v1. Unsigned. */
export function crc32(bytes: Buffer, start = 0, end = bytes.length): number {
  return zlibCrc32(bytes.subarray(start, end))
}
