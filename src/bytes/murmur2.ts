/**
 * Murmur2 as Kafka's default partitioner uses it (seed 0x9747b28c). Signed 32 bits; a partition is
 * `(murmur2(key) & 0x7fffffff) % partitions`.
 */
export function murmur2(bytes: Buffer): number {
  const m = 0x5bd1e995
  const length = bytes.length
  let hash = 0x9747b28c ^ length
  let position = 0
  for (; position + 4 <= length; position += 4) {
    let k = Math.imul(bytes.readInt32LE(position), m)
    k = Math.imul(k ^ (k >>> 24), m)
    hash = Math.imul(hash, m) ^ k
  }
  const left = length - position
  if (left > 0) {
    hash ^= bytes.readUIntLE(position, left)
    hash = Math.imul(hash, m)
  }
  hash = Math.imul(hash ^ (hash >>> 13), m)
  return hash ^ (hash >>> 15)
}
