import { crc32 as zlibCrc32 } from 'node:zlib'

/**
 * CRC-32 (IEEE) of `bytes[start, end)`: the checksum of messages v0 and v1. Unsigned. With the CRC
 * of what came before as `previous` it is the CRC of both together.
 */
export function crc32(bytes: Buffer, start = 0, end = bytes.length, previous = 0): number {
  // zlib takes no bytes at all for a wish to begin anew.
  return start === end ? previous : zlibCrc32(bytes.subarray(start, end), previous)
}
