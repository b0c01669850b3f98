/** A process that dies at a chosen step of what it does to its disk. */
import type { FileHandle, FileSystem } from '../../src/host/index.ts'

/** Files under a process that dies before its `stepsLeft`th change of the disk: no later one happens. */
export class MortalFiles {
  stepsLeft = Infinity
  readonly files: FileSystem

  readonly #death: () => Error

  /** @param death what is thrown from then on */
  constructor(files: FileSystem, death: () => Error = () => new DeadProcess()) {
    this.#death = death
    this.files = this.#counting(files, [
      'rename',
      'remove',
      'removeTree',
      'writeFile',
      'setModified',
    ])
  }

  get isDead(): boolean {
    return this.stepsLeft <= 0
  }

  #counting<Target extends object>(target: Target, changes: readonly string[]): Target {
    return new Proxy(target, {
      get: (_, property) => {
        const value: unknown = Reflect.get(target, property)
        if (typeof value !== 'function') return value
        return (...args: unknown[]): unknown => {
          if (changes.includes(String(property))) this.stepsLeft -= 1
          // A dead process does nothing more, whatever it makes of that.
          if (this.isDead && property !== 'close') throw this.#death()
          const result: unknown = value.apply(target, args)
          const isHandle = property === 'open'
          return isHandle ? this.#counting(result as FileHandle, ['write', 'truncate']) : result
        }
      },
    })
  }
}

class DeadProcess extends Error {
  override readonly name = 'DeadProcess'
}
