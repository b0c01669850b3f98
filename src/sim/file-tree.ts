/** Files and directories as nodes of a tree, and the way from a path to its node. Errors carry the codes of POSIX. */
import { FileContent } from './file-content.ts'

export class MemoryFile {
  readonly content = new FileContent()
  modifiedMs: number
  /** Held by a live process, as `FileSystem.lock` says. */
  isLocked = false

  constructor(modifiedMs: number) {
    this.modifiedMs = modifiedMs
  }
}

export class MemoryDirectory {
  readonly entries = new Map<string, MemoryNode>()
  modifiedMs: number

  constructor(modifiedMs: number) {
    this.modifiedMs = modifiedMs
  }
}

export type MemoryNode = MemoryFile | MemoryDirectory

/** What the operating system would answer; `StorageError` takes the code over. */
export class PosixError extends Error {
  readonly code: string

  constructor(code: string) {
    super(code)
    this.code = code
  }
}

/** Where an entry is, or would be. */
export interface Place {
  readonly parent: MemoryDirectory
  readonly name: string
  readonly node: MemoryNode | undefined
}

export class FileTree {
  readonly root: MemoryDirectory

  constructor(nowMs: number) {
    this.root = new MemoryDirectory(nowMs)
  }

  /** @throws PosixError ENOENT, ENOTDIR when the way to it is broken; the last name may be absent */
  placeOf(path: string): Place {
    const names = namesOf(path)
    const name = names.pop()
    if (name === undefined) return { parent: this.root, name: '', node: this.root }
    let parent = this.root
    for (const step of names) {
      const next = parent.entries.get(step)
      if (next === undefined) throw new PosixError('ENOENT')
      if (next instanceof MemoryFile) throw new PosixError('ENOTDIR')
      parent = next
    }
    return { parent, name, node: parent.entries.get(name) }
  }

  /** @throws PosixError ENOENT, ENOTDIR */
  nodeOf(path: string): MemoryNode {
    const { node } = this.placeOf(path)
    if (node === undefined) throw new PosixError('ENOENT')
    return node
  }

  /** @throws PosixError ENOENT, ENOTDIR */
  directoryOf(path: string): MemoryDirectory {
    const node = this.nodeOf(path)
    if (node instanceof MemoryFile) throw new PosixError('ENOTDIR')
    return node
  }
}

/** The names on the way from the root; a relative path begins at the root too. */
export function namesOf(path: string): string[] {
  const names: string[] = []
  for (const name of path.split('/')) {
    if (name === '..') names.pop()
    else if (name !== '' && name !== '.') names.push(name)
  }
  return names
}

/** Everything below a node, the node first. */
export function* nodesBelow(node: MemoryNode): Generator<MemoryNode> {
  yield node
  if (node instanceof MemoryFile) return
  for (const child of node.entries.values()) yield* nodesBelow(child)
}
