import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { describe, test, type TestContext } from 'node:test'
import type { Connection, ConnectionEvents, Listener } from '../network.ts'
import { NodeNetwork } from './network.ts'

// These tests use loopback sockets: the socket is what they are about.
const host = '127.0.0.1'

/** Listens on a free port until the test is over; each connection gets the events that `serve` returns. */
async function listening(
  t: TestContext,
  network: NodeNetwork,
  serve: (connection: Connection) => ConnectionEvents,
): Promise<Listener> {
  const listener = await network.listen({
    host,
    port: 0,
    onConnection: connection => {
      t.after(() => connection.destroy())
      connection.start(serve(connection))
    },
  })
  t.after(() => listener.close())
  return listener
}

/** Sends `request`, half-closes, and gathers everything until the peer closes. */
async function exchange(port: number, request: Buffer): Promise<Buffer> {
  const socket = connect({ host, port })
  const parts: Buffer[] = []
  socket.on('data', part => parts.push(part))
  socket.end(request)
  await once(socket, 'close')
  return Buffer.concat(parts)
}

const ignore = { onBytes: () => undefined, onClose: () => undefined }

for (const sharesReads of [true, false]) {
  describe(sharesReads ? 'reading into the shared buffer' : "reading by 'data' events", () => {
    const network = new NodeNetwork({ sharesReads })

    test('what is echoed chunk by chunk arrives whole and in order', async t => {
      const request = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => index % 251))
      const listener = await listening(t, network, connection => ({
        onBytes: chunk => connection.write(Buffer.from(chunk)),
        onClose: () => undefined,
      }))

      const answer = await exchange(listener.port, request)

      assert.equal(answer.compare(request), 0)
    })

    test('two connections that share the buffer do not see the bytes of each other', async t => {
      const seen = new Map<Connection, string>()
      const listener = await listening(t, network, connection => ({
        onBytes: chunk => {
          seen.set(connection, (seen.get(connection) ?? '') + chunk.toString('latin1'))
        },
        onClose: () => undefined,
      }))

      await Promise.all([
        exchange(listener.port, Buffer.alloc(500_000, 'a')),
        exchange(listener.port, Buffer.alloc(500_000, 'b')),
      ])

      assert.deepEqual([...seen.values()].sort(), ['a'.repeat(500_000), 'b'.repeat(500_000)])
    })

    test('a peer that half-closes still gets the answer when onEnd takes care of it', async t => {
      const listener = await listening(t, network, connection => ({
        onBytes: () => undefined,
        onEnd: () => {
          setImmediate(() => {
            connection.write(Buffer.from('late answer'))
            connection.end()
          })
        },
        onClose: () => undefined,
      }))

      const answer = await exchange(listener.port, Buffer.from('request'))

      assert.equal(answer.toString(), 'late answer')
    })

    test('an answer written before end() arrives although unread requests follow it', async t => {
      const listener = await listening(t, network, connection => ({
        onBytes: () => {
          connection.write(Buffer.from('refused'))
          connection.end()
        },
        onClose: () => undefined,
      }))

      const answer = await exchange(listener.port, Buffer.alloc(32_000_000))

      assert.equal(answer.toString(), 'refused')
    })

    test('reading can be paused and resumed without a byte lost', async t => {
      let received = 0
      let paused: Connection | undefined
      const pausedOnce = withResolvers<undefined>()
      const listener = await listening(t, network, connection => ({
        onBytes: chunk => {
          received += chunk.length
          if (paused !== undefined) return
          paused = connection
          connection.pauseReading()
          pausedOnce.resolve(undefined)
        },
        onClose: () => undefined,
      }))
      const exchanging = exchange(listener.port, Buffer.alloc(4_000_000))
      await pausedOnce.promise
      const before = received
      await new Promise(resolve => setImmediate(resolve))
      assert.equal(received, before, 'nothing arrives while reading is paused')

      paused?.resumeReading()
      await exchanging

      assert.equal(received, 4_000_000)
    })

    test('what the kernel does not take is counted, and its leaving is told', async t => {
      const drained = withResolvers<number>()
      const serving = withResolvers<Connection>()
      const listener = await listening(t, network, connection => {
        serving.resolve(connection)
        return { ...ignore, onDrain: () => drained.resolve(connection.queuedBytes) }
      })
      const client = await network.connect({ host, port: listener.port, timeoutMs: 5_000 })
      t.after(() => client.destroy())
      client.start(ignore)
      client.pauseReading()
      const server = await serving.promise

      server.cork()
      for (let part = 0; part < 64; part++) server.write(Buffer.alloc(1_000_000))
      server.uncork()
      assert.ok(server.queuedBytes > 0, 'a peer that does not read leaves bytes behind')
      client.resumeReading()

      assert.equal(await drained.promise, 0)
    })

    test('both ends know the addresses, IPv4 written as IPv4', async t => {
      const serving = withResolvers<Connection>()
      const listener = await network.listen({
        port: 0,
        onConnection: connection => {
          connection.start(ignore)
          serving.resolve(connection)
        },
      })
      t.after(() => listener.close())

      const client = await network.connect({ host, port: listener.port, timeoutMs: 5_000 })
      client.start(ignore)
      const server = await serving.promise

      assert.equal(client.remoteHost, host)
      assert.equal(client.remotePort, listener.port)
      assert.equal(server.remoteHost, host)
      assert.equal(server.remotePort, client.localPort)
      assert.equal(server.localPort, listener.port)
      client.destroy()
      server.destroy()
    })

    test('a reset by the peer closes with an error, an orderly end without', async t => {
      const closes: (Error | undefined)[] = []
      const closed = [withResolvers<undefined>(), withResolvers<undefined>()]
      const listener = await listening(t, network, () => ({
        onBytes: () => undefined,
        onClose: error => {
          closes.push(error)
          closed[closes.length - 1]?.resolve(undefined)
        },
      }))

      await exchange(listener.port, Buffer.from('x'))
      await closed[0]?.promise
      const rude = connect({ host, port: listener.port })
      await once(rude, 'connect')
      rude.resetAndDestroy()
      await closed[1]?.promise

      assert.equal(closes[0], undefined)
      assert.equal((closes[1] as { code?: string } | undefined)?.code, 'ECONNRESET')
    })
  })
}

const network = new NodeNetwork()

test('the buffer is in fact shared: a Node that no longer allows it must be noticed', async t => {
  const buffers = new Set<ArrayBufferLike>()
  const seen = (chunk: Buffer): void => void buffers.add(chunk.buffer)
  const listener = await listening(t, network, connection => ({
    onBytes: chunk => {
      seen(chunk)
      connection.write(Buffer.from(chunk))
    },
    onClose: () => undefined,
  }))
  const client = await network.connect({ host, port: listener.port, timeoutMs: 5_000 })
  t.after(() => client.destroy())
  const echoed = withResolvers<undefined>()
  client.start({
    ...ignore,
    onBytes: chunk => {
      seen(chunk)
      echoed.resolve(undefined)
    },
  })

  client.write(Buffer.from('ping'))
  await exchange(listener.port, Buffer.from('pong'))
  await echoed.promise

  assert.equal(buffers.size, 1)
})

test('a taken port is refused by name, and not as worth a retry', async t => {
  const taken = createServer().listen(0, host)
  await once(taken, 'listening')
  t.after(() => taken.close())
  const { port } = taken.address() as AddressInfo

  await assert.rejects(network.listen({ host, port, onConnection: () => undefined }), {
    name: 'NetworkError',
    code: 'EADDRINUSE',
    retriable: false,
    message: `cannot listen on ${host}:${port}: address already in use (EADDRINUSE)`,
  })
})

test('a closed listener frees its port at once while its connections live on', async t => {
  const answers = (connection: Connection): ConnectionEvents => ({
    onBytes: () => connection.write(Buffer.from('still here')),
    onClose: () => undefined,
  })
  const listener = await listening(t, network, answers)
  const client = await network.connect({ host, port: listener.port, timeoutMs: 5_000 })
  const answer = withResolvers<string>()
  client.start({ ...ignore, onBytes: chunk => answer.resolve(chunk.toString()) })
  t.after(() => client.destroy())

  await listener.close()
  const second = await network.listen({ host, port: listener.port, onConnection: () => undefined })
  t.after(() => second.close())
  client.write(Buffer.from('anyone?'))

  assert.equal(await answer.promise, 'still here')
})

test('a refused connection is retriable and names the address', async () => {
  const gone = await network.listen({ host, port: 0, onConnection: () => undefined })
  await gone.close()

  await assert.rejects(network.connect({ host, port: gone.port, timeoutMs: 5_000 }), {
    code: 'ECONNREFUSED',
    retriable: true,
    message: `cannot connect to ${host}:${gone.port}: connection refused (ECONNREFUSED)`,
  })
})

test('a name with several addresses is tried until one answers', async t => {
  const listener = await listening(t, network, connection => ({
    onBytes: chunk => connection.write(Buffer.from(chunk)),
    onClose: () => undefined,
  }))
  const client = await network.connect({ host: 'localhost', port: listener.port, timeoutMs: 5_000 })
  const answer = withResolvers<string>()
  client.start({ ...ignore, onBytes: chunk => answer.resolve(chunk.toString()) })
  t.after(() => client.destroy())

  client.write(Buffer.from('ping'))

  assert.equal(await answer.promise, 'ping')
})

test('connecting stops when the signal aborts', async () => {
  const signal = AbortSignal.abort(new Error('shutting down'))

  await assert.rejects(network.connect({ host, port: 1, timeoutMs: 5_000, signal }), {
    code: 'ABORT_ERR',
    retriable: false,
  })
})

interface Resolvers<Value> {
  promise: Promise<Value>
  resolve: (value: Value) => void
}

/** `Promise.withResolvers`, which Node 20 does not have. */
function withResolvers<Value>(): Resolvers<Value> {
  let resolve: Resolvers<Value>['resolve'] = () => undefined
  const promise = new Promise<Value>(done => {
    resolve = done
  })
  return { promise, resolve }
}
