/**
 * Files, as the log and the coordination service need them. Calls that touch only the page cache
 * are synchronous, because a hop to another thread costs more than the call; what waits for the
 * disk (`sync`) or takes long (`removeTree`, `readCold`) is a promise.
 * Every failure is a `StorageError` that names the operation and the path.
 */

export interface FileHandle {
  readonly path: string
  /** Reads up to `length` bytes at `position` into `target`; fewer only at the end of the file. @returns bytes read */
  read(target: Buffer, offset: number, length: number, position: number): number
  /** The same read in the thread pool, for bytes that are likely not in the page cache. */
  readCold(target: Buffer, offset: number, length: number, position: number): Promise<number>
  /** Writes all of `bytes` at `position`, into the page cache. */
  write(bytes: Buffer, position: number): void
  /** Writes all of `parts` one after another from `position`, in as few system calls as possible. */
  writeGathered(parts: readonly Buffer[], position: number): void
  sizeBytes(): number
  /** Cuts the file, or extends it with zeros (sparse where the file system can). */
  truncate(sizeBytes: number): void
  /** Resolves when everything written before the call is on the disk (fdatasync). */
  sync(): Promise<void>
  /** The same, but blocks: for start-up and for orders that a promise would break. */
  syncNow(): void
  close(): void
}

export interface FileStatus {
  sizeBytes: number
  isDirectory: boolean
  modifiedMs: number
}

/** read: must exist · write: read and write, must exist · create: read and write, made if absent, kept if not. */
export type OpenMode = 'read' | 'write' | 'create'

/** Held until `release`; a process that dies holds it no longer. */
export interface FileLock {
  release(): void
}

export interface FileSystem {
  open(path: string, mode: OpenMode): FileHandle
  readFile(path: string): Buffer
  /** Replaces the content; not atomic, not synced. */
  writeFile(path: string, content: Buffer | string): void
  /** Writes `path + '.tmp'`, syncs it, renames it over `path`, syncs the directory: old or new content survives a crash, never a mix. */
  replaceFile(path: string, content: Buffer | string): void
  /** `undefined` when nothing is there. */
  status(path: string): FileStatus | undefined
  /** Names in a directory, sorted by code unit so that every run sees one order. */
  list(directory: string): string[]
  makeDirectory(path: string): void
  /** Renames over whatever is at `to`; durable after `syncDirectory` of the parent. */
  rename(from: string, to: string): void
  /** Removes one file; absent is fine. */
  remove(path: string): void
  /** Removes a directory and all below it, off the event loop; absent is fine. */
  removeTree(path: string): Promise<void>
  syncDirectory(path: string): void
  /** The same off the event loop. */
  syncDirectorySoon(path: string): Promise<void>
  /** Sets when a file was last modified, as `status` tells it. */
  setModified(path: string, wallMs: number): void
  /** Takes the lock file, or returns `undefined` while another live process (ours or genuine Kafka's) holds it. */
  lock(path: string): FileLock | undefined
  /** Bytes of the volume that holds `path`. */
  volume(path: string): { totalBytes: number; usableBytes: number }
}

/** A disk that failed: the log directory it belongs to goes offline (KIP-112). */
export class StorageError extends Error {
  override readonly name = 'StorageError'
  readonly code: string
  readonly operation: string
  readonly path: string

  constructor(operation: string, path: string, cause: unknown) {
    const code = (cause as { code?: string } | undefined)?.code ?? 'EIO'
    super(`cannot ${operation} ${path}: ${code}`, { cause })
    this.code = code
    this.operation = operation
    this.path = path
  }
}
