import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Connection, Host } from '../host/index.ts'
import { Simulation, type SimHost, type SimulationOptions } from './simulation.ts'

interface Pair {
  readonly simulation: Simulation
  readonly hosts: { readonly a: SimHost; readonly b: SimHost }
  readonly client: Connection
  readonly server: Connection
  /** What each side was told, in order. */
  readonly told: { client: string[]; server: string[] }
}

const port = 9_092

/** Host a connected to host b. */
async function connected(seed: number, options: SimulationOptions = {}): Promise<Pair> {
  const simulation = new Simulation(seed, options)
  const hosts = { a: simulation.addHost('a'), b: simulation.addHost('b') }
  const told = { client: [] as string[], server: [] as string[] }
  const atB = hosts.b.boot()
  let server: Connection | undefined
  await atB.network.listen({
    port,
    onConnection: connection => {
      server = connection
      connection.start(recording(told.server))
    },
  })
  const connecting = hosts.a.boot().network.connect({ host: 'b', port, timeoutMs: 30_000 })
  await simulation.scheduler.runUntilIdle()
  const client = await connecting
  client.start(recording(told.client))
  assert.ok(server !== undefined)
  return { simulation, hosts, client, server, told }
}

function recording(told: string[]): Parameters<Connection['start']>[0] {
  return {
    onBytes: chunk => told.push(chunk.toString('latin1')),
    onClose: error =>
      told.push(`closed ${(error as { code?: string } | undefined)?.code ?? 'in order'}`),
  }
}

const connectTo = async (simulation: Simulation, from: Host, host: string): Promise<string> => {
  const connecting = from.network.connect({ host, port, timeoutMs: 5_000 }).then(
    () => 'connected',
    (error: unknown) => (error as { code: string }).code,
  )
  await simulation.scheduler.runFor(10_000)
  return connecting
}

test('what a cut holds back arrives in order when it heals; the other direction goes on', async () => {
  const { simulation, client, server, told } = await connected(1)

  simulation.network.cut('a', 'b')
  for (const letter of 'abc') client.write(Buffer.from(letter))
  server.write(Buffer.from('x'))
  await simulation.scheduler.runFor(60_000)
  assert.deepEqual(told, { client: ['x'], server: [] })
  client.write(Buffer.from('d'))
  simulation.network.heal()
  client.write(Buffer.from('e'))
  await simulation.scheduler.runFor(1_000)

  assert.equal(told.server.join(''), 'abcde')
})

test('no answer comes through a cut, nor from a host without power: connecting times out', async () => {
  const { simulation, hosts } = await connected(1)
  const c = simulation.addHost('c').boot()

  simulation.network.isolate('b')
  assert.equal(await connectTo(simulation, c, 'b'), 'ETIMEDOUT')
  simulation.network.heal()
  assert.equal(await connectTo(simulation, c, 'b'), 'connected')
  hosts.b.crash()
  assert.equal(await connectTo(simulation, c, 'b'), 'ETIMEDOUT')
  assert.equal(await connectTo(simulation, c, 'nobody'), 'ENOTFOUND')
})

test('a killed process ends its connections and refuses new ones', async () => {
  const { simulation, hosts, client, told } = await connected(1)

  hosts.b.kill()
  await simulation.scheduler.runFor(10_000)

  assert.deepEqual(told, { client: ['closed in order'], server: [] })
  const again = simulation.addHost('c').boot()
  assert.equal(await connectTo(simulation, again, 'b'), 'ECONNREFUSED')
  client.destroy()
})

test('a host that lost power says nothing; after its return old connections are reset', async () => {
  const { simulation, hosts, client, told } = await connected(1)

  hosts.b.crash()
  client.write(Buffer.from('anyone?'))
  await simulation.scheduler.runFor(60_000)
  assert.deepEqual(told.client, [])
  hosts.b.boot()
  client.write(Buffer.from('and now?'))
  await simulation.scheduler.runFor(1_000)

  assert.deepEqual(told, { client: ['closed ECONNRESET'], server: [] })
})

test('a paused process reads later what arrived meanwhile', async () => {
  const { simulation, hosts, client, told } = await connected(1)

  hosts.b.pause()
  client.write(Buffer.from('patience'))
  await simulation.scheduler.runFor(10_000)
  assert.deepEqual(told.server, [])
  hosts.b.resume()

  assert.equal(told.server.join(''), 'patience')
})

test('broken connections are told at both ends', async () => {
  const { simulation, told } = await connected(1)

  simulation.network.breakConnections('a', 'b')
  await simulation.scheduler.runFor(1_000)

  assert.deepEqual(told, { client: ['closed ECONNRESET'], server: ['closed ECONNRESET'] })
})

test('the receive buffer is overwritten after the callback, so that a kept view is found out', async () => {
  const simulation = new Simulation(3)
  const host = simulation.addHost('h').boot()
  const kept: Buffer[] = []
  await host.network.listen({
    port,
    onConnection: connection =>
      connection.start({ onBytes: chunk => kept.push(chunk), onClose: () => undefined }),
  })
  const connecting = host.network.connect({ host: 'localhost', port, timeoutMs: 1_000 })
  await simulation.scheduler.runUntilIdle()
  const writer = await connecting
  writer.start(recording([]))

  writer.write(Buffer.alloc(200_000, 'x'))
  await simulation.scheduler.runUntilIdle()

  assert.equal(
    kept.reduce((sum, view) => sum + view.length, 0),
    200_000,
  )
  assert.ok(kept.length > 3, 'in several chunks')
  assert.ok(kept.every(view => view[0] === 0xdd))
})

test('what does not count as queued is sent as it was written: its buffer may be used anew', async () => {
  const { simulation, client, told } = await connected(1)
  const piece = Buffer.from('first')

  client.write(piece)
  assert.equal(client.queuedBytes, 0)
  piece.write('other')
  await simulation.scheduler.runUntilIdle()

  assert.equal(told.server.join(''), 'first')
})

test('messages that are lost come later, in order; connections drop at their rate', async () => {
  const { simulation, client, told } = await connected(5, { network: { lossRate: 0.3 } })
  const text = 'abcdefghijklmnopqrstuvwxyz'

  for (const letter of text) client.write(Buffer.from(letter))
  await simulation.scheduler.runFor(5_000)
  assert.equal(told.server.join(''), text)

  const dropping = await connected(5, { network: { dropRate: 0.05 } })
  for (let count = 0; count < 200; count++) dropping.client.write(Buffer.from('.'))
  await dropping.simulation.scheduler.runFor(5_000)
  assert.equal(dropping.told.client.at(-1), 'closed ECONNRESET')
  assert.equal(dropping.told.server.at(-1), 'closed ECONNRESET')
})
