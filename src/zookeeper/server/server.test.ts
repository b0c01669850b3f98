/** The server as a whole: its disk, its folders, its timers. In virtual time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { World } from '../../../test/zookeeper/world.ts'
import { ConfigError } from '../../config/index.ts'
import { ConnectionLossError } from '../client/index.ts'
import { CreateMode } from '../wire/index.ts'
import { filesOf } from './disk/file-names.ts'
import { startZooKeeperServer } from './server.ts'

test('a disk that fails stops the server, and nothing more is acknowledged', async () => {
  const world = new World(1)
  const server = await world.start()
  const client = world.client()
  await world.resolve(client.create('/before', null))

  world.serverHost.disk.faults.add({ code: 'EIO', operations: ['sync'], path: /log\./ })
  await world.resolve(assert.rejects(client.create('/after', null), ConnectionLossError))

  const error = await world.resolve(server.failed)
  assert.match(error.message, /EIO/)
})

test('a full disk stops the server; what was acknowledged is there when it has room again', async () => {
  const world = new World(1, { preAllocSizeKb: 0 })
  const server = await world.start()
  const client = world.client({ sessionTimeoutMs: 40_000 })
  await world.resolve(client.create('/before', Buffer.alloc(1_000)))
  world.serverHost.disk.faults.capacityBytes = 2_500
  const data = Buffer.alloc(2_000)
  await world.resolve(assert.rejects(client.create('/after', data), ConnectionLossError))
  await world.resolve(server.failed)
  world.serverHost.crash()
  world.serverHost.disk.faults.clear()

  await world.start()

  await world.resolve(client.whenConnected())
  assert.notEqual(await world.resolve(client.exists('/before')), null)
})

test('two servers cannot use one directory', async () => {
  const world = new World(1)
  await world.start()
  const { files } = world.bootClient()
  assert.ok(files)
  world.serverHost.kill()
  const host = world.serverHost.boot()
  const first = await world.resolve(startZooKeeperServer(host, { dataDir: '/zk', clientPort: 1 }))

  const second = startZooKeeperServer(host, { dataDir: '/zk', clientPort: 2 })

  await world.resolve(
    assert.rejects(second, error => error instanceof ConfigError && /\/zk/.test(error.sentence)),
  )
  await world.resolve(first.close())
  const third = await world.resolve(startZooKeeperServer(host, { dataDir: '/zk', clientPort: 2 }))
  await world.resolve(third.close())
})

test('snapshots are taken every so many changes, and purging keeps three and their logs', async () => {
  const world = new World(1, { snapCount: 10, autopurgePurgeIntervalHours: 1, dataLogDir: '/logs' })
  await world.start()
  const client = world.client()
  for (let i = 0; i < 120; i++) await world.resolve(client.create(`/n${i}`, null))
  await world.resolve(client.close())
  await world.runFor(1_000)
  world.serverHost.kill()
  const disk = world.serverHost.boot().files
  const before = filesOf('snapshot', disk.list('/zk/version-2'))
  assert.ok(before.length >= 10, `${before.length} snapshots after 120 changes`)
  world.serverHost.kill()
  await world.start()

  await world.runFor(3_700_000)

  world.serverHost.kill()
  const files = world.serverHost.boot().files
  const snapshots = filesOf('snapshot', files.list('/zk/version-2'))
  const logs = filesOf('log', files.list('/logs/version-2'))
  assert.equal(snapshots.length, 3)
  const [oldest] = snapshots
  assert.ok(oldest !== undefined && logs[0] !== undefined)
  assert.ok(logs[0].zxid <= oldest.zxid + 1n, 'the log that the oldest snapshot needs is there')
  assert.ok((logs[1]?.zxid ?? 1n << 60n) > oldest.zxid, 'and none before it')
})

test('a container goes when its last child has gone, and not before it had one', async () => {
  const world = new World(1)
  await world.start()
  const client = world.client()
  for (const path of ['/used', '/new']) {
    await world.resolve(client.create(path, null, { mode: CreateMode.CONTAINER }))
  }
  await world.resolve(client.create('/used/child', null))
  await world.runFor(130_000)
  assert.notEqual(await world.resolve(client.exists('/used')), null)

  await world.resolve(client.delete('/used/child'))
  await world.runFor(130_000)

  assert.equal(await world.resolve(client.exists('/used')), null)
  assert.notEqual(await world.resolve(client.exists('/new')), null)
})

test('a node with a time to live goes when it was left alone for that long', async () => {
  const world = new World(1, { extendedTypesEnabled: true })
  await world.start()
  const client = world.client()
  const mode = CreateMode.PERSISTENT_WITH_TTL
  await world.resolve(client.create('/short', null, { mode, ttlMs: 50_000 }))
  await world.resolve(client.create('/long', null, { mode, ttlMs: 500_000 }))

  await world.runFor(130_000)

  assert.equal(await world.resolve(client.exists('/short')), null)
  const stat = await world.resolve(client.exists('/long'))
  assert.equal(stat?.ephemeralOwner, 0n, 'the mark of a TTL is not shown')
})

test('a stop answers what is under way, and sessions live on', async () => {
  const world = new World(1)
  const server = await world.start()
  const client = world.client({ sessionTimeoutMs: 40_000 })
  await world.resolve(client.create('/e', null, { mode: CreateMode.EPHEMERAL }))
  const { sessionId } = client
  const underWay = client.create('/last', null)
  await world.runFor(0)

  await world.resolve(server.close())

  await world.resolve(underWay.catch(() => undefined))
  world.serverHost.kill()
  await world.start()
  await world.resolve(client.whenConnected())
  assert.equal((await world.resolve(client.exists('/e')))?.ephemeralOwner, sessionId)
})
