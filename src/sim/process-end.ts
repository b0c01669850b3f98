/** The end of a process between two of its operations on the disk, or within a write: time alone cannot hit that. */
import type { DiskOperation } from './disk-hooks.ts'
import type { SeededRandom } from './random.ts'

export interface EndOptions {
  /** Changes and syncs until then; the last of them does not happen, or, as a write, in part. */
  readonly operations: number
  /** Of which paths; default: all. */
  readonly path?: RegExp
}

/** The process does nothing any more: what it still tries on the disk fails so. */
export class ProcessEndedError extends Error {
  override readonly name = 'ProcessEndedError'
}

const looks: ReadonlySet<DiskOperation> = new Set(['open', 'read', 'stat', 'list'])

export class ProcessEnd {
  readonly #random: SeededRandom
  #left = Infinity
  #path: RegExp | undefined
  #onEnd: () => void = () => undefined
  #isTearing = false
  isOver = false

  constructor(random: SeededRandom) {
    this.#random = random
  }

  arm({ operations, path }: EndOptions, onEnd: () => void): void {
    this.#left = operations
    this.#path = path
    this.#onEnd = onEnd
  }

  /** @throws ProcessEndedError when it is over */
  before(operation: DiskOperation, path: string): void {
    if (this.isOver) throw new ProcessEndedError(`${operation} of ${path} after the end`)
    if (looks.has(operation) || this.#path?.test(path) === false) return
    this.#left -= 1
    if (this.#left > 0) return
    this.isOver = true
    this.#onEnd()
    this.#isTearing = operation === 'write'
    if (!this.#isTearing) throw new ProcessEndedError(`ended before ${operation} of ${path}`)
  }

  /** @returns how much is written, where the process ends within this write */
  admit(wantedBytes: number): number {
    if (!this.#isTearing) return wantedBytes
    this.#isTearing = false
    return this.#random.below(wantedBytes)
  }
}
