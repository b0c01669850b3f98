/**
 * A session with an ensemble: finds a server, keeps it busy enough to stay alive, and moves to
 * another one when it is lost. Requests are pipelined; those under way when a connection breaks fail
 * with ConnectionLoss, because nobody knows whether they were carried out.
 */
import type { Reader, Writer } from '../../bytes/index.ts'
import { NetworkError, sleep, type Clock, type Log, type Timer } from '../../host/index.ts'
import {
  AuthPacket,
  OpCode,
  writeRecord,
  Xid,
  ZkErrorCode,
  type WatcherEvent,
} from '../wire/index.ts'
import { parseConnectString, type ServerAddress } from './connect-string.ts'
import { AuthFailedError, errorOf, TooManyRequestsError, type ZooKeeperError } from './errors.ts'
import { Link, silent, type Incoming } from './link.ts'
import { sendWatches } from './set-watches.ts'
import type { ClientHost, ClientState, ZooKeeperClientOptions } from './options.ts'
import { isEventType, Watchers, type WatchEvent } from './watchers.ts'

/** A request that waits for its answer, or for a connection. */
interface Pending {
  xid: number
  type: number
  path: string | undefined
  writeBody: ((writer: Writer) => void) | undefined
  resolve(reader: Reader, error: number): void
  reject(error: Error): void
}

const DEFAULT_SESSION_TIMEOUT_MS = 18_000
const DEFAULT_MAX_PENDING = 10_000
/** Kafka allows its client answers of 4 MB. */
const DEFAULT_MAX_FRAME_BYTES = 4 * 1024 * 1024
const LONGEST_PING_INTERVAL_MS = 10_000
const SHORTEST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 1_000
const CLOSE_TIMEOUT_MS = 3_000
/**
 * A server that is just starting takes connections which it then never answers: whoever waits for one
 * as long as the session lives has lost the session.
 */
const LONGEST_HANDSHAKE_MS = 6_000
const NO_PASSWORD = Buffer.alloc(16)

export class Session {
  readonly chroot: string
  readonly watchers = new Watchers()
  sessionId = 0n
  password: Buffer = NO_PASSWORD
  /** What the server made of the timeout that was asked for. */
  timeoutMs: number
  readonly #host: ClientHost
  readonly #clock: Clock
  readonly #log: Log
  readonly #servers: readonly ServerAddress[]
  readonly #maxPending: number
  readonly #maxFrameBytes: number
  readonly #onState: (state: ClientState) => void
  readonly #auths: { scheme: string; auth: Buffer }[]
  readonly #stop = new AbortController()
  #state: ClientState = 'connecting'
  #nextServer = 0
  #lastZxid = 0n
  #nextXid = 1
  #link: Link | undefined
  /** Sent, in the order in which answers will come. */
  #sent: Pending[] = []
  /** Asked for while there was no connection. */
  #waiting: Pending[] = []
  #heartbeat: Timer | undefined
  #ended: Promise<void> | undefined

  /** @throws RangeError for a connect string that is none */
  constructor(
    host: ClientHost,
    options: ZooKeeperClientOptions,
    onState: (state: ClientState) => void,
  ) {
    const { servers, chroot } = parseConnectString(options.servers)
    this.#host = host
    this.#clock = host.clock
    this.#log = host.log.named('org.apache.zookeeper.ClientCnxn')
    this.chroot = chroot
    this.#servers = shuffled(servers, bound => host.random.below(bound))
    this.timeoutMs = options.sessionTimeoutMs ?? DEFAULT_SESSION_TIMEOUT_MS
    this.#maxPending = options.maxPendingRequests ?? DEFAULT_MAX_PENDING
    this.#maxFrameBytes = options.maxFrameBytes ?? DEFAULT_MAX_FRAME_BYTES
    this.#auths = [...(options.auth ?? [])]
    if (options.session !== undefined) {
      this.sessionId = options.session.id
      this.password = options.session.password
    }
    this.#onState = onState
  }

  get state(): ClientState {
    return this.#state
  }

  /** Begins to look for a server. */
  start(): void {
    this.#ended ??= this.#run()
  }

  /** Sends a request as soon as there is a connection; the answer's record is read by `resolve`. */
  request(request: Omit<Pending, 'xid'>): void {
    const failure = this.#whyDead(request.path)
    if (failure !== undefined) {
      request.reject(failure)
      return
    }
    if (this.#sent.length + this.#waiting.length >= this.#maxPending) {
      request.reject(new TooManyRequestsError(this.#maxPending))
      return
    }
    const pending = { ...request, xid: this.#takeXid() }
    if (this.#state === 'connected') this.#send(pending)
    else this.#waiting.push(pending)
  }

  /** Proves an identity, now and on every later connection. */
  addAuth(scheme: string, auth: Buffer): void {
    this.#auths.push({ scheme, auth })
    if (this.#state === 'connected') this.#sendAuth({ scheme, auth })
  }

  /** Ends the session, or at least this client's part in it. */
  async close(): Promise<void> {
    if (this.#state === 'connected') await this.#closeSession()
    this.#endAs('closed')
    await this.#ended
  }

  #closeSession(): Promise<void> {
    return new Promise(resolve => {
      const timer = this.#clock.after(CLOSE_TIMEOUT_MS, resolve)
      const done = (): void => {
        timer.cancel()
        resolve()
      }
      this.request({
        type: OpCode.closeSession,
        path: undefined,
        writeBody: undefined,
        resolve: done,
        reject: done,
      })
    })
  }

  /** Until the end of the session: connects, waits until the connection is lost, begins anew. */
  async #run(): Promise<void> {
    let failures = 0
    while (!this.#isOver()) {
      const server = this.#takeServer()
      try {
        const link = await this.#open(server)
        if (this.#begin(link)) failures = 0
        const reason = await link.lost
        if (!this.#isOver()) this.#logLoss(reason)
      } catch (error) {
        if (!(error instanceof NetworkError) && !this.#stop.signal.aborted) throw error
        failures += 1
        this.#log.info(`Cannot connect to ${server.host}:${server.port}: ${String(error)}`)
      }
      this.#leave()
      if (!this.#isOver() && failures > 0 && failures % this.#servers.length === 0) {
        await this.#pause(failures / this.#servers.length)
      }
    }
  }

  #open(server: ServerAddress): Promise<Link> {
    return Link.open({
      network: this.#host.network,
      clock: this.#clock,
      server,
      connectTimeoutMs: Math.min(
        Math.max(this.timeoutMs / this.#servers.length, 1),
        LONGEST_HANDSHAKE_MS,
      ),
      maxFrameBytes: this.#maxFrameBytes,
      resume: {
        sessionId: this.sessionId,
        password: this.password,
        lastZxid: this.#lastZxid,
        timeoutMs: this.timeoutMs,
      },
      signal: this.#stop.signal,
      events: {
        onReply: incoming => this.#onReply(incoming),
        onWatchEvent: event => this.#onWatchEvent(event),
        onZxid: zxid => {
          if (zxid > this.#lastZxid) this.#lastZxid = zxid
        },
      },
    })
  }

  /** Takes the connection into use. @returns false when the server says that the session is over */
  #begin(link: Link): boolean {
    const { timeOut = 0, sessionId = 0n, passwd = null } = link.handshake ?? {}
    if (timeOut <= 0) {
      this.#log.warn(
        `Unable to reconnect to ZooKeeper service, session 0x${hex(this.sessionId)} has expired`,
      )
      link.destroy(errorOf(ZkErrorCode.SESSION_EXPIRED))
      this.#endAs('expired')
      return false
    }
    this.#link = link
    this.sessionId = sessionId
    this.password = passwd ?? NO_PASSWORD
    this.timeoutMs = timeOut
    this.#log.info(
      `Session establishment complete on server ${link.server.host}:${link.server.port}, session id = 0x${hex(sessionId)}, negotiated timeout = ${timeOut}`,
    )
    for (const auth of this.#auths) this.#sendAuth(auth)
    sendWatches(link, this.watchers, this.#lastZxid)
    for (const pending of this.#waiting.splice(0)) this.#send(pending)
    this.#setState('connected')
    this.#heartbeat = this.#clock.every(Math.max(timeOut / 12, 1), () => this.#beat(link))
    return true
  }

  /** Pings a server that was asked nothing for a while, and gives up one that is silent. */
  #beat(link: Link): void {
    const nowMs = this.#clock.monotonicMs()
    const readTimeoutMs = (this.timeoutMs * 2) / 3
    if (nowMs - link.lastHeardMs > readTimeoutMs) {
      link.destroy(silent(link.server, nowMs - link.lastHeardMs))
    } else if (nowMs - link.lastSentMs > Math.min(readTimeoutMs / 2, LONGEST_PING_INTERVAL_MS)) {
      link.send({ xid: Xid.ping, type: OpCode.ping })
    }
  }

  #send(pending: Pending): void {
    try {
      this.#link?.send({ xid: pending.xid, type: pending.type }, pending.writeBody)
    } catch (error) {
      // It cannot be written: nothing was sent, so no answer may be expected.
      pending.reject(error instanceof Error ? error : new Error(String(error)))
      return
    }
    this.#sent.push(pending)
  }

  #sendAuth({ scheme, auth }: { scheme: string; auth: Buffer }): void {
    this.#link?.send({ xid: Xid.auth, type: OpCode.auth }, writer => {
      writeRecord(AuthPacket, writer, { type: 0, scheme, auth })
    })
  }

  #onReply({ xid, error, reader }: Incoming): void {
    if (xid === Xid.auth) {
      if (error !== ZkErrorCode.OK) this.#endAs('auth-failed')
      return
    }
    if (xid < 0) return
    const pending = this.#sent.shift()
    if (pending?.xid !== xid) {
      const expected = pending === undefined ? 'none' : `number ${pending.xid}`
      this.#link?.destroy(
        new NetworkError(`answer number ${xid} where ${expected} was due`, { code: 'EPROTO' }),
      )
      if (pending !== undefined) this.#sent.unshift(pending)
      return
    }
    pending.resolve(reader, error)
  }

  #onWatchEvent({ type, path }: WatcherEvent): void {
    if (path === null || !isEventType(type)) return
    const event: WatchEvent = { type, path: this.withoutChroot(path) }
    for (const watcher of this.watchers.take(type, path)) {
      // Before the answer that shows the change, and apart from whatever a watcher throws.
      queueMicrotask(() => watcher(event))
    }
  }

  /** The connection is gone: what was under way fails. */
  #leave(): void {
    this.#heartbeat?.cancel()
    this.#link = undefined
    const failed = [...this.#sent.splice(0), ...this.#waiting.splice(0)]
    if (this.#state === 'connected') this.#setState('connecting')
    for (const pending of failed) {
      const code = this.#deathCode() ?? ZkErrorCode.CONNECTION_LOSS
      pending.reject(errorOf(code, pending.path))
    }
  }

  #endAs(state: 'closed' | 'expired' | 'auth-failed'): void {
    if (this.#isOver()) return
    this.#setState(state)
    this.#stop.abort()
    this.watchers.clear()
    this.#link?.destroy(errorOf(this.#deathCode() ?? ZkErrorCode.CONNECTION_LOSS))
    if (this.#link === undefined) this.#leave()
  }

  #isOver(): boolean {
    return this.#state !== 'connecting' && this.#state !== 'connected'
  }

  #deathCode(): ZkErrorCode | undefined {
    if (!this.#isOver()) return undefined
    return this.#state === 'auth-failed' ? ZkErrorCode.AUTH_FAILED : ZkErrorCode.SESSION_EXPIRED
  }

  #whyDead(path: string | undefined): ZooKeeperError | undefined {
    const code = this.#deathCode()
    if (code === undefined) return undefined
    return code === ZkErrorCode.AUTH_FAILED ? new AuthFailedError(code, path) : errorOf(code, path)
  }

  #setState(state: ClientState): void {
    this.#state = state
    this.#onState(state)
  }

  #takeServer(): ServerAddress {
    const server = this.#servers[this.#nextServer % this.#servers.length]
    this.#nextServer += 1
    if (server === undefined) throw new RangeError('no server to connect to')
    return server
  }

  #takeXid(): number {
    const xid = this.#nextXid
    this.#nextXid = xid === 0x7fff_ffff ? 1 : xid + 1
    return xid
  }

  /** All servers were tried: longer every round, and never all clients at the same moment. */
  async #pause(rounds: number): Promise<void> {
    const longest = Math.min(SHORTEST_PAUSE_MS * 2 ** rounds, LONGEST_PAUSE_MS)
    const pauseMs = longest / 2 + this.#host.random.below(longest) / 2
    try {
      await sleep(this.#clock, pauseMs, this.#stop.signal)
    } catch (error) {
      if (!this.#stop.signal.aborted) throw error
    }
  }

  #logLoss(reason: Error): void {
    this.#log.warn(
      `Session 0x${hex(this.sessionId)} lost its connection: ${reason.message}. Attempting reconnect`,
    )
  }

  withChroot(path: string): string {
    if (this.chroot === '') return path
    return path === '/' ? this.chroot : this.chroot + path
  }

  withoutChroot(path: string): string {
    if (this.chroot === '' || !path.startsWith(this.chroot)) return path
    return path.length === this.chroot.length ? '/' : path.slice(this.chroot.length)
  }
}

function shuffled<T>(values: readonly T[], below: (bound: number) => number): T[] {
  const rest = [...values]
  const order: T[] = []
  while (rest.length > 0) order.push(...rest.splice(below(rest.length), 1))
  return order
}

function hex(value: bigint): string {
  return BigInt.asUintN(64, value).toString(16)
}
