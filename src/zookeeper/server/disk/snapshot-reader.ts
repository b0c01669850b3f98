/**
 * Reads a snapshot file into a tree and its sessions. The layout is drawn in `snapshot-writer.ts`.
 */
import { ProtocolError, Reader } from '../../../bytes/index.ts'
import type { FileHandle } from '../../../host/index.ts'
import { FileHeader, readRecord, StatPersisted, type Acl } from '../../wire/index.ts'
import { DataTree, type DataTreeOptions } from '../tree/data-tree.ts'
import { ROOT } from '../../wire/path.ts'
import { CheckedInput } from './checked-input.ts'
import { FILE_HEADER_BYTES } from './log-reader.ts'
import { SNAPSHOT_MAGIC, STAT_PERSISTED_BYTES } from './snapshot-writer.ts'

export interface Snapshot {
  tree: DataTree
  /** Timeouts in milliseconds by session id. */
  sessions: Map<bigint, number>
  /** What the tree's digest was after `zxid`; null in snapshots from before 3.6. */
  digest: { zxid: bigint; version: number; treeDigest: bigint } | null
}

/** @throws ProtocolError for a file that is no whole snapshot, or whose checksum is wrong */
export function readSnapshot(file: FileHandle, options: DataTreeOptions): Snapshot {
  const input = new CheckedInput(file)
  const { magic } = readRecord(FileHeader, input.reader(FILE_HEADER_BYTES))
  if (magic !== SNAPSHOT_MAGIC) throw new ProtocolError(`a snapshot begins with ZKSN, got ${magic}`)
  const sessions = readSessions(input)
  const tree = new DataTree(options, 'empty')
  readAcls(input, tree)
  readNodes(input, tree)
  tree.acls.purgeUnused()
  tree.ensureConfigNode()
  checkSeal(input)
  return { tree, sessions, digest: readDigest(input) }
}

function readSessions(input: CheckedInput): Map<bigint, number> {
  const sessions = new Map<bigint, number>()
  for (let left = input.int32(); left > 0; left--) sessions.set(input.int64(), input.int32())
  return sessions
}

function readAcls(input: CheckedInput, tree: DataTree): void {
  for (let left = input.int32(); left > 0; left--) {
    const id = input.int64()
    const acls: Acl[] = []
    for (let count = input.int32(); count > 0; count--) {
      const perms = input.int32()
      const scheme = input.buffer()?.toString('utf8') ?? null
      acls.push({ perms, id: { scheme, id: input.text() } })
    }
    tree.acls.restore(id, acls)
  }
}

/** Each node comes behind its parent; the root is called '', and '/' ends the list. */
function readNodes(input: CheckedInput, tree: DataTree): void {
  for (let path = input.text(); path !== '/'; path = input.text()) {
    const data = input.buffer()
    const acl = tree.acls.useById(input.int64())
    const stat = { ...readRecord(StatPersisted, input.reader(STAT_PERSISTED_BYTES)) }
    if (!tree.restore(path === '' ? ROOT : path, { data, acl, stat })) {
      throw new ProtocolError(`node ${path} comes before its parent`)
    }
  }
}

/** The Adler-32 of everything before, then "/". */
function checkSeal(input: CheckedInput): void {
  const expected = BigInt(input.checksum)
  const found = input.int64()
  input.text()
  if (found !== expected) throw new ProtocolError(`checksum is ${expected}, the file says ${found}`)
}

function readDigest(input: CheckedInput): Snapshot['digest'] {
  if (input.remaining === 0) return null
  const zxid = input.int64()
  const version = input.int32()
  // Until version 2 it was a string; such a one says nothing about our tree.
  const treeDigest = version < 2 ? skipText(input) : input.int64()
  checkSeal(input)
  if (input.remaining > 0) {
    // 3.9 adds the last zxid, sealed again.
    input.int64()
    checkSeal(input)
  }
  return zxid > 0n ? { zxid, version, treeDigest } : null
}

function skipText(input: CheckedInput): bigint {
  input.buffer()
  return 0n
}

/** True when the file ends as a finished snapshot does: the cheap test that ZooKeeper makes too. */
export function looksFinished(file: FileHandle): boolean {
  const tail = Buffer.alloc(5)
  const sizeBytes = file.sizeBytes()
  if (sizeBytes < 10 || file.read(tail, 0, 5, sizeBytes - 5) < 5) return false
  const reader = new Reader(tail)
  return reader.int32() === 1 && reader.int8() === '/'.charCodeAt(0)
}
