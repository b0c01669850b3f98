/**
 * Variable-length integers: unsigned LEB128 (KIP-482) and the zigzag forms that records use.
 * Overlong encodings are refused, as Kafka does: at most 5 bytes for 32 bits, 10 for 64.
 */
import { ProtocolError } from './protocol-error.ts'
import type { Reader } from './reader.ts'
import type { Writer } from './writer.ts'

export function readUnsignedVarint(reader: Reader): number {
  // Nearly all lengths and tag counts take one byte.
  const first = reader.uint8()
  if (first < 0x80) return first
  let value = first & 0x7f
  for (let shift = 7; shift < 35; shift += 7) {
    const byte = reader.uint8()
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) {
      if (shift === 28 && byte > 0x0f) break
      return value >>> 0
    }
  }
  throw new ProtocolError('varint longer than 32 bits', reader.position)
}

/** Zigzag, 32 bits: record lengths, key and value lengths, offset deltas. */
export function readVarint(reader: Reader): number {
  const raw = readUnsignedVarint(reader)
  return (raw >>> 1) ^ -(raw & 1)
}

/** Zigzag, 64 bits, as a number: record timestamp deltas. Beyond 2^53 the low bits are lost. */
export function readVarlong(reader: Reader): number {
  let low = 0
  let high = 0
  for (let shift = 0; shift < 70; shift += 7) {
    const byte = reader.uint8()
    const bits = byte & 0x7f
    if (shift < 28) low |= bits << shift
    else if (shift === 28) {
      low |= (bits & 0x0f) << 28
      high = bits >>> 4
    } else high |= bits << (shift - 32)
    if (byte < 0x80) {
      if (shift === 63 && byte > 1) break
      const negative = (low & 1) === 1
      const magnitudeLow = ((low >>> 1) | (high << 31)) >>> 0
      const magnitude = (high >>> 1) * 0x1_0000_0000 + magnitudeLow
      return negative ? -magnitude - 1 : magnitude
    }
  }
  throw new ProtocolError('varint longer than 64 bits', reader.position)
}

export function writeUnsignedVarint(writer: Writer, value: number): void {
  let rest = value >>> 0
  while (rest > 0x7f) {
    writer.uint8((rest & 0x7f) | 0x80)
    rest >>>= 7
  }
  writer.uint8(rest)
}

export function writeVarint(writer: Writer, value: number): void {
  writeUnsignedVarint(writer, (value << 1) ^ (value >> 31))
}

/** `value` must be a safe integer. */
export function writeVarlong(writer: Writer, value: number): void {
  // Zigzag of n is 2n for n >= 0 and -2n-1 below; split in halves, as 2n may pass 2^53.
  const magnitude = value < 0 ? -value - 1 : value
  let low = (magnitude % 0x8000_0000) * 2 + (value < 0 ? 1 : 0)
  let high = Math.floor(magnitude / 0x8000_0000)
  while (high > 0 || low > 0x7f) {
    writer.uint8((low & 0x7f) | 0x80)
    low = Math.floor(low / 128) + (high % 128) * 0x200_0000
    high = Math.floor(high / 128)
  }
  writer.uint8(low)
}

export function sizeOfUnsignedVarint(value: number): number {
  const unsigned = value >>> 0
  if (unsigned < 0x80) return 1
  if (unsigned < 0x4000) return 2
  if (unsigned < 0x20_0000) return 3
  return unsigned < 0x1000_0000 ? 4 : 5
}

export function sizeOfVarint(value: number): number {
  return sizeOfUnsignedVarint((value << 1) ^ (value >> 31))
}

export function sizeOfVarlong(value: number): number {
  let magnitude = value < 0 ? -value - 1 : value
  let size = 1
  magnitude = Math.floor(magnitude / 64)
  while (magnitude > 0) {
    size += 1
    magnitude = Math.floor(magnitude / 128)
  }
  return size
}
