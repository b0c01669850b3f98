/** What a memory disk tells those who watch it or make it fail. Without hooks it is a disk that never fails and never crashes. */
import type { MemoryDirectory, MemoryFile } from './file-tree.ts'

/** As the text of a `StorageError` calls them, save that opening tells what for. */
export type DiskOperation =
  | 'open'
  | 'open for writing'
  | 'read'
  | 'write'
  | 'truncate'
  | 'sync'
  | 'stat'
  | 'list'
  | 'create directory'
  | 'rename'
  | 'remove'
  | 'lock'

export interface DiskHooks {
  /** Before each operation. What it throws is the operation's failure, by its `code`. */
  before(operation: DiskOperation, path: string): void
  /** @returns how many of `wantedBytes` a write may have before ENOSPC */
  admit(file: MemoryFile, position: number, wantedBytes: number): number
  /** Before `bytes` are written. */
  willWrite(file: MemoryFile, bytes: Buffer, position: number): void
  /** Before the size is set. */
  willTruncate(file: MemoryFile, sizeBytes: number): void
  /** After entries of these directories changed; `undo` changes them back. */
  entriesChanged(directories: readonly MemoryDirectory[], undo: () => void): void
  /** The file's changes up to now are to be made durable; resolves when they are. */
  sync(file: MemoryFile, path: string): Promise<void>
  syncNow(file: MemoryFile, path: string): void
  syncDirectory(directory: MemoryDirectory, path: string): void
  /** Resolves when a cold read, or the removal of a tree, would be done. */
  delay(): Promise<void>
}
