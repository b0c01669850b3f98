/**
 * The tree as it will be once the transactions under way are applied. A request is judged by this,
 * because transactions take effect in the order in which they were prepared, while reads still see
 * the committed tree. Mirrors ZooKeeper's `outstandingChanges`.
 */
import type { Acl, StatPersisted } from '../../wire/index.ts'
import type { DataTree } from '../tree/data-tree.ts'
import { digestAfter, digestOfNode } from '../tree/digest.ts'

/** A node as a request finds it. */
export interface NodeView {
  readonly path: string
  readonly stat: StatPersisted
  readonly data: Buffer | null
  readonly acls: readonly Acl[]
  readonly childCount: number
  /** What it adds to the digest of the tree. */
  readonly digest: number
}

interface PendingNode {
  readonly path: string
  readonly zxid: bigint
  /** Null when the node will be gone. */
  readonly view: NodeView | null
}

/** A state to go back to. */
export interface Mark {
  readonly count: number
  readonly digest: bigint
}

export class PendingChanges {
  readonly #tree: DataTree
  readonly #latest = new Map<string, PendingNode>()
  #queue: PendingNode[] = []
  /** Where the changes begin that are not in the tree yet. */
  #head = 0
  /** What stood in `#latest` before each entry of `#queue`. */
  #previous: (PendingNode | undefined)[] = []
  #digest: bigint

  constructor(tree: DataTree) {
    this.#tree = tree
    this.#digest = tree.digest
  }

  /** The tree's digest after everything under way. */
  get digest(): bigint {
    return this.#digest
  }

  get isEmpty(): boolean {
    return this.#head === this.#queue.length
  }

  /** The node at `path`, or undefined when it is not there or will be gone. */
  get(path: string): NodeView | undefined {
    const pending = this.#latest.get(path)
    if (pending !== undefined) return pending.view ?? undefined
    const node = this.#tree.get(path)
    if (node === undefined) return undefined
    return {
      path,
      stat: node.stat,
      data: node.data,
      acls: this.#tree.aclsOf(node),
      childCount: node.children?.size ?? 0,
      digest: node.digest,
    }
  }

  /** The node will be this. `stat` is copied. */
  put(zxid: bigint, node: Omit<NodeView, 'digest'>): void {
    const stat = { ...node.stat }
    const digest = digestOfNode(node.path, node.data, stat)
    this.#add({ path: node.path, zxid, view: { ...node, stat, digest } })
  }

  /** The node will be gone. */
  remove(zxid: bigint, path: string): void {
    this.#add({ path, zxid, view: null })
  }

  /** The session's ephemeral nodes after everything under way. */
  ephemeralsOf(sessionId: bigint): string[] {
    const paths = new Set(this.#tree.ephemeralsOf(sessionId))
    for (let i = this.#head; i < this.#queue.length; i++) {
      const change = this.#queue[i]
      if (change?.view === null) paths.delete(change.path)
      else if (change?.view.stat.ephemeralOwner === sessionId) paths.add(change.path)
    }
    return [...paths]
  }

  mark(): Mark {
    return { count: this.#queue.length, digest: this.#digest }
  }

  /** Takes back everything since `mark`: an operation of a multi was refused. */
  rollBack(mark: Mark): void {
    while (this.#queue.length > mark.count) {
      const undone = this.#queue.pop()
      const before = this.#previous.pop()
      if (undone === undefined) break
      if (before === undefined) this.#latest.delete(undone.path)
      else this.#latest.set(undone.path, before)
    }
    this.#digest = mark.digest
  }

  /** Transactions up to `zxid` are in the tree now. */
  settle(zxid: bigint): void {
    for (let change = this.#queue[this.#head]; change !== undefined && change.zxid <= zxid;) {
      if (this.#latest.get(change.path) === change) this.#latest.delete(change.path)
      this.#head += 1
      change = this.#queue[this.#head]
    }
    if (this.#head === this.#queue.length) this.#digest = this.#tree.digest
    if (this.#head === this.#queue.length || this.#head > COMPACT_AT) this.#compact()
  }

  #compact(): void {
    this.#queue = this.#queue.slice(this.#head)
    this.#previous = this.#previous.slice(this.#head)
    this.#head = 0
  }

  #add(change: PendingNode): void {
    const removed = this.get(change.path)?.digest ?? 0
    this.#digest = digestAfter(this.#digest, { removed, added: change.view?.digest ?? 0 })
    this.#queue.push(change)
    this.#previous.push(this.#latest.get(change.path))
    this.#latest.set(change.path, change)
  }
}

/** Settled changes that are kept before the queue is moved to its front. */
const COMPACT_AT = 1024
