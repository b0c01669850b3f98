/**
 * A message of the formats before 0.11, magic 0 and 1 (KIP-31, KIP-32), as a view over bytes. An
 * entry is one message, or a wrapper whose value holds compressed messages.
 *
 * | position | bytes | field      |                                                                |
 * |----------|-------|------------|----------------------------------------------------------------|
 * | 0        | 8     | offset     | of the message; of a wrapper, that of its last inner message   |
 * | 8        | 4     | size       | of all that follows this field                                 |
 * | 12       | 4     | crc        | CRC-32 (IEEE) from magic to the end                            |
 * | 16       | 1     | magic      | 0 or 1                                                         |
 * | 17       | 1     | attributes | codec in bits 0-2; magic 1: LogAppendTime in bit 3             |
 * | 18       | 8     | timestamp  | magic 1 only; of a wrapper, the largest of its inner messages  |
 * |          | 4 + n | key        | length -1: null                                                |
 * |          | 4 + n | value      | length -1: null                                                |
 *
 * Inner offsets of a wrapper are absolute in magic 0, and counted from 0 in magic 1.
 */
import { crc32, ProtocolError, readInt64 } from '../bytes/index.ts'
import {
  Attribute,
  baseOffsetOf,
  magicOf,
  MAGIC_AT,
  NO_TIMESTAMP,
  sizeOf,
  type TimestampType,
} from './batch.ts'

export const MESSAGE_CRC_AT = 12
export const MESSAGE_ATTRIBUTES_AT = 17
export const MESSAGE_TIMESTAMP_AT = 18

/** Smallest `size` of an entry: crc, magic, attributes, and two lengths. */
export const MESSAGE_OVERHEAD_V0 = 14
/** The same with a timestamp. */
export const MESSAGE_OVERHEAD_V1 = 22

export function messageCodecOf(buffer: Buffer, position = 0): number {
  return buffer.readUInt8(position + MESSAGE_ATTRIBUTES_AT) & Attribute.CODEC_MASK
}

/** Milliseconds; -1 in magic 0. */
export function messageTimestampOf(buffer: Buffer, position: number, magic: number): number {
  return magic === 0 ? NO_TIMESTAMP : readInt64(buffer, position + MESSAGE_TIMESTAMP_AT)
}

export function messageTimestampTypeOf(
  buffer: Buffer,
  position: number,
  magic: number,
): TimestampType {
  if (magic === 0) return 'NoTimestampType'
  const attributes = buffer.readUInt8(position + MESSAGE_ATTRIBUTES_AT)
  return (attributes & Attribute.LOG_APPEND_TIME) !== 0 ? 'LogAppendTime' : 'CreateTime'
}

/** A message as it stands, wrapper or not. Key and value are views. */
export interface LegacyMessage {
  readonly offset: number
  readonly magic: number
  readonly codec: number
  readonly timestamp: number
  readonly timestampType: TimestampType
  readonly key: Buffer | null
  readonly value: Buffer | null
  /** The checksum that it carries. */
  readonly crc: number
  /** Whether the bytes agree with their checksum. */
  readonly isCrcValid: boolean
}

/**
 * Reads the message at `position`, which must be whole.
 *
 * @throws ProtocolError when key or value reach beyond the message
 */
export function readMessage(buffer: Buffer, position = 0): LegacyMessage {
  const magic = magicOf(buffer, position)
  const end = position + sizeOf(buffer, position)
  const keyAt = position + MESSAGE_TIMESTAMP_AT + (magic === 0 ? 0 : 8)
  const key = readBytes(buffer, keyAt, end)
  const value = readBytes(buffer, keyAt + 4 + (key?.length ?? 0), end)
  return {
    offset: baseOffsetOf(buffer, position),
    magic,
    codec: messageCodecOf(buffer, position),
    timestamp: messageTimestampOf(buffer, position, magic),
    timestampType: messageTimestampTypeOf(buffer, position, magic),
    key,
    value,
    crc: buffer.readUInt32BE(position + MESSAGE_CRC_AT),
    isCrcValid: isMessageCrcValid(buffer, position),
  }
}

/** Whether the checksum of the message at `position`, which must be whole, agrees with its bytes. */
export function isMessageCrcValid(buffer: Buffer, position: number): boolean {
  const computed = crc32(buffer, position + MAGIC_AT, position + sizeOf(buffer, position))
  return computed === buffer.readUInt32BE(position + MESSAGE_CRC_AT)
}

function readBytes(buffer: Buffer, position: number, end: number): Buffer | null {
  if (end - position < 4) throw new ProtocolError('message ends before key or value', position)
  const sizeBytes = buffer.readInt32BE(position)
  if (sizeBytes < 0) return null
  if (sizeBytes > end - position - 4) {
    throw new ProtocolError(
      `key or value of ${sizeBytes} bytes, ${end - position - 4} left in the message`,
      position,
    )
  }
  return buffer.subarray(position + 4, position + 4 + sizeBytes)
}
