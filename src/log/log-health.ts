/** Whether a log may be used: it is open, or was closed, or its disk has failed under it. */
import { StorageError } from '../host/index.ts'

export class LogHealth {
  readonly #directory: () => string
  readonly #onFailure: (error: StorageError) => void
  #state: 'open' | 'failed' | 'closed' = 'open'

  /** @param onFailure told of the first failure of the disk (KIP-112) */
  constructor(directory: () => string, onFailure: (error: StorageError) => void) {
    this.#directory = directory
    this.#onFailure = onFailure
  }

  get isOpen(): boolean {
    return this.#state === 'open'
  }

  get isClosed(): boolean {
    return this.#state === 'closed'
  }

  close(): void {
    this.#state = 'closed'
  }

  /** @throws StorageError when it is not open */
  assertOpen(): void {
    if (this.#state === 'open') return
    throw new StorageError('use', this.#directory(), { code: 'KAFKA_STORAGE_ERROR' })
  }

  /** Does something with the files. @throws StorageError */
  guard<Result>(action: () => Result): Result {
    this.assertOpen()
    try {
      return action()
    } catch (error) {
      throw this.failed(error)
    }
  }

  /** The same for what takes longer. @throws StorageError */
  async guardAsync<Result>(action: () => Promise<Result>): Promise<Result> {
    this.assertOpen()
    try {
      return await action()
    } catch (error) {
      throw this.failed(error)
    }
  }

  /** Takes note of an error that is not expected. @returns the error, to be thrown */
  failed(error: unknown): unknown {
    if (error instanceof StorageError && this.#state === 'open') {
      this.#state = 'failed'
      this.#onFailure(error)
    }
    return error
  }
}
