/** The lock of a log directory, against the class with which genuine Kafka takes it. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { nodeHost } from '../../src/host/node/index.ts'
import { peerOrSkip, projectRoot } from '../peers/cache.ts'
import { compileJava, kafkaJars, shortLivedJvm } from '../peers/maven.ts'
import { RunningProcess } from '../peers/process.ts'

const { files } = nodeHost()

function lockPath(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'tidelog-lock-'))
  t.after(() => rmSync(directory, { recursive: true }))
  return join(directory, '.lock')
}

/** What a genuine Kafka says that tries the lock now; it holds what it gets until it is stopped. */
async function genuineTries(
  t: TestContext,
  path: string,
): Promise<{ answer: string; peer: RunningProcess } | undefined> {
  const source = join(projectRoot, 'test', 'interop', 'lock', 'LockPeer.java')
  const classpath = await peerOrSkip(t, async () => compileJava([source], await kafkaJars('3.9.2')))
  if (classpath === undefined) return undefined
  const peer = new RunningProcess(
    'java',
    [...shortLivedJvm, '-cp', classpath, 'LockPeer', path],
    {},
  )
  const answer = await peer.until('answer', ({ stdout }) => /^(held|refused)$/m.exec(stdout)?.[1])
  return { answer, peer }
}

/** Another process of ours that takes the lock and waits to be killed. */
async function oursHolds(path: string): Promise<RunningProcess> {
  const program = `
    import { nodeHost } from ${JSON.stringify(new URL('../../src/host/node/index.js', import.meta.url).href)}
    const lock = nodeHost().files.lock(${JSON.stringify(path)})
    console.log(lock === undefined ? 'refused' : 'held')
    process.stdin.resume()`
  const ours = new RunningProcess(process.execPath, ['--input-type=module', '-e', program], {})
  await ours.until('the lock', ({ stdout }) => stdout.includes('held'))
  return ours
}

test('a genuine Kafka keeps us off its directory, until it ends', async t => {
  const path = lockPath(t)
  const genuine = await genuineTries(t, path)
  if (genuine === undefined) return
  assert.equal(genuine.answer, 'held')

  assert.equal(files.lock(path), undefined)
  await genuine.peer.stop('SIGKILL')

  const lock = files.lock(path)
  assert.ok(lock !== undefined)
  lock.release()
})

test('we keep a genuine Kafka off our directory, until we release it', async t => {
  const path = lockPath(t)
  const lock = files.lock(path)
  assert.ok(lock !== undefined)
  const refused = await genuineTries(t, path)
  if (refused === undefined) return
  assert.equal(refused.answer, 'refused')
  await refused.peer.stop('SIGKILL')

  lock.release()

  const held = await genuineTries(t, path)
  assert.ok(held !== undefined)
  assert.equal(held.answer, 'held')
  await held.peer.stop('SIGKILL')
})

test('a process of ours that is killed leaves the directory to whoever comes next', async t => {
  const path = lockPath(t)
  const ours = await oursHolds(path)
  assert.equal(files.lock(path), undefined)
  const refused = await genuineTries(t, path)
  assert.equal(refused?.answer ?? 'refused', 'refused')
  await refused?.peer.stop('SIGKILL')

  await ours.stop('SIGKILL')

  const lock = files.lock(path)
  assert.ok(lock !== undefined)
  lock.release()
})
