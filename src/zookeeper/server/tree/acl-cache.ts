/**
 * The lists of ACLs in use, each kept once and counted: nodes point at an entry, snapshots write
 * its number. Mirrors ZooKeeper's `ReferenceCountedACLCache`, down to the numbers it gives.
 */
import type { Acl } from '../../wire/index.ts'

export interface AclEntry {
  /** Its number in snapshots; -1 is the open list, which is never written. */
  readonly id: bigint
  /** Null while a snapshot has named the number but not shown the list. */
  acls: readonly Acl[] | null
  uses: number
}

export const OPEN_ACL: readonly Acl[] = [{ perms: 31, id: { scheme: 'world', id: 'anyone' } }]
export const READ_ONLY_ACL: readonly Acl[] = [{ perms: 1, id: { scheme: 'world', id: 'anyone' } }]
/** Not empty, because an empty list allows everything. */
const CLOSED_ACL: readonly Acl[] = [{ perms: 0, id: { scheme: 'world', id: 'anyone' } }]

const OPEN_ID = -1n

export class AclCache {
  /** For nodes without a list of their own. */
  readonly open: AclEntry = { id: OPEN_ID, acls: OPEN_ACL, uses: 0 }
  readonly #byId = new Map<bigint, AclEntry>()
  readonly #byContent = new Map<string, AclEntry>()
  #lastId = 0n

  get size(): number {
    return this.#byContent.size
  }

  /** The entry of `acls` with one use more; null stands for the open list. */
  use(acls: readonly Acl[] | null): AclEntry {
    if (acls === null) return this.open
    const entry = this.#byContent.get(contentKey(acls)) ?? this.#add(acls)
    entry.uses += 1
    return entry
  }

  /** The entry with this number and one use more, while a snapshot is read. */
  useById(id: bigint): AclEntry {
    if (id === OPEN_ID) return this.open
    let entry = this.#byId.get(id)
    if (entry === undefined) {
      // A list made while the snapshot was written may come later, with a transaction of the log.
      entry = { id, acls: null, uses: 0 }
      this.#byId.set(id, entry)
    }
    entry.uses += 1
    return entry
  }

  release(entry: AclEntry): void {
    if (entry.id === OPEN_ID) return
    entry.uses -= 1
    if (entry.uses <= 0) this.#forget(entry)
  }

  /** What `entry` allows. A list that was never shown allows nothing. */
  aclsOf(entry: AclEntry): readonly Acl[] {
    return entry.acls ?? CLOSED_ACL
  }

  /** Puts a list under the number that a snapshot gives it, not yet used by anyone. */
  restore(id: bigint, acls: readonly Acl[]): void {
    const entry: AclEntry = { id, acls, uses: 0 }
    this.#byId.set(id, entry)
    this.#byContent.set(contentKey(acls), entry)
    if (id > this.#lastId) this.#lastId = id
  }

  /** Drops what a snapshot listed and no node uses. */
  purgeUnused(): void {
    for (const entry of [...this.#byId.values()]) if (entry.uses <= 0) this.#forget(entry)
  }

  /** Every list with its number, in the order of the numbers. */
  *entries(): Iterable<[bigint, readonly Acl[]]> {
    for (const { id, acls } of this.#byId.values()) if (acls !== null) yield [id, acls]
  }

  #add(acls: readonly Acl[]): AclEntry {
    this.#lastId += 1n
    const named = this.#byId.get(this.#lastId)
    const entry: AclEntry = named ?? { id: this.#lastId, acls, uses: 0 }
    entry.acls = acls
    this.#byId.set(entry.id, entry)
    this.#byContent.set(contentKey(acls), entry)
    return entry
  }

  #forget(entry: AclEntry): void {
    this.#byId.delete(entry.id)
    if (entry.acls === null) return
    const key = contentKey(entry.acls)
    if (this.#byContent.get(key) === entry) this.#byContent.delete(key)
  }
}

function contentKey(acls: readonly Acl[]): string {
  return JSON.stringify(acls.map(({ perms, id }) => [perms, id.scheme, id.id]))
}
