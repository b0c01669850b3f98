/** A client that is nothing but codecs: sends any request in any version, and hands back what came. */
import { connect, type Socket } from 'node:net'
import { Reader, Writer } from '../../src/bytes/index.ts'
import {
  codecOf,
  readResponseHeader,
  writeRequestHeader,
  type Message,
  type MessageInput,
  type MessageOf,
} from '../../src/protocol/index.ts'

export class RawClient implements AsyncDisposable {
  readonly #socket: Socket
  #received: Buffer = Buffer.alloc(0)
  /** Frames that came before anybody asked for them. */
  readonly #arrived: Buffer[] = []
  #waiting: ((frame: Buffer | undefined) => void)[] = []
  #correlationId = 0
  #isClosed = false

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', chunk => this.#receive(chunk))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.#isClosed = true
      for (const settle of this.#waiting.splice(0)) settle(undefined)
    })
  }

  static open(port: number): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1')
      socket.once('connect', () => resolve(new RawClient(socket)))
      socket.once('error', reject)
    })
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk])
    while (this.#received.length >= 4) {
      const end = 4 + this.#received.readInt32BE(0)
      if (this.#received.length < end) return
      const frame = this.#received.subarray(4, end)
      this.#received = this.#received.subarray(end)
      const settle = this.#waiting.shift()
      if (settle === undefined) this.#arrived.push(frame)
      else settle(frame)
    }
  }

  /** From now on nothing is taken from the socket: what the server sends fills the kernel's buffers. */
  stopReading(): void {
    this.#socket.pause()
  }

  /** Sends bytes as they are. */
  send(bytes: Buffer): void {
    this.#socket.write(bytes)
  }

  /** The next frame, or `undefined` when the server closes the connection instead. */
  nextFrame(): Promise<Buffer | undefined> {
    const arrived = this.#arrived.shift()
    if (arrived !== undefined || this.#isClosed) return Promise.resolve(arrived)
    return new Promise(resolve => this.#waiting.push(resolve))
  }

  /** Whether the server closes the connection without saying anything further. */
  async closes(): Promise<boolean> {
    return (await this.nextFrame()) === undefined
  }

  /** @throws when the connection is closed instead of answered */
  async request<Request extends Message, Response extends Message>(
    [request, response]: readonly [Request, Response],
    version: number,
    body: MessageInput<Request>,
  ): Promise<MessageOf<Response>> {
    const correlationId = (this.#correlationId += 1)
    this.send(encodeRequest(request, version, body, { correlationId }))
    return this.response([request, response], version)
  }

  /** The answer to a request that was sent before. @throws when the connection is closed instead */
  async response<Response extends Message>(
    [request, response]: readonly [Message, Response],
    version: number,
  ): Promise<MessageOf<Response>> {
    const apiKey = request.apiKey ?? -1
    const frame = await this.nextFrame()
    if (frame === undefined) throw new Error(`${request.name} v${version}: connection closed`)
    const reader = new Reader(frame)
    readResponseHeader(reader, apiKey, version)
    return codecOf(response, version).read(reader)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return
    await new Promise<void>(resolve => {
      this.#socket.once('close', () => resolve())
      this.#socket.destroy()
    })
  }
}

/** A whole frame, size included; the client id is `raw`, the correlation id 1 unless said otherwise. */
export function encodeRequest<Request extends Message>(
  request: Request,
  version: number,
  body: MessageInput<Request>,
  { correlationId = 1, clientId = 'raw' } = {},
): Buffer {
  const writer = new Writer()
  const sizeAt = writer.reserveInt32()
  writeRequestHeader(writer, {
    requestApiKey: request.apiKey ?? -1,
    requestApiVersion: version,
    correlationId,
    clientId,
  })
  codecOf(request, version).write(writer, body)
  writer.patchInt32(sizeAt, writer.sizeBytes - 4)
  return writer.finish()
}
