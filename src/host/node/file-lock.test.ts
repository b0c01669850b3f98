import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { takeLock } from './file-lock.ts'
import { hasRecordLock } from './proc-locks.ts'

let root = ''
before(() => {
  root = mkdtempSync(join(tmpdir(), 'tidelog-lock-'))
})
after(() => rmSync(root, { recursive: true }))

for (const [way, helpers] of [
  ['with a helper', undefined],
  ['without a helper', []],
] as const) {
  const lock = (path: string): ReturnType<typeof takeLock> =>
    helpers === undefined ? takeLock(path) : takeLock(path, helpers)

  test(`a lock is taken once, also by the same process, ${way}`, () => {
    const path = join(root, `once ${way}`)
    const first = lock(path)

    assert.ok(first !== undefined)
    assert.equal(lock(path), undefined)
    first.release()
    first.release()

    const second = lock(path)
    assert.ok(second !== undefined, 'a released lock is free')
    second.release()
    assert.equal(readFileSync(path, 'latin1'), '')
  })

  test(`the record of a dead process does not hold, ${way}`, async () => {
    const path = join(root, `dead ${way}`)
    const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
    const [pid] = [child.pid ?? 0]
    await once(child, 'exit')
    writeFileSync(path, `${pid} 12345\n`)

    const taken = lock(path)

    assert.ok(taken !== undefined)
    taken.release()
  })

  test(`a reused process id is not mistaken for the holder, ${way}`, () => {
    const path = join(root, `reused ${way}`)
    writeFileSync(path, `${process.pid} 1\n`)

    const taken = lock(path)

    assert.ok(taken !== undefined)
    taken.release()
  })
}

test('/proc/locks is searched for record locks of others on the very file', () => {
  const table = [
    '1: OFDLCK ADVISORY  WRITE -1 fe:00:9977936 0 EOF',
    '2: FLOCK  ADVISORY  WRITE 10028 fe:00:5 0 EOF',
    '3: POSIX  ADVISORY  WRITE 77 fe:00:6 0 EOF',
    '4: POSIX  ADVISORY  WRITE 78 103:2a:7 0 EOF',
    '',
  ].join('\n')
  const ownPid = 77

  assert.ok(hasRecordLock(table, { dev: 0xfe00n, ino: 9977936n }, ownPid))
  assert.ok(!hasRecordLock(table, { dev: 0xfe00n, ino: 5n }, ownPid), 'flock(2) is another kind')
  assert.ok(!hasRecordLock(table, { dev: 0xfe00n, ino: 6n }, ownPid), 'our own lock')
  assert.ok(!hasRecordLock(table, { dev: 0xfe01n, ino: 9977936n }, ownPid), 'another device')
  assert.ok(hasRecordLock(table, { dev: 0x1032an, ino: 7n }, ownPid), 'a major number above 255')
})
