/**
 * The digest of a tree (ZOOKEEPER-3114): the sum, modulo 2^64, of one CRC-32 a node. Transactions
 * carry the digest they lead to, so that two servers that differ find out at once. Version 2.
 */
import { crc32 } from '../../../bytes/index.ts'
import type { StatPersisted } from '../../wire/index.ts'
import { ROOT, SYSTEM_PATH } from '../../wire/path.ts'

export const DIGEST_VERSION = 2

const STAT_BYTES = 60
const scratch = Buffer.alloc(1024)

/** What a node adds to the digest. Nodes below /zookeeper count nothing: quotas differ by server. */
export function digestOfNode(path: string, data: Buffer | null, stat: StatPersisted): number {
  if (path.startsWith(`${SYSTEM_PATH}/`)) return 0
  const crcOfPath = path === ROOT ? 0 : crcOfText(path)
  const crcOfData = data === null ? crcOfPath : crc32(data, 0, data.length, crcOfPath)
  putStat(stat)
  return crc32(scratch, 0, STAT_BYTES, crcOfData)
}

/** The digest after a node's part has changed. */
export function digestAfter(digest: bigint, change: { removed: number; added: number }): bigint {
  return BigInt.asIntN(64, digest + BigInt(change.added - change.removed))
}

function crcOfText(text: string): number {
  if (text.length * 3 > scratch.length) return crc32(Buffer.from(text))
  return crc32(scratch, 0, scratch.write(text))
}

/** czxid 8, mzxid 8, pzxid 8, ctime 8, mtime 8, version 4, cversion 4, aversion 4, owner 8. */
function putStat(stat: StatPersisted): void {
  scratch.writeBigInt64BE(stat.czxid, 0)
  scratch.writeBigInt64BE(stat.mzxid, 8)
  scratch.writeBigInt64BE(stat.pzxid, 16)
  scratch.writeBigInt64BE(stat.ctime, 24)
  scratch.writeBigInt64BE(stat.mtime, 32)
  scratch.writeInt32BE(stat.version, 40)
  scratch.writeInt32BE(stat.cversion, 44)
  scratch.writeInt32BE(stat.aversion, 48)
  scratch.writeBigInt64BE(stat.ephemeralOwner, 52)
}
