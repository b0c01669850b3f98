/**
 * A server that loses power, is killed, and is cut off, while clients change the tree: what was
 * acknowledged is there in the end, and what a session left behind is not.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { World } from '../../../test/zookeeper/world.ts'
import { sleep, type Host } from '../../host/index.ts'
import { differenceOf, type Trace } from '../../sim/index.ts'
import { ConnectionLossError, SessionExpiredError, ZooKeeperClient } from '../client/index.ts'
import { CreateMode } from '../wire/index.ts'

const CLIENTS = 3
const SESSION_TIMEOUT_MS = 4_000
const GIVE_UP_MS = 600_000

interface Written {
  path: string
  /** Versions that were acknowledged; the node may be one ahead, of which nobody knows. */
  version: number
}

/** Creates nodes and changes them, one request after another, and notes what was acknowledged. */
async function write(host: Host, name: string, written: Written[]): Promise<void> {
  let client = open(host)
  for (let i = 0; i < 25; i++) {
    const path = `/${name}-${i}`
    const node: Written = { path, version: -1 }
    try {
      await client.whenConnected()
      await client.create(path, Buffer.from(path))
      node.version = 0
      written.push(node)
      await client.create(`/own-${name}-${i}`, null, { mode: CreateMode.EPHEMERAL })
      await client.multi([
        { op: 'check', path, version: 0 },
        { op: 'setData', path, data: Buffer.from('changed'), version: 0 },
      ])
      node.version = 1
      await sleep(host.clock, host.random.below(200))
    } catch (error) {
      if (error instanceof SessionExpiredError) client = open(host)
      else if (!(error instanceof ConnectionLossError)) throw error
    }
  }
  await client.close()
}

/** Asks again when the connection breaks. */
async function persist<T>(client: ZooKeeperClient, ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      await client.whenConnected()
      return await ask()
    } catch (error) {
      if (!(error instanceof ConnectionLossError)) throw error
    }
  }
}

function open(host: Host): ZooKeeperClient {
  return new ZooKeeperClient(host, {
    servers: 'server:2181',
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
  })
}

async function history(seed: number): Promise<{ trace: Trace; problems: string[] }> {
  const world = new World(
    seed,
    { snapCount: 20, tickTimeMs: 1_000, preAllocSizeKb: 4 },
    { network: { dropRate: 0.001 } },
  )
  const { random, trace, scheduler } = world.simulation
  await world.start()
  const written: Written[] = []
  const writers = Array.from({ length: CLIENTS }, (_, i) =>
    write(world.bootClient(), `c${i}`, written),
  )
  let writersLeft = CLIENTS
  const isDone = (): boolean => writersLeft === 0
  const all = Promise.all(writers.map(each => each.finally(() => (writersLeft -= 1))))
  all.catch(() => undefined)
  // A client that has seen what the server lost is refused for ever.
  while (!isDone() && scheduler.nowMs < GIVE_UP_MS) {
    await scheduler.runUntil(isDone, 500 + random.below(4_000))
    if (isDone()) break
    if (random.below(2) === 0) world.serverHost.crash()
    else world.serverHost.kill()
    await world.runFor(random.below(3_000))
    await world.start()
  }
  assert.ok(isDone(), `the clients are not done after ${GIVE_UP_MS} ms`)
  await world.resolve(all)
  world.serverHost.crash('nothing')
  await world.start()
  return { trace, problems: await world.resolve(problemsOf(world, written), 120_000) }
}

async function problemsOf(world: World, written: readonly Written[]): Promise<string[]> {
  const problems: string[] = []
  const host = world.bootClient()
  const client = open(host)
  for (const { path, version } of written) {
    const stat = await persist(client, () => client.exists(path))
    if (stat === null) problems.push(`${path} is lost`)
    else if (stat.version < version) problems.push(`${path} is back at version ${stat.version}`)
  }
  await sleep(host.clock, SESSION_TIMEOUT_MS * 3)
  const { children } = await persist(client, () => client.getChildren('/'))
  const left = children.filter(name => name.startsWith('own-'))
  if (left.length > 0) problems.push(`ephemeral nodes without a session: ${left.join(' ')}`)
  await client.close()
  return problems
}

for (const seed of [1, 2, 3, 4, 5, 6]) {
  test(`nothing acknowledged is lost when the server loses power, seed ${seed}`, async () => {
    const { problems } = await history(seed)

    assert.deepEqual(problems, [])
  })
}

test('a seed leaves the same trace twice', async () => {
  const [first, second] = [await history(7), await history(7)]

  assert.equal(differenceOf(first.trace, second.trace), undefined)
})
