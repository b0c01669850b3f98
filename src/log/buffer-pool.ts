/**
 * Buffers that are used again: the first touch of fresh memory costs as much as copying into it
 * (DESIGN 2.5). Sizes come in four classes; what is larger is not pooled. The pool never waits and
 * never refuses, it only stops keeping what comes back once it holds enough.
 */
const CLASS_BYTES = [16_384, 65_536, 262_144, 1_048_576] as const
/** Kept per class, so at most four times as much in all. */
const DEFAULT_KEPT_BYTES = 8_388_608

export class BufferPool {
  readonly #keptBytes: number
  readonly #free: Buffer[][] = CLASS_BYTES.map(() => [])

  constructor(keptBytes = DEFAULT_KEPT_BYTES) {
    this.#keptBytes = keptBytes
  }

  /** A buffer of at least `sizeBytes`, content undefined. */
  take(sizeBytes: number): Buffer {
    const index = CLASS_BYTES.findIndex(classBytes => classBytes >= sizeBytes)
    const classBytes = CLASS_BYTES[index]
    if (classBytes === undefined) return Buffer.allocUnsafeSlow(sizeBytes)
    return this.#free[index]?.pop() ?? Buffer.allocUnsafeSlow(classBytes)
  }

  /** Gives back what `take` returned; the caller must not touch it again. */
  give(buffer: Buffer): void {
    const free = this.#free[CLASS_BYTES.indexOf(buffer.length as (typeof CLASS_BYTES)[number])]
    if (free !== undefined && (free.length + 1) * buffer.length <= this.#keptBytes) {
      free.push(buffer)
    }
  }
}
