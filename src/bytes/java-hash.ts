/**
 * Java's `String.hashCode()` over UTF-16 units, signed 32 bits: Kafka chooses the partition of
 * `__consumer_offsets` by it.
 */
export function javaHashCode(text: string): number {
  let hash = 0
  for (let index = 0; index < text.length; index += 1) {
    hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0
  }
  return hash
}

/** Kafka's `Utils.abs` of the hash: the smallest int32, which has no positive twin, gives 0. */
export function javaHashPartition(text: string, partitions: number): number {
  const hash = javaHashCode(text)
  return (hash === -0x8000_0000 ? 0 : Math.abs(hash)) % partitions
}
