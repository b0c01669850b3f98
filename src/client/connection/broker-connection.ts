/**
 * One connection to a broker: asks what it speaks, numbers requests, matches answers, gives up on
 * those that do not come. Mirrors the part of NetworkClient that deals with a single node.
 */
import { Reader, Writer, type BufferPool, type Part } from '../../bytes/index.ts'
import { NetworkError, type Clock, type Connection, type Timer } from '../../host/index.ts'
import { FrameReader } from '../../network/index.ts'
import {
  ApiKey,
  apiKeyId,
  ApiVersionsRequest,
  ApiVersionsResponse,
  codecOf,
  ErrorCode,
  readResponseHeader,
  writeRequestHeader,
  type Message,
  type MessageOf,
} from '../../protocol/index.ts'
import { ensureSuccess } from '../errors.ts'
import {
  apiCall,
  commonVersion,
  type Answer,
  type ApiCall,
  type Body,
  type ServedVersions,
} from './api-call.ts'

const CLIENT_SOFTWARE_NAME = 'tidelog'
const CLIENT_SOFTWARE_VERSION = '0.1.0'
const MIN_RESPONSE_BYTES = 4
const apiVersions = apiCall(ApiVersionsRequest, ApiVersionsResponse)

export interface ConnectionOptions {
  readonly clock: Clock
  readonly pool: BufferPool
  readonly clientId: string
  readonly requestTimeoutMs: number
  /** A larger response breaks the connection off before memory is taken for it. */
  readonly maxResponseBytes: number
  /** Numbers requests; one counter for all connections of a client, as in Java's log lines. */
  readonly nextCorrelationId: () => number
}

export interface SendOptions {
  /** Default: `request.timeout.ms`. When it passes the connection is given up, as in Java. */
  readonly timeoutMs?: number | undefined
}

interface Pending {
  readonly call: ApiCall<Message, Message>
  readonly version: number
  readonly timer: Timer
  resolve(body: unknown): void
  reject(error: Error): void
}

export class BrokerConnection {
  readonly #connection: Connection
  readonly #options: ConnectionOptions
  readonly #frames: FrameReader
  readonly #pending = new Map<number, Pending>()
  #served: ServedVersions = new Map()
  #closeReason: Error | undefined
  #lastUsedMs: number
  #onClose: (() => void) | undefined

  private constructor(connection: Connection, options: ConnectionOptions) {
    this.#connection = connection
    this.#options = options
    this.#lastUsedMs = options.clock.monotonicMs()
    this.#frames = new FrameReader({
      pool: options.pool,
      minFrameBytes: MIN_RESPONSE_BYTES,
      maxFrameBytes: options.maxResponseBytes,
      onFrame: frame => this.#receive(frame),
    })
  }

  /**
   * Must be called in the turn in which `connection` was received.
   *
   * @throws NetworkError when the broker goes away or stays silent
   * @throws KafkaError for an error it answers with
   */
  static async open(connection: Connection, options: ConnectionOptions): Promise<BrokerConnection> {
    const opened = new BrokerConnection(connection, options)
    connection.start({
      onBytes: chunk => opened.#push(chunk),
      onClose: error => opened.#fail(lost(error)),
    })
    try {
      await opened.#negotiate()
    } catch (error) {
      opened.close()
      throw error
    }
    return opened
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

  /** @throws KafkaError UNSUPPORTED_VERSION when the broker speaks none of ours */
  versionOf<Q extends Message, S extends Message>(call: ApiCall<Q, S>): number {
    return commonVersion(call, this.#served)
  }

  /** Whether the broker knows the API at all. */
  serves({ apiKey }: ApiCall<Message, Message>): boolean {
    return this.#served.has(apiKey)
  }

  /**
   * Sends, and resolves with the answer.
   *
   * @throws NetworkError (retriable) when the connection breaks first, or no answer comes in time
   * @throws ProtocolError for an answer that cannot be read
   * @throws KafkaError UNSUPPORTED_VERSION
   */
  async send<Q extends Message, S extends Message>(
    call: ApiCall<Q, S>,
    body: Body<Q>,
    options: SendOptions = {},
  ): Promise<Answer<S>> {
    return this.#exchange(call, this.versionOf(call), body, options)
  }

  /** Sends what is not answered (Produce with acks=0). */
  sendOneWay<Q extends Message, S extends Message>(call: ApiCall<Q, S>, body: Body<Q>): void {
    if (this.#closeReason !== undefined) throw this.#closeReason
    this.#write(call, this.versionOf(call), body, this.#options.nextCorrelationId())
  }

  /** Fails what is not answered yet. */
  close(): void {
    this.#fail(new NetworkError('connection closed by this client', { code: 'CLOSED' }))
  }

  async #negotiate(): Promise<void> {
    const body = (): MessageOf<typeof ApiVersionsRequest> => ({
      clientSoftwareName: CLIENT_SOFTWARE_NAME,
      clientSoftwareVersion: CLIENT_SOFTWARE_VERSION,
    })
    let version = apiVersions.versions[1]
    let { body: answer } = await this.#exchange(apiVersions, version, body, {})
    if (answer.errorCode === ErrorCode.UNSUPPORTED_VERSION) {
      // Brokers before 2.4 do not say which versions they have: all have v0 (KIP-511).
      const own = answer.apiKeys.find(({ apiKey }) => apiKey === ApiKey.ApiVersions)
      version = Math.min(version - 1, own?.maxVersion ?? 0)
      answer = (await this.#exchange(apiVersions, version, body, {})).body
    }
    ensureSuccess(answer.errorCode)
    this.#served = new Map(
      answer.apiKeys.map(({ apiKey, minVersion, maxVersion }) => [
        apiKey,
        [minVersion, maxVersion] as const,
      ]),
    )
  }

  #exchange<Q extends Message, S extends Message>(
    call: ApiCall<Q, S>,
    version: number,
    body: Body<Q>,
    { timeoutMs = this.#options.requestTimeoutMs }: SendOptions,
  ): Promise<Answer<S>> {
    return new Promise((resolve, reject) => {
      if (this.#closeReason !== undefined) throw this.#closeReason
      const correlationId = this.#options.nextCorrelationId()
      this.#write(call, version, body, correlationId)
      const timer = this.#options.clock.after(timeoutMs, () => {
        this.#fail(timedOut(call.apiKey, timeoutMs))
      })
      this.#pending.set(correlationId, {
        call,
        version,
        timer,
        resolve: answer => resolve({ body: answer as MessageOf<S>, version, correlationId }),
        reject,
      })
    })
  }

  #write<Q extends Message, S extends Message>(
    call: ApiCall<Q, S>,
    version: number,
    body: Body<Q>,
    correlationId: number,
  ): void {
    const writer = new Writer()
    const sizeAt = writer.reserveInt32()
    writeRequestHeader(writer, {
      requestApiKey: call.apiKey,
      requestApiVersion: version,
      correlationId,
      clientId: this.#options.clientId,
    })
    codecOf(call.request, version).write(writer, body(version))
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

  #receive(frame: Buffer): void {
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
      pending.resolve(readAnswer(pending, frame))
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

function readAnswer({ call, version }: Pending, frame: Buffer): unknown {
  // Records are views of their frame, and the frame is used again as soon as this returns.
  const reader = new Reader(call.apiKey === ApiKey.Fetch ? Buffer.from(frame) : frame)
  readResponseHeader(reader, call.apiKey, version)
  return codecOf(call.response, answeredVersion(call.apiKey, version, reader)).read(reader)
}

/** A broker that does not know the version of ApiVersions answers in v0, with error 35 (KIP-511). */
function answeredVersion(apiKey: number, version: number, reader: Reader): number {
  if (apiKey !== ApiKey.ApiVersions || reader.remaining < 2) return version
  const errorCode = reader.buffer.readInt16BE(reader.position)
  return errorCode === ErrorCode.UNSUPPORTED_VERSION ? 0 : version
}

function bytesOf(part: Part): Buffer {
  if (Buffer.isBuffer(part)) return part
  throw new TypeError('a client sends bytes, not ranges of files')
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
