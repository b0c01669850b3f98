/** Failures that a test orders from a disk. */
import { MemoryFile, nodesBelow, PosixError, type FileTree } from './file-tree.ts'
import type { DiskOperation } from './disk-hooks.ts'

export interface DiskFault {
  /** e.g. EIO, EROFS, ENOSPC, EMFILE */
  readonly code: string
  /** Default: all. */
  readonly operations?: readonly DiskOperation[]
  /** Default: any path. */
  readonly path?: RegExp
  /** So many matching operations succeed before; default 0. */
  readonly after?: number
  /** So many fail then; default: all. */
  readonly times?: number
}

const changes: ReadonlySet<DiskOperation> = new Set([
  'open for writing',
  'write',
  'truncate',
  'create directory',
  'rename',
  'remove',
  'lock',
])

export class DiskFaults {
  /** As after `mount -o remount,ro`. */
  isReadOnly = false
  capacityBytes = Infinity
  readonly #faults = new Set<{ readonly fault: DiskFault; seen: number }>()

  /** @returns what ends the fault before its time */
  add(fault: DiskFault): () => void {
    const entry = { fault, seen: 0 }
    this.#faults.add(entry)
    return () => this.#faults.delete(entry)
  }

  /** The disk is whole again. */
  clear(): void {
    this.#faults.clear()
    this.isReadOnly = false
    this.capacityBytes = Infinity
  }

  /** @throws PosixError when a fault is due */
  check(operation: DiskOperation, path: string): void {
    if (this.isReadOnly && changes.has(operation)) throw new PosixError('EROFS')
    for (const entry of this.#faults) {
      const { code, operations, path: pattern, after = 0, times = Infinity } = entry.fault
      if (operations?.includes(operation) === false || pattern?.test(path) === false) continue
      entry.seen += 1
      if (entry.seen > after && entry.seen <= after + times) throw new PosixError(code)
    }
  }

  /** How many of the bytes the volume has room for. */
  admit(tree: FileTree, file: MemoryFile, position: number, wantedBytes: number): number {
    if (this.capacityBytes === Infinity) return wantedBytes
    let usedBytes = 0
    for (const node of nodesBelow(tree.root)) {
      if (node instanceof MemoryFile) usedBytes += node.content.sizeBytes
    }
    const growthBytes = Math.max(0, position + wantedBytes - file.content.sizeBytes)
    const missingBytes = Math.max(0, usedBytes + growthBytes - this.capacityBytes)
    return Math.max(0, wantedBytes - missingBytes)
  }
}
