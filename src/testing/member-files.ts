/**
 * The files of a member of a test cluster: those it has open and those it has locked are let go at its
 * end, so that its next life finds them as a process finds what a killed one has left.
 */
import {
  StorageError,
  type FileHandle,
  type FileLock,
  type FileStatus,
  type FileSystem,
  type OpenMode,
} from '../host/index.ts'

/** Settles in the life of a member only. */
export type Settle = <T>(promise: Promise<T>) => Promise<T>

export class MemberFiles implements FileSystem {
  readonly #files: FileSystem
  readonly #settle: Settle
  readonly #open = new Set<MemberHandle>()
  readonly #locks = new Set<FileLock>()

  constructor(files: FileSystem, settle: Settle) {
    this.#files = files
    this.#settle = settle
  }

  /** What the system does for a process that is gone. */
  end(): void {
    for (const handle of [...this.#open]) handle.close()
    for (const lock of this.#locks) lock.release()
    this.#locks.clear()
  }

  open(path: string, mode: OpenMode): FileHandle {
    const handle = new MemberHandle(this.#files.open(path, mode), this.#settle, () =>
      this.#open.delete(handle),
    )
    this.#open.add(handle)
    return handle
  }

  lock(path: string): FileLock | undefined {
    const lock = this.#files.lock(path)
    if (lock === undefined) return undefined
    this.#locks.add(lock)
    return {
      release: () => {
        if (this.#locks.delete(lock)) lock.release()
      },
    }
  }

  readFile(path: string): Buffer {
    return this.#files.readFile(path)
  }

  writeFile(path: string, content: Buffer | string): void {
    this.#files.writeFile(path, content)
  }

  replaceFile(path: string, content: Buffer | string): void {
    this.#files.replaceFile(path, content)
  }

  status(path: string): FileStatus | undefined {
    return this.#files.status(path)
  }

  list(directory: string): string[] {
    return this.#files.list(directory)
  }

  makeDirectory(path: string): void {
    this.#files.makeDirectory(path)
  }

  rename(from: string, to: string): void {
    this.#files.rename(from, to)
  }

  remove(path: string): void {
    this.#files.remove(path)
  }

  removeTree(path: string): Promise<void> {
    return this.#settle(this.#files.removeTree(path))
  }

  syncDirectory(path: string): void {
    this.#files.syncDirectory(path)
  }

  syncDirectorySoon(path: string): Promise<void> {
    return this.#settle(this.#files.syncDirectorySoon(path))
  }

  setModified(path: string, wallMs: number): void {
    this.#files.setModified(path, wallMs)
  }

  volume(path: string): { totalBytes: number; usableBytes: number } {
    return this.#files.volume(path)
  }
}

class MemberHandle implements FileHandle {
  readonly path: string
  readonly #handle: FileHandle
  readonly #settle: Settle
  readonly #onClose: () => void
  #isOpen = true

  constructor(handle: FileHandle, settle: Settle, onClose: () => void) {
    this.path = handle.path
    this.#handle = handle
    this.#settle = settle
    this.#onClose = onClose
  }

  read(target: Buffer, offset: number, length: number, position: number): number {
    return this.#handle.read(target, offset, length, position)
  }

  readCold(target: Buffer, offset: number, length: number, position: number): Promise<number> {
    return this.#settle(this.#handle.readCold(target, offset, length, position))
  }

  write(bytes: Buffer, position: number): void {
    this.#mustBeOpen('write')
    this.#handle.write(bytes, position)
  }

  writeGathered(parts: readonly Buffer[], position: number): void {
    this.#mustBeOpen('write')
    this.#handle.writeGathered(parts, position)
  }

  sizeBytes(): number {
    return this.#handle.sizeBytes()
  }

  truncate(sizeBytes: number): void {
    this.#mustBeOpen('truncate')
    this.#handle.truncate(sizeBytes)
  }

  sync(): Promise<void> {
    return this.#settle(this.#handle.sync())
  }

  syncNow(): void {
    this.#handle.syncNow()
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#onClose()
    this.#handle.close()
  }

  /** The next life of the member may have the file by now. */
  #mustBeOpen(operation: string): void {
    if (!this.#isOpen) throw new StorageError(operation, this.path, { code: 'EBADF' })
  }
}
