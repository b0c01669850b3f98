/** Random numbers that repeat from their seed: xoshiro128**, seeded through splitmix32. Not for secrets. */
import type { Random } from '../host/index.ts'

export class SeededRandom implements Random {
  readonly #state = new Uint32Array(4)

  /** @param seed a whole number; also negative or beyond 32 bits */
  constructor(seed: number) {
    const mix = splitmix32(splitmix32(Math.floor(seed / 2 ** 32))() ^ seed)
    for (let index = 0; index < 4; index++) this.#state[index] = mix()
  }

  below(bound: number): number {
    if (!(bound >= 1 && bound <= 2 ** 31))
      throw new RangeError(`bound must be 1 to 2^31, got ${bound}`)
    const limit = 2 ** 32 - (2 ** 32 % bound)
    for (;;) {
      const value = this.#next()
      if (value < limit) return value % bound
    }
  }

  bytes(sizeBytes: number): Buffer {
    const bytes = Buffer.allocUnsafe(sizeBytes)
    for (let at = 0; at < sizeBytes; at++) bytes[at] = this.#next() >>> 24
    return bytes
  }

  /** From `from` (included) to `to` (excluded), with a fraction. */
  between(from: number, to: number): number {
    return from + ((to - from) * this.#next()) / 2 ** 32
  }

  /** True with this probability. Draws a number also for 0 and 1, so that a changed rate does not shift what follows. */
  chance(probability: number): boolean {
    return this.#next() < probability * 2 ** 32
  }

  /** @throws RangeError when there is nothing to pick from */
  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item
  }

  /** An own stream for a part of the simulation, so that a draw more in one part changes no other. */
  fork(name: string): SeededRandom {
    let hash = 0x811c9dc5 // FNV-1a
    for (let at = 0; at < name.length; at++)
      hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193)
    return new SeededRandom((hash ^ (this.#state[0] ?? 0)) + 2 ** 32 * (this.#state[1] ?? 0))
  }

  #next(): number {
    const [a = 0, b = 0, c = 0, d = 0] = this.#state
    const result = Math.imul(rotated(Math.imul(b, 5), 7), 9) >>> 0
    const c2 = c ^ a
    const d2 = d ^ b
    this.#state[1] = b ^ c2
    this.#state[0] = a ^ d2
    this.#state[2] = c2 ^ (b << 9)
    this.#state[3] = rotated(d2, 11)
    return result
  }
}

function rotated(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}

function splitmix32(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return (mixed ^ (mixed >>> 15)) >>> 0
  }
}
