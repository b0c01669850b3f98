/**
 * The record batch, magic 2 (KIP-98), as a view over bytes: cheap accessors that take a buffer and
 * the position of the batch in it, and the stamps that a leader puts on. Nothing is decoded here.
 *
 * | position | bytes | field                |                                                      |
 * |----------|-------|----------------------|------------------------------------------------------|
 * | 0        | 8     | baseOffset           | set by the leader; outside the CRC                   |
 * | 8        | 4     | length               | of all that follows this field                       |
 * | 12       | 4     | partitionLeaderEpoch | set by the leader; outside the CRC (KIP-101)         |
 * | 16       | 1     | magic                | 2                                                    |
 * | 17       | 4     | crc                  | CRC-32C from attributes to the end                   |
 * | 21       | 2     | attributes           | see `Attribute`                                      |
 * | 23       | 4     | lastOffsetDelta      | kept by compaction, so at least recordCount - 1      |
 * | 27       | 8     | baseTimestamp        | or the delete horizon (KIP-534)                      |
 * | 35       | 8     | maxTimestamp         |                                                      |
 * | 43       | 8     | producerId           | -1: none                                             |
 * | 51       | 2     | producerEpoch        | -1: none                                             |
 * | 53       | 4     | baseSequence         | -1: none                                             |
 * | 57       | 4     | recordCount          |                                                      |
 * | 61       |       | records              | compressed as a whole when the attributes say so     |
 *
 * The first 17 bytes mean the same up to `magic` in every format (offset, size, 4 other bytes).
 */
import { crc32c, ProtocolError, readInt64, writeInt64 } from '../bytes/index.ts'

export const BASE_OFFSET_AT = 0
export const LENGTH_AT = 8
export const PARTITION_LEADER_EPOCH_AT = 12
export const MAGIC_AT = 16
export const CRC_AT = 17
export const ATTRIBUTES_AT = 21
export const LAST_OFFSET_DELTA_AT = 23
export const BASE_TIMESTAMP_AT = 27
export const MAX_TIMESTAMP_AT = 35
export const PRODUCER_ID_AT = 43
export const PRODUCER_EPOCH_AT = 51
export const BASE_SEQUENCE_AT = 53
export const RECORD_COUNT_AT = 57
export const RECORDS_AT = 61

/** Bytes of a batch without its records. */
export const BATCH_OVERHEAD = 61
/** Bytes before the part that `length` counts: base offset and length itself. */
export const LOG_OVERHEAD = 12
/** Bytes needed to tell the size and the format of an entry. */
export const HEADER_UP_TO_MAGIC = 17

export const NO_TIMESTAMP = -1
export const NO_PRODUCER_ID = -1
export const NO_PRODUCER_EPOCH = -1
export const NO_SEQUENCE = -1
export const NO_LEADER_EPOCH = -1

/** Bits of the attributes of a batch; the lowest three are the codec. */
export const Attribute = {
  CODEC_MASK: 0x07,
  LOG_APPEND_TIME: 0x08,
  TRANSACTIONAL: 0x10,
  CONTROL: 0x20,
  DELETE_HORIZON: 0x40,
} as const

export type TimestampType = 'NoTimestampType' | 'CreateTime' | 'LogAppendTime'

/** First offset of the batch. Of a compressed message v0 or v1 it is the last one (message-set.ts). */
export function baseOffsetOf(buffer: Buffer, position = 0): number {
  return readInt64(buffer, position + BASE_OFFSET_AT)
}

/** Bytes of the whole batch, base offset and length included. Not checked against the buffer. */
export function sizeOf(buffer: Buffer, position = 0): number {
  return LOG_OVERHEAD + buffer.readInt32BE(position + LENGTH_AT)
}

export function leaderEpochOf(buffer: Buffer, position = 0): number {
  return buffer.readInt32BE(position + PARTITION_LEADER_EPOCH_AT)
}

export function magicOf(buffer: Buffer, position = 0): number {
  return buffer.readInt8(position + MAGIC_AT)
}

/** The checksum the batch carries. */
export function crcOf(buffer: Buffer, position = 0): number {
  return buffer.readUInt32BE(position + CRC_AT)
}

export function attributesOf(buffer: Buffer, position = 0): number {
  return buffer.readInt16BE(position + ATTRIBUTES_AT)
}

/** 0 to 7, of which `CompressionCodec` knows 0 to 4. */
export function codecOf(buffer: Buffer, position = 0): number {
  return attributesOf(buffer, position) & Attribute.CODEC_MASK
}

export function timestampTypeOf(buffer: Buffer, position = 0): TimestampType {
  const isAppendTime = (attributesOf(buffer, position) & Attribute.LOG_APPEND_TIME) !== 0
  return isAppendTime ? 'LogAppendTime' : 'CreateTime'
}

export function isTransactional(buffer: Buffer, position = 0): boolean {
  return (attributesOf(buffer, position) & Attribute.TRANSACTIONAL) !== 0
}

export function isControl(buffer: Buffer, position = 0): boolean {
  return (attributesOf(buffer, position) & Attribute.CONTROL) !== 0
}

/** Whether `baseTimestamp` holds the moment from which compaction may drop the tombstones (KIP-534). */
export function hasDeleteHorizon(buffer: Buffer, position = 0): boolean {
  return (attributesOf(buffer, position) & Attribute.DELETE_HORIZON) !== 0
}

export function lastOffsetDeltaOf(buffer: Buffer, position = 0): number {
  return buffer.readInt32BE(position + LAST_OFFSET_DELTA_AT)
}

export function lastOffsetOf(buffer: Buffer, position = 0): number {
  return baseOffsetOf(buffer, position) + lastOffsetDeltaOf(buffer, position)
}

/** Milliseconds; a producer may send any int64, beyond 2^53 it is rounded. */
export function baseTimestampOf(buffer: Buffer, position = 0): number {
  return readInt64(buffer, position + BASE_TIMESTAMP_AT)
}

/** Milliseconds; a producer may send any int64, beyond 2^53 it is rounded. */
export function maxTimestampOf(buffer: Buffer, position = 0): number {
  return readInt64(buffer, position + MAX_TIMESTAMP_AT)
}

/** @throws ProtocolError beyond 2^53: no coordinator hands out such an id. */
export function producerIdOf(buffer: Buffer, position = 0): number {
  const producerId = readInt64(buffer, position + PRODUCER_ID_AT)
  if (Number.isSafeInteger(producerId)) return producerId
  throw new ProtocolError(
    `producer id ${buffer.readBigInt64BE(position + PRODUCER_ID_AT)} is beyond 2^53`,
    position + PRODUCER_ID_AT,
  )
}

export function producerEpochOf(buffer: Buffer, position = 0): number {
  return buffer.readInt16BE(position + PRODUCER_EPOCH_AT)
}

export function baseSequenceOf(buffer: Buffer, position = 0): number {
  return buffer.readInt32BE(position + BASE_SEQUENCE_AT)
}

export function lastSequenceOf(buffer: Buffer, position = 0): number {
  const baseSequence = baseSequenceOf(buffer, position)
  if (baseSequence === NO_SEQUENCE) return NO_SEQUENCE
  return addToSequence(baseSequence, lastOffsetDeltaOf(buffer, position))
}

/** The sequence that follows by `increment`: 2147483647 is followed by 0. */
export function addToSequence(sequence: number, increment: number): number {
  return (sequence + increment) % 0x8000_0000
}

export function recordCountOf(buffer: Buffer, position = 0): number {
  return buffer.readInt32BE(position + RECORD_COUNT_AT)
}

/** CRC-32C over what the batch says is its extent, which must lie in the buffer. */
export function computeCrc(buffer: Buffer, position = 0): number {
  return crc32c(buffer, position + ATTRIBUTES_AT, position + sizeOf(buffer, position))
}

export function isCrcValid(buffer: Buffer, position = 0): boolean {
  return computeCrc(buffer, position) === crcOf(buffer, position)
}

export interface Stamp {
  /** Offset of the first record. */
  readonly baseOffset: number
  readonly leaderEpoch: number
}

/** Writes what the leader decides into the batch. Both fields lie outside the CRC. */
export function stamp(buffer: Buffer, position: number, { baseOffset, leaderEpoch }: Stamp): void {
  writeInt64(buffer, position + BASE_OFFSET_AT, baseOffset)
  buffer.writeInt32BE(leaderEpoch, position + PARTITION_LEADER_EPOCH_AT)
}

/** Gives all records of the batch one time, the broker's (KIP-32), and seals it with a new CRC. */
export function stampLogAppendTime(buffer: Buffer, position: number, appendTimeMs: number): void {
  stampMaxTimestamp(buffer, position, appendTimeMs, 'LogAppendTime')
}

/** Sets max timestamp and timestamp type, and the CRC where that changes a byte. */
export function stampMaxTimestamp(
  buffer: Buffer,
  position: number,
  timestampMs: number,
  type: 'CreateTime' | 'LogAppendTime',
): void {
  const before = attributesOf(buffer, position)
  const attributes =
    type === 'LogAppendTime'
      ? before | Attribute.LOG_APPEND_TIME
      : before & ~Attribute.LOG_APPEND_TIME
  if (attributes === before && maxTimestampOf(buffer, position) === timestampMs) return
  buffer.writeInt16BE(attributes, position + ATTRIBUTES_AT)
  writeInt64(buffer, position + MAX_TIMESTAMP_AT, timestampMs)
  buffer.writeUInt32BE(computeCrc(buffer, position), position + CRC_AT)
}
