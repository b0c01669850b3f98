/** What both servers are asked: every operation of the client protocol, what goes well and what does not. */
import { Writer } from '../../../src/bytes/index.ts'
import {
  AddWatchMode,
  AddWatchRequest,
  AuthPacket,
  CreateMode,
  CreateRequest,
  CreateTTLRequest,
  DeleteRequest,
  GetEphemeralsRequest,
  OpCode,
  PathRequest,
  Permission,
  ReadRequest,
  ReconfigRequest,
  SaslToken,
  SetACLRequest,
  SetDataRequest,
  SetWatches,
  SetWatches2,
  WatcherType,
  WatcherTypeRequest,
  writeMultiRequest,
  Xid,
  type Acl,
  type MultiOperation,
} from '../../../src/zookeeper/wire/index.ts'
import { bodyOf } from '../../zookeeper/raw-client.ts'
import type { Player } from './player.ts'

const nothing = Buffer.alloc(0)
const open: Acl[] = [{ perms: Permission.ALL, id: { scheme: 'world', id: 'anyone' } }]

export type Chapter = (player: Player) => Promise<void>

interface Created {
  data?: string | null
  acl?: readonly Acl[] | null
  flags?: number
  type?: number
}

async function create(
  player: Player,
  name: string,
  path: string,
  options: Created = {},
): Promise<void> {
  const { data = '', acl = open, flags = CreateMode.PERSISTENT, type = OpCode.create } = options
  const bytes = data === null ? null : Buffer.from(data)
  await player.ask(name, type, CreateRequest, { path, data: bytes, acl, flags })
}

async function remove(player: Player, name: string, path: string, version = -1): Promise<void> {
  await player.ask(name, OpCode.delete, DeleteRequest, { path, version })
}

async function set(
  player: Player,
  name: string,
  path: string,
  data: string,
  version = -1,
): Promise<void> {
  await player.ask(name, OpCode.setData, SetDataRequest, {
    path,
    data: Buffer.from(data),
    version,
  })
}

type ReadType =
  | typeof OpCode.exists
  | typeof OpCode.getData
  | typeof OpCode.getChildren
  | typeof OpCode.getChildren2

async function read(
  player: Player,
  name: string,
  type: ReadType,
  path: string,
  watch: 'watch' | '' = '',
): Promise<void> {
  await player.ask(name, type, ReadRequest, { path, watch: watch === 'watch' })
}

async function multi(
  player: Player,
  name: string,
  operations: readonly MultiOperation[],
  type: number = OpCode.multi,
): Promise<void> {
  const writer = new Writer()
  writeMultiRequest(writer, operations)
  await player.askBytes(name, type, writer.finish())
}

async function setAcl(
  player: Player,
  name: string,
  path: string,
  acl: readonly Acl[] | null,
  version = -1,
): Promise<void> {
  await player.ask(name, OpCode.setACL, SetACLRequest, { path, acl, version })
}

async function getAcl(player: Player, name: string, path: string): Promise<void> {
  await player.ask(name, OpCode.getACL, PathRequest, { path })
}

async function auth(player: Player, name: string, scheme: string, proof: string): Promise<void> {
  const body = bodyOf(AuthPacket, { type: 0, scheme, auth: Buffer.from(proof) })
  await player.askBytes(name, OpCode.auth, body, Xid.auth)
}

function digestAcl(id: string, perms: number = Permission.ALL): Acl {
  return { perms, id: { scheme: 'digest', id } }
}

const nodes: Chapter = async player => {
  await player.open('a', { readOnly: false })
  player.note('create, in all ways')
  await create(player, 'a', '/n', { data: 'hello' })
  await create(player, 'a', '/n')
  await create(player, 'a', '/n/child', { data: null })
  await create(player, 'a', '/n/with-stat', { type: OpCode.create2, data: 'x' })
  await create(player, 'a', '/missing/child')
  await create(player, 'a', '/n/s-', { flags: CreateMode.PERSISTENT_SEQUENTIAL })
  await create(player, 'a', '/n/', { flags: CreateMode.PERSISTENT_SEQUENTIAL })
  await create(player, 'a', '/n/e', { flags: CreateMode.EPHEMERAL })
  await create(player, 'a', '/n/e/child')
  await create(player, 'a', '/n/es-', {
    flags: CreateMode.EPHEMERAL_SEQUENTIAL,
    type: OpCode.create2,
  })
  await create(player, 'a', '/container', {
    flags: CreateMode.CONTAINER,
    type: OpCode.createContainer,
  })
  await create(player, 'a', '/container/child')
  await create(player, 'a', '/bad-flags', { flags: 7 })
  await create(player, 'a', '/bad-flags', { flags: -1 })
  await create(player, 'a', '/ttl', { flags: CreateMode.PERSISTENT_WITH_TTL })
  await player.ask('a', OpCode.createTTL, CreateTTLRequest, {
    path: '/ttl',
    data: null,
    acl: open,
    flags: CreateMode.PERSISTENT_WITH_TTL,
    ttl: 1000n,
  })
  player.note('paths that are none')
  for (const path of [
    '',
    'relative',
    '/',
    '/a//b',
    '/n/',
    '/n/..',
    '/n/.',
    '/n/../m',
    '/n\0',
    '/\u0001',
    '/\ud800',
  ]) {
    await create(player, 'a', path)
    await set(player, 'a', path, 'x')
    await remove(player, 'a', path, 5)
    for (const type of [OpCode.exists, OpCode.getData, OpCode.getChildren, OpCode.getChildren2]) {
      await read(player, 'a', type, path)
    }
    await getAcl(player, 'a', path)
  }
  player.note('read')
  for (const path of [
    '/n',
    '/n/child',
    '/n/e',
    '/container',
    '/missing',
    '/',
    '/zookeeper',
    '/zookeeper/config',
    '/zookeeper/quota',
  ]) {
    for (const type of [OpCode.exists, OpCode.getData, OpCode.getChildren, OpCode.getChildren2]) {
      await read(player, 'a', type, path)
    }
    await getAcl(player, 'a', path)
    await player.ask('a', OpCode.getAllChildrenNumber, PathRequest, { path })
  }
  player.note('change')
  await set(player, 'a', '/n', 'again', 0)
  await set(player, 'a', '/n', 'again', 0)
  await set(player, 'a', '/n', 'again')
  await set(player, 'a', '/missing', 'x')
  await set(player, 'a', '/', 'root')
  await set(player, 'a', '/zookeeper/config', 'x')
  await player.ask('a', OpCode.setData, SetDataRequest, { path: '/n', data: null, version: -1 })
  await read(player, 'a', OpCode.getData, '/n')
  player.note('delete')
  await remove(player, 'a', '/n')
  await remove(player, 'a', '/n/child', 3)
  await remove(player, 'a', '/n/child', 0)
  await remove(player, 'a', '/n/child')
  for (const path of ['/', '/zookeeper', '/zookeeper/quota', '/zookeeper/config', '/missing/x']) {
    await remove(player, 'a', path)
  }
  await read(player, 'a', OpCode.getChildren2, '/n')
  await player.ask('a', OpCode.sync, PathRequest, { path: '/n' })
  await player.askBytes('a', OpCode.sync, Buffer.from('ffffffff', 'hex'))
  await player.askBytes('a', OpCode.ping, nothing, Xid.ping)
}

const multis: Chapter = async player => {
  await player.open('a', { readOnly: false })
  const body = (
    path: string,
    data = '',
  ): { path: string; data: Buffer; acl: Acl[]; flags: number } => ({
    path,
    data: Buffer.from(data),
    acl: open,
    flags: 0,
  })
  player.note('all of it')
  await multi(player, 'a', [
    { type: OpCode.create, body: body('/m', '1') },
    { type: OpCode.create2, body: body('/m/a', '2') },
    { type: OpCode.createContainer, body: { ...body('/m/c'), flags: CreateMode.CONTAINER } },
    { type: OpCode.create, body: { ...body('/m/s-'), flags: CreateMode.PERSISTENT_SEQUENTIAL } },
    { type: OpCode.create, body: { ...body('/m/s-'), flags: CreateMode.EPHEMERAL_SEQUENTIAL } },
    { type: OpCode.setData, body: { path: '/m', data: Buffer.from('3'), version: 0 } },
    { type: OpCode.check, body: { path: '/m', version: 1 } },
    { type: OpCode.delete, body: { path: '/m/a', version: -1 } },
  ])
  await read(player, 'a', OpCode.getChildren2, '/m')
  player.note('refused in the middle')
  await multi(player, 'a', [
    { type: OpCode.create, body: body('/m/x') },
    { type: OpCode.create, body: { ...body('/m/s-'), flags: CreateMode.PERSISTENT_SEQUENTIAL } },
    { type: OpCode.check, body: { path: '/m', version: 7 } },
    { type: OpCode.delete, body: { path: '/m', version: -1 } },
  ])
  await multi(player, 'a', [{ type: OpCode.delete, body: { path: '/m/none', version: -1 } }])
  await create(player, 'a', '/m/s-', { flags: CreateMode.PERSISTENT_SEQUENTIAL })
  player.note('nothing, and nonsense')
  await multi(player, 'a', [])
  await player.askBytes('a', OpCode.multi, nothing)
  await player.askBytes('a', OpCode.multi, Buffer.from('00000001', 'hex'))
  await multi(player, 'a', [
    { type: OpCode.create, body: body('/m/y') },
    { type: OpCode.getData, body: { path: '/m', watch: false } },
  ])
  await player.ask('a', OpCode.exists, ReadRequest, { path: '/m/y', watch: false })
  player.note('reads')
  await multi(
    player,
    'a',
    [
      { type: OpCode.getData, body: { path: '/m', watch: false } },
      { type: OpCode.getChildren, body: { path: '/m', watch: false } },
      { type: OpCode.getData, body: { path: '/none', watch: false } },
    ],
    OpCode.multiRead,
  )
  await multi(player, 'a', [], OpCode.multiRead)
  player.note('many')
  const many = Array.from({ length: 500 }, (_, i) => ({
    type: OpCode.create,
    body: body(`/m/many-${i}`),
  }))
  await multi(player, 'a', many)
  await player.ask('a', OpCode.getAllChildrenNumber, PathRequest, { path: '/m' })
}

const access: Chapter = async player => {
  await player.open('owner', { readOnly: false })
  await player.open('other', { readOnly: false })
  await player.askBytes('owner', OpCode.whoAmI, nothing)
  await auth(player, 'owner', 'digest', 'joe:secret')
  await auth(player, 'owner', 'digest', 'joe:secret')
  await auth(player, 'owner', 'ip', '')
  await player.askBytes('owner', OpCode.whoAmI, nothing)
  player.note('lists that are stored, and lists that are none')
  const joe = 'joe:8+EflMPx7m2Dvu0NPWGVeT/uFjo='
  const lists: [string, readonly Acl[] | null][] = [
    ['auth', [{ perms: Permission.ALL, id: { scheme: 'auth', id: '' } }]],
    ['digest', [digestAcl(joe), { perms: Permission.READ, id: { scheme: 'world', id: 'anyone' } }]],
    ['doubles', [...open, ...open]],
    ['ip', [{ perms: Permission.ALL, id: { scheme: 'ip', id: '127.0.0.0/8' } }]],
    ['other-ip', [{ perms: Permission.ALL, id: { scheme: 'ip', id: '10.0.0.1' } }]],
    ['none', null],
    ['empty', []],
    ['bad-ip', [{ perms: 1, id: { scheme: 'ip', id: '10.0.0' } }]],
    ['bad-net', [{ perms: 1, id: { scheme: 'ip', id: '10.0.0.0/33' } }]],
    ['bad-world', [{ perms: 1, id: { scheme: 'world', id: 'somebody' } }]],
    ['bad-digest', [digestAcl('joe')]],
    ['bad-scheme', [{ perms: 1, id: { scheme: 'kerberos', id: 'joe' } }]],
    ['null-scheme', [{ perms: 1, id: { scheme: null, id: 'joe' } }]],
    ['super', [{ perms: 1, id: { scheme: 'super', id: '' } }]],
  ]
  for (const [name, acl] of lists) {
    await create(player, 'owner', `/acl-${name}`, { acl })
    await getAcl(player, 'owner', `/acl-${name}`)
    await getAcl(player, 'other', `/acl-${name}`)
    await set(player, 'other', `/acl-${name}`, 'x')
    await create(player, 'other', `/acl-${name}/child`)
    await read(player, 'other', OpCode.getData, `/acl-${name}`)
    await read(player, 'other', OpCode.exists, `/acl-${name}`)
    await read(player, 'other', OpCode.getChildren, `/acl-${name}`)
    await remove(player, 'other', `/acl-${name}`, 99)
  }
  await create(player, 'other', '/acl-nobody', {
    acl: [{ perms: Permission.ALL, id: { scheme: 'auth', id: '' } }],
  })
  player.note('change the list')
  await create(player, 'owner', '/changing')
  await setAcl(player, 'owner', '/changing', [digestAcl(joe)], 0)
  await setAcl(player, 'owner', '/changing', [digestAcl(joe)], 0)
  await setAcl(player, 'owner', '/changing', [digestAcl(joe, Permission.READ)])
  await setAcl(player, 'owner', '/changing', open)
  await setAcl(player, 'other', '/changing', open)
  await setAcl(player, 'owner', '/missing', open)
  await setAcl(player, 'owner', '/changing', [])
  await getAcl(player, 'owner', '/changing')
  player.note('deleting asks the parent')
  await create(player, 'owner', '/closed', { acl: [digestAcl(joe)] })
  await create(player, 'owner', '/closed/child')
  await remove(player, 'other', '/closed/child')
  await multi(player, 'other', [{ type: OpCode.check, body: { path: '/closed', version: -1 } }])
  await remove(player, 'owner', '/closed/child')
  player.note('who may learn of a change')
  await player.ask('other', OpCode.addWatch, AddWatchRequest, {
    path: '/closed',
    mode: AddWatchMode.PERSISTENT_RECURSIVE,
  })
  await create(player, 'owner', '/closed/secret', { acl: [digestAcl(joe)] })
  await create(player, 'owner', '/closed/open')
  await set(player, 'owner', '/closed/secret', 'x')
  await set(player, 'owner', '/closed/open', 'x')
  player.note('refused')
  await auth(player, 'other', 'world', 'anyone')
  await player.hangsUp('other')
}

const watches: Chapter = async player => {
  await player.open('w', { readOnly: false })
  await player.open('c', { readOnly: false })
  const watchAll = async (path: string): Promise<void> => {
    for (const type of [OpCode.exists, OpCode.getData, OpCode.getChildren, OpCode.getChildren2]) {
      await read(player, 'w', type, path, 'watch')
    }
  }
  player.note('one-shot')
  await watchAll('/w')
  await create(player, 'c', '/w')
  await set(player, 'c', '/w', '1')
  await watchAll('/w')
  await set(player, 'c', '/w', '2')
  await set(player, 'c', '/w', '3')
  await create(player, 'c', '/w/a')
  await create(player, 'c', '/w/b')
  await watchAll('/w')
  await remove(player, 'c', '/w/a')
  await watchAll('/w/b')
  await watchAll('/w')
  await remove(player, 'c', '/w/b')
  await watchAll('/w')
  await remove(player, 'c', '/w')
  await read(player, 'w', OpCode.getChildren, '/', 'watch')
  await create(player, 'w', '/own')
  player.note('persistent')
  await create(player, 'c', '/p')
  await player.ask('w', OpCode.addWatch, AddWatchRequest, {
    path: '/p',
    mode: AddWatchMode.PERSISTENT,
  })
  for (const data of ['1', '2']) await set(player, 'c', '/p', data)
  await create(player, 'c', '/p/a')
  await create(player, 'c', '/p/a/b')
  await remove(player, 'c', '/p/a/b')
  await remove(player, 'c', '/p/a')
  await remove(player, 'c', '/p')
  await create(player, 'c', '/p')
  player.note('recursive')
  await player.ask('w', OpCode.addWatch, AddWatchRequest, {
    path: '/r',
    mode: AddWatchMode.PERSISTENT_RECURSIVE,
  })
  await create(player, 'c', '/r')
  await create(player, 'c', '/r/a')
  await create(player, 'c', '/r/a/b')
  await set(player, 'c', '/r/a/b', 'x')
  await remove(player, 'c', '/r/a/b')
  await multi(player, 'c', [
    { type: OpCode.create, body: { path: '/r/m', data: null, acl: open, flags: 0 } },
    { type: OpCode.setData, body: { path: '/r/m', data: Buffer.from('x'), version: 0 } },
    { type: OpCode.delete, body: { path: '/r/m', version: 1 } },
  ])
  await player.ask('w', OpCode.addWatch, AddWatchRequest, { path: '/r', mode: 5 })
  player.note('taken back')
  for (const type of [WatcherType.CHILDREN, WatcherType.DATA, WatcherType.ANY, 0, 9]) {
    await player.ask('w', OpCode.removeWatches, WatcherTypeRequest, { path: '/none', type })
  }
  await read(player, 'w', OpCode.getData, '/r', 'watch')
  await player.ask('w', OpCode.checkWatches, WatcherTypeRequest, {
    path: '/r',
    type: WatcherType.DATA,
  })
  await player.ask('w', OpCode.removeWatches, WatcherTypeRequest, {
    path: '/r',
    type: WatcherType.ANY,
  })
  await player.ask('w', OpCode.removeWatches, WatcherTypeRequest, {
    path: '/r',
    type: WatcherType.ANY,
  })
  await set(player, 'c', '/r', 'unseen')
}

const setAgain: Chapter = async player => {
  await player.open('c', { readOnly: false })
  await create(player, 'c', '/s')
  await create(player, 'c', '/s/child')
  await create(player, 'c', '/quiet')
  await player.open('w', { readOnly: false })
  const paths = ['/s', '/quiet', '/missing']
  await player.askBytes(
    'w',
    OpCode.setWatches,
    bodyOf(SetWatches, {
      relativeZxid: 2n,
      dataWatches: paths,
      existWatches: paths,
      childWatches: paths,
    }),
    Xid.setWatches,
  )
  await set(player, 'c', '/s', 'x')
  await set(player, 'c', '/quiet', 'x')
  await create(player, 'c', '/missing')
  await player.askBytes(
    'w',
    OpCode.setWatches2,
    bodyOf(SetWatches2, {
      relativeZxid: 1000n,
      dataWatches: ['/s'],
      existWatches: [],
      childWatches: ['/s'],
      persistentWatches: ['/quiet'],
      persistentRecursiveWatches: ['/missing'],
    }),
    Xid.setWatches,
  )
  await set(player, 'c', '/s', 'y')
  await create(player, 'c', '/s/other')
  await set(player, 'c', '/quiet', 'y')
  await set(player, 'c', '/quiet', 'z')
  await create(player, 'c', '/missing/deep')
  await player.askBytes('w', OpCode.setWatches, Buffer.from('0000', 'hex'))
}

const sessions: Chapter = async player => {
  player.note('timeouts are brought within 2 and 20 ticks')
  for (const timeOut of [-1, 0, 1, 5_000, 6_000, 10_000, 60_000, 100_000, 0x7fffffff]) {
    await player.open(`t${timeOut}`, { timeOut, readOnly: false })
  }
  player.note('a client from before 3.4, and one that asks for reading only')
  await player.open('old')
  await player.open('reader', { readOnly: true })
  player.note('a session goes on')
  await player.open('first', { readOnly: false })
  await create(player, 'first', '/eph', { flags: CreateMode.EPHEMERAL })
  await create(player, 'first', '/eph-2', { flags: CreateMode.EPHEMERAL })
  await player.ask('first', OpCode.getEphemerals, GetEphemeralsRequest, { prefixPath: '/' })
  await player.ask('first', OpCode.getEphemerals, GetEphemeralsRequest, { prefixPath: '/eph-' })
  await player.ask('first', OpCode.getEphemerals, GetEphemeralsRequest, { prefixPath: null })
  const { sessionId, password } = player.client('first')
  await player.open('second', { sessionId, passwd: password, timeOut: 20_000, readOnly: false })
  await player.hangsUp('first')
  await read(player, 'second', OpCode.exists, '/eph')
  player.drop('second')
  await player.open('third', { sessionId, passwd: password, readOnly: false })
  player.note('a session is not given away')
  await player.open('thief', { sessionId: 12345n, readOnly: false })
  await player.open('future', { lastZxidSeen: 1_000_000n, readOnly: false })
  player.note('a session ends, and its nodes with it')
  await player.open('watcher', { readOnly: false })
  await read(player, 'watcher', OpCode.exists, '/eph', 'watch')
  await player.open('ender', { sessionId, passwd: password, readOnly: false })
  await player.hangsUp('third')
  await player.askBytes('ender', OpCode.closeSession, nothing)
  await player.hangsUp('ender')
  await player.settle()
  await read(player, 'watcher', OpCode.exists, '/eph')
  await read(player, 'watcher', OpCode.getChildren2, '/')
  await player.open('late', { sessionId, passwd: password, readOnly: false })
  await player.hangsUp('late')
}

const oddities: Chapter = async player => {
  await player.open('a', { readOnly: false })
  player.note('bodies that are cut or wrong')
  for (const type of [
    OpCode.create,
    OpCode.delete,
    OpCode.setData,
    OpCode.setACL,
    OpCode.exists,
    OpCode.getData,
    OpCode.getChildren,
    OpCode.getChildren2,
    OpCode.getACL,
    OpCode.getAllChildrenNumber,
    OpCode.addWatch,
    OpCode.removeWatches,
    OpCode.checkWatches,
    OpCode.setWatches2,
    OpCode.getEphemerals,
    OpCode.multiRead,
  ]) {
    await player.askBytes('a', type, nothing)
    await player.askBytes('a', type, Buffer.from('7fffffff', 'hex'))
    // Genuine ZooKeeper sets watches on a path that is null, where they can never fire.
    const isOnNoPath =
      type === OpCode.addWatch || type === OpCode.checkWatches || type === OpCode.removeWatches
    if (!isOnNoPath) await player.askBytes('a', type, Buffer.from('ffffffff00000000', 'hex'))
  }
  player.note('what a stand-alone server does not do')
  await player.ask('a', OpCode.reconfig, ReconfigRequest, { curConfigId: -1n })
  await player.ask('a', OpCode.sasl, SaslToken, { token: Buffer.from('token') })
  await create(player, 'a', '/after')
  player.note('types that no server knows')
  for (const [name, type] of [
    ['b', 99],
    ['c', -12],
    ['d', 0],
  ] as const) {
    await player.open(name, { readOnly: false })
    await player.askBytes(name, type, nothing)
    await player.hangsUp(name)
  }
  await create(player, 'a', '/still-serving')
  player.note('answers come in the order of the requests')
  const client = player.client('a')
  const asked = [
    client.ask(
      OpCode.create,
      bodyOf(CreateRequest, { path: '/o', data: null, acl: open, flags: 0 }),
    ),
    client.ask(OpCode.exists, bodyOf(ReadRequest, { path: '/o', watch: true })),
    client.ask(OpCode.setData, bodyOf(SetDataRequest, { path: '/o', data: null, version: 0 })),
    client.ask(OpCode.getData, bodyOf(ReadRequest, { path: '/o', watch: false })),
    client.ask(OpCode.delete, bodyOf(DeleteRequest, { path: '/o', version: 1 })),
    client.ask(OpCode.exists, bodyOf(ReadRequest, { path: '/o', watch: false })),
  ]
  const frames = await client.until(asked.at(-1) ?? 0)
  for (const { xid, zxid, err } of frames) player.note(`xid ${xid} zxid ${zxid} err ${err}`)
}

export const chapters: Readonly<Record<string, Chapter>> = {
  nodes,
  multis,
  access,
  watches,
  'watches set again': setAgain,
  sessions,
  oddities,
}
