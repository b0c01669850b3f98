/**
 * A file system in memory with the answers of a POSIX one: for tests, for brokers that live as long
 * as a test, and, with hooks, for the simulator's disks that fail and crash.
 */
import {
  StorageError,
  type Clock,
  type FileHandle,
  type FileLock,
  type FileStatus,
  type FileSystem,
  type OpenMode,
} from '../host/index.ts'
import type { DiskHooks, DiskOperation } from './disk-hooks.ts'
import {
  FileTree,
  MemoryDirectory,
  MemoryFile,
  PosixError,
  namesOf,
  nodesBelow,
  type MemoryNode,
  type Place,
} from './file-tree.ts'
import { MemoryHandle } from './memory-handle.ts'

export interface MemoryFilesOptions {
  /** Gives the times of modification. */
  readonly clock: Clock
  /** What `volume` reports; default 1 TiB. Only hooks refuse a write. */
  readonly capacityBytes?: number
  readonly hooks?: DiskHooks | undefined
  /** The content of a disk that outlives the process that uses it; default: an empty one. */
  readonly tree?: FileTree
}

export class MemoryFiles implements FileSystem {
  readonly tree: FileTree
  readonly #clock: Clock
  readonly #capacityBytes: number
  readonly #hooks: DiskHooks | undefined

  constructor(options: MemoryFilesOptions) {
    this.#clock = options.clock
    this.#capacityBytes = options.capacityBytes ?? 2 ** 40
    this.#hooks = options.hooks
    this.tree = options.tree ?? new FileTree(options.clock.wallMs())
  }

  open(path: string, mode: OpenMode): FileHandle {
    return this.#attempt(mode === 'read' ? 'open' : 'open for writing', path, () => {
      const file = this.#fileAt(path, mode === 'create')
      return new MemoryHandle(path, file, {
        clock: this.#clock,
        hooks: this.#hooks,
        isWritable: mode !== 'read',
      })
    })
  }

  readFile(path: string): Buffer {
    return this.#attempt('read', path, () => {
      const { content } = this.#fileAt(path, false)
      return content.slice(0, content.sizeBytes)
    })
  }

  writeFile(path: string, content: Buffer | string): void {
    const handle = this.open(path, 'create')
    if (handle.sizeBytes() > 0) handle.truncate(0)
    handle.write(Buffer.from(content), 0)
  }

  replaceFile(path: string, content: Buffer | string): void {
    const draft = `${path}.tmp`
    this.writeFile(draft, content)
    this.open(draft, 'write').syncNow()
    this.rename(draft, path)
    this.syncDirectory(parentPathOf(path))
  }

  status(path: string): FileStatus | undefined {
    return this.#attempt('stat', path, () => {
      const node = this.#nodeIfPresent(path)
      if (node === undefined) return undefined
      const isDirectory = node instanceof MemoryDirectory
      return {
        sizeBytes: isDirectory ? directorySizeBytes : node.content.sizeBytes,
        isDirectory,
        modifiedMs: Math.floor(node.modifiedMs),
      }
    })
  }

  list(directory: string): string[] {
    return this.#attempt('list', directory, () =>
      [...this.tree.directoryOf(directory).entries.keys()].sort(),
    )
  }

  makeDirectory(path: string): void {
    this.#attempt('create directory', path, () => {
      let parent = this.tree.root
      const names = namesOf(path)
      for (const [index, name] of names.entries()) {
        const present = parent.entries.get(name)
        if (present instanceof MemoryFile) {
          throw new PosixError(index === names.length - 1 ? 'EEXIST' : 'ENOTDIR')
        }
        const next = present ?? new MemoryDirectory(this.#clock.wallMs())
        if (present === undefined) this.#setEntry({ parent, name, node: undefined }, next)
        parent = next
      }
    })
  }

  rename(from: string, to: string): void {
    this.#attempt('rename', from, () => {
      const source = this.tree.placeOf(from)
      const target = this.tree.placeOf(to)
      const { node } = source
      if (node === undefined) throw new PosixError('ENOENT')
      if (node === target.node) return
      mustBeReplaceable(node, source.parent, target)
      source.parent.entries.delete(source.name)
      target.parent.entries.set(target.name, node)
      this.#touch(source.parent, target.parent)
      this.#hooks?.entriesChanged([...new Set([source.parent, target.parent])], () => {
        restore(target)
        restore(source)
      })
    })
  }

  remove(path: string): void {
    this.#attempt('remove', path, () => {
      const place = this.#placeIfPresent(path)
      if (place?.node === undefined) return
      if (place.node instanceof MemoryDirectory) throw new PosixError('EISDIR')
      this.#setEntry(place, undefined)
    })
  }

  async removeTree(path: string): Promise<void> {
    await this.#hooks?.delay()
    this.#attempt('remove', path, () => {
      const place = this.#placeIfPresent(path)
      if (place?.node !== undefined) this.#removeBelow(place)
    })
  }

  syncDirectory(path: string): void {
    this.#attempt('sync', path, () => {
      const directory = this.tree.directoryOf(path)
      this.#hooks?.syncDirectory(directory, path)
    })
  }

  async syncDirectorySoon(path: string): Promise<void> {
    await this.#hooks?.delay()
    this.syncDirectory(path)
  }

  setModified(path: string, wallMs: number): void {
    this.#attempt('stat', path, () => {
      const { node } = this.tree.placeOf(path)
      if (node === undefined) throw new PosixError('ENOENT')
      node.modifiedMs = wallMs
    })
  }

  lock(path: string): FileLock | undefined {
    return this.#attempt('lock', path, () => {
      const file = this.#fileAt(path, true)
      if (file.isLocked) return undefined
      file.isLocked = true
      let isHeld = true
      return {
        release: () => {
          if (isHeld) file.isLocked = false
          isHeld = false
        },
      }
    })
  }

  volume(): { totalBytes: number; usableBytes: number } {
    let usedBytes = 0
    for (const node of nodesBelow(this.tree.root)) {
      if (node instanceof MemoryFile) usedBytes += node.content.allocatedBytes
    }
    return {
      totalBytes: this.#capacityBytes,
      usableBytes: Math.max(0, this.#capacityBytes - usedBytes),
    }
  }

  #fileAt(path: string, mayCreate: boolean): MemoryFile {
    const place = this.tree.placeOf(path)
    if (place.node instanceof MemoryDirectory) throw new PosixError('EISDIR')
    if (place.node !== undefined) return place.node
    if (!mayCreate) throw new PosixError('ENOENT')
    const file = new MemoryFile(this.#clock.wallMs())
    this.#setEntry(place, file)
    return file
  }

  #removeBelow(place: Place): void {
    if (place.node instanceof MemoryDirectory) {
      for (const [name, node] of [...place.node.entries]) {
        this.#removeBelow({ parent: place.node, name, node })
      }
    }
    this.#setEntry(place, undefined)
  }

  #setEntry(place: Place, node: MemoryNode | undefined): void {
    if (node === undefined) place.parent.entries.delete(place.name)
    else place.parent.entries.set(place.name, node)
    this.#touch(place.parent)
    this.#hooks?.entriesChanged([place.parent], () => restore(place))
  }

  #touch(...directories: MemoryDirectory[]): void {
    for (const directory of directories) directory.modifiedMs = this.#clock.wallMs()
  }

  #placeIfPresent(path: string): Place | undefined {
    try {
      return this.tree.placeOf(path)
    } catch (error) {
      if (error instanceof PosixError) return undefined
      throw error
    }
  }

  #nodeIfPresent(path: string): MemoryNode | undefined {
    return this.#placeIfPresent(path)?.node
  }

  #attempt<Result>(operation: DiskOperation, path: string, action: () => Result): Result {
    try {
      this.#hooks?.before(operation, path)
      return action()
    } catch (cause) {
      if (!(cause instanceof PosixError)) throw cause
      throw new StorageError(operation === 'open for writing' ? 'open' : operation, path, cause)
    }
  }
}

/** What ext4 shows for a small directory. */
const directorySizeBytes = 4096

function parentPathOf(path: string): string {
  return `/${namesOf(path).slice(0, -1).join('/')}`
}

/** Sets an entry to what it was when the place was looked up. */
function restore({ parent, name, node }: Place): void {
  if (node === undefined) parent.entries.delete(name)
  else parent.entries.set(name, node)
}

/** The rules of rename(2) for what is already at the new name. */
function mustBeReplaceable(
  node: MemoryNode,
  from: MemoryDirectory,
  { parent, node: present }: Place,
): void {
  if (present !== undefined && holds(present, from)) throw new PosixError('ENOTEMPTY')
  if (node instanceof MemoryDirectory) {
    if (holds(node, parent)) throw new PosixError('EINVAL')
    if (present instanceof MemoryFile) throw new PosixError('ENOTDIR')
    if (present !== undefined && present.entries.size > 0) throw new PosixError('ENOTEMPTY')
  } else if (present instanceof MemoryDirectory) {
    throw new PosixError('EISDIR')
  }
}

/** Whether a directory is this node, or lies anywhere below it. */
function holds(node: MemoryNode, directory: MemoryDirectory): boolean {
  for (const below of nodesBelow(node)) if (below === directory) return true
  return false
}
