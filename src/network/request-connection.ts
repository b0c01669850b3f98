/**
 * One connection to a broker, seen from who asks: numbers requests, matches answers, gives up on those
 * that do not come. Which version is spoken is the caller's matter. Mirrors the part of Kafka's
 * NetworkClient that deals with a single node.
 */
import { Reader, Writer, type BufferPool, type Part } from '../bytes/index.ts'
import { NetworkError, type Clock, type Connection, type Timer } from '../host/index.ts'
import {
  ApiKey,
  apiKeyId,
  codecOf,
  ErrorCode,
  readResponseHeader,
  writeRequestHeader,
  type Message,
  type MessageInput,
  type MessageOf,
} from '../protocol/index.ts'
import { FrameReader } from './frame-reader.ts'

const MIN_RESPONSE_BYTES = 4

export interface RequestConnectionOptions {
  readonly clock: Clock
  readonly pool: BufferPool
  readonly clientId: string
  readonly requestTimeoutMs: number
  /** A larger response breaks the connection off before memory is taken for it. */
  readonly maxResponseBytes: number
  /** Numbers requests; one counter for all connections of a client, as in Java's log lines. */
  readonly nextCorrelationId: () => number
}

/** A request and its answer. */
export interface MessagePair<Q extends Message, S extends Message> {
  readonly request: Q
  readonly response: S
}

export interface ExchangeOptions {
  /** Default: `requestTimeoutMs`. When it passes the connection is given up, as in Java. */
  readonly timeoutMs?: number | undefined
}

export interface Exchanged<S extends Message> {
  readonly body: MessageOf<S>
  readonly correlationId: number
}

interface Pending {
  readonly pair: MessagePair<Message, Message>
  readonly version: number
  readonly timer: Timer
  resolve(body: unknown): void
  reject(error: Error): void
}

export class RequestConnection {
  readonly #connection: Connection
  readonly #options: RequestConnectionOptions
  readonly #frames: FrameReader
  readonly #pending = new Map<number, Pending>()
  #closeReason: Error | undefined
  #lastUsedMs: number
  #onClose: (() => void) | undefined

  /** Must be called in the turn in which `connection` was received. */
  constructor(connection: Connection, options: RequestConnectionOptions) {
    this.#connection = connection
    this.#options = options
    this.#lastUsedMs = options.clock.monotonicMs()
    this.#frames = new FrameReader({
      pool: options.pool,
      minFrameBytes: MIN_RESPONSE_BYTES,
      maxFrameBytes: options.maxResponseBytes,
      onFrame: (frame, mayKeep) => this.#receive(frame, mayKeep),
    })
    connection.start({
      onBytes: chunk => this.#push(chunk),
      onClose: error => this.#fail(lost(error)),
    })
  }

  get isOpen(): boolean {
    return this.#closeReason === undefined
  }

  /** Requests that are not answered yet. */
  get inFlightCount(): number {
    return this.#pending.size
  }

  /** Of the clock's monotonic time. */
  get lastUsedMs(): number {
    return this.#lastUsedMs
  }

  /** Called once, also when it is closed already. */
  whenClosed(action: () => void): void {
    if (this.isOpen) this.#onClose = action
    else action()
  }

  /**
   * Sends, and resolves with the answer.
   *
   * @throws NetworkError (retriable) when the connection breaks first, or no answer comes in time
   * @throws ProtocolError for an answer that cannot be read
   */
  exchange<Q extends Message, S extends Message>(
    pair: MessagePair<Q, S>,
    version: number,
    body: MessageInput<Q>,
    { timeoutMs = this.#options.requestTimeoutMs }: ExchangeOptions = {},
  ): Promise<Exchanged<S>> {
    return new Promise((resolve, reject) => {
      if (this.#closeReason !== undefined) throw this.#closeReason
      const correlationId = this.#options.nextCorrelationId()
      this.#write(pair.request, version, body, correlationId)
      const timer = this.#options.clock.after(timeoutMs, () => {
        this.#fail(timedOut(keyOf(pair.request), timeoutMs))
      })
      this.#pending.set(correlationId, {
        pair,
        version,
        timer,
        resolve: answer => resolve({ body: answer as MessageOf<S>, correlationId }),
        reject,
      })
    })
  }

  /** Sends what is not answered (Produce with acks=0). @throws NetworkError when it is closed */
  sendOneWay<Q extends Message>(request: Q, version: number, body: MessageInput<Q>): void {
    if (this.#closeReason !== undefined) throw this.#closeReason
    this.#write(request, version, body, this.#options.nextCorrelationId())
  }

  /** Fails what is not answered yet. */
  close(): void {
    this.#fail(new NetworkError('connection closed by this client', { code: 'CLOSED' }))
  }

  #write<Q extends Message>(
    request: Q,
    version: number,
    body: MessageInput<Q>,
    correlationId: number,
  ): void {
    const writer = new Writer()
    const sizeAt = writer.reserveInt32()
    writeRequestHeader(writer, {
      requestApiKey: keyOf(request),
      requestApiVersion: version,
      correlationId,
      clientId: this.#options.clientId,
    })
    codecOf(request, version).write(writer, body)
    const sizeBytes = writer.sizeBytes - 4
    const parts = writer.parts()
    writer.patchInt32(sizeAt, sizeBytes)
    this.#lastUsedMs = this.#options.clock.monotonicMs()
    this.#connection.cork()
    for (const part of parts) this.#connection.write(bytesOf(part))
    this.#connection.uncork()
  }

  #push(chunk: Buffer): void {
    if (!this.isOpen) return
    try {
      this.#frames.push(chunk)
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #receive(frame: Buffer, mayKeep: boolean): void {
    const correlationId = frame.readInt32BE(0)
    const pending = this.#pending.get(correlationId)
    if (pending === undefined) {
      const message = `answer with correlation id ${correlationId}, which no request has`
      throw new NetworkError(message, { code: 'BAD_CORRELATION_ID' })
    }
    this.#pending.delete(correlationId)
    pending.timer.cancel()
    this.#lastUsedMs = this.#options.clock.monotonicMs()
    try {
      pending.resolve(readAnswer(pending, frame, mayKeep))
    } catch (error) {
      pending.reject(error instanceof Error ? error : new Error(String(error)))
      throw error
    }
  }

  #fail(reason: Error): void {
    if (this.#closeReason !== undefined) return
    this.#closeReason = reason
    this.#connection.destroy()
    this.#frames.close()
    for (const pending of this.#pending.values()) {
      pending.timer.cancel()
      pending.reject(reason)
    }
    this.#pending.clear()
    this.#onClose?.()
  }
}

const keyOf = ({ apiKey = -1 }: Message): number => apiKey

function readAnswer({ pair, version }: Pending, frame: Buffer, mayKeep: boolean): unknown {
  const apiKey = keyOf(pair.request)
  // Records are views of their frame, and most frames are used again as soon as this returns.
  const isCopied = apiKey === ApiKey.Fetch && !mayKeep
  const reader = new Reader(isCopied ? Buffer.from(frame) : frame)
  readResponseHeader(reader, apiKey, version)
  return codecOf(pair.response, answeredVersion(apiKey, version, reader)).read(reader)
}

/** A broker that does not know the version of ApiVersions answers in v0, with error 35 (KIP-511). */
function answeredVersion(apiKey: number, version: number, reader: Reader): number {
  if (apiKey !== ApiKey.ApiVersions || reader.remaining < 2) return version
  const errorCode = reader.buffer.readInt16BE(reader.position)
  return errorCode === ErrorCode.UNSUPPORTED_VERSION ? 0 : version
}

function bytesOf(part: Part): Buffer {
  if (Buffer.isBuffer(part)) return part
  throw new TypeError('who asks sends bytes, not ranges of files')
}

function lost(cause: Error | undefined): NetworkError {
  return new NetworkError('The server disconnected before a response was received.', {
    code: 'DISCONNECTED',
    cause,
  })
}

function timedOut(apiKey: number, timeoutMs: number): NetworkError {
  const message = `no answer to ${apiKeyId(apiKey)} within ${timeoutMs} ms`
  return new NetworkError(message, { code: 'REQUEST_TIMED_OUT' })
}
