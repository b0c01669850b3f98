/** xxHash32 with seed 0: the checksum of lz4 frames. Unsigned. */
const PRIME_1 = 0x9e3779b1
const PRIME_2 = 0x85ebca77
const PRIME_3 = 0xc2b2ae3d
const PRIME_4 = 0x27d4eb2f
const PRIME_5 = 0x165667b1

const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits))
const round = (lane: number, input: number): number =>
  Math.imul(rotate((lane + Math.imul(input, PRIME_2)) | 0, 13), PRIME_1)

export function xxhash32(bytes: Buffer, start = 0, end = bytes.length): number {
  let position = start
  let hash = PRIME_5
  if (end - start >= 16) {
    let [a, b, c, d] = [(PRIME_1 + PRIME_2) | 0, PRIME_2 | 0, 0, -PRIME_1 | 0]
    for (; position + 16 <= end; position += 16) {
      a = round(a, bytes.readInt32LE(position))
      b = round(b, bytes.readInt32LE(position + 4))
      c = round(c, bytes.readInt32LE(position + 8))
      d = round(d, bytes.readInt32LE(position + 12))
    }
    hash = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18)
  }
  hash = (hash + (end - start)) | 0
  for (; position + 4 <= end; position += 4) {
    const word = Math.imul(bytes.readInt32LE(position), PRIME_3)
    hash = Math.imul(rotate((hash + word) | 0, 17), PRIME_4)
  }
  for (; position < end; position += 1) {
    const byte = Math.imul(bytes.readUInt8(position), PRIME_5)
    hash = Math.imul(rotate((hash + byte) | 0, 11), PRIME_1)
  }
  hash = Math.imul(hash ^ (hash >>> 15), PRIME_2)
  hash = Math.imul(hash ^ (hash >>> 13), PRIME_3)
  return (hash ^ (hash >>> 16)) >>> 0
}
