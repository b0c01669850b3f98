/**
 * The lock on a log directory. Genuine Kafka takes Java's `FileChannel.tryLock` on `.lock`, which is
 * a POSIX record lock. Node has no call for one, but a lock of the open file description (Linux,
 * `F_OFD_SETLK`) conflicts with it, belongs to the descriptor and not to the process that asked for
 * it, and ends when the last copy of the descriptor is closed. So a helper that inherits our
 * descriptor takes the lock, exits at once, and leaves it with us: genuine Kafka is kept off our
 * directory, we off its, and a second broker of ours, in this process or another, off both.
 *
 * Where no helper is installed, or off Linux, the file says who holds it (process id and start
 * time), and /proc/locks tells whether a genuine Kafka does. Then a genuine Kafka is not kept off,
 * and of two brokers that start in the same instant both may believe they hold the lock.
 */
import { spawnSync } from 'node:child_process'
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs'
import type { FileLock } from '../files.ts'
import { isLockedByAnother } from './proc-locks.ts'

// struct flock of 64-bit Linux: type (1 = F_WRLCK), whence, start 0, length 0 (to the end), pid 0.
// Exit code 1: somebody holds it (EAGAIN or EACCES). 2: this file system or kernel cannot.
const helpers: readonly (readonly [command: string, ...args: string[]])[] = [
  ['perl', '-e', '$l=pack"ssx4qqix4",1;exit(fcntl(STDIN,37,$l)?0:$!==11||$!==13?1:2)'],
  [
    'python3',
    '-ISc',
    'import fcntl,struct,os\n' +
      'try: fcntl.fcntl(0,37,struct.pack("hh4xqqi4x",1,0,0,0,0))\n' +
      'except BlockingIOError: os._exit(1)\n' +
      'except OSError: os._exit(2)',
  ],
]
const helperTimeoutMs = 5_000

/** @returns undefined while another live process, or another lock of this one, holds the file. */
export function takeLock(path: string, helpersToTry = helpers): FileLock | undefined {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o644)
  let isTaken = false
  try {
    const answer = lockByHelper(fd, helpersToTry)
    // The record is read in both cases: its writer may have found no helper.
    isTaken =
      answer !== 'held' &&
      !isHeldByRecord(path) &&
      (answer === 'taken' || !isLockedByAnother(fstatSync(fd, { bigint: true })))
    if (!isTaken) return undefined
    ftruncateSync(fd)
    writeSync(fd, `${ownRecord()}\n`, 0)
  } finally {
    if (!isTaken) closeSync(fd)
  }
  return { release: once(() => release(fd)) }
}

type Answer = 'taken' | 'held' | 'unknown'

function lockByHelper(fd: number, helpersToTry: typeof helpers): Answer {
  if (process.platform !== 'linux') return 'unknown'
  for (const [command, ...args] of helpersToTry) {
    const { status } = spawnSync(command, args, {
      stdio: [fd, 'ignore', 'ignore'],
      timeout: helperTimeoutMs,
    })
    if (status === 0) return 'taken'
    if (status === 1) return 'held'
  }
  return 'unknown'
}

/** Who holds the file: `<process id> <start time>`, so that a reused process id is not taken for the holder. */
function ownRecord(): string {
  return `${process.pid} ${startTimeOf(process.pid) ?? '-'}`
}

function isHeldByRecord(path: string): boolean {
  const record = /^(\d+) (\d+|-)\n/.exec(readFileSync(path, 'latin1'))
  if (record === null) return false
  const [, pid, started] = record
  if (!isAlive(Number(pid))) return false
  const startsNow = startTimeOf(Number(pid))
  return started === '-' || startsNow === undefined || started === startsNow
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it lives, but belongs to somebody else.
    return (error as { code?: string }).code === 'EPERM'
  }
}

/** Field 22 of /proc/<pid>/stat, in clock ticks since boot; undefined where there is no /proc. */
function startTimeOf(pid: number): string | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The command's name (field 2) stands in parentheses and may hold spaces and parentheses.
    return status.slice(status.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}

function release(fd: number): void {
  ftruncateSync(fd)
  closeSync(fd)
}

function once(action: () => void): () => void {
  let isDone = false
  return () => {
    if (isDone) return
    isDone = true
    action()
  }
}
