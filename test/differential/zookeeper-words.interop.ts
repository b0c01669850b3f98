/** The words that a person types at the client port, to genuine ZooKeeper and to ours. */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { nodeHost } from '../../src/host/node/index.ts'
import { CreateMode, startZooKeeperServer, ZooKeeperClient } from '../../src/zookeeper/index.ts'
import { masked } from '../masks.ts'
import { peerOrSkip } from '../peers/cache.ts'
import { temporaryFolder } from '../peers/subject.ts'
import { sendWord, startGenuineZooKeeper } from '../peers/zookeeper.ts'
import { wordMasks } from './zookeeper/masks.ts'

/** In this order: the counters that the first ones show are reset by the last. */
const words = [
  'ruok',
  'srvr',
  'stat',
  'conf',
  'cons',
  'wchs',
  'wchc',
  'wchp',
  'dirs',
  'isro',
  'gtmk',
  'crst',
  'srst',
]

test('every word is answered as ZooKeeper 3.8.4 answers it', async t => {
  const servers = await startBoth(t, ['*'])
  if (servers === undefined) return
  const expected = await answers(servers.genuinePort, words)
  const actual = await answers(servers.ourPort, words)

  for (const word of words) assert.equal(actual[word], expected[word], word)
})

test('without a whitelist only srvr is answered', async t => {
  const servers = await startBoth(t, undefined)
  if (servers === undefined) return

  for (const word of ['ruok', 'mntr', 'wchs', 'envi', 'hash']) {
    const expected = await sendWord(servers.genuinePort, word)
    assert.equal(await sendWord(servers.ourPort, word), expected)
    assert.match(expected, /is not executed because it is not in the whitelist/)
  }
  assert.match(await sendWord(servers.ourPort, 'srvr'), /Mode: standalone/)
})

test('what mntr shows of a stand-alone server is what genuine ZooKeeper shows under that name', async t => {
  const servers = await startBoth(t, ['*'])
  if (servers === undefined) return
  const figuresOf = (text: string): Map<string, string> =>
    new Map(
      text
        .trimEnd()
        .split('\n')
        .map(line => line.split('\t') as [string, string]),
    )

  const expected = figuresOf(await sendWord(servers.genuinePort, 'mntr'))
  const actual = figuresOf(await sendWord(servers.ourPort, 'mntr'))

  for (const [name, value] of actual) {
    const genuine = expected.get(name)
    assert.ok(genuine !== undefined, `${name} is no figure of ZooKeeper's`)
    assert.equal(Number.isNaN(Number(value)), Number.isNaN(Number(genuine)), `${name}: ${value}`)
  }
  for (const name of ['znode_count', 'ephemerals_count', 'watch_count', 'global_sessions']) {
    assert.equal(actual.get(`zk_${name}`), expected.get(`zk_${name}`), name)
  }
})

interface Both {
  genuinePort: number
  ourPort: number
}

/** Two servers in the same state, each with one client that watches and owns something. */
async function startBoth(
  t: import('node:test').TestContext,
  allowed: readonly string[] | undefined,
): Promise<Both | undefined> {
  const folder = temporaryFolder('zookeeper-words')
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const genuine = await peerOrSkip(t, () =>
    startGenuineZooKeeper({
      dataDir: join(folder, 'genuine'),
      ...(allowed === undefined ? {} : { config: { '4lw.commands.whitelist': allowed.join(',') } }),
      ...(allowed === undefined
        ? {}
        : { properties: { 'zookeeper.4lw.commands.whitelist': allowed.join(',') } }),
    }),
  )
  if (genuine === undefined) return undefined
  t.after(() => genuine.kill())
  const ours = await startZooKeeperServer(nodeHost(), {
    dataDir: join(folder, 'ours'),
    clientPort: 0,
    clientPortAddress: '127.0.0.1',
    ...(allowed === undefined ? {} : { fourLetterWords: allowed }),
  })
  t.after(() => ours.close())
  for (const port of [genuine.port, ours.port]) {
    await sendWord(port, 'srst')
    const client = new ZooKeeperClient(nodeHost(), { servers: `127.0.0.1:${port}` })
    t.after(() => client.close())
    await client.create('/e', null, { mode: CreateMode.EPHEMERAL })
    await client.getData('/e', { watcher: () => undefined })
    await client.exists('/none', { watcher: () => undefined })
  }
  return { genuinePort: genuine.port, ourPort: ours.port }
}

async function answers(port: number, asked: readonly string[]): Promise<Record<string, string>> {
  const all: Record<string, string> = {}
  for (const word of asked) {
    all[word] = sortedClients(masked(await sendWord(port, word), ...wordMasks))
  }
  return all
}

/** Genuine ZooKeeper lists its clients in the order of a hash table. */
function sortedClients(answer: string): string {
  return answer.replace(/(?:^ \/.*\n)+/gm, clients => {
    const lines = clients.trimEnd().split('\n')
    return `${lines.sort().join('\n')}\n`
  })
}
