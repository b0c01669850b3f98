/**
 * A listening socket and the connections it took: Kafka's connection limits (max.connections,
 * per IP with overrides, creation rate) and its idle expiry. Knows no API.
 */
import type { Clock, Connection, Listener, Log, Network } from '../host/index.ts'
import { BufferPool } from '../bytes/index.ts'
import { ServerConnection, type Exchange, type Pace } from './server-connection.ts'

export interface ConnectionLimits {
  /** socket.request.max.bytes */
  maxRequestBytes: number
  /** connections.max.idle.ms; a connection with a request under way is never idle. */
  maxIdleMs: number
  /** max.connections */
  maxConnections: number
  /** max.connections.per.ip and its overrides by address */
  maxConnectionsPerIp: number
  maxConnectionsPerIpOverrides: ReadonlyMap<string, number>
  /** max.connection.creation.rate, connections a second; the burst allowed is one second's worth. */
  maxCreationRate: number
}

/** What is known of a client before it said anything. */
export interface Peer {
  /** The remote address, e.g. `127.0.0.1`. */
  readonly host: string
  readonly port: number
}

/** Serves the frames of one connection. */
export interface Session {
  serve(frame: Buffer, exchange: Exchange): Pace
  /** The connection is gone. */
  closed(): void
}

export interface ServerOptions {
  network: Network
  clock: Clock
  log: Log
  /** undefined: all addresses */
  host: string | undefined
  port: number
  /** Connections the kernel holds until they are accepted (socket.listen.backlog.size). */
  backlog: number
  /** Read at each use, so that dynamic changes count at once. */
  limits: () => ConnectionLimits
}

export class Server {
  readonly #options: ServerOptions
  readonly #pool = new BufferPool()
  readonly #connections = new Set<ServerConnection>()
  readonly #countByHost = new Map<string, number>()
  #listener: Listener | undefined
  #creationTokens: number
  #tokensAtMs: number
  #sweep: { cancel(): void } | undefined
  #openSession: ((peer: Peer) => Session) | undefined

  constructor(options: ServerOptions) {
    this.#options = options
    this.#tokensAtMs = options.clock.monotonicMs()
    this.#creationTokens = options.limits().maxCreationRate
  }

  get host(): string {
    return this.#listener?.host ?? this.#options.host ?? ''
  }

  /** The port in use. */
  get port(): number {
    return this.#listener?.port ?? this.#options.port
  }

  get connectionCount(): number {
    return this.#connections.size
  }

  /**
   * Takes the address. Until `open` every connection is closed as soon as it comes: who is early tries again.
   *
   * @throws NetworkError when the address cannot be had
   */
  async bind(): Promise<void> {
    const { network, clock, host, port, backlog, limits } = this.#options
    this.#listener = await network.listen({
      host,
      port,
      backlog,
      onConnection: connection => this.#accept(connection),
    })
    this.#sweep = clock.every(Math.max(10, Math.min(10_000, limits().maxIdleMs / 4)), () =>
      this.#closeIdle(),
    )
  }

  /** Serves connections from now on. */
  open(openSession: (peer: Peer) => Session): void {
    this.#openSession = openSession
  }

  async stop(): Promise<void> {
    this.#openSession = undefined
    this.#sweep?.cancel()
    const closed = this.#listener?.close()
    for (const connection of [...this.#connections]) connection.destroy('the server stops')
    await closed
  }

  #accept(connection: Connection): void {
    const refusal = this.#refusal(connection.remoteHost)
    const openSession = this.#openSession
    if (refusal !== undefined || openSession === undefined) {
      this.#options.log.info('Rejected connection', {
        host: connection.remoteHost,
        reason: refusal ?? 'not ready yet',
      })
      connection.destroy()
      return
    }
    const host = connection.remoteHost
    const session = openSession({ host, port: connection.remotePort })
    const served = new ServerConnection({
      connection,
      clock: this.#options.clock,
      pool: this.#pool,
      maxRequestBytes: this.#options.limits().maxRequestBytes,
      serve: (frame, exchange) => session.serve(frame, exchange),
      onClose: reason => {
        this.#connections.delete(served)
        this.#count(host, -1)
        if (reason !== undefined) {
          this.#options.log.debug('Connection closed', {
            host,
            port: connection.remotePort,
            reason,
          })
        }
        session.closed()
      },
    })
    this.#connections.add(served)
    this.#count(host, 1)
    served.start()
  }

  #refusal(host: string): string | undefined {
    const limits = this.#options.limits()
    if (this.#connections.size >= limits.maxConnections) {
      return `max.connections is ${limits.maxConnections}`
    }
    const perIp = limits.maxConnectionsPerIpOverrides.get(host) ?? limits.maxConnectionsPerIp
    if ((this.#countByHost.get(host) ?? 0) >= perIp) return `max.connections.per.ip is ${perIp}`
    if (!this.#takeCreationToken(limits.maxCreationRate)) {
      return `max.connection.creation.rate is ${limits.maxCreationRate} a second`
    }
    return undefined
  }

  #takeCreationToken(ratePerSecond: number): boolean {
    const nowMs = this.#options.clock.monotonicMs()
    const earned = ((nowMs - this.#tokensAtMs) / 1000) * ratePerSecond
    this.#tokensAtMs = nowMs
    this.#creationTokens = Math.min(ratePerSecond, this.#creationTokens + earned)
    if (this.#creationTokens < 1) return false
    this.#creationTokens -= 1
    return true
  }

  #count(host: string, change: 1 | -1): void {
    const count = (this.#countByHost.get(host) ?? 0) + change
    if (count === 0) this.#countByHost.delete(host)
    else this.#countByHost.set(host, count)
  }

  #closeIdle(): void {
    const { clock, limits } = this.#options
    const latestMs = clock.monotonicMs() - limits().maxIdleMs
    for (const connection of this.#connections) {
      if (connection.lastActiveMs < latestMs && !connection.isBusy) connection.destroy('idle')
    }
  }
}
