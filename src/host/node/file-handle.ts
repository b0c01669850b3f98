/**
 * An open file over Node's descriptor calls. Synchronous calls reach only the page cache; what waits
 * for the disk runs in the thread pool, and the descriptor is closed only after the last of it.
 */
import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  read,
  readSync,
  writeSync,
  writevSync,
} from 'node:fs'
import { StorageError, type FileHandle } from '../files.ts'
import { remainingParts } from './remaining-parts.ts'

/** Linux takes 1024 parts a call (IOV_MAX) and refuses more. */
const maxParts = 1024

export class NodeFileHandle implements FileHandle {
  readonly path: string
  readonly #fd: number
  #pendingCalls = 0
  #isClosed = false

  constructor(path: string, fd: number) {
    this.path = path
    this.#fd = fd
  }

  read(target: Buffer, offset: number, length: number, position: number): number {
    this.#mustBeOpen('read')
    let done = 0
    try {
      while (done < length) {
        const got = readSync(this.#fd, target, offset + done, length - done, position + done)
        if (got === 0) break
        done += got
      }
    } catch (cause) {
      throw new StorageError('read', this.path, cause)
    }
    return done
  }

  async readCold(
    target: Buffer,
    offset: number,
    length: number,
    position: number,
  ): Promise<number> {
    let done = 0
    while (done < length) {
      const got = await this.#inPool<number>('read', callback =>
        read(this.#fd, target, offset + done, length - done, position + done, callback),
      )
      if (got === 0) break
      done += got
    }
    return done
  }

  write(bytes: Buffer, position: number): void {
    this.#mustBeOpen('write')
    let done = 0
    try {
      while (done < bytes.length) {
        done += writeSync(this.#fd, bytes, done, bytes.length - done, position + done)
      }
    } catch (cause) {
      throw new StorageError('write', this.path, cause)
    }
  }

  writeGathered(parts: readonly Buffer[], position: number): void {
    const [first] = parts
    if (parts.length === 1 && first !== undefined) {
      this.write(first, position)
      return
    }
    this.#mustBeOpen('write')
    let at = position
    for (let from = 0; from < parts.length; from += maxParts) {
      const group = parts.length <= maxParts ? parts : parts.slice(from, from + maxParts)
      at += this.#writeGroup(group, at)
    }
  }

  sizeBytes(): number {
    this.#mustBeOpen('stat')
    try {
      return fstatSync(this.#fd).size
    } catch (cause) {
      throw new StorageError('stat', this.path, cause)
    }
  }

  truncate(sizeBytes: number): void {
    this.#mustBeOpen('truncate')
    try {
      ftruncateSync(this.#fd, sizeBytes)
    } catch (cause) {
      throw new StorageError('truncate', this.path, cause)
    }
  }

  async sync(): Promise<void> {
    await this.#inPool<undefined>('sync', callback =>
      fdatasync(this.#fd, error => callback(error, undefined)),
    )
  }

  syncNow(): void {
    this.#mustBeOpen('sync')
    try {
      fdatasyncSync(this.#fd)
    } catch (cause) {
      throw new StorageError('sync', this.path, cause)
    }
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    if (this.#pendingCalls === 0) this.#closeDescriptor()
  }

  /** Writes all parts, also where the kernel took fewer bytes than offered. @returns bytes written */
  #writeGroup(parts: readonly Buffer[], position: number): number {
    let rest = parts
    let done = 0
    try {
      for (;;) {
        const written = writevSync(this.#fd, rest, position + done)
        done += written
        rest = remainingParts(rest, written)
        if (rest.length === 0) return done
      }
    } catch (cause) {
      throw new StorageError('write', this.path, cause)
    }
  }

  async #inPool<Result>(
    operation: string,
    call: (callback: (error: Error | null, result: Result) => void) => void,
  ): Promise<Result> {
    this.#mustBeOpen(operation)
    this.#pendingCalls += 1
    try {
      return await new Promise<Result>((resolve, reject) => {
        call((error, result) => (error === null ? resolve(result) : reject(error)))
      })
    } catch (cause) {
      throw new StorageError(operation, this.path, cause)
    } finally {
      this.#pendingCalls -= 1
      // A descriptor closed under a running call could by then belong to another file.
      if (this.#isClosed && this.#pendingCalls === 0) this.#closeDescriptor()
    }
  }

  #closeDescriptor(): void {
    try {
      closeSync(this.#fd)
    } catch (cause) {
      throw new StorageError('close', this.path, cause)
    }
  }

  #mustBeOpen(operation: string): void {
    if (this.#isClosed) throw new StorageError(operation, this.path, { code: 'EBADF' })
  }
}
