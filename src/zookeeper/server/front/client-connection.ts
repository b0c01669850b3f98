/**
 * One connection to the client port: a four-letter word, or a handshake and then requests. Cuts the
 * stream into frames, and holds back a client that asks faster than it is answered or never reads.
 */
import { ProtocolError, Reader, Writer, type BufferPool } from '../../../bytes/index.ts'
import type { Clock, Connection, Log, Timer } from '../../../host/index.ts'
import { FrameReader } from '../../../network/index.ts'
import {
  AuthPacket,
  ConnectRequest,
  ConnectResponse,
  OpCode,
  readRecord,
  RequestHeader,
  SaslToken,
  writeRecord,
  Xid,
  ZkErrorCode,
  type EventType,
  type Identity,
} from '../../wire/index.ts'
import { hexOf } from '../disk/file-names.ts'
import { isWrite } from '../request/prepare.ts'
import { isRead } from '../request/read.ts'
import { answer, eventFrame, frameOf, refuse, type Reply } from '../request/reply.ts'
import type { Client } from '../request/state.ts'
import { passwordOf } from '../session/password.ts'
import { authenticate } from './authentication.ts'
import { isFourLetterWord } from './four-letter-words.ts'
import { Traffic } from './statistics.ts'

/** What the client asked for in its first frame. */
export interface Handshake extends ConnectRequest {
  /** Clients older than 3.4 do not know it, and are answered without it. */
  readOnly: boolean | undefined
}

/** A request that has a session to belong to. */
export interface IncomingRequest {
  xid: number
  type: number
  /** Valid until the call returns. */
  body: Buffer
  identities: readonly Identity[]
}

/** What a connection asks of the server it belongs to. */
export interface ConnectionOwner {
  onHandshake(connection: ClientConnection, handshake: Handshake): void
  onRequest(connection: ClientConnection, request: IncomingRequest): void
  /** The text to send before the connection is closed. */
  onWord(connection: ClientConnection, word: string): string
  onClosed(connection: ClientConnection): void
  /** False while too many requests are open for this connection to send another. */
  mayAsk(connection: ClientConnection): boolean
}

export interface ClientConnectionOptions {
  connection: Connection
  owner: ConnectionOwner
  clock: Clock
  log: Log
  pool: BufferPool
  juteMaxBufferBytes: number
  superDigest: string
  /** Of all connections together. */
  serverTraffic: Traffic
}

/** How long a client may take until it has a session. */
const SESSIONLESS_MS = 10_000
/** A client that leaves so much unread is asked for nothing more ... */
const PAUSE_READING_BYTES = 1024 * 1024
/** ... and one that lets watch events pile up to this is dropped. */
const MAX_QUEUED_BYTES = 64 * 1024 * 1024
const WORD_BYTES = 4

export class ClientConnection implements Client {
  sessionId = 0n
  identities: readonly Identity[]
  sessionTimeoutMs = 0
  readonly traffic = new Traffic()
  readonly establishedMs: number
  lastOperation = 'NA'
  lastXid = -1
  lastZxid = -1n
  lastResponseMs = 0
  lastLatencyMs = 0
  /** Requests that were not answered yet. */
  outstandingCount = 0
  readonly #options: ClientConnectionOptions
  readonly #connection: Connection
  readonly #log: Log
  readonly #frames: FrameReader
  readonly #sessionlessTimer: Timer
  #state: 'new' | 'handshake' | 'open' | 'closed' = 'new'
  #word = Buffer.alloc(0)
  #knowsReadOnly = false
  #isPaused = false
  #isCorked = false

  constructor(options: ClientConnectionOptions) {
    const { connection, clock, log, pool, juteMaxBufferBytes } = options
    this.#options = options
    this.#connection = connection
    this.#log = log.named('org.apache.zookeeper.server.NIOServerCnxn')
    this.identities = [{ scheme: 'ip', id: connection.remoteHost }]
    this.establishedMs = clock.wallMs()
    this.#frames = new FrameReader({
      pool,
      minFrameBytes: 0,
      maxFrameBytes: juteMaxBufferBytes,
      onFrame: frame => this.#onFrame(frame),
    })
    this.#sessionlessTimer = clock.after(SESSIONLESS_MS, () => {
      if (this.#state !== 'open') this.close()
    })
    connection.start({
      onBytes: chunk => this.#onBytes(chunk),
      onDrain: () => this.resumeIfReady(),
      onClose: () => this.#onClose(),
    })
  }

  /** `/10.0.0.1:2181`, as Java prints an address. */
  get remoteAddress(): string {
    return `/${this.#connection.remoteHost}:${this.#connection.remotePort}`
  }

  get remoteHost(): string {
    return this.#connection.remoteHost
  }

  get isClosed(): boolean {
    return this.#state === 'closed'
  }

  /** True while requests are taken from it. */
  get isReading(): boolean {
    return !this.#isPaused && this.#state !== 'closed'
  }

  /** Tells the client of its session; `timeoutMs` is 0, and the connection ends, when it has none. */
  finishHandshake(isValid: boolean): void {
    if (this.#state === 'closed') return
    const writer = new Writer(64)
    const length = writer.reserveInt32()
    writeRecord(ConnectResponse, writer, {
      protocolVersion: 0,
      timeOut: isValid ? this.sessionTimeoutMs : 0,
      sessionId: isValid ? this.sessionId : 0n,
      passwd: isValid ? passwordOf(this.sessionId) : Buffer.alloc(16),
    })
    if (this.#knowsReadOnly) writer.int8(0)
    writer.patchInt32(length, writer.sizeBytes - 4)
    this.#send(writer.finish())
    if (!isValid) {
      this.#log.info(
        `Invalid session 0x${hexOf(this.sessionId)} for client ${this.remoteAddress}, probably expired`,
      )
      this.close()
      return
    }
    this.#state = 'open'
    this.#sessionlessTimer.cancel()
  }

  notify(type: EventType, path: string): void {
    this.#send(eventFrame(type, path))
    if (this.#connection.queuedBytes > MAX_QUEUED_BYTES) {
      this.#log.warn(
        `Closing session 0x${hexOf(this.sessionId)}: ${this.#connection.queuedBytes} bytes wait to be read by ${this.remoteAddress}, ${MAX_QUEUED_BYTES} may`,
      )
      this.#connection.destroy()
    }
  }

  reply(header: { xid: number; zxid: bigint }, reply: Reply): void {
    this.#send(frameOf(header, reply))
  }

  /** Counts an answer that is about to be sent. */
  noteReply(
    request: { xid: number; receivedMs: number },
    answered: { nowMs: number; zxid: bigint; operation: string },
  ): void {
    this.outstandingCount -= 1
    // Pings and the like do not hide what the client asked for last.
    if (request.xid >= 0) this.lastXid = request.xid
    this.lastZxid = answered.zxid
    this.lastOperation = answered.operation
    this.lastResponseMs = answered.nowMs
    this.lastLatencyMs = answered.nowMs - request.receivedMs
    this.traffic.latency.add(this.lastLatencyMs)
  }

  /** Sends what is queued and closes. */
  close(): void {
    if (this.#state === 'closed') return
    this.#connection.end()
    this.#onClose()
  }

  /** Goes on reading if nothing speaks against it any more. */
  resumeIfReady(): void {
    if (!this.#isPaused || this.#state === 'closed' || this.#mustPause()) return
    this.#isPaused = false
    this.#connection.resumeReading()
    this.#guarded(() => this.#frames.resume())
  }

  #onBytes(chunk: Buffer): void {
    this.#guarded(() => {
      if (this.#state !== 'new') this.#frames.push(chunk)
      else this.#onFirstBytes(chunk)
    })
  }

  /** The first four bytes are a word, or the length of the first frame. */
  #onFirstBytes(chunk: Buffer): void {
    const wanted = WORD_BYTES - this.#word.length
    this.#word = Buffer.concat([this.#word, chunk.subarray(0, wanted)])
    if (this.#word.length < WORD_BYTES) return
    const word = this.#word.toString('latin1')
    if (isFourLetterWord(word)) {
      this.#noteReceived()
      this.#isPaused = true
      this.#send(Buffer.from(this.#options.owner.onWord(this, word)))
      this.close()
      return
    }
    this.#state = 'handshake'
    this.#frames.push(this.#word)
    this.#frames.push(chunk.subarray(wanted))
  }

  #onFrame(frame: Buffer): void {
    if (this.#state === 'closed') return
    this.#noteReceived()
    if (this.sessionId === 0n && this.#state === 'handshake') {
      this.#onHandshake(frame)
      return
    }
    const reader = new Reader(frame)
    const { xid, type } = readRecord(RequestHeader, reader)
    const body = reader.slice(reader.remaining)
    if (type === OpCode.auth) this.#onAuth(xid, body)
    else if (type === OpCode.sasl) this.#onSasl(xid, body)
    else if (isWrite(type) ? type !== OpCode.createSession : isRead(type)) {
      this.outstandingCount += 1
      this.#options.owner.onRequest(this, { xid, type, body, identities: this.identities })
    } else this.#onUnknown(xid, type)
    if (this.#mustPause()) this.#pause()
  }

  #onHandshake(frame: Buffer): void {
    const reader = new Reader(frame)
    const request = readRecord(ConnectRequest, reader)
    const readOnly = reader.remaining > 0 ? reader.int8() !== 0 : undefined
    this.#knowsReadOnly = readOnly !== undefined
    this.#options.owner.onHandshake(this, { ...request, readOnly })
  }

  #onAuth(xid: number, body: Buffer): void {
    const { scheme, auth } = readRecord(AuthPacket, new Reader(body))
    const { superDigest } = this.#options
    const proof = { scheme, auth, remoteHost: this.remoteHost, superDigest }
    const identities = authenticate(this.identities, proof)
    if (identities !== undefined) {
      this.identities = identities
      this.#log.info(
        `Session 0x${hexOf(this.sessionId)}: auth success for scheme ${scheme} and address ${this.remoteAddress}`,
      )
      this.reply({ xid, zxid: 0n }, { error: ZkErrorCode.OK })
      return
    }
    this.#log.warn(`Authentication failed for scheme: ${scheme}`)
    this.reply({ xid, zxid: 0n }, refuse(ZkErrorCode.AUTH_FAILED))
    this.close()
  }

  /** No SASL is set up here: as ZooKeeper then does, an empty token comes back and proves nothing. */
  #onSasl(xid: number, body: Buffer): void {
    readRecord(SaslToken, new Reader(body))
    this.reply({ xid, zxid: 0n }, answer(SaslToken, { token: null }))
  }

  #onUnknown(xid: number, type: number): void {
    this.#log.warn(`Received packet at server of unknown type ${type}`)
    this.reply({ xid, zxid: -1n }, refuse(ZkErrorCode.UNIMPLEMENTED))
    this.close()
  }

  #mustPause(): boolean {
    return this.#connection.queuedBytes > PAUSE_READING_BYTES || !this.#options.owner.mayAsk(this)
  }

  #pause(): void {
    if (this.#isPaused || this.#state === 'closed') return
    this.#isPaused = true
    this.#frames.pause()
    this.#connection.pauseReading()
  }

  /** Everything sent in one turn of the loop leaves together. */
  #send(bytes: Buffer): void {
    if (this.#state === 'closed') return
    this.traffic.sent += 1
    this.#options.serverTraffic.sent += 1
    if (!this.#isCorked) {
      this.#isCorked = true
      this.#connection.cork()
      this.#options.clock.soon(() => {
        this.#isCorked = false
        this.#connection.uncork()
        // What left at once never drains.
        this.resumeIfReady()
      })
    }
    this.#connection.write(bytes)
  }

  #noteReceived(): void {
    this.traffic.received += 1
    this.#options.serverTraffic.received += 1
  }

  /** Bytes that break the format end the connection, and nothing else. */
  #guarded(action: () => void): void {
    try {
      action()
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#log.warn(
        `Close of session 0x${hexOf(this.sessionId)} ${this.remoteAddress}: ${error.message}`,
      )
      this.close()
    }
  }

  #onClose(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#sessionlessTimer.cancel()
    this.#frames.close()
    this.#options.owner.onClosed(this)
  }
}

/** The xid of an answer: pings have one of their own, whatever the client wrote. */
export function replyXid(request: { xid: number; type: number }): number {
  return request.type === OpCode.ping ? Xid.ping : request.xid
}
