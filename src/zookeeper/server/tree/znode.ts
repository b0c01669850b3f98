import type { StatPersisted } from '../../wire/index.ts'
import type { AclEntry } from './acl-cache.ts'

/** A node's state, which changes in place. */
export type NodeStat = { -readonly [Field in keyof StatPersisted]: StatPersisted[Field] }

/** One node of the tree. `data` is never changed in place, so a snapshot may hold on to it. */
export interface Znode {
  data: Buffer | null
  acl: AclEntry
  stat: NodeStat
  /** Names of children; null while there are none, because most nodes are leaves. */
  children: Set<string> | null
  /** What the node adds to the digest of the tree; 0 below /zookeeper. */
  digest: number
}

/** The state of a node just made by a transaction, or that always was (all zero). */
export function newStat(made: { zxid: bigint; timeMs: bigint; ephemeralOwner: bigint }): NodeStat {
  const { zxid, timeMs, ephemeralOwner } = made
  return {
    czxid: zxid,
    mzxid: zxid,
    ctime: timeMs,
    mtime: timeMs,
    version: 0,
    cversion: 0,
    aversion: 0,
    ephemeralOwner,
    pzxid: zxid,
  }
}
