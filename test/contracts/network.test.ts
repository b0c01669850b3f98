/**
 * What every network promises, whether its bytes travel over sockets, in memory or in the simulator:
 * code that works on one must work on the others.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Connection, ConnectionEvents, Listener, Network } from '../../src/host/index.ts'
import { NodeNetwork, nodeClock } from '../../src/host/node/index.ts'
import { MemoryNetwork, Simulation } from '../../src/sim/index.ts'

interface World {
  readonly server: Network
  readonly client: Network
  readonly host: string
}

type Body = (world: World) => Promise<void>

const worlds: Readonly<Record<string, (body: Body) => Promise<void>>> = {
  sockets: body => {
    const network = new NodeNetwork()
    return body({ server: network, client: network, host: '127.0.0.1' })
  },
  "sockets read by 'data' events": body => {
    const network = new NodeNetwork({ sharesReads: false })
    return body({ server: network, client: network, host: '127.0.0.1' })
  },
  memory: body => {
    const network = new MemoryNetwork(nodeClock)
    return body({ server: network, client: network, host: 'localhost' })
  },
  simulation: async body => {
    const simulation = new Simulation(20_261_121)
    const [server, client] = [
      simulation.addHost('server').boot(),
      simulation.addHost('client').boot(),
    ]
    const state = { isDone: false }
    const running = body({
      server: server.network,
      client: client.network,
      host: 'server',
    }).finally(() => {
      state.isDone = true
    })
    // The body may also wait for a turn of the real loop, which the virtual time does not see.
    for (let turn = 0; turn < 10 && !state.isDone; turn++) {
      await simulation.scheduler.runUntil(() => state.isDone, 10_000)
    }
    assert.ok(state.isDone, 'the simulation ran dry')
    return running
  },
}

/** Records what a connection tells, and lets a test wait for it. */
class Recorder implements ConnectionEvents {
  readonly chunks: Buffer[] = []
  readonly closes: (Error | undefined)[] = []
  drains = 0
  sizeBytes = 0
  readonly #waits: { isReached: () => boolean; resolve: () => void }[] = []

  onBytes(chunk: Buffer): void {
    this.chunks.push(Buffer.from(chunk))
    this.sizeBytes += chunk.length
    this.#check()
  }

  onDrain(): void {
    this.drains += 1
    this.#check()
  }

  onClose(error?: Error): void {
    this.closes.push(error)
    this.#check()
  }

  text(): string {
    return Buffer.concat(this.chunks).toString('latin1')
  }

  until(isReached: () => boolean): Promise<void> {
    return new Promise(resolve => {
      this.#waits.push({ isReached, resolve })
      this.#check()
    })
  }

  #check(): void {
    for (const { isReached, resolve } of this.#waits) if (isReached()) resolve()
  }
}

class HalfOpenRecorder extends Recorder {
  readonly #ended: () => void

  constructor(ended: () => void) {
    super()
    this.#ended = ended
  }

  onEnd(): void {
    this.#ended()
  }
}

interface Pair {
  readonly listener: Listener
  readonly client: Connection
  readonly server: Connection
  readonly atClient: Recorder
  readonly atServer: Recorder
}

async function connected(
  { server, client, host }: World,
  recorderFor: (connection: Connection) => Recorder = () => new Recorder(),
): Promise<Pair> {
  const accepted: { connection: Connection; recorder: Recorder }[] = []
  const listener = await server.listen({
    host: host === '127.0.0.1' ? host : '',
    port: 0,
    onConnection: connection => {
      const recorder = recorderFor(connection)
      connection.start(recorder)
      accepted.push({ connection, recorder })
    },
  })
  const connection = await client.connect({ host, port: listener.port, timeoutMs: 5_000 })
  const atClient = new Recorder()
  connection.start(atClient)
  // Over sockets the client may know of the connection before the server does.
  connection.write(Buffer.from('!'))
  while (accepted.length === 0) await new Promise(resolve => setImmediate(resolve))
  const [first] = accepted
  assert.ok(first !== undefined)
  await first.recorder.until(() => first.recorder.sizeBytes === 1)
  first.recorder.chunks.pop()
  first.recorder.sizeBytes = 0
  return {
    listener,
    client: connection,
    server: first.connection,
    atClient,
    atServer: first.recorder,
  }
}

async function closed({ listener, client, server }: Pair): Promise<void> {
  client.destroy()
  server.destroy()
  await listener.close()
}

for (const [name, inWorld] of Object.entries(worlds)) {
  describe(`a network over ${name}`, () => {
    const it = (behaviour: string, body: Body): void => {
      test(behaviour, () => inWorld(body))
    }

    it('brings bytes whole and in order, both ways at once', async world => {
      const pair = await connected(world)
      const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251))

      for (let from = 0; from < bytes.length; from += 10_007) {
        pair.client.write(bytes.subarray(from, from + 10_007))
        pair.server.write(bytes.subarray(from, from + 10_007))
      }
      await pair.atServer.until(() => pair.atServer.sizeBytes === bytes.length)
      await pair.atClient.until(() => pair.atClient.sizeBytes === bytes.length)

      assert.equal(Buffer.concat(pair.atServer.chunks).compare(bytes), 0)
      assert.equal(Buffer.concat(pair.atClient.chunks).compare(bytes), 0)
      await closed(pair)
    })

    it('sends what was corked, and what was written before an end', async world => {
      const pair = await connected(world)

      pair.client.cork()
      pair.client.write(Buffer.from('a'))
      pair.client.write(Buffer.from('b'))
      pair.client.uncork()
      pair.client.write(Buffer.from('c'))
      pair.client.end()
      pair.client.write(Buffer.from('too late'))
      await pair.atServer.until(() => pair.atServer.closes.length > 0)

      assert.equal(pair.atServer.text(), 'abc')
      await closed(pair)
    })

    it('closes both ends, each told once and without an error, when one ends', async world => {
      const pair = await connected(world)

      pair.server.end()
      await pair.atServer.until(() => pair.atServer.closes.length > 0)
      await pair.atClient.until(() => pair.atClient.closes.length > 0)
      pair.client.destroy()
      pair.server.end()
      await new Promise(resolve => setImmediate(resolve))

      assert.deepEqual(pair.atServer.closes, [undefined])
      assert.deepEqual(pair.atClient.closes, [undefined])
      await closed(pair)
    })

    it('lets a late answer through to a peer that has ended, when onEnd takes care of it', async world => {
      const pair = await connected(world, server => {
        const answer = async (): Promise<void> => {
          await Promise.resolve()
          server.write(Buffer.from('late answer'))
          server.end()
        }
        return new HalfOpenRecorder(() => void answer())
      })

      // The client has ended and drops what comes: that the server may still write is what counts here.
      pair.client.write(Buffer.from('request'))
      pair.client.end()
      await pair.atServer.until(() => pair.atServer.closes.length > 0)

      assert.equal(pair.atServer.text(), 'request')
      assert.deepEqual(pair.atServer.closes, [undefined])
      await closed(pair)
    })

    it('delivers nothing while reading is paused, and all of it afterwards', async world => {
      const pair = await connected(world)

      pair.server.pauseReading()
      pair.client.write(Buffer.alloc(100_000, 'x'))
      pair.server.write(Buffer.from('go on'))
      await pair.atClient.until(() => pair.atClient.sizeBytes === 5)
      assert.equal(pair.atServer.sizeBytes, 0)
      pair.server.resumeReading()
      await pair.atServer.until(() => pair.atServer.sizeBytes === 100_000)

      await closed(pair)
    })

    it('counts what the peer does not take, and tells when it has left', async world => {
      const pair = await connected(world)

      pair.server.pauseReading()
      for (let part = 0; part < 32; part++) pair.client.write(Buffer.alloc(1_000_000))
      assert.ok(pair.client.queuedBytes > 0)
      const drainsBefore = pair.atClient.drains
      pair.server.resumeReading()
      await pair.atClient.until(() => pair.client.queuedBytes === 0)

      assert.ok(pair.atClient.drains > drainsBefore)
      await pair.atServer.until(() => pair.atServer.sizeBytes === 32_000_000)
      await closed(pair)
    })

    it('tells also of a small rest that had to wait', async world => {
      const pair = await connected(world)
      const { client, server, atClient, atServer } = pair
      const ways = [
        { from: client, atSender: atClient, to: server },
        { from: server, atSender: atServer, to: client },
      ]

      for (const { from, atSender, to } of ways) {
        to.pauseReading()
        await atSender.until(() => from.queuedBytes === 0)
        const drainsBefore = atSender.drains
        while (from.queuedBytes === 0) from.write(Buffer.alloc(1_000))
        to.resumeReading()
        await atSender.until(() => atSender.drains > drainsBefore && from.queuedBytes === 0)
      }

      await closed(pair)
    })

    it('says who is at the other end', async world => {
      const pair = await connected(world)

      assert.equal(pair.client.remotePort, pair.listener.port)
      assert.equal(pair.server.localPort, pair.listener.port)
      assert.equal(pair.server.remotePort, pair.client.localPort)
      assert.equal(pair.server.remoteHost, pair.client.localHost)
      assert.equal(pair.client.remoteHost, pair.server.localHost)
      await closed(pair)
    })

    it('refuses a port that is in use, and one where nobody listens', async world => {
      const pair = await connected(world)
      const { port } = pair.listener
      const host = world.host === '127.0.0.1' ? world.host : ''
      const onConnection = (): void => undefined

      await assert.rejects(world.server.listen({ host, port, onConnection }), {
        name: 'NetworkError',
        code: 'EADDRINUSE',
        retriable: false,
      })
      await pair.listener.close()
      await assert.rejects(world.client.connect({ host: world.host, port, timeoutMs: 5_000 }), {
        name: 'NetworkError',
        code: 'ECONNREFUSED',
        retriable: true,
      })
      pair.client.write(Buffer.from('alive'))
      await pair.atServer.until(() => pair.atServer.sizeBytes === 5)

      await closed(pair)
    })

    it('stops connecting when the signal aborts', async world => {
      const pair = await connected(world)
      const { port } = pair.listener
      const signal = AbortSignal.abort(new Error('closing'))

      await assert.rejects(
        world.client.connect({ host: world.host, port, timeoutMs: 5_000, signal }),
        { name: 'NetworkError', code: 'ABORT_ERR', retriable: false },
      )

      await closed(pair)
    })
  })
}
