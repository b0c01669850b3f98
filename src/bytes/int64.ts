/**
 * 64-bit integers in place, as numbers: exact up to 2^53, rounded to the nearest double beyond
 * (a `bigint` costs several times more, and offsets, sizes and milliseconds stay below).
 */
const TWO_TO_32 = 0x1_0000_0000
const TWO_TO_63 = 2 ** 63

export function readInt64(buffer: Buffer, position: number): number {
  return buffer.readInt32BE(position) * TWO_TO_32 + buffer.readUInt32BE(position + 4)
}

/** As Java prints it: what a double rounds up to 2^63 is the largest int64, 9223372036854775807. */
export function int64Text(value: number): string {
  return String(BigInt.asIntN(64, value >= TWO_TO_63 ? 2n ** 63n - 1n : BigInt(value)))
}

/** Saturates: what a double rounds up to 2^63 is written as the largest int64. */
export function writeInt64(buffer: Buffer, position: number, value: number): void {
  if (value >= TWO_TO_63) {
    buffer.writeInt32BE(0x7fffffff, position)
    buffer.writeUInt32BE(0xffffffff, position + 4)
    return
  }
  const high = Math.max(Math.floor(value / TWO_TO_32), -0x8000_0000)
  buffer.writeInt32BE(high, position)
  buffer.writeUInt32BE(Math.max(value - high * TWO_TO_32, 0), position + 4)
}
