/** One connection that speaks the protocol in any version: a client without opinions. */
import { strict as assert } from 'node:assert'
import { connect, type Socket } from 'node:net'
import { Reader, Writer } from '../../../src/bytes/index.ts'
import {
  codecOf,
  readResponseHeader,
  writeRequestHeader,
  type Message,
  type MessageInput,
  type MessageOf,
} from '../../../src/protocol/index.ts'

const ANSWER_LIMIT_MS = 20_000

export class Wire {
  readonly clientId: string
  readonly #socket: Socket
  readonly #waiting = new Map<number, (frame: Buffer) => void>()
  #received = Buffer.alloc(0)
  #lastCorrelationId = 0

  private constructor(clientId: string, socket: Socket) {
    this.clientId = clientId
    this.#socket = socket
    socket.on('data', chunk => this.#onBytes(chunk))
  }

  static async to(address: string, clientId: string): Promise<Wire> {
    const [host = '', port = ''] = address.split(':')
    const socket = connect(Number(port), host)
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return new Wire(clientId, socket)
  }

  async ask<Q extends Message, A extends Message>(
    [request, response]: readonly [Q, A],
    version: number,
    body: MessageInput<Q>,
  ): Promise<MessageOf<A>> {
    const correlationId = ++this.#lastCorrelationId
    const requestApiKey = request.apiKey ?? -1
    const writer = new Writer()
    writer.int32(0)
    const { clientId } = this
    writeRequestHeader(writer, {
      requestApiKey,
      requestApiVersion: version,
      correlationId,
      clientId,
    })
    codecOf(request, version).write(writer, body)
    const frame = writer.finish()
    frame.writeInt32BE(frame.length - 4)
    const answer = new Promise<Buffer>(resolve => this.#waiting.set(correlationId, resolve))
    this.#socket.write(frame)

    const reader = new Reader(await withLimit(answer, `${request.name} v${version}`))
    readResponseHeader(reader, requestApiKey, version)
    const reply = codecOf(response, version).read(reader)
    assert.equal(reader.remaining, 0, `${response.name} v${version} has bytes left`)
    return reply
  }

  close(): void {
    this.#socket.destroy()
  }

  #onBytes(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk])
    while (this.#received.length >= 4) {
      const size = this.#received.readInt32BE()
      if (this.#received.length < 4 + size) return
      const frame = this.#received.subarray(4, 4 + size)
      this.#received = this.#received.subarray(4 + size)
      this.#waiting.get(frame.readInt32BE())?.(frame)
    }
  }
}

async function withLimit<Value>(asked: Promise<Value>, what: string): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer to ${what}`)), ANSWER_LIMIT_MS)
  })
  try {
    return await Promise.race([asked, limit])
  } finally {
    clearTimeout(timer)
  }
}
