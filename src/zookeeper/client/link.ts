/**
 * One connection to one server: the handshake, then requests and their answers, which come in the
 * order of the requests. When it breaks, every request under way fails; a new link is opened for
 * the same session.
 */
import { BufferPool, ProtocolError, Reader, Writer } from '../../bytes/index.ts'
import { NetworkError, type Clock, type Connection, type Network } from '../../host/index.ts'
import { FrameReader } from '../../network/index.ts'
import {
  ConnectRequest,
  ConnectResponse,
  readRecord,
  ReplyHeader,
  RequestHeader,
  WatcherEvent,
  writeRecord,
  Xid,
} from '../wire/index.ts'
import type { ServerAddress } from './connect-string.ts'

/** Where a session stands, for the handshake. */
export interface Resume {
  sessionId: bigint
  password: Buffer
  lastZxid: bigint
  timeoutMs: number
}

/** An answer to a request, or to nothing that was asked (xid below 0). */
export interface Incoming {
  xid: number
  error: number
  /** Behind the header; valid until the call returns. */
  reader: Reader
}

export interface LinkEvents {
  onReply(incoming: Incoming): void
  onWatchEvent(event: WatcherEvent): void
  /** The largest zxid seen so far on this link has grown. */
  onZxid(zxid: bigint): void
}

export interface LinkOptions {
  network: Network
  clock: Clock
  server: ServerAddress
  connectTimeoutMs: number
  maxFrameBytes: number
  resume: Resume
  signal: AbortSignal
  events: LinkEvents
}

export class Link {
  readonly server: ServerAddress
  /** Settles when the connection is gone, with the reason. Never rejects. */
  readonly lost: Promise<Error>
  /** What the server has made of the session. A timeout of 0 says that it is over. */
  handshake: ConnectResponse | undefined
  lastHeardMs: number
  lastSentMs: number
  readonly #connection: Connection
  readonly #clock: Clock
  readonly #events: LinkEvents
  readonly #frames: FrameReader
  #handshakeDone: () => void = () => undefined
  #reportLoss: (reason: Error) => void = () => undefined
  #lossReason: Error | undefined
  #isCorked = false

  private constructor(connection: Connection, options: LinkOptions) {
    this.server = options.server
    this.#connection = connection
    this.#clock = options.clock
    this.#events = options.events
    this.lastHeardMs = this.lastSentMs = options.clock.monotonicMs()
    this.lost = new Promise(resolve => {
      this.#reportLoss = resolve
    })
    this.#frames = new FrameReader({
      pool: new BufferPool(0),
      minFrameBytes: 0,
      maxFrameBytes: options.maxFrameBytes,
      onFrame: frame => this.#onFrame(frame),
    })
    connection.start({
      onBytes: chunk => this.#onBytes(chunk),
      onClose: error => this.#end(error ?? closedBy(this.server)),
    })
  }

  /**
   * Connects and shakes hands.
   * @throws NetworkError when there is no server, it does not answer in time, or hangs up
   */
  static async open(options: LinkOptions): Promise<Link> {
    const { network, clock, server, connectTimeoutMs, signal } = options
    const connection = await network.connect({
      ...server,
      timeoutMs: connectTimeoutMs,
      signal,
    })
    const link = new Link(connection, options)
    const shaken = new Promise<void>(resolve => {
      link.#handshakeDone = resolve
    })
    const timer = clock.after(connectTimeoutMs, () =>
      link.destroy(silent(server, connectTimeoutMs)),
    )
    const onAbort = (): void => link.destroy(closedBy(server))
    signal.addEventListener('abort', onAbort, { once: true })
    link.#sendHandshake(options.resume)
    await Promise.race([shaken, link.lost])
    timer.cancel()
    signal.removeEventListener('abort', onAbort)
    if (link.#lossReason !== undefined) throw link.#lossReason
    return link
  }

  /** Sends a request. Those sent in one turn of the loop leave together. */
  send(header: { xid: number; type: number }, writeBody?: (writer: Writer) => void): void {
    const writer = new Writer()
    const length = writer.reserveInt32()
    writeRecord(RequestHeader, writer, header)
    writeBody?.(writer)
    writer.patchInt32(length, writer.sizeBytes - 4)
    this.#write(writer.finish())
  }

  /** Breaks the connection off. */
  destroy(reason: Error): void {
    if (this.#lossReason !== undefined) return
    this.#connection.destroy()
    this.#end(reason)
  }

  #sendHandshake(resume: Resume): void {
    const writer = new Writer()
    const length = writer.reserveInt32()
    writeRecord(ConnectRequest, writer, {
      protocolVersion: 0,
      lastZxidSeen: resume.lastZxid,
      timeOut: resume.timeoutMs,
      sessionId: resume.sessionId,
      passwd: resume.password,
    })
    // We do not want a server that can only be read from.
    writer.int8(0)
    writer.patchInt32(length, writer.sizeBytes - 4)
    this.#write(writer.finish())
  }

  #write(bytes: Buffer): void {
    if (this.#lossReason !== undefined) return
    this.lastSentMs = this.#clock.monotonicMs()
    if (!this.#isCorked) {
      this.#isCorked = true
      this.#connection.cork()
      this.#clock.soon(() => {
        this.#isCorked = false
        this.#connection.uncork()
      })
    }
    this.#connection.write(bytes)
  }

  #onBytes(chunk: Buffer): void {
    this.lastHeardMs = this.#clock.monotonicMs()
    try {
      this.#frames.push(chunk)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.destroy(error)
    }
  }

  #onFrame(frame: Buffer): void {
    if (this.#lossReason !== undefined) return
    const reader = new Reader(frame)
    if (this.handshake === undefined) {
      this.handshake = readRecord(ConnectResponse, reader)
      this.#handshakeDone()
      return
    }
    const { xid, zxid, err } = readRecord(ReplyHeader, reader)
    if (xid === Xid.watchEvent) {
      this.#events.onWatchEvent(readRecord(WatcherEvent, reader))
      return
    }
    if (zxid > 0n) this.#events.onZxid(zxid)
    if (xid !== Xid.ping) this.#events.onReply({ xid, error: err, reader })
  }

  #end(reason: Error): void {
    if (this.#lossReason !== undefined) return
    this.#lossReason = reason
    this.#frames.close()
    this.#reportLoss(reason)
  }
}

function closedBy({ host, port }: ServerAddress): NetworkError {
  return new NetworkError(`${host}:${port} closed the connection`, { code: 'ECONNRESET' })
}

/** The reason for giving up on a server that has been silent. */
export function silent({ host, port }: ServerAddress, silentMs: number): NetworkError {
  return new NetworkError(`${host}:${port} was silent for ${Math.round(silentMs)} ms`, {
    code: 'ETIMEDOUT',
  })
}
