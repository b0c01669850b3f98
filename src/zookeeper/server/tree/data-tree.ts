/**
 * The tree of znodes, as committed: looked up by path, changed only by transactions. Mirrors
 * ZooKeeper's `DataTree`: replaying a transaction over a tree that has seen it already leads to the
 * same tree, which is what lets a snapshot be written while changes go on.
 */
import {
  OpCode,
  ZkErrorCode,
  type Acl,
  type CloseSessionTxn,
  type Stat,
  type StatPersisted,
} from '../../wire/index.ts'
import { AclCache, READ_ONLY_ACL, type AclEntry } from './acl-cache.ts'
import { digestAfter, digestOfNode } from './digest.ts'
import { kindOfOwner, CONTAINER_OWNER, ttlOwner } from './ephemeral-owner.ts'
import { CONFIG_PATH, nameOf, parentOf, QUOTA_PATH, ROOT, SYSTEM_PATH } from '../../wire/path.ts'
import {
  errorChange,
  isSimple,
  type SimpleChange,
  type Transaction,
  type TransactionHeader,
} from './transaction.ts'
import { newStat, type NodeStat, type Znode } from './znode.ts'

/** Something that clients may watch for. The ACLs say who may learn of it. */
export type TreeEvent =
  | { kind: 'created' | 'deleted'; path: string; acls: readonly Acl[]; parentAcls: readonly Acl[] }
  | { kind: 'data-changed'; path: string; acls: readonly Acl[] }

/** What a transaction came to. `type` is that of the change, or `error`. */
export interface Applied {
  type: OpCode
  error: number
  path?: string
  stat?: Stat
  /** One entry for each operation of a multi. */
  results?: Applied[]
}

export interface DataTreeOptions {
  /** Nodes with a time to live exist (`zookeeper.extendedTypesEnabled`). */
  extendedTypesEnabled: boolean
}

interface CreateNode {
  path: string
  data: Buffer | null
  acl: readonly Acl[] | null
  ephemeralOwner: bigint
  parentCVersion: number
}

const noPaths: ReadonlySet<string> = new Set()

export class DataTree {
  readonly acls = new AclCache()
  readonly #options: DataTreeOptions
  readonly #nodes = new Map<string, Znode>()
  readonly #ephemerals = new Map<bigint, Set<string>>()
  readonly #containers = new Set<string>()
  readonly #ttls = new Set<string>()
  #digest = 0n
  #dataSizeBytes = 0
  /** The last transaction that is in the tree. */
  lastZxid = 0n

  /** A tree with the nodes that are always there. `isEmpty` leaves them out, for a snapshot to bring them. */
  constructor(
    options: DataTreeOptions,
    start: 'with-system-nodes' | 'empty' = 'with-system-nodes',
  ) {
    this.#options = options
    if (start === 'empty') return
    this.#putTimeless(ROOT, this.acls.open)
    this.#putTimeless(SYSTEM_PATH, this.acls.open)
    this.#putTimeless(QUOTA_PATH, this.acls.open)
    this.ensureConfigNode()
  }

  /** Sum of all nodes (ZOOKEEPER-3114), signed as Java prints it. */
  get digest(): bigint {
    return this.#digest
  }

  get nodeCount(): number {
    return this.#nodes.size
  }

  /** Bytes of all paths and data. */
  get dataSizeBytes(): number {
    return this.#dataSizeBytes
  }

  get ephemeralCount(): number {
    let count = 0
    for (const paths of this.#ephemerals.values()) count += paths.size
    return count
  }

  /** `''` is the root too, as old clients and ZooKeeper itself have it. */
  get(path: string): Znode | undefined {
    return this.#nodes.get(path === '' ? ROOT : path)
  }

  aclsOf(node: Znode): readonly Acl[] {
    return this.acls.aclsOf(node.acl)
  }

  /**
   * A node's state as clients see it. `cversion` counts creations inside; outside it counts changes,
   * which is twice the creations less the children that are left.
   */
  statOf(node: Znode): Stat {
    const { czxid, mzxid, ctime, mtime, version, cversion, aversion, pzxid } = node.stat
    const numChildren = node.children?.size ?? 0
    const isEphemeral = this.kindOf(node.stat) === 'ephemeral'
    return {
      czxid,
      mzxid,
      ctime,
      mtime,
      version,
      cversion: (cversion * 2 - numChildren) | 0,
      aversion,
      ephemeralOwner: isEphemeral ? node.stat.ephemeralOwner : 0n,
      dataLength: node.data?.length ?? 0,
      numChildren,
      pzxid,
    }
  }

  kindOf(stat: StatPersisted): ReturnType<typeof kindOfOwner> {
    return kindOfOwner(stat.ephemeralOwner, this.#options.extendedTypesEnabled)
  }

  ephemeralsOf(sessionId: bigint): ReadonlySet<string> {
    return this.#ephemerals.get(sessionId) ?? noPaths
  }

  /** Sessions that own ephemeral nodes. */
  *ephemeralOwners(): Iterable<[bigint, ReadonlySet<string>]> {
    yield* this.#ephemerals
  }

  get containers(): ReadonlySet<string> {
    return this.#containers
  }

  get ttlNodes(): ReadonlySet<string> {
    return this.#ttls
  }

  /** Nodes below `path`, itself not counted. */
  countBelow(path: string): number {
    if (path === ROOT) return this.#nodes.size - 1
    let count = 0
    const waiting = [path]
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      for (const name of this.#nodes.get(at)?.children ?? []) {
        waiting.push(`${at}/${name}`)
        count += 1
      }
    }
    return count
  }

  /** Makes the transaction part of the tree. Never refuses: what does not fit is an error in the result. */
  apply(transaction: Transaction, events: TreeEvent[]): Applied {
    const { header, change } = transaction
    const applied = this.#applyChange(header, change, events)
    if (header.zxid > this.lastZxid) this.lastZxid = header.zxid
    return applied
  }

  /** Deletes what a session left behind that nobody closed, as found when starting. */
  removeSession(sessionId: bigint, events: TreeEvent[]): void {
    this.#closeSession(sessionId, this.lastZxid, null, events)
  }

  /** Puts a node that a snapshot holds. @returns false when its parent is not there */
  restore(path: string, node: Omit<Znode, 'children' | 'digest'>): boolean {
    if (path !== ROOT) {
      const parent = this.#nodes.get(parentOf(path))
      if (parent === undefined) return false
      addChild(parent, nameOf(path))
    }
    this.#put(path, { ...node, children: null, digest: 0 })
    return true
  }

  /** Snapshots from before 3.5 lack the node. */
  ensureConfigNode(): void {
    if (this.#nodes.has(CONFIG_PATH)) return
    // ZooKeeper sets the node's ACLs with version -1, and so it shows.
    this.#putTimeless(CONFIG_PATH, this.acls.use(READ_ONLY_ACL), { aversion: -1 })
  }

  #applyChange(
    header: TransactionHeader,
    change: Transaction['change'],
    events: TreeEvent[],
  ): Applied {
    if (isSimple(change)) return this.#applySimple(header, change, events)
    switch (change.type) {
      case OpCode.multi:
        return this.#applyMulti(header, change.body, events)
      case OpCode.setACL:
        return this.#setAcl(change.body)
      case OpCode.createSession:
        return { type: change.type, error: ZkErrorCode.OK }
      case OpCode.closeSession:
        this.#closeSession(header.clientId, header.zxid, change.body, events)
        return { type: change.type, error: ZkErrorCode.OK }
    }
  }

  #applySimple(header: TransactionHeader, change: SimpleChange, events: TreeEvent[]): Applied {
    const { type } = change
    switch (type) {
      case OpCode.create:
      case OpCode.create2: {
        const ephemeralOwner = change.body.ephemeral ? header.clientId : 0n
        return this.#create(type, header, { ...change.body, ephemeralOwner }, events)
      }
      case OpCode.createTTL: {
        const ephemeralOwner = ttlOwner(change.body.ttl)
        return this.#create(type, header, { ...change.body, ephemeralOwner }, events)
      }
      case OpCode.createContainer:
        return this.#create(
          type,
          header,
          { ...change.body, ephemeralOwner: CONTAINER_OWNER },
          events,
        )
      case OpCode.delete:
      case OpCode.deleteContainer: {
        const isDeleted = this.#delete(change.body.path, header.zxid, events)
        const error = isDeleted ? ZkErrorCode.OK : ZkErrorCode.NO_NODE
        return { type, error, path: change.body.path }
      }
      case OpCode.setData:
      case OpCode.reconfig:
        return this.#setData(type, header, change.body, events)
      case OpCode.check:
        return { type, error: ZkErrorCode.OK, path: change.body.path }
      case OpCode.error:
        return { type, error: change.body.err }
    }
  }

  /** All or nothing: with one error among them, every operation becomes one. */
  #applyMulti(
    header: TransactionHeader,
    changes: readonly SimpleChange[],
    events: TreeEvent[],
  ): Applied {
    const failed = changes.findIndex(change => change.type === OpCode.error)
    const results = changes.map((change, i) => {
      if (failed === -1 || change.type === OpCode.error) {
        return this.#applySimple(header, change, events)
      }
      const error = i < failed ? ZkErrorCode.OK : ZkErrorCode.RUNTIME_INCONSISTENCY
      return this.#applySimple(header, errorChange(error), events)
    })
    const error = results.find(result => result.error !== ZkErrorCode.OK)?.error ?? ZkErrorCode.OK
    return { type: OpCode.multi, error, results }
  }

  #create(
    type: OpCode,
    header: TransactionHeader,
    created: CreateNode,
    events: TreeEvent[],
  ): Applied {
    const { path, data, ephemeralOwner } = created
    const parentPath = parentOf(path)
    const parent = this.#nodes.get(parentPath)
    if (parent === undefined) return { type, error: ZkErrorCode.NO_NODE, path }
    const acl = this.acls.use(created.acl)
    const cversion =
      created.parentCVersion === -1 ? parent.stat.cversion + 1 : created.parentCVersion
    const isThere = parent.children?.has(nameOf(path)) === true
    // A replay must not take the parent back to an earlier count of creations.
    if (cversion > parent.stat.cversion) {
      this.#change(parentPath, parent, () => {
        parent.stat.cversion = cversion
        parent.stat.pzxid = header.zxid
      })
    }
    if (isThere) return { type, error: ZkErrorCode.NODE_EXISTS, path }

    addChild(parent, nameOf(path))
    const stat = newStat({ zxid: header.zxid, timeMs: header.time, ephemeralOwner })
    const node: Znode = { data, acl, stat, children: null, digest: 0 }
    this.#put(path, node)
    const [acls, parentAcls] = [this.aclsOf(node), this.aclsOf(parent)]
    events.push({ kind: 'created', path, acls, parentAcls })
    return { type, error: ZkErrorCode.OK, path, stat: this.statOf(node) }
  }

  /** @returns false when the node was not there */
  #delete(path: string, zxid: bigint, events: TreeEvent[]): boolean {
    const parentPath = parentOf(path)
    const parent = this.#nodes.get(parentPath)
    if (parent === undefined) return false
    // A snapshot may hold the parent as it was before the deletion, without the child.
    this.#change(parentPath, parent, () => {
      parent.children?.delete(nameOf(path))
      if (parent.children?.size === 0) parent.children = null
      if (zxid > parent.stat.pzxid) parent.stat.pzxid = zxid
    })
    const node = this.#nodes.get(path)
    if (node === undefined) return false

    const [acls, parentAcls] = [this.aclsOf(node), this.aclsOf(parent)]
    this.#nodes.delete(path)
    this.#digest = digestAfter(this.#digest, { removed: node.digest, added: 0 })
    this.#dataSizeBytes -= path.length + (node.data?.length ?? 0)
    this.acls.release(node.acl)
    this.#unindex(path, node.stat)
    events.push({ kind: 'deleted', path, acls, parentAcls })
    return true
  }

  #setData(
    type: OpCode,
    header: TransactionHeader,
    body: { path: string; data: Buffer | null; version: number },
    events: TreeEvent[],
  ): Applied {
    const { path, data, version } = body
    const node = this.get(path)
    if (node === undefined) return { type, error: ZkErrorCode.NO_NODE, path }
    this.#dataSizeBytes += (data?.length ?? 0) - (node.data?.length ?? 0)
    this.#change(path, node, () => {
      node.data = data
      node.stat.mtime = header.time
      node.stat.mzxid = header.zxid
      node.stat.version = version
    })
    events.push({ kind: 'data-changed', path, acls: this.aclsOf(node) })
    return { type, error: ZkErrorCode.OK, path, stat: this.statOf(node) }
  }

  #setAcl(body: { path: string; acl: readonly Acl[] | null; version: number }): Applied {
    const { path, acl, version } = body
    const type = OpCode.setACL
    const node = this.get(path)
    if (node === undefined) return { type, error: ZkErrorCode.NO_NODE, path }
    this.acls.release(node.acl)
    node.acl = this.acls.use(acl)
    this.#change(path, node, () => {
      node.stat.aversion = version
    })
    return { type, error: ZkErrorCode.OK, path, stat: this.statOf(node) }
  }

  #closeSession(
    sessionId: bigint,
    zxid: bigint,
    body: CloseSessionTxn | null,
    events: TreeEvent[],
  ): void {
    for (const path of body?.paths2Delete ?? []) this.#delete(path, zxid, events)
    for (const path of [...this.ephemeralsOf(sessionId)]) this.#delete(path, zxid, events)
    this.#ephemerals.delete(sessionId)
  }

  #putTimeless(path: string, acl: AclEntry, differing: Partial<NodeStat> = {}): void {
    const stat = { ...newStat({ zxid: 0n, timeMs: 0n, ephemeralOwner: 0n }), ...differing }
    if (path !== ROOT) {
      const parent = this.#nodes.get(parentOf(path))
      if (parent !== undefined) addChild(parent, nameOf(path))
    }
    this.#put(path, { data: Buffer.alloc(0), acl, stat, children: null, digest: 0 })
  }

  #put(path: string, node: Znode): void {
    node.digest = digestOfNode(path, node.data, node.stat)
    this.#digest = digestAfter(this.#digest, { removed: 0, added: node.digest })
    this.#nodes.set(path, node)
    this.#dataSizeBytes += path.length + (node.data?.length ?? 0)
    this.#index(path, node.stat)
  }

  /** Runs `change` on the node and brings the digest up to date. */
  #change(path: string, node: Znode, change: () => void): void {
    change()
    const added = digestOfNode(path, node.data, node.stat)
    this.#digest = digestAfter(this.#digest, { removed: node.digest, added })
    node.digest = added
  }

  #index(path: string, stat: StatPersisted): void {
    const kind = this.kindOf(stat)
    if (kind === 'container') this.#containers.add(path)
    else if (kind === 'ttl') this.#ttls.add(path)
    else if (kind === 'ephemeral') {
      const paths = this.#ephemerals.get(stat.ephemeralOwner)
      if (paths === undefined) this.#ephemerals.set(stat.ephemeralOwner, new Set([path]))
      else paths.add(path)
    }
  }

  #unindex(path: string, stat: StatPersisted): void {
    this.#containers.delete(path)
    this.#ttls.delete(path)
    const paths = this.#ephemerals.get(stat.ephemeralOwner)
    paths?.delete(path)
    if (paths?.size === 0) this.#ephemerals.delete(stat.ephemeralOwner)
  }
}

function addChild(parent: Znode, name: string): void {
  if (parent.children === null) parent.children = new Set([name])
  else parent.children.add(name)
}
