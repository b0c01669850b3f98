/** The client against our server, in virtual time, over a network that breaks. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { World, ZOOKEEPER_PORT } from '../../../test/zookeeper/world.ts'
import { CreateMode, EventType, ZkErrorCode } from '../wire/index.ts'
import type { ZooKeeperClient } from './client.ts'
import {
  AuthFailedError,
  BadVersionError,
  ConnectionLossError,
  MultiError,
  NodeExistsError,
  NoNodeError,
  NotEmptyError,
  SessionExpiredError,
  TooManyRequestsError,
} from './errors.ts'
import type { WatchEvent } from './watchers.ts'

async function startedWorld(): Promise<World> {
  const world = new World(1, { tickTimeMs: 1_000 })
  await world.start()
  return world
}

async function connected(world: World, servers = 'server:2181'): Promise<ZooKeeperClient> {
  const client = world.client({ servers, sessionTimeoutMs: 6_000 })
  await world.resolve(client.whenConnected())
  return client
}

test('errors have classes, and name the node as the caller does', async () => {
  const world = await startedWorld()
  const root = await connected(world)
  await world.resolve(root.create('/app', null))
  const client = await connected(world, 'server:2181/app')
  await world.resolve(client.create('/a', Buffer.from('x')))
  await world.resolve(client.create('/a/b', null))

  const refusals: [() => Promise<unknown>, new (...args: never[]) => Error, string][] = [
    [() => client.create('/a', null), NodeExistsError, 'KeeperErrorCode = NodeExists for /a'],
    [() => client.getData('/none'), NoNodeError, 'KeeperErrorCode = NoNode for /none'],
    [() => client.setData('/a', null, 7), BadVersionError, 'KeeperErrorCode = BadVersion for /a'],
    [() => client.delete('/a'), NotEmptyError, 'KeeperErrorCode = Directory not empty for /a'],
  ]
  for (const [refused, ErrorClass, message] of refusals) {
    await world.resolve(
      assert.rejects(refused(), error => error instanceof ErrorClass && error.message === message),
    )
  }
})

test('with a chroot every path is inside of it, and comes back without it', async () => {
  const world = await startedWorld()
  const root = await connected(world)
  await world.resolve(root.create('/app', null))
  const client = await connected(world, 'server:2181/app')
  const events: WatchEvent[] = []
  const watcher = (event: WatchEvent): number => events.push(event)
  await world.resolve(client.getChildren('/', { watcher }))
  await world.resolve(client.exists('/e', { watcher }))

  const path = await world.resolve(client.create('/e', null, { mode: CreateMode.EPHEMERAL }))
  const sequential = await world.resolve(
    client.createWithStat('/s-', null, { mode: CreateMode.PERSISTENT_SEQUENTIAL }),
  )
  const [created] = await world.resolve(client.multi([{ op: 'create', path: '/m', data: null }]))

  assert.deepEqual([path, sequential.path], ['/e', '/s-0000000001'])
  assert.deepEqual(created, { type: 1, path: '/m' })
  assert.deepEqual(events, [
    { type: EventType.NODE_CREATED, path: '/e' },
    { type: EventType.NODE_CHILDREN_CHANGED, path: '/' },
  ])
  assert.deepEqual(await world.resolve(client.getEphemerals()), ['/e'])
  assert.notEqual(await world.resolve(root.exists('/app/s-0000000001')), null)
})

test('a multi that is refused says which operation it was, and does nothing', async () => {
  const world = await startedWorld()
  const client = await connected(world)
  await world.resolve(client.create('/a', null))

  const multi = client.multi([
    { op: 'create', path: '/b', data: null },
    { op: 'check', path: '/a', version: 3 },
    { op: 'delete', path: '/a' },
  ])

  await world.resolve(
    assert.rejects(multi, error => {
      assert.ok(error instanceof MultiError)
      assert.deepEqual([error.index, error.code, error.path], [1, ZkErrorCode.BAD_VERSION, '/a'])
      const codes = error.results.map(result => ('err' in result ? result.err : undefined))
      assert.deepEqual(codes, [0, ZkErrorCode.BAD_VERSION, ZkErrorCode.RUNTIME_INCONSISTENCY])
      return true
    }),
  )
  assert.equal(await world.resolve(client.exists('/b')), null)
})

test('an idle session lives on, because the client pings', async () => {
  const world = await startedWorld()
  const client = await connected(world)
  const { sessionId } = client
  await world.resolve(client.create('/e', null, { mode: CreateMode.EPHEMERAL }))

  await world.runFor(60_000)

  assert.deepEqual([client.state, client.sessionId], ['connected', sessionId])
  assert.notEqual(await world.resolve(client.exists('/e')), null)
})

test('requests under way fail when the connection breaks; the session goes on with its nodes', async () => {
  const world = await startedWorld()
  const client = await connected(world)
  const { sessionId } = client
  await world.resolve(client.create('/e', null, { mode: CreateMode.EPHEMERAL }))
  const states: string[] = []
  client.onState(state => states.push(state))

  const underWay = client.create('/lost', null)
  underWay.catch(() => undefined)
  world.simulation.network.breakConnections('client-1', 'server')

  await world.resolve(assert.rejects(underWay, ConnectionLossError))
  await world.resolve(client.whenConnected())
  assert.deepEqual(states, ['connecting', 'connected'])
  assert.equal(client.sessionId, sessionId)
  assert.equal((await world.resolve(client.exists('/e')))?.ephemeralOwner, sessionId)
})

test('what changed while the client was away is told when it is back', async () => {
  const world = await startedWorld()
  const other = await connected(world)
  for (const path of ['/data', '/gone', '/parent', '/quiet']) {
    await world.resolve(other.create(path, null))
  }
  const client = await connected(world)
  const events: string[] = []
  const watcher = (event: WatchEvent): number => events.push(`${event.type} ${event.path}`)
  for (const path of ['/data', '/gone', '/quiet'])
    await world.resolve(client.getData(path, { watcher }))
  await world.resolve(client.exists('/comes', { watcher }))
  await world.resolve(client.getChildren('/parent', { watcher }))
  await world.resolve(client.addWatch('/lasting', watcher, 'persistent'))

  world.simulation.network.isolate('client-2')
  world.simulation.network.breakConnections('client-2', 'server')
  await world.resolve(other.whenConnected())
  await world.resolve(other.setData('/data', Buffer.from('x')))
  await world.resolve(other.delete('/gone'))
  await world.resolve(other.create('/comes', null))
  await world.resolve(other.create('/parent/child', null))
  assert.deepEqual(events, [])
  world.simulation.network.heal()
  await world.resolve(client.whenConnected())
  await world.resolve(client.sync('/'))

  assert.deepEqual(events.sort(), ['1 /comes', '2 /gone', '3 /data', '4 /parent'])
  await world.resolve(other.setData('/quiet', Buffer.from('x')))
  await world.resolve(other.create('/lasting', null))
  await world.resolve(other.setData('/lasting', null))
  await world.resolve(client.sync('/'))
  assert.deepEqual(events.slice(4), ['3 /quiet', '1 /lasting', '3 /lasting'])
})

test('a watcher hears of a change before an answer shows it', async () => {
  const world = await startedWorld()
  const client = await connected(world)
  await world.resolve(client.create('/a', null))
  const order: string[] = []
  await world.resolve(client.getData('/a', { watcher: () => order.push('event') }))

  const changed = client.setData('/a', Buffer.from('x')).then(() => order.push('answer'))

  await world.resolve(changed)
  assert.deepEqual(order, ['event', 'answer'])
})

test('a session that was away for too long is over, and its nodes are gone', async () => {
  const world = await startedWorld()
  const other = await connected(world)
  const client = await connected(world)
  await world.resolve(client.create('/e', null, { mode: CreateMode.EPHEMERAL }))
  world.simulation.network.isolate('client-2')
  await world.runFor(20_000)
  assert.equal(await world.resolve(other.exists('/e')), null)

  world.simulation.network.heal()
  await world.runFor(5_000)

  assert.equal(client.state, 'expired')
  await world.resolve(assert.rejects(client.exists('/e'), SessionExpiredError))
  await world.resolve(assert.rejects(client.whenConnected(), SessionExpiredError))
})

test('a server that falls silent is left for the next of the list', async () => {
  const world = await startedWorld()
  const client = await connected(world, 'nobody:2181,server:2181')
  const { sessionId } = client
  world.serverHost.pause()
  await world.runFor(5_000)
  assert.equal(client.state, 'connecting')

  world.serverHost.resume()
  await world.runFor(5_000)

  assert.deepEqual([client.state, client.sessionId], ['connected', sessionId])
})

test('a server that is starting and never answers is asked again long before the session would end', async () => {
  const world = new World(1)
  let connections = 0
  const listener = await world.serverHost.boot().network.listen({
    host: '',
    port: ZOOKEEPER_PORT,
    onConnection: connection => {
      connections += 1
      connection.start({ onBytes: () => undefined, onClose: () => undefined })
    },
  })
  const client = world.client({ sessionTimeoutMs: 60_000 })

  await world.runFor(20_000)

  assert.equal(connections, 4)
  void client.close()
  await world.resolve(listener.close())
})

test('a server that lost power finds the session as it was', async () => {
  const world = await startedWorld()
  const client = await connected(world)
  const { sessionId } = client
  await world.resolve(client.create('/e', null, { mode: CreateMode.EPHEMERAL }))
  for (let i = 0; i < 2; i++) {
    world.serverHost.crash()
    await world.start()
    // Nothing tells the client that the power failed: it has to notice the silence.
    await world.runFor(5_000)
    await world.resolve(client.whenConnected())
  }

  assert.equal((await world.resolve(client.exists('/e')))?.ephemeralOwner, sessionId)
})

test('more requests than may wait are refused at once', async () => {
  const world = await startedWorld()
  const client = world.client({ maxPendingRequests: 2 })
  const [first, second] = [client.exists('/'), client.exists('/')]

  await world.resolve(assert.rejects(client.exists('/'), TooManyRequestsError))

  await world.resolve(Promise.all([first, second]))
  assert.notEqual(await world.resolve(client.exists('/')), null)
})

test('an identity that is refused ends the client', async () => {
  const world = await startedWorld()
  const client = await connected(world)

  client.addAuth('kerberos', Buffer.from('joe'))
  await world.runFor(1_000)

  assert.equal(client.state, 'auth-failed')
  await world.resolve(assert.rejects(client.exists('/'), AuthFailedError))
})

test('identities are proven again on every connection', async () => {
  const world = await startedWorld()
  const client = await connected(world)
  client.addAuth('digest', Buffer.from('joe:secret'))
  const acl = [{ perms: 31, id: { scheme: 'auth', id: '' } }]
  await world.resolve(client.create('/mine', null, { acl }))

  world.simulation.network.breakConnections('client-1', 'server')
  await world.runFor(100)
  await world.resolve(client.whenConnected())

  await world.resolve(client.setData('/mine', Buffer.from('x')))
})

test('closing ends the session: its nodes go at once', async () => {
  const world = await startedWorld()
  const other = await connected(world)
  const client = await connected(world)
  await world.resolve(client.create('/e', null, { mode: CreateMode.EPHEMERAL }))

  await world.resolve(client.close())

  assert.equal(client.state, 'closed')
  assert.equal(await world.resolve(other.exists('/e')), null)
  await world.resolve(assert.rejects(client.exists('/'), SessionExpiredError))
})
