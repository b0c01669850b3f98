/**
 * A client that sends exactly the bytes it is told to, and hands out every frame it gets: for
 * comparing two servers, and for attacking one. Nothing is interpreted except lengths and headers.
 */
import { Reader, Writer } from '../../src/bytes/index.ts'
import type { Connection, Network } from '../../src/host/index.ts'
import type { Message, MessageInput } from '../../src/protocol/index.ts'
import {
  ConnectRequest,
  ConnectResponse,
  OpCode,
  readRecord,
  ReplyHeader,
  RequestHeader,
  writeRecord,
  Xid,
} from '../../src/zookeeper/wire/index.ts'

export interface Handshake {
  lastZxidSeen?: bigint
  timeOut?: number
  sessionId?: bigint
  passwd?: Buffer
  /** undefined: as clients before 3.4, without the byte. */
  readOnly?: boolean | undefined
}

export interface Frame {
  xid: number
  zxid: bigint
  err: number
  body: Buffer
}

/** A body of the given record. */
export function bodyOf<M extends Message>(description: M, value: MessageInput<M>): Buffer {
  const writer = new Writer()
  writeRecord(description, writer, value)
  return writer.finish()
}

/** `body` with its length in front. */
export function framed(body: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length)
  return Buffer.concat([length, body])
}

/** What a client says first. */
export function handshakeBody(options: Handshake = {}): Buffer {
  const { lastZxidSeen = 0n, timeOut = 10_000, sessionId = 0n } = options
  const { passwd = Buffer.alloc(16) } = options
  const writer = new Writer()
  const request = { protocolVersion: 0, lastZxidSeen, timeOut, sessionId, passwd }
  writeRecord(ConnectRequest, writer, request)
  if (options.readOnly !== undefined) writer.int8(options.readOnly ? 1 : 0)
  return writer.finish()
}

export class RawClient {
  sessionId = 0n
  password: Buffer = Buffer.alloc(16)
  /** Everything received and not yet taken. */
  received = Buffer.alloc(0)
  readonly #connection: Connection
  #isClosed = false
  #wake: () => void = () => undefined
  #xid = 0

  private constructor(connection: Connection) {
    this.#connection = connection
    connection.start({
      onBytes: chunk => {
        this.received = Buffer.concat([this.received, chunk])
        this.#wake()
      },
      onClose: () => {
        this.#isClosed = true
        this.#wake()
      },
    })
  }

  static async open(network: Network, port: number, host = '127.0.0.1'): Promise<RawClient> {
    return new RawClient(await network.connect({ host, port, timeoutMs: 5_000 }))
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  send(bytes: Buffer): void {
    this.#connection.write(bytes)
  }

  sendFrame(body: Buffer): void {
    this.send(framed(body))
  }

  /** The answer to a handshake, or undefined when the server hangs up. */
  async handshake(options: Handshake = {}): Promise<Buffer | undefined> {
    this.sendFrame(handshakeBody(options))
    const frame = await this.nextFrame()
    if (frame !== undefined) {
      const response = readRecord(ConnectResponse, new Reader(frame))
      this.sessionId = response.sessionId
      this.password = response.passwd ?? Buffer.alloc(0)
    }
    return frame
  }

  /** Sends a request without waiting. @returns its xid */
  ask(type: number, body: Buffer, xid = ++this.#xid): number {
    const writer = new Writer()
    writeRecord(RequestHeader, writer, { xid, type })
    writer.bytes(body)
    this.sendFrame(writer.finish())
    return xid
  }

  /** Every frame up to the answer with this xid, which is the last; without it when the server hung up. */
  async until(xid: number): Promise<Frame[]> {
    const frames: Frame[] = []
    for (;;) {
      const bytes = await this.nextFrame()
      if (bytes === undefined) return frames
      const reader = new Reader(bytes)
      const header = readRecord(ReplyHeader, reader)
      frames.push({ ...header, body: reader.slice(reader.remaining) })
      if (header.xid === xid) return frames
    }
  }

  async call(type: number, body: Buffer, xid?: number): Promise<Frame[]> {
    return this.until(this.ask(type, body, xid))
  }

  /** What came without being asked for, up to the answer to a ping. */
  async drain(): Promise<Frame[]> {
    if (this.#isClosed) return []
    const frames = await this.call(OpCode.ping, Buffer.alloc(0), Xid.ping)
    return frames.filter(frame => frame.xid !== Xid.ping)
  }

  /** The next frame without its length, or undefined when there will be none. */
  async nextFrame(): Promise<Buffer | undefined> {
    for (;;) {
      if (this.received.length >= 4) {
        const end = 4 + this.received.readInt32BE(0)
        if (this.received.length >= end) {
          const frame = this.received.subarray(4, end)
          this.received = this.received.subarray(end)
          return frame
        }
      }
      if (this.#isClosed) return undefined
      await new Promise<void>(resolve => (this.#wake = resolve))
    }
  }

  /** Resolves when the server has hung up. */
  async closed(): Promise<void> {
    while (!this.#isClosed) await new Promise<void>(resolve => (this.#wake = resolve))
  }

  destroy(): void {
    this.#connection.destroy()
    this.#isClosed = true
  }
}
