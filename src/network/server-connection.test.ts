import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { Part } from '../bytes/index.ts'
import type { Clock, Connection, ConnectionEvents } from '../host/index.ts'
import { BufferPool } from '../bytes/index.ts'
import { ServerConnection, type Exchange, type Pace } from './server-connection.ts'

/** A connection whose kernel takes bytes only while `isOpen`. */
class ScriptedConnection implements Connection {
  readonly remoteHost = '127.0.0.1'
  readonly remotePort = 1
  readonly localHost = '127.0.0.1'
  readonly localPort = 2
  readonly sent: Buffer[] = []
  events: ConnectionEvents | undefined
  isOpen = true
  isEnded = false
  isReadingPaused = false
  #queue: Buffer[] = []

  get queuedBytes(): number {
    return this.#queue.reduce((sum, bytes) => sum + bytes.length, 0)
  }
  start(events: ConnectionEvents): void {
    this.events = events
  }
  write(bytes: Buffer): void {
    if (this.isOpen) this.sent.push(Buffer.from(bytes))
    else this.#queue.push(bytes)
  }
  drain(): void {
    this.isOpen = true
    for (const bytes of this.#queue.splice(0)) this.sent.push(Buffer.from(bytes))
    this.events?.onDrain?.()
  }
  cork(): void {
    return
  }
  uncork(): void {
    return
  }
  pauseReading(): void {
    this.isReadingPaused = true
  }
  resumeReading(): void {
    this.isReadingPaused = false
  }
  end(): void {
    this.isEnded = true
  }
  destroy(): void {
    this.isEnded = true
  }
  get sentText(): string {
    return Buffer.concat(this.sent).toString()
  }
}

function scene(pace: Pace = 'one-at-a-time') {
  const turns: (() => void)[] = []
  const connection = new ScriptedConnection()
  const served: { text: string; exchange: Exchange }[] = []
  const clock: Clock = {
    wallMs: () => 0,
    monotonicMs: () => 0,
    after: () => ({ cancel: () => undefined }),
    every: () => ({ cancel: () => undefined }),
    soon: action => void turns.push(action),
  }
  const closed: (string | undefined)[] = []
  const server = new ServerConnection({
    connection,
    clock,
    pool: new BufferPool(),
    maxRequestBytes: 100,
    serve: (frame, exchange) => {
      served.push({ text: frame.toString(), exchange })
      return pace
    },
    onClose: reason => closed.push(reason),
  })
  server.start()
  const receive = (...texts: string[]): void =>
    connection.events?.onBytes(Buffer.concat(texts.map(text => frame(text))))
  const turn = (): void => {
    for (const action of turns.splice(0)) action()
  }
  const answer = (index: number, ...parts: Part[]): void => served[index]?.exchange.answer(parts)
  return { connection, served, closed, receive, turn, answer, server }
}

function frame(text: string): Buffer {
  const size = Buffer.alloc(4)
  size.writeInt32BE(text.length)
  return Buffer.concat([size, Buffer.from(text)])
}

test('overlapping requests are answered in the order in which they came', () => {
  const { connection, receive, turn, answer } = scene('overlap')
  receive('a', 'b', 'c')

  answer(2, Buffer.from('C'))
  answer(1, Buffer.from('B'))
  turn()
  assert.equal(connection.sentText, '', 'nothing overtakes the first')
  answer(0, Buffer.from('A'))
  turn()

  assert.equal(connection.sentText, 'ABC')
})

test('a request that stands alone holds the next ones back until its answer has left', () => {
  const { connection, served, receive, turn, answer } = scene()
  receive('a', 'b')
  receive('c')
  assert.equal(connection.isReadingPaused, true)
  assert.equal(served.length, 1)

  connection.isOpen = false
  answer(0, Buffer.from('A'))
  turn()
  assert.equal(served.length, 1, 'the kernel has not taken the answer yet')
  connection.drain()

  assert.deepEqual(
    served.map(({ text }) => text),
    ['a', 'b'],
  )
  answer(1, Buffer.from('B'))
  turn()
  answer(2, Buffer.from('C'))
  turn()
  assert.equal(connection.sentText, 'ABC')
  assert.equal(connection.isReadingPaused, false)
})

test('a bad size closes the connection after the requests before it were answered', () => {
  const { connection, receive, turn, answer } = scene('overlap')
  receive('a')
  connection.events?.onBytes(Buffer.from([0x7f, 0xff, 0xff, 0xff]))
  turn()
  assert.equal(connection.isEnded, false)

  answer(0, Buffer.from('A'))
  turn()

  assert.equal(connection.sentText, 'A')
  assert.equal(connection.isEnded, true)
})

test('ranges of files are read piece by piece as the socket takes them, and released', () => {
  const { connection, receive, turn, answer } = scene()
  const content = Buffer.alloc(1_300_000, 'x')
  let readBytes = 0
  let released = 0
  const range = {
    sizeBytes: content.length,
    read: (target: Buffer, position: number) => {
      readBytes += target.length
      return content.copy(target, 0, position, position + target.length)
    },
    release: () => void (released += 1),
  }
  receive('a')
  connection.isOpen = false
  answer(0, range)
  turn()
  assert.equal(readBytes, 524_288, 'one piece at a time, however slow the reader is')

  connection.drain()
  turn()

  assert.equal(Buffer.concat(connection.sent).length, content.length)
  assert.equal(released, 1)
})

test('a connection lost in the middle releases what was not sent, and late answers too', () => {
  const { connection, closed, receive, turn, answer } = scene('overlap')
  let released = 0
  const range = { sizeBytes: 10, read: () => 10, release: () => void (released += 1) }
  receive('a', 'b')
  connection.isOpen = false
  answer(0, Buffer.from('A'), range)
  turn()

  connection.events?.onClose(new Error('reset'))
  answer(1, range)

  assert.equal(released, 2)
  assert.deepEqual(closed, ['reset'])
})

test('nothing is answered behind a request that closes the connection', () => {
  const { connection, served, receive, turn, answer } = scene('overlap')
  receive('a', 'b', 'c', 'd')
  let released = 0
  const range = { sizeBytes: 1, release: () => (released += 1) } as unknown as Part

  answer(2, range)
  answer(0, Buffer.from('A'))
  served[1]?.exchange.close('no')
  turn()
  answer(3, range)
  turn()

  assert.equal(connection.sentText, 'A')
  assert.ok(connection.isEnded, 'and it does not wait for them')
  assert.equal(released, 2)
})
