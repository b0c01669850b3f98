/**
 * The network of a test cluster. Members reach each other inside the process, clients reach brokers by
 * real sockets; between any two there is a link that can be cut. Every connection is held at one end
 * of its link only: at the member that opened it, or, for a client's, at the broker.
 */
import {
  NetworkError,
  type Clock,
  type Connection,
  type Listener,
  type Network,
} from '../host/index.ts'
import { Lifetime, MemoryNetwork } from '../sim/index.ts'
import { MemberConnection } from './member-connection.ts'
import type { Settle } from './member-files.ts'

/** A broker by its number, the coordination service, or all that is outside of the cluster. */
export type Member = number | 'zookeeper' | 'clients'

type ListenOptions = Parameters<Network['listen']>[0]
type ConnectOptions = Parameters<Network['connect']>[0]

export class ClusterNetwork {
  readonly inside: MemoryNetwork
  readonly #links = new Map<string, Lifetime>()
  /** By port: who listens there. */
  readonly #listening = new Map<number, Member>()

  constructor(clock: Clock) {
    this.inside = new MemoryNetwork(clock)
  }

  /** Cuts every link between two of the sides. */
  partition(sides: readonly (readonly Member[])[]): void {
    for (const [nth, side] of sides.entries()) {
      const others = sides.slice(nth + 1).flat()
      for (const one of side) for (const other of others) this.link(one, other).pause()
    }
  }

  /** What was held on the way arrives. */
  heal(): void {
    for (const link of this.#links.values()) link.resume()
  }

  link(one: Member, other: Member): Lifetime {
    const name = [one, other].map(String).sort().join(' - ')
    const known = this.#links.get(name) ?? new Lifetime()
    this.#links.set(name, known)
    return known
  }

  listens(member: Member, port: number): void {
    this.#listening.set(port, member)
  }

  memberAt(port: number): Member | undefined {
    return this.#listening.get(port)
  }
}

export interface MemberNetworkOptions {
  readonly member: Member
  readonly cluster: ClusterNetwork
  /** For clients; without it there are none. */
  readonly outside?: Network | undefined
  readonly clock: Clock
  readonly lifetime: Lifetime
  readonly settle: Settle
}

/** Of one life of a member. */
export class MemberNetwork implements Network {
  readonly #options: MemberNetworkOptions
  readonly #connections = new Set<MemberConnection>()
  readonly #listeners = new Set<Listener>()

  constructor(options: MemberNetworkOptions) {
    this.#options = options
  }

  ownName(): Promise<string> {
    return this.#options.cluster.inside.ownName()
  }

  isKnown(host: string): Promise<boolean> {
    return this.#options.cluster.inside.isKnown(host)
  }

  /** Closes everything as the system does for a process that is gone. */
  async end(): Promise<void> {
    await Promise.all([...this.#listeners].map(listener => listener.close()))
    for (const connection of this.#connections) connection.abandon()
    this.#connections.clear()
  }

  async listen(options: ListenOptions): Promise<Listener> {
    const { member, cluster, outside } = this.#options
    const accepting = (link: Lifetime) => (accepted: Connection) => {
      const connection = this.#adopt(accepted, link)
      this.#options.lifetime.run(() => options.onConnection(connection))
    }
    const forClients = await outside?.listen({
      ...options,
      onConnection: accepting(cluster.link(member, 'clients')),
    })
    if (forClients !== undefined) this.#listeners.add(forClients)
    const port = forClients?.port ?? options.port
    const forMembers = await cluster.inside.listen({
      ...{ port, onConnection: accepting(new Lifetime()) },
    })
    this.#listeners.add(forMembers)
    cluster.listens(member, forMembers.port)
    return {
      host: forClients?.host ?? forMembers.host,
      port: forMembers.port,
      close: async () => {
        await forClients?.close()
        await forMembers.close()
      },
    }
  }

  connect(options: ConnectOptions): Promise<Connection> {
    return this.#options.settle(this.#connect(options))
  }

  async #connect(options: ConnectOptions): Promise<Connection> {
    const { member, cluster } = this.#options
    const target = cluster.memberAt(options.port)
    const link = target === undefined ? new Lifetime() : cluster.link(member, target)
    await this.#untilPassable(link, options)
    return this.#adopt(await cluster.inside.connect(options), link)
  }

  /** A cut link answers nobody: neither that the other side listens, nor that it does not. */
  #untilPassable(link: Lifetime, { host, port, timeoutMs, signal }: ConnectOptions): Promise<void> {
    if (!link.isPaused) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const fail = (code: string): void => {
        const message = `cannot connect to ${host}:${port}: the network is cut (${code})`
        settled()
        reject(new NetworkError(message, { code, retriable: code === 'ETIMEDOUT' }))
      }
      const onAbort = (): void => fail('ABORT_ERR')
      const timer = this.#options.clock.after(timeoutMs, () => fail('ETIMEDOUT'))
      const settled = (): void => {
        timer.cancel()
        signal?.removeEventListener('abort', onAbort)
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      link.run(() => {
        settled()
        resolve()
      })
    })
  }

  #adopt(inner: Connection, link: Lifetime): MemberConnection {
    const connection = new MemberConnection(inner, {
      member: this.#options.lifetime,
      link,
      clock: this.#options.clock,
      onClose: closed => this.#connections.delete(closed),
    })
    if (this.#options.lifetime.isAlive) this.#connections.add(connection)
    else connection.abandon()
    return connection
  }
}
