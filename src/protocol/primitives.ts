/**
 * The types of fixed size in Kafka's protocol: big-endian, the same in all versions.
 */
import type { Reader, Writer } from '../bytes/index.ts'
import type { Type, ValueCodec } from './type.ts'
import { readUuid, writeUuid, ZERO_UUID } from './uuid.ts'

/** A type that always takes the same number of bytes. */
export function fixedSize<T>(
  name: string,
  sizeBytes: number,
  zero: T,
  read: (reader: Reader) => T,
  write: (writer: Writer, value: T) => void,
): Type<T> {
  const codec: ValueCodec<T> = {
    read,
    write,
    leastSizeBytes: sizeBytes,
    zero,
    isZero: value => value === zero,
  }
  return { kind: 'type', name, compile: () => codec }
}

export const bool = fixedSize<boolean>(
  'bool',
  1,
  false,
  reader => reader.int8() !== 0,
  (writer, value) => writer.int8(value ? 1 : 0),
)
export const int8 = fixedSize<number>(
  'int8',
  1,
  0,
  reader => reader.int8(),
  (writer, value) => writer.int8(value),
)
export const int16 = fixedSize<number>(
  'int16',
  2,
  0,
  reader => reader.int16(),
  (writer, value) => writer.int16(value),
)
export const uint16 = fixedSize<number>(
  'uint16',
  2,
  0,
  reader => reader.uint16(),
  (writer, value) => writer.uint16(value),
)
export const int32 = fixedSize<number>(
  'int32',
  4,
  0,
  reader => reader.int32(),
  (writer, value) => writer.int32(value),
)
export const uint32 = fixedSize<number>(
  'uint32',
  4,
  0,
  reader => reader.uint32(),
  (writer, value) => writer.uint32(value),
)
/**
 * A `number`: exact up to 2^53, and beyond that rounded to the nearest double, both when read and
 * when written (the ends of int64 saturate). For values that are ours, and for those where any value
 * beyond 2^53 is out of range anyway, such as fetch offsets.
 */
export const int64 = fixedSize<number>(
  'int64',
  8,
  0,
  reader => reader.int64(),
  (writer, value) => writer.int64(value),
)
/** A `bigint`: for what a client may set to anything and wants back unchanged (committed offsets). */
export const int64Exact = fixedSize<bigint>(
  'int64',
  8,
  0n,
  reader => reader.int64Exact(),
  (writer, value) => writer.int64Exact(value),
)
export const float64 = fixedSize<number>(
  'float64',
  8,
  0,
  reader => reader.float64(),
  (writer, value) => writer.float64(value),
)
/** Sixteen bytes, as the 22 characters that Kafka prints: cheap to compare and to look up. */
export const uuid = fixedSize<string>('uuid', 16, ZERO_UUID, readUuid, writeUuid)
