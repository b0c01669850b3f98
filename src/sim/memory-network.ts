/**
 * Connections inside one process, without sockets and without delay: a broker talks to the
 * coordination service beside it, a test to a broker. Bytes are handed over where they are.
 */
import {
  NetworkError,
  type Clock,
  type Connection,
  type Listener,
  type Network,
} from '../host/index.ts'
import { Endpoint, type Carrier } from './stream.ts'

type ListenOptions = Parameters<Network['listen']>[0]
type ConnectOptions = Parameters<Network['connect']>[0]

const localHost = '127.0.0.1'
/** First of the ports given for port 0, and for the client's end. */
const firstFreePort = 49_152

export class MemoryNetwork implements Network {
  readonly #clock: Clock
  readonly #carrier: Carrier
  readonly #listeners = new Map<number, ListenOptions>()
  #lastPort = firstFreePort - 1

  constructor(clock: Clock) {
    this.#clock = clock
    this.#carrier = {
      carry: arrive => clock.soon(arrive),
      deliver: (chunk, take) => take(chunk),
      gathersWrites: true,
      windowBytes: 0,
    }
  }

  ownName(): Promise<string> {
    return Promise.resolve('localhost')
  }

  /** Every name is this machine, save those that are kept for what does not exist (RFC 6761). */
  isKnown(host: string): Promise<boolean> {
    return Promise.resolve(!host.endsWith('.invalid'))
  }

  async listen(options: ListenOptions): Promise<Listener> {
    const port = options.port === 0 ? this.#freePort() : options.port
    if (this.#listeners.has(port)) throw portInUse(options.host ?? '*', port)
    this.#listeners.set(port, options)
    return {
      host: localHost,
      port,
      close: async () => {
        if (this.#listeners.get(port) === options) this.#listeners.delete(port)
      },
    }
  }

  connect({ host, port, signal }: ConnectOptions): Promise<Connection> {
    return new Promise((resolve, reject) => {
      this.#clock.soon(() => {
        const listener = this.#listeners.get(port)
        if (signal?.aborted === true) reject(aborted(host, port, signal))
        else if (listener === undefined) reject(refused(host, port))
        else resolve(this.#join(listener, port))
      })
    })
  }

  #join(listener: ListenOptions, port: number): Connection {
    const clientSide = { host: localHost, port: this.#freePort() }
    const serverSide = { host: localHost, port }
    const client = new Endpoint(clientSide, serverSide, this.#clock, this.#carrier)
    const server = new Endpoint(serverSide, clientSide, this.#clock, this.#carrier)
    Endpoint.join(client, server)
    listener.onConnection(server)
    return client
  }

  #freePort(): number {
    do this.#lastPort = this.#lastPort === 65_535 ? firstFreePort : this.#lastPort + 1
    while (this.#listeners.has(this.#lastPort))
    return this.#lastPort
  }
}

export function portInUse(host: string, port: number): NetworkError {
  const message = `cannot listen on ${host}:${port}: address already in use (EADDRINUSE)`
  return new NetworkError(message, { code: 'EADDRINUSE', retriable: false })
}

export function refused(host: string, port: number): NetworkError {
  const message = `cannot connect to ${host}:${port}: connection refused (ECONNREFUSED)`
  return new NetworkError(message, { code: 'ECONNREFUSED' })
}

export function aborted(host: string, port: number, signal?: AbortSignal): NetworkError {
  const message = `cannot connect to ${host}:${port}: aborted (ABORT_ERR)`
  return new NetworkError(message, { code: 'ABORT_ERR', retriable: false, cause: signal?.reason })
}
