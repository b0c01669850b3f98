/**
 * A file that is opened when first needed and closed when its last user is done: a fetch may still
 * be on its way to a slow consumer when the segment is deleted, and a descriptor that is closed too
 * early would be another file's by then.
 */
import assert from 'node:assert/strict'
import { StorageError, type FileHandle, type FileSystem } from '../host/index.ts'

export class SharedFile {
  readonly #files: FileSystem
  #path: string
  #handle: FileHandle | undefined
  #users = 0
  #isClosed = false

  constructor(files: FileSystem, path: string) {
    this.#files = files
    this.#path = path
  }

  get path(): string {
    return this.#path
  }

  /** For a call that ends before the next turn. @throws StorageError */
  get handle(): FileHandle {
    if (this.#isClosed) throw new StorageError('use', this.#path, { code: 'EBADF' })
    this.#handle ??= this.#files.open(this.#path, 'write')
    return this.#handle
  }

  /** Opens the file, made if absent. @throws StorageError */
  create(): FileHandle {
    this.#handle = this.#files.open(this.#path, 'create')
    return this.#handle
  }

  /** For a longer use: the file stays open until the same number of `release`. @throws StorageError */
  retain(): FileHandle {
    const handle = this.handle
    this.#users += 1
    return handle
  }

  release(): void {
    assert(this.#users > 0, `${this.#path} has no user`)
    this.#users -= 1
    if (this.#users === 0 && this.#isClosed) this.#letGo()
  }

  /** @throws StorageError */
  rename(to: string): void {
    this.#files.rename(this.#path, to)
    this.#path = to
  }

  /** The directory around the file was renamed. */
  moved(to: string): void {
    this.#path = to
  }

  /** Takes no more users, and closes with the last. */
  close(): void {
    this.#isClosed = true
    if (this.#users === 0) this.#letGo()
  }

  #letGo(): void {
    this.#handle?.close()
    this.#handle = undefined
  }
}
