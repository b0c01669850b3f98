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
import { readInt64 } from '../bytes/index.ts'
import { Attribute, NO_TIMESTAMP, type TimestampType } from './batch.ts'

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
