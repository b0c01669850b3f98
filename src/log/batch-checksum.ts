/** The checksum of a batch of any format: CRC-32C of magic 2, CRC-32 of the messages before it. */
import { crc32, crc32c } from '../bytes/index.ts'
import { ATTRIBUTES_AT, crcOf, MAGIC_AT } from '../records/index.ts'

const MESSAGE_CRC_AT = 12

export function storedChecksum(buffer: Buffer, position: number, magic: number): number {
  return magic === 2 ? crcOf(buffer, position) : buffer.readUInt32BE(position + MESSAGE_CRC_AT)
}

/** First of the bytes that the checksum covers, which run to the end of the batch. */
export function checksummedFrom(position: number, magic: number): number {
  return position + (magic === 2 ? ATTRIBUTES_AT : MAGIC_AT)
}

/** Checksum of `buffer[start, end)`, going on from `initial`. */
export function checksum(
  magic: number,
  buffer: Buffer,
  start: number,
  end: number,
  initial = 0,
): number {
  return magic === 2 ? crc32c(buffer, start, end, initial) : crc32(buffer, start, end, initial)
}

/** Whether the batch, which lies wholly in the buffer, is what its checksum says. */
export function isIntact(
  buffer: Buffer,
  position: number,
  sizeBytes: number,
  magic: number,
): boolean {
  const start = checksummedFrom(position, magic)
  return (
    checksum(magic, buffer, start, position + sizeBytes) === storedChecksum(buffer, position, magic)
  )
}
