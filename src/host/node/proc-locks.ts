/** Reads Linux's /proc/locks: who holds a record lock on a file, whichever program it is. */
import { readFileSync } from 'node:fs'

export interface FileIdentity {
  readonly dev: bigint
  readonly ino: bigint
}

/** Tells whether another process holds a POSIX or open-file-description lock; false where there is no /proc/locks. */
export function isLockedByAnother(file: FileIdentity): boolean {
  let table: string
  try {
    table = readFileSync('/proc/locks', 'latin1')
  } catch {
    return false
  }
  return hasRecordLock(table, file, process.pid)
}

/**
 * A line is `<n>: POSIX ADVISORY WRITE <pid> <major>:<minor>:<inode> <start> <end>`, the device
 * numbers in hex. Waiters have a line too, marked `->`.
 */
export function hasRecordLock(table: string, file: FileIdentity, ownPid: number): boolean {
  const device = `${hex(majorOf(file.dev))}:${hex(minorOf(file.dev))}:${file.ino}`
  return table.split('\n').some(line => {
    const [, kind, , , pid, id] = line.split(/\s+/)
    return (kind === 'POSIX' || kind === 'OFDLCK') && id === device && Number(pid) !== ownPid
  })
}

// The C library packs 32 + 32 bits of major and minor into one number; see makedev(3).
const majorOf = (dev: bigint): bigint => ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & 0xfffff000n)
const minorOf = (dev: bigint): bigint => (dev & 0xffn) | ((dev >> 12n) & 0xffffff00n)
const hex = (value: bigint): string => value.toString(16).padStart(2, '0')
