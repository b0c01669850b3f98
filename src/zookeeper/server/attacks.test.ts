/** Bad input, row by row: the stated answer, and the next client is served as before. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  bodyOf,
  framed,
  handshakeBody,
  type RawClient,
} from '../../../test/zookeeper/raw-client.ts'
import { World } from '../../../test/zookeeper/world.ts'
import { Reader } from '../../bytes/index.ts'
import {
  AddWatchRequest,
  AuthPacket,
  ConnectResponse,
  CreateRequest,
  GetACLResponse,
  OpCode,
  PathRequest,
  readRecord,
  SetDataRequest,
  Xid,
  ZkErrorCode,
  type Acl,
} from '../wire/index.ts'

const open: Acl[] = [{ perms: 31, id: { scheme: 'world', id: 'anyone' } }]

async function startedWorld(): Promise<World> {
  const world = new World(1, { juteMaxBufferBytes: 100_000 })
  await world.start()
  return world
}

async function session(world: World): Promise<RawClient> {
  const client = await world.raw()
  await world.resolve(client.handshake({ readOnly: false }))
  return client
}

/** Another client can still write and read. */
async function assertServes(world: World): Promise<void> {
  const client = world.client()
  const path = await world.resolve(client.create('/alive-', null, { mode: 2 }))
  assert.notEqual(await world.resolve(client.exists(path)), null)
  await world.resolve(client.close())
}

async function errorOf(
  world: World,
  client: RawClient,
  type: number,
  body: Buffer,
): Promise<number> {
  const frames = await world.resolve(client.call(type, body))
  return frames.at(-1)?.err ?? Number.NaN
}

test('a size that no request may have closes the connection, before and after the handshake', async () => {
  const world = await startedWorld()
  for (const size of [-1, -2147483648, 2147483647, 100_001]) {
    const bytes = Buffer.alloc(8)
    bytes.writeInt32BE(size)
    const fresh = await world.raw()
    fresh.send(bytes)
    await world.resolve(fresh.closed())
    const known = await session(world)
    known.send(bytes)
    await world.resolve(known.closed())
  }
  await assertServes(world)
})

test('an empty frame, and a handshake that is cut, close the connection', async () => {
  const world = await startedWorld()
  const whole = handshakeBody({ readOnly: false })
  for (let length = 0; length < whole.length - 1; length++) {
    const client = await world.raw()
    client.send(framed(whole.subarray(0, length)))
    await world.resolve(client.closed())
    assert.equal(client.received.length, 0)
  }
  await assertServes(world)
})

test('a client that says nothing, or half a handshake, is let go after ten seconds', async () => {
  const world = await startedWorld()
  const silent = await world.raw()
  const half = await world.raw()
  half.send(framed(handshakeBody()).subarray(0, 20))
  await world.runFor(9_000)
  assert.equal(silent.isClosed || half.isClosed, false)

  await world.runFor(2_000)

  assert.ok(silent.isClosed && half.isClosed)
})

test('a password of no sensible length closes the connection', async () => {
  const world = await startedWorld()
  for (const length of [-5, 2147483647, 1000]) {
    const body = handshakeBody({ readOnly: false })
    body.writeInt32BE(length, 24)
    const client = await world.raw()
    client.sendFrame(body)
    await world.resolve(client.closed())
  }
  await assertServes(world)
})

test('a client that has seen the future is refused', async () => {
  const world = await startedWorld()
  const client = await world.raw()

  const answer = await world.resolve(client.handshake({ lastZxidSeen: 1n << 40n }))

  assert.equal(answer, undefined)
})

test('a stolen session id with a wrong password takes nothing over', async () => {
  const world = await startedWorld()
  const owner = await session(world)
  const thief = await world.raw()
  const { sessionId } = owner

  const frame = await world.resolve(thief.handshake({ sessionId, passwd: Buffer.alloc(16, 1) }))

  assert.ok(frame !== undefined)
  const answer = readRecord(ConnectResponse, new Reader(frame))
  assert.deepEqual([answer.timeOut, answer.sessionId], [0, 0n])
  await world.resolve(thief.closed())
  assert.equal(owner.isClosed, false)
  assert.deepEqual(await world.resolve(owner.drain()), [], 'the owner is still served')
})

test('an unknown type is answered UNIMPLEMENTED, and the connection closed', async () => {
  const world = await startedWorld()
  for (const type of [0, 10, 99, 1_000, -1, -10, 2147483647]) {
    const client = await session(world)
    const error = await errorOf(world, client, type, Buffer.alloc(0))
    assert.equal(error, ZkErrorCode.UNIMPLEMENTED, `type ${type}`)
    await world.resolve(client.closed())
  }
  await assertServes(world)
})

test('counts and lengths are not believed', async () => {
  const world = await startedWorld()
  const client = await session(world)
  const acl = bodyOf(CreateRequest, { path: '/x', data: null, acl: [], flags: 0 })
  acl.writeInt32BE(2147483647, acl.length - 8)
  assert.equal(await errorOf(world, client, OpCode.create, acl), ZkErrorCode.MARSHALLING_ERROR)
  const watches = Buffer.alloc(12)
  watches.writeInt32BE(2147483647, 8)
  assert.equal(
    await errorOf(world, client, OpCode.setWatches, watches),
    ZkErrorCode.MARSHALLING_ERROR,
  )
  const path = Buffer.from('7fffffff2f', 'hex')
  assert.equal(await errorOf(world, client, OpCode.getData, path), ZkErrorCode.MARSHALLING_ERROR)
  await assertServes(world)
})

test('a node above jute.maxbuffer closes the connection that wants to write it', async () => {
  const world = await startedWorld()
  const client = await session(world)
  const body = bodyOf(SetDataRequest, { path: '/', data: Buffer.alloc(100_000), version: -1 })

  client.ask(OpCode.setData, body)

  await world.resolve(client.closed())
  await assertServes(world)
})

test('a scheme that nobody knows is refused, and the connection closed', async () => {
  const world = await startedWorld()
  for (const scheme of ['kerberos', 'world', '', null]) {
    const client = await session(world)
    const body = bodyOf(AuthPacket, { type: 0, scheme, auth: Buffer.from('x') })
    const [frame] = await world.resolve(client.call(OpCode.auth, body, Xid.auth))
    assert.equal(frame?.err, ZkErrorCode.AUTH_FAILED)
    await world.resolve(client.closed())
  }
  await assertServes(world)
})

test('a stranger sees who may, but no hash; and hears nothing of what is closed to it', async () => {
  const world = await startedWorld()
  const owner = await session(world)
  const stranger = await session(world)
  const proof = bodyOf(AuthPacket, { type: 0, scheme: 'digest', auth: Buffer.from('joe:secret') })
  await world.resolve(owner.call(OpCode.auth, proof, Xid.auth))
  const mine: Acl = { perms: 31, id: { scheme: 'auth', id: '' } }
  const readable: Acl = { perms: 1, id: { scheme: 'world', id: 'anyone' } }
  const create = (path: string, acl: Acl[]): Promise<number> =>
    errorOf(world, owner, OpCode.create, bodyOf(CreateRequest, { path, data: null, acl, flags: 0 }))
  assert.equal(await create('/shown', [mine, readable]), ZkErrorCode.OK)
  assert.equal(await create('/hidden', [mine]), ZkErrorCode.OK)

  const frames = await world.resolve(
    stranger.call(OpCode.getACL, bodyOf(PathRequest, { path: '/shown' })),
  )
  const { acl } = readRecord(GetACLResponse, new Reader(frames[0]?.body ?? Buffer.alloc(0)))
  assert.deepEqual(acl[0]?.id, { scheme: 'digest', id: 'joe:x' })

  const watch = bodyOf(AddWatchRequest, { path: '/hidden', mode: 1 })
  assert.equal(await errorOf(world, stranger, OpCode.addWatch, watch), ZkErrorCode.OK)
  assert.equal(await create('/hidden/child', [mine]), ZkErrorCode.OK)
  assert.deepEqual(await world.resolve(stranger.drain()), [])
  assert.equal(await create('/hidden/open', open), ZkErrorCode.OK)
  assert.equal((await world.resolve(stranger.drain())).length, 1)
})

test('a client that asks without reading is asked for no more, and others are served', async () => {
  const world = await startedWorld()
  const greedy = await session(world)
  const big = bodyOf(CreateRequest, {
    path: '/big',
    data: Buffer.alloc(90_000),
    acl: open,
    flags: 0,
  })
  await errorOf(world, greedy, OpCode.create, big)
  for (let i = 0; i < 2_000; i++) {
    greedy.ask(
      OpCode.getData,
      Buffer.concat([bodyOf(PathRequest, { path: '/big' }), Buffer.from([0])]),
    )
  }
  await assertServes(world)
  greedy.destroy()
  await assertServes(world)
})

test('connections above maxClientCnxns are closed at once', async () => {
  const world = new World(1, { maxClientCnxns: 2 })
  await world.start()
  const host = world.bootClient()
  const { RawClient: Raw } = await import('../../../test/zookeeper/raw-client.ts')
  const opened = []
  for (let i = 0; i < 3; i++) {
    opened.push(await world.resolve(Raw.open(host.network, 2181, 'server')))
  }

  await world.resolve(opened[2]?.closed() ?? Promise.reject(new Error('not opened')))

  assert.deepEqual(
    opened.map(client => client.isClosed),
    [false, false, true],
  )
})
