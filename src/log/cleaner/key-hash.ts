/**
 * A hash of 128 bits for the keys of records: HalfSipHash-2-4 with 64 bits twice, under two secret
 * keys. Two records whose keys hash alike would be taken for one, and the older dropped: so it must
 * be wide, and nobody who writes records may be able to find such a pair (MD5, which Kafka takes,
 * no longer keeps that promise).
 */

/** Bytes of the secret. */
export const KEY_HASH_SECRET_BYTES = 16

export class KeyHash {
  /** The hash of the last key. */
  readonly words = new Int32Array(4)
  readonly #secret = new Int32Array(4)

  /** @param secret 16 random bytes */
  constructor(secret: Uint8Array) {
    new Uint8Array(this.#secret.buffer).set(secret.subarray(0, KEY_HASH_SECRET_BYTES))
  }

  /** Puts the hash of `bytes[start, end)` into `words`. */
  update(bytes: Uint8Array, start: number, end: number): void {
    this.#half(0, bytes, start, end)
    this.#half(2, bytes, start, end)
  }

  #half(at: number, bytes: Uint8Array, start: number, end: number): void {
    const key0 = this.#secret[at] as number
    const key1 = this.#secret[at + 1] as number
    let v0 = key0
    let v1 = key1 ^ 0xee
    let v2 = key0 ^ 0x6c796765
    let v3 = key1 ^ 0x74656462
    const whole = end - ((end - start) & 3)
    // One more than the words of the key: the last holds the rest of it, and its length.
    for (let position = start; position <= whole; position += 4) {
      const word =
        position < whole ? wordAt(bytes, position) : lastWord(bytes, position, end, start)
      v3 ^= word
      for (let round = 0; round < 2; round += 1) {
        v0 = (v0 + v1) | 0
        v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
        v0 = (v0 << 16) | (v0 >>> 16)
        v2 = (v2 + v3) | 0
        v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
        v0 = (v0 + v3) | 0
        v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
        v2 = (v2 + v1) | 0
        v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
        v2 = (v2 << 16) | (v2 >>> 16)
      }
      v0 ^= word
    }
    v2 ^= 0xee
    for (let round = 0; round < 8; round += 1) {
      v0 = (v0 + v1) | 0
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
      v0 = (v0 << 16) | (v0 >>> 16)
      v2 = (v2 + v3) | 0
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
      v0 = (v0 + v3) | 0
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
      v2 = (v2 + v1) | 0
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
      v2 = (v2 << 16) | (v2 >>> 16)
      if (round !== 3) continue
      this.words[at] = v1 ^ v3
      v1 ^= 0xdd
    }
    this.words[at + 1] = v1 ^ v3
  }
}

function wordAt(bytes: Uint8Array, position: number): number {
  return (
    (bytes[position] as number) |
    ((bytes[position + 1] as number) << 8) |
    ((bytes[position + 2] as number) << 16) |
    ((bytes[position + 3] as number) << 24)
  )
}

function lastWord(bytes: Uint8Array, position: number, end: number, start: number): number {
  let word = (end - start) << 24
  for (let at = end - 1; at >= position; at -= 1) {
    word |= (bytes[at] as number) << (8 * (at - position))
  }
  return word
}
