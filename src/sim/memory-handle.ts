/** An open file of a memory disk. It goes on working when the file is renamed or removed, as an open descriptor does. */
import { StorageError, type Clock, type FileHandle } from '../host/index.ts'
import type { DiskHooks, DiskOperation } from './disk-hooks.ts'
import { PosixError, type MemoryFile } from './file-tree.ts'

export class MemoryHandle implements FileHandle {
  readonly path: string
  readonly #file: MemoryFile
  readonly #clock: Clock
  readonly #hooks: DiskHooks | undefined
  readonly #isWritable: boolean
  #isOpen = true

  constructor(
    path: string,
    file: MemoryFile,
    disk: { clock: Clock; hooks: DiskHooks | undefined; isWritable: boolean },
  ) {
    this.path = path
    this.#file = file
    this.#clock = disk.clock
    this.#hooks = disk.hooks
    this.#isWritable = disk.isWritable
  }

  read(target: Buffer, offset: number, length: number, position: number): number {
    this.#begin('read')
    return this.#file.content.read(target, offset, length, position)
  }

  async readCold(
    target: Buffer,
    offset: number,
    length: number,
    position: number,
  ): Promise<number> {
    this.#begin('read')
    await this.#hooks?.delay()
    return this.#file.content.read(target, offset, length, position)
  }

  write(bytes: Buffer, position: number): void {
    this.#begin('write')
    if (!this.#isWritable) throw new StorageError('write', this.path, { code: 'EBADF' })
    const admitted = this.#hooks?.admit(this.#file, position, bytes.length) ?? bytes.length
    const part = admitted < bytes.length ? bytes.subarray(0, admitted) : bytes
    this.#hooks?.willWrite(this.#file, part, position)
    this.#file.content.write(part, position)
    this.#file.modifiedMs = this.#clock.wallMs()
    if (admitted < bytes.length) throw new StorageError('write', this.path, { code: 'ENOSPC' })
  }

  writeGathered(parts: readonly Buffer[], position: number): void {
    this.#mustBeOpen('write')
    let at = position
    for (const part of parts) {
      this.write(part, at)
      at += part.length
    }
  }

  sizeBytes(): number {
    this.#begin('stat')
    return this.#file.content.sizeBytes
  }

  truncate(sizeBytes: number): void {
    this.#begin('truncate')
    if (!this.#isWritable || !(sizeBytes >= 0)) {
      throw new StorageError('truncate', this.path, { code: 'EINVAL' })
    }
    this.#hooks?.willTruncate(this.#file, sizeBytes)
    this.#file.content.truncate(sizeBytes)
    this.#file.modifiedMs = this.#clock.wallMs()
  }

  async sync(): Promise<void> {
    this.#begin('sync')
    await this.#hooks?.sync(this.#file, this.path)
  }

  syncNow(): void {
    this.#begin('sync')
    this.#hooks?.syncNow(this.#file, this.path)
  }

  close(): void {
    this.#isOpen = false
  }

  #begin(operation: DiskOperation): void {
    this.#mustBeOpen(operation)
    if (this.#hooks === undefined) return
    try {
      this.#hooks.before(operation, this.path)
    } catch (cause) {
      if (cause instanceof PosixError) throw new StorageError(operation, this.path, cause)
      throw cause
    }
  }

  #mustBeOpen(operation: DiskOperation): void {
    if (!this.#isOpen) throw new StorageError(operation, this.path, { code: 'EBADF' })
  }
}
