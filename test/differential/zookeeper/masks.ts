/**
 * What may differ between two servers that were asked the same, and why. A masked value must still
 * have its shape: a time must be one, an id must not be 0 where it is not 0 on the other side.
 */
import assert from 'node:assert/strict'
import type { Mask } from '../../masks.ts'
import type { Stat } from '../../../src/zookeeper/wire/index.ts'

/** Sessions get an id from the clock. Each is known by its number in the script. */
export class SessionNames {
  readonly #ids: bigint[] = []

  nameOf(id: bigint): string {
    if (id === 0n) return 'none'
    let index = this.#ids.indexOf(id)
    if (index === -1) index = this.#ids.push(id) - 1
    return `session-${index}`
  }
}

/** ctime and mtime: when something happened. The nodes that were always there have 0. */
export function maskedTime(timeMs: bigint): string {
  if (timeMs === 0n) return 'never'
  const isNow = Math.abs(Number(timeMs) - Date.now()) < 3_600_000
  assert.ok(isNow, `${timeMs} is not a time of this hour`)
  return 'now'
}

export function maskedStat(stat: Stat, sessions: SessionNames): Record<string, unknown> {
  const { ctime, mtime, ephemeralOwner, ...rest } = stat
  return {
    ...rest,
    ctime: maskedTime(ctime),
    mtime: maskedTime(mtime),
    owner: sessions.nameOf(ephemeralOwner),
  }
}

/** Children, ephemerals and identities come in the order of Java's hash tables: they are sets. */
export function asSet(values: readonly string[]): string[] {
  return [...values].sort()
}

/** What words show that is another thing on every server. */
export const wordMasks: readonly Mask[] = [
  {
    why: 'ours says which release it is like, and that it is not that release',
    shape: /(?<=^Zookeeper version: )3\.8\.4-[^\s,]+(, built on .*)?/gm,
    mark: '<VERSION>',
  },
  {
    why: 'ports are chosen by the system',
    shape: /(?<=clientPort=|127\.0\.0\.1:)\d+/g,
    mark: '<PORT>',
  },
  { why: 'each has a folder of its own', shape: /(?<=Dir=)\S+(?=\/version-2)/g, mark: '<DIR>' },
  {
    why: 'session ids come from the clock',
    shape: /0x10[0-9a-f]{13}\b|0x1[0-9a-f]{14}\b/g,
    mark: '<SESSION>',
  },
  {
    why: 'how long answers took, and when',
    shape:
      /(?<=Latency min\/avg\/max: )\d+\/\d+\.\d+\/\d+|(?<=est=|lresp=|llat=|minlat=|avglat=|maxlat=)\d+/g,
    mark: '<TIME>',
  },
  {
    why: 'a snapshot of ours has the seal of 3.9 as well',
    shape: /(?<=Size=|dir_size: )\d+/g,
    mark: '<SIZE>',
  },
]
