/** Requests as bytes, encoded once, and a connection that only counts what comes back: the load must not be the bottleneck. */
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

/** A whole frame. The correlation id is always 1: nobody looks at it. */
export function frameOf<Request extends Message>(
  request: Request,
  version: number,
  body: MessageInput<Request>,
): Buffer {
  const writer = new Writer(1024)
  const sizeAt = writer.reserveInt32()
  writeRequestHeader(writer, {
    requestApiKey: request.apiKey ?? -1,
    requestApiVersion: version,
    correlationId: 1,
    clientId: 'load',
  })
  codecOf(request, version).write(writer, body)
  writer.patchInt32(sizeAt, writer.sizeBytes - 4)
  return writer.finish()
}

export function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.once('connect', () => resolve(socket))
    socket.once('error', reject)
  })
}

/** Calls `onFrame` for each answer, with its first bytes when they are at hand, and its size. */
export function countFrames(socket: Socket, onFrame: (sizeBytes: number) => void): void {
  const sizeField = Buffer.alloc(4)
  let sizeFilled = 0
  let left = 0
  let sizeBytes = 0
  socket.on('data', chunk => {
    for (let at = 0; at < chunk.length;) {
      if (left > 0) {
        const taken = Math.min(left, chunk.length - at)
        left -= taken
        at += taken
        if (left === 0) onFrame(sizeBytes)
        continue
      }
      const copied = chunk.copy(sizeField, sizeFilled, at)
      sizeFilled += copied
      at += copied
      if (sizeFilled < 4) continue
      sizeFilled = 0
      left = sizeBytes = sizeField.readInt32BE(0)
    }
  })
}

/** Sends one request on a connection of its own and decodes the answer. */
export async function ask<Request extends Message, Response extends Message>(
  port: number,
  [request, response]: readonly [Request, Response],
  version: number,
  body: MessageInput<Request>,
): Promise<MessageOf<Response>> {
  const socket = await open(port)
  try {
    const answer = await new Promise<Buffer>((resolve, reject) => {
      let received = Buffer.alloc(0)
      socket.on('data', chunk => {
        received = Buffer.concat([received, chunk])
        if (received.length >= 4 && received.length >= 4 + received.readInt32BE(0))
          resolve(received)
      })
      socket.once('close', () => reject(new Error(`${request.name}: connection closed`)))
      socket.once('error', reject)
      socket.write(frameOf(request, version, body))
    })
    const reader = new Reader(answer, 4)
    readResponseHeader(reader, request.apiKey ?? -1, version)
    return codecOf(response, version).read(reader)
  } finally {
    socket.destroy()
  }
}
