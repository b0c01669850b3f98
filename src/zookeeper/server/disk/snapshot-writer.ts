/**
 * Writes a tree and its sessions as a snapshot, piece by piece, while the tree may go on changing:
 * each node is written as it is when its turn comes, and replaying the log mends the rest.
 *
 *     int32 'ZKSN', int32 version 2, int64 -1
 *     int32 count, then for each session: int64 id, int32 timeout in milliseconds
 *     int32 count, then for each list of ACLs: int64 number, vector of ACLs
 *     for each node, parents first: string path ('' for the root), buffer data, int64 number of its
 *         ACLs, StatPersisted
 *     string "/"
 *     seal: int64 Adler-32 of everything before it, string "/"
 *     int64 zxid, int32 digest version, int64 digest of the tree after that zxid; seal (3.6)
 *     int64 last zxid in the tree; seal (3.9)
 */
import { Writer } from '../../../bytes/index.ts'
import { FileHeader, StatPersisted, writeRecord, type Acl } from '../../wire/index.ts'
import type { DataTree } from '../tree/data-tree.ts'
import { DIGEST_VERSION } from '../tree/digest.ts'
import { childPath, ROOT } from '../../wire/path.ts'
import { Adler32 } from './adler32.ts'

/** 'ZKSN' */
export const SNAPSHOT_MAGIC = 0x5a4b534e
export const SNAPSHOT_VERSION = 2
export const STAT_PERSISTED_BYTES = 60

const PIECE_BYTES = 64 * 1024

/** The pieces of the file, about 64 KB each. The caller may let other things happen between two. */
export function* snapshotPieces(
  tree: DataTree,
  sessions: Iterable<{ id: bigint; timeoutMs: number }>,
): Generator<Buffer> {
  const checksum = new Adler32()
  const sealed = (piece: Writer): Buffer => {
    const bytes = piece.finish()
    checksum.update(bytes)
    return bytes
  }
  let piece = new Writer(PIECE_BYTES)
  writeRecord(FileHeader, piece, { magic: SNAPSHOT_MAGIC, version: SNAPSHOT_VERSION, dbid: -1n })
  writeSessions(piece, [...sessions])
  writeAcls(piece, [...tree.acls.entries()])
  for (const path of pathsParentsFirst(tree)) {
    writeNode(piece, tree, path)
    if (piece.sizeBytes < PIECE_BYTES) continue
    yield sealed(piece)
    piece = new Writer(PIECE_BYTES)
  }
  writeText(piece, '/')
  yield sealed(piece)
  yield sealed(seal(checksum))

  const digest = new Writer()
  digest.int64Exact(tree.lastZxid)
  digest.int32(DIGEST_VERSION)
  digest.int64Exact(tree.digest)
  yield sealed(digest)
  yield sealed(seal(checksum))

  const lastZxid = new Writer()
  lastZxid.int64Exact(tree.lastZxid)
  yield sealed(lastZxid)
  yield sealed(seal(checksum))
}

/** Depth first, by the children that a node has when its turn comes. */
function* pathsParentsFirst(tree: DataTree): Generator<string> {
  const waiting = [ROOT]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (tree.get(path) === undefined) continue
    yield path
    for (const name of tree.get(path)?.children ?? []) waiting.push(childPath(path, name))
  }
}

function writeSessions(
  writer: Writer,
  sessions: readonly { id: bigint; timeoutMs: number }[],
): void {
  writer.int32(sessions.length)
  for (const { id, timeoutMs } of sessions) {
    writer.int64Exact(id)
    writer.int32(timeoutMs)
  }
}

function writeAcls(writer: Writer, lists: readonly (readonly [bigint, readonly Acl[]])[]): void {
  writer.int32(lists.length)
  for (const [id, acls] of lists) {
    writer.int64Exact(id)
    writer.int32(acls.length)
    for (const acl of acls) {
      writer.int32(acl.perms)
      writeText(writer, acl.id.scheme)
      writeText(writer, acl.id.id)
    }
  }
}

function writeNode(writer: Writer, tree: DataTree, path: string): void {
  const node = tree.get(path)
  if (node === undefined) return
  writeText(writer, path === ROOT ? '' : path)
  writer.int32(node.data?.length ?? -1)
  if (node.data !== null) writer.bytes(node.data)
  writer.int64Exact(node.acl.id)
  writeRecord(StatPersisted, writer, node.stat)
}

function writeText(writer: Writer, text: string | null): void {
  const sizeBytes = text === null ? -1 : Buffer.byteLength(text)
  writer.int32(sizeBytes)
  if (text !== null) writer.utf8(text, sizeBytes)
}

function seal(checksum: Adler32): Writer {
  const writer = new Writer(16)
  writer.int64(checksum.value)
  writeText(writer, '/')
  return writer
}
