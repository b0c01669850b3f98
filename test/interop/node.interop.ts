/** The newest Node with long-term support: sockets, files, native codecs and module loading change between releases. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { peerOrSkip, projectRoot } from '../peers/cache.ts'
import { newestNode } from '../peers/catalog.ts'
import { run } from '../peers/process.ts'

/** The rooms that lean on Node itself, and the whole broker in memory and in a directory. */
const rooms = ['host/', 'bytes/', 'network/', 'log/', 'testing/', 'main/', 'broker/']

test('what leans on Node works on its newest release with long-term support', async t => {
  const node = await peerOrSkip(t, newestNode)
  if (node === undefined) return

  const runner = join(projectRoot, 'dist', 'test', 'run.js')
  const { exitCode, stdout } = await run(node, [runner, 'unit', ...rooms], {
    cwd: projectRoot,
    // Else Node takes it for a part of this test and runs nothing.
    env: { NODE_TEST_CONTEXT: undefined },
    timeoutMs: 300_000,
  })

  assert.equal(exitCode, 0, stdout.slice(-4_000))
  assert.match(stdout, /pass [1-9]\d\d/, 'hundreds of tests were run')
})
