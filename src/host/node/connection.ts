/** One TCP connection over `net.Socket`: exact drains, half-close, and a close that loses no answer. */
import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import type { Connection, ConnectionEvents } from '../network.ts'
import { networkError } from './network-errors.ts'

/** How long a closing connection waits for the peer to close too. */
const lingerMs = 2_000

export class NodeConnection implements Connection {
  readonly remoteHost: string
  readonly remotePort: number
  readonly localHost: string
  readonly localPort: number
  readonly #socket: Socket
  #events: ConnectionEvents | undefined
  #failure: Error | undefined
  #isEnding = false
  /** The kernel did not take all at once: a drain is owed. */
  #isBehind = false

  /** @param socket an open socket whose `writableHighWaterMark` is 1, so that it reports every drain */
  constructor(socket: Socket) {
    this.#socket = socket
    this.remoteHost = plainAddress(socket.remoteAddress)
    this.remotePort = socket.remotePort ?? 0
    this.localHost = plainAddress(socket.localAddress)
    this.localPort = socket.localPort ?? 0
    socket.on('error', error => {
      this.#failure = networkError(`connection to ${this.remoteHost}:${this.remotePort}`, error)
    })
  }

  get queuedBytes(): number {
    return this.#socket.writableLength
  }

  start(events: ConnectionEvents): void {
    assert(this.#events === undefined, 'a connection is started once')
    this.#events = events
    const socket = this.#socket
    if (socket.closed) {
      queueMicrotask(() => events.onClose(this.#failure))
      return
    }
    socket.on('drain', () => this.#drained())
    socket.on('end', () => this.#peerEnded())
    socket.on('close', () => events.onClose(this.#failure))
  }

  /** Called by the reading side; `chunk` lives in a buffer that is reused. */
  received(chunk: Buffer): void {
    if (this.#isEnding) return
    assert(this.#events !== undefined, 'a connection is started in the turn that brought it')
    this.#events.onBytes(chunk)
  }

  write(bytes: Buffer): void {
    if (this.#isEnding) return
    this.#socket.write(bytes)
    this.#isBehind = this.#socket.writableLength > 0
  }

  cork(): void {
    this.#socket.cork()
  }

  uncork(): void {
    this.#socket.uncork()
    this.#isBehind = this.#socket.writableLength > 0
  }

  pauseReading(): void {
    if (!this.#isEnding) this.#socket.pause()
  }

  resumeReading(): void {
    this.#socket.resume()
  }

  end(): void {
    if (this.#isEnding || this.#socket.destroyed) return
    this.#isEnding = true
    // What still arrives is read and dropped: closing with unread bytes would send a reset, and a
    // reset can destroy the last answer before the peer has read it.
    this.#socket.resume()
    this.#socket.end(() => {
      const timer = setTimeout(() => this.#socket.destroy(), lingerMs).unref()
      this.#socket.once('close', () => clearTimeout(timer))
    })
  }

  destroy(): void {
    this.#isEnding = true
    this.#socket.destroy()
  }

  #drained(): void {
    if (!this.#isBehind) return
    this.#isBehind = false
    this.#events?.onDrain?.()
  }

  #peerEnded(): void {
    if (this.#events?.onEnd !== undefined && !this.#isEnding) this.#events.onEnd()
    else this.end()
  }
}

/** An IPv4 address that came through a dual-stack socket is shown as itself. */
function plainAddress(address: string | undefined): string {
  return address?.replace(/^::ffff:(?=\d+\.)/i, '') ?? ''
}
