/**
 * TCP over `node:net`, with Kafka's socket options (TCP_NODELAY, SO_KEEPALIVE). All sockets read
 * straight into one shared buffer: Node would otherwise allocate 64 KB for each read and carry it
 * through a stream, which costs more than the read itself (bench/network-read.bench.ts).
 */
import assert from 'node:assert/strict'
import { lookup } from 'node:dns/promises'
import {
  Socket,
  createServer,
  type AddressInfo,
  type OnReadOpts,
  type Server,
  type SocketConstructorOpts,
} from 'node:net'
import { hostname } from 'node:os'
import { NetworkError, type Connection, type Listener, type Network } from '../network.ts'
import { NodeConnection } from './connection.ts'
import { networkError } from './network-errors.ts'

/** The most that one `read` call takes. */
const receiveBufferSizeBytes = 256 * 1024
/** Default of `socket.listen.backlog.size`. */
const defaultBacklog = 50
/** Linux's own default; Node wants a number. */
const keepAliveIdleMs = 7_200_000

type ListenOptions = Parameters<Network['listen']>[0]
type ConnectOptions = Parameters<Network['connect']>[0]

/** `handle` is how Node's server itself wraps an accepted socket. It is not documented, so `#adopt` can do without. */
interface SocketOptions extends SocketConstructorOpts {
  handle?: object
  onread?: OnReadOpts
  writableHighWaterMark?: number
}
const socketOptionsWith = (more: SocketOptions | undefined): SocketOptions => ({
  allowHalfOpen: true,
  // The lowest mark makes every drain known; how much may queue is for the callers to say.
  writableHighWaterMark: 1,
  ...more,
})

export class NodeNetwork implements Network {
  readonly #sharesReads: boolean
  #receiveBuffer: Buffer | undefined

  /** @param options `sharesReads: false` reads by 'data' events instead of into the shared buffer */
  constructor(options: { sharesReads?: boolean } = {}) {
    this.#sharesReads = options.sharesReads ?? true
  }

  async ownName(): Promise<string> {
    const name = hostname()
    // A machine whose own name does not resolve can only be found from itself.
    return (await this.isKnown(name)) ? name : 'localhost'
  }

  async isKnown(host: string): Promise<boolean> {
    try {
      await lookup(host)
      return true
    } catch {
      return false
    }
  }

  listen(options: ListenOptions): Promise<Listener> {
    const { port, backlog = defaultBacklog } = options
    const host = options.host === '' ? undefined : options.host
    const server = createServer({
      allowHalfOpen: true,
      highWaterMark: 1,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveIdleMs,
      pauseOnConnect: true,
    })
    server.on('connection', accepted => options.onConnection(this.#adopt(accepted)))
    return new Promise((resolve, reject) => {
      const failed = (cause: unknown): void =>
        reject(networkError(`cannot listen on ${host ?? '*'}:${port}`, cause))
      server.once('error', failed)
      server.once('listening', () => {
        server.off('error', failed)
        server.on('error', cause =>
          options.onAcceptError?.(networkError(`cannot accept on port ${port}`, cause)),
        )
        resolve(listenerOf(server))
      })
      try {
        server.listen({ host, port, backlog })
      } catch (cause) {
        failed(cause)
      }
    })
  }

  connect({ host, port, timeoutMs, signal }: ConnectOptions): Promise<Connection> {
    const receiver = this.#sharesReads ? new Receiver(this.#sharedBuffer()) : undefined
    const socket = new Socket(socketOptionsWith(receiver && { onread: receiver }))
    socket.setNoDelay(true)
    socket.setKeepAlive(true, keepAliveIdleMs)
    return new Promise((resolve, reject) => {
      const what = `cannot connect to ${host}:${port}`
      const fail = (error: NetworkError): void => {
        settle()
        socket.destroy()
        reject(error)
      }
      const onError = (cause: Error): void => fail(networkError(what, cause))
      const onAbort = (): void => fail(abortError(what, signal))
      const timer = setTimeout(() => fail(timeoutError(what, timeoutMs)), timeoutMs)
      const settle = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        // An abandoned socket may still report an error, which nobody needs to hear.
        socket.off('error', onError).on('error', () => undefined)
      }
      socket.once('error', onError)
      socket.once('connect', () => {
        settle()
        resolve(bind(socket, receiver))
      })
      signal?.addEventListener('abort', onAbort, { once: true })
      if (signal?.aborted === true) onAbort()
      else socket.connect({ host, port })
    })
  }

  /**
   * Node's server takes no `onread`, so the accepted handle is lifted out of the socket it came in
   * and put into one that reads into the shared buffer. The first socket, now empty, is destroyed
   * so that the server forgets it.
   */
  #adopt(accepted: Socket): Connection {
    const handle: unknown = Reflect.get(accepted, '_handle')
    if (!this.#sharesReads || typeof handle !== 'object' || handle === null) {
      return bind(accepted, undefined)
    }
    Reflect.set(accepted, '_handle', null)
    accepted.destroy()
    const onread = new Receiver(this.#sharedBuffer())
    return bind(new Socket(socketOptionsWith({ handle, onread })), onread)
  }

  #sharedBuffer(): Buffer {
    this.#receiveBuffer ??= Buffer.allocUnsafeSlow(receiveBufferSizeBytes)
    return this.#receiveBuffer
  }
}

/** What a socket calls after the kernel has filled the shared buffer; the connection comes once the socket is open. */
class Receiver implements OnReadOpts {
  readonly buffer: Buffer
  connection: NodeConnection | undefined

  constructor(buffer: Buffer) {
    this.buffer = buffer
  }

  readonly callback = (length: number): boolean => {
    assert(this.connection !== undefined, 'nothing is read before the connection is bound')
    this.connection.received(this.buffer.subarray(0, length))
    return true
  }
}

function bind(socket: Socket, receiver: Receiver | undefined): Connection {
  const connection = new NodeConnection(socket)
  if (receiver !== undefined) receiver.connection = connection
  else socket.on('data', chunk => connection.received(chunk)).resume()
  return connection
}

function listenerOf(server: Server): Listener {
  const { address, port } = server.address() as AddressInfo
  return {
    host: address,
    port,
    // The port is free as soon as the call returns; 'close' would wait for the last connection too.
    close: async () => {
      server.close()
    },
  }
}

function timeoutError(what: string, timeoutMs: number): NetworkError {
  return new NetworkError(`${what}: no answer within ${timeoutMs} ms (ETIMEDOUT)`, {
    code: 'ETIMEDOUT',
  })
}

function abortError(what: string, signal: AbortSignal | undefined): NetworkError {
  return new NetworkError(`${what}: aborted (ABORT_ERR)`, {
    code: 'ABORT_ERR',
    retriable: false,
    cause: signal?.reason,
  })
}
