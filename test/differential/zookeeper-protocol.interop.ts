/** The same requests to genuine ZooKeeper 3.8.4 and to ours: the same answers, byte for byte where nothing is masked. */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { nodeHost } from '../../src/host/node/index.ts'
import { startZooKeeperServer } from '../../src/zookeeper/index.ts'
import { peerOrSkip } from '../peers/cache.ts'
import { temporaryFolder } from '../peers/subject.ts'
import { startGenuineZooKeeper } from '../peers/zookeeper.ts'
import { Player } from './zookeeper/player.ts'
import { chapters, type Chapter } from './zookeeper/script.ts'

for (const [name, chapter] of Object.entries(chapters)) {
  test(`${name}: ours answers as ZooKeeper 3.8.4 does`, async t => {
    const folder = temporaryFolder('zookeeper-protocol')
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const genuine = await peerOrSkip(t, () =>
      startGenuineZooKeeper({ dataDir: join(folder, 'genuine') }),
    )
    if (genuine === undefined) return
    t.after(() => genuine.kill())
    const ours = await startZooKeeperServer(nodeHost(), {
      dataDir: join(folder, 'ours'),
      clientPort: 0,
      clientPortAddress: '127.0.0.1',
    })
    t.after(() => ours.close())

    const expected = await play(chapter, genuine.port)
    const actual = await play(chapter, ours.port)

    for (const [i, line] of expected.entries()) {
      assert.equal(actual[i], line, `after\n${expected.slice(Math.max(i - 3, 0), i).join('\n')}`)
    }
    assert.equal(actual.length, expected.length)
  })
}

async function play(chapter: Chapter, port: number): Promise<string[]> {
  const player = new Player(port)
  try {
    await chapter(player)
  } finally {
    player.end()
  }
  return player.transcript
}
