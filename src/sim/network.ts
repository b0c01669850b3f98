/**
 * The network between simulated hosts. Like TCP it keeps order and loses nothing within a connection;
 * like a real one it delays, breaks connections, and can be cut in one direction. What a cut holds
 * back arrives when it heals. Bytes are split and joined at random and handed over in a buffer that is
 * overwritten afterwards, so that a reader that keeps a view, or trusts chunk borders, is found out.
 */
import {
  NetworkError,
  type Clock,
  type Connection,
  type Listener,
  type Network,
} from '../host/index.ts'
import { aborted, portInUse, refused } from './memory-network.ts'
import type { SeededRandom } from './random.ts'
import type { Lifetime, Scheduler } from './scheduler.ts'
import { Endpoint, type Address, type Carrier } from './stream.ts'
import type { Trace } from './trace.ts'

export interface SimNetworkOptions {
  /** Time on the way, drawn for each message; default 0.1 to 2 ms. */
  readonly delayMs?: readonly [min: number, max: number]
  /** Share of messages that are lost once and sent again 200 ms later; default 0. */
  readonly lossRate?: number
  /** Share of messages that break their connection; default 0. */
  readonly dropRate?: number
  /** Bytes on the way in one direction before a writer sees them queued; default 128 KB. */
  readonly windowBytes?: number
}

/** A process on the network. */
interface Member {
  readonly name: string
  readonly address: string
  readonly clock: Clock
  readonly lifetime: Lifetime
  readonly listeners: Map<number, ListenOptions>
  readonly endpoints: Set<Endpoint>
}

type ListenOptions = Parameters<Network['listen']>[0]
type ConnectOptions = Parameters<Network['connect']>[0]

const retransmitMs = 200
const receiveBufferSizeBytes = 65_536
const firstFreePort = 32_768

export class SimNetwork {
  readonly #scheduler: Scheduler
  readonly #random: SeededRandom
  readonly #trace: Trace
  #options: Required<SimNetworkOptions>
  readonly #addresses = new Map<string, string>()
  readonly #members = new Map<string, Member>()
  /** Cut directions `from>to`, with what waits there. */
  readonly #cuts = new Map<string, (() => void)[]>()
  /** Hosts without power. */
  readonly #silent = new Set<string>()
  readonly #receiveBuffer = Buffer.alloc(receiveBufferSizeBytes)
  #lastPort = firstFreePort

  constructor(
    world: { scheduler: Scheduler; random: SeededRandom; trace: Trace },
    options: SimNetworkOptions = {},
  ) {
    this.#scheduler = world.scheduler
    this.#random = world.random
    this.#trace = world.trace
    this.#options = {
      delayMs: options.delayMs ?? [0.1, 2],
      lossRate: options.lossRate ?? 0,
      dropRate: options.dropRate ?? 0,
      windowBytes: options.windowBytes ?? 131_072,
    }
  }

  /** The network as a process on host `name` sees it. An earlier process of that host must be gone. */
  attach(name: string, clock: Clock, lifetime: Lifetime): Network {
    const address = this.#addresses.get(name) ?? `10.0.0.${this.#addresses.size + 1}`
    this.#addresses.set(name, address)
    this.#silent.delete(name)
    const listeners = new Map<number, ListenOptions>()
    const member: Member = { name, address, clock, lifetime, listeners, endpoints: new Set() }
    this.#members.set(name, member)
    return {
      ownName: () => Promise.resolve(name),
      isKnown: () => Promise.resolve(true),
      listen: options => this.#listen(member, options),
      connect: options => this.#connect(member, options),
    }
  }

  /** The process ended and its kernel closes its connections: the others see them end. */
  processDied(name: string): void {
    this.#leave(name, endpoint => {
      endpoint.destroy()
      endpoint.abandon()
    })
  }

  /** The whole host is gone: nobody hears anything of it. */
  hostDied(name: string): void {
    this.#silent.add(name)
    this.#leave(name, endpoint => endpoint.abandon())
  }

  /** Cuts one direction between two hosts. */
  cut(from: string, to: string): void {
    this.#note(from, `is cut off from ${to}`)
    if (!this.#cuts.has(`${from}>${to}`)) this.#cuts.set(`${from}>${to}`, [])
  }

  /** Cuts a host off from all others, both ways. */
  isolate(name: string): void {
    for (const other of this.#addresses.keys()) {
      if (other === name) continue
      this.cut(name, other)
      this.cut(other, name)
    }
  }

  /** From now on the network is better, or worse. */
  change(options: SimNetworkOptions): void {
    this.#options = { ...this.#options, ...options }
  }

  /** Ends all cuts; what they held back goes on its way now. */
  heal(): void {
    this.#note('network', 'heals')
    const held = [...this.#cuts.values()].flat()
    this.#cuts.clear()
    for (const arrive of held) this.#scheduler.after(this.#delayMs(), arrive)
  }

  /** Breaks every connection between two hosts. */
  breakConnections(one: string, other: string): void {
    this.#breakEnds(one, other)
    this.#breakEnds(other, one)
  }

  async #listen(member: Member, options: ListenOptions): Promise<Listener> {
    const port = options.port === 0 ? this.#freePort() : options.port
    if (member.listeners.has(port)) throw portInUse(options.host ?? '*', port)
    member.listeners.set(port, options)
    return {
      host: member.address,
      port,
      close: async () => {
        if (member.listeners.get(port) === options) member.listeners.delete(port)
      },
    }
  }

  #connect(member: Member, { host, port, timeoutMs, signal }: ConnectOptions): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const attempt = { isSettled: false, client: undefined as Endpoint | undefined }
      const settle = (action: () => void): void => {
        if (attempt.isSettled) return
        attempt.isSettled = true
        timer.cancel()
        signal?.removeEventListener('abort', onAbort)
        action()
      }
      const fail = (error: NetworkError): void =>
        settle(() => {
          attempt.client?.destroy()
          reject(error)
        })
      const onAbort = (): void => fail(aborted(host, port, signal))
      const timer = member.clock.after(timeoutMs, () => fail(timedOut(host, port, timeoutMs)))
      signal?.addEventListener('abort', onAbort, { once: true })
      if (signal?.aborted === true) onAbort()

      const target = this.#nameOf(host, member)
      if (target === undefined) {
        member.clock.soon(() => fail(unknownHost(host, port)))
        return
      }
      const answer = (action: () => void): void =>
        this.#travel(target, member.name, () => member.lifetime.run(action))
      this.#travel(member.name, target, () => {
        const server = this.#members.get(target)
        const listener = server?.listeners.get(port)
        if (attempt.isSettled) return
        if (server === undefined || listener === undefined) {
          answer(() => fail(refused(host, port)))
          return
        }
        const client = this.#join(member, server, port, listener)
        attempt.client = client
        answer(() => settle(() => resolve(client)))
      })
    })
  }

  #join(from: Member, to: Member, port: number, listener: ListenOptions): Endpoint {
    const clientSide: Address = { host: from.address, port: this.#freePort() }
    const serverSide: Address = { host: to.address, port }
    const breakBoth = (): void => {
      from.lifetime.run(() => client.break('ECONNRESET'))
      to.lifetime.run(() => server.break('ECONNRESET'))
    }
    const client = new Endpoint(
      clientSide,
      serverSide,
      from.clock,
      this.#carrier(from, to, breakBoth),
    )
    const server = new Endpoint(
      serverSide,
      clientSide,
      to.clock,
      this.#carrier(to, from, breakBoth),
    )
    Endpoint.join(client, server)
    remember(from, client)
    remember(to, server)
    this.#note(to.name, `accepts ${from.name}:${clientSide.port} on port ${port}`)
    to.lifetime.run(() => listener.onConnection(server))
    return client
  }

  #carrier(from: Member, to: Member, breakConnection: () => void): Carrier {
    return {
      gathersWrites: false,
      windowBytes: this.#options.windowBytes,
      carry: arrive => {
        if (this.#random.chance(this.#options.dropRate)) {
          this.#note(from.name, `loses a connection to ${to.name}`)
          // As over sockets: nobody hears of it while he still writes.
          this.#scheduler.after(0, breakConnection)
        }
        this.#travel(from.name, to.name, () => {
          // The kernel of a host whose process is gone still answers, with a reset.
          if (to.lifetime.isAlive) to.lifetime.run(arrive)
          else arrive()
        })
      },
      deliver: (chunk, take) => {
        this.#note(to.name, `receives ${chunk.length} bytes from ${from.name}`)
        this.#deliverInPieces(chunk, take)
      },
    }
  }

  /** Most chunks come whole; some are cut at random, and none is larger than one read. */
  #deliverInPieces(chunk: Buffer, take: (part: Buffer) => void): void {
    for (let from = 0; from < chunk.length;) {
      const left = Math.min(chunk.length - from, receiveBufferSizeBytes)
      const length = this.#random.chance(0.3) ? 1 + this.#random.below(left) : left
      const view = this.#receiveBuffer.subarray(0, length)
      chunk.copy(view, 0, from, from + length)
      take(view)
      view.fill(0xdd)
      from += length
    }
  }

  /** Calls `arrive` when a message from one host would be at the other: later, after a cut, or never. */
  #travel(from: string, to: string, arrive: () => void): void {
    const land = (): void => {
      const waiting = this.#cuts.get(`${from}>${to}`)
      if (waiting !== undefined) waiting.push(land)
      else if (!this.#silent.has(to)) arrive()
    }
    if (!this.#silent.has(from)) this.#scheduler.after(this.#delayMs(), land)
  }

  #delayMs(): number {
    const [min, max] = this.#options.delayMs
    const isLost = this.#random.chance(this.#options.lossRate)
    return this.#random.between(min, max) + (isLost ? retransmitMs : 0)
  }

  #leave(name: string, close: (endpoint: Endpoint) => void): void {
    const member = this.#members.get(name)
    if (member === undefined) return
    member.listeners.clear()
    for (const endpoint of member.endpoints) close(endpoint)
    member.endpoints.clear()
  }

  #breakEnds(at: string, other: string): void {
    const member = this.#members.get(at)
    const remoteHost = this.#addresses.get(other)
    for (const endpoint of member?.endpoints ?? []) {
      if (endpoint.remoteHost !== remoteHost) continue
      member?.lifetime.run(() => endpoint.break('ECONNRESET'))
    }
  }

  /** By name or address; a host calls itself localhost. */
  #nameOf(host: string, self: Member): string | undefined {
    if (host === 'localhost' || host === '127.0.0.1') return self.name
    if (this.#addresses.has(host)) return host
    for (const [name, address] of this.#addresses) if (address === host) return name
    return undefined
  }

  #freePort(): number {
    this.#lastPort = this.#lastPort === 65_535 ? firstFreePort : this.#lastPort + 1
    return this.#lastPort
  }

  #note(who: string, what: string): void {
    this.#trace.note(this.#scheduler.nowMs, who, what)
  }
}

function remember(member: Member, endpoint: Endpoint): void {
  for (const old of member.endpoints) if (old.isClosed) member.endpoints.delete(old)
  member.endpoints.add(endpoint)
}

function timedOut(host: string, port: number, timeoutMs: number): NetworkError {
  const message = `cannot connect to ${host}:${port}: no answer within ${timeoutMs} ms (ETIMEDOUT)`
  return new NetworkError(message, { code: 'ETIMEDOUT' })
}

function unknownHost(host: string, port: number): NetworkError {
  const message = `cannot connect to ${host}:${port}: unknown host (ENOTFOUND)`
  return new NetworkError(message, { code: 'ENOTFOUND' })
}
