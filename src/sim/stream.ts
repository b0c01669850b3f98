/**
 * A connection inside one process: two endpoints and the bytes on their way between them. How long
 * they are on the way, and whether they arrive at all, is for the carrier to say; order is kept here.
 */
import assert from 'node:assert/strict'
import {
  NetworkError,
  type Clock,
  type Connection,
  type ConnectionEvents,
  type Timer,
} from '../host/index.ts'

/** One direction of travel, from a sender to a receiver. */
export interface Carrier {
  /** Calls `arrive` once, later; the order of calls need not be kept. */
  carry(arrive: () => void): void
  /** Hands a chunk over in the way this network does: whole or in pieces, in place or copied. */
  deliver(chunk: Buffer, take: (part: Buffer) => void): void
  /** While true, what is written waits to travel with what follows it. */
  readonly gathersWrites: boolean
  /** Bytes that may be on the way before they count as queued, as in the buffers of two kernels. */
  readonly windowBytes: number
}

export interface Address {
  readonly host: string
  readonly port: number
}

/** What travels. `end`: no more bytes. `reset`: the sender is gone. */
type Parcel = { type: 'bytes'; chunks: Buffer[] } | { type: 'end' } | { type: 'reset' }

/** How long an ended connection waits for the other side to end too, as over sockets. */
const lingerMs = 2_000

export class Endpoint implements Connection {
  readonly remoteHost: string
  readonly remotePort: number
  readonly localHost: string
  readonly localPort: number
  readonly #clock: Clock
  readonly #carrier: Carrier
  #peer: Endpoint | undefined
  #events: ConnectionEvents | undefined
  /** On the way to this endpoint, or here and unread because reading is paused. */
  readonly #inbox: Parcel[] = []
  #arrivedCount = 0
  #unreadBytes = 0
  #gathering: Buffer[] | undefined
  #corks = 0
  #isReading = true
  #isBehind = false
  #hasEnded = false
  #peerHasEnded = false
  #isClosed = false
  #linger: Timer | undefined

  constructor(local: Address, remote: Address, clock: Clock, outgoing: Carrier) {
    this.localHost = local.host
    this.localPort = local.port
    this.remoteHost = remote.host
    this.remotePort = remote.port
    this.#clock = clock
    this.#carrier = outgoing
  }

  static join(one: Endpoint, other: Endpoint): void {
    one.#peer = other
    other.#peer = one
  }

  get queuedBytes(): number {
    if (this.#isClosed || this.#peer === undefined) return 0
    return Math.max(0, this.#peer.#unreadBytes - this.#carrier.windowBytes)
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  start(events: ConnectionEvents): void {
    assert(this.#events === undefined, 'a connection is started once')
    this.#events = events
    if (this.#isClosed) this.#clock.soon(() => events.onClose())
    else if (this.#inbox.length > 0) this.#clock.soon(() => this.#read())
  }

  write(given: Buffer): void {
    const peer = this.#peer
    if (this.#hasEnded || this.#isClosed || peer === undefined || given.length === 0) return
    // What does not count as queued is with the kernel, and the writer may use its buffer anew.
    const bytes = this.#carrier.windowBytes > 0 ? Buffer.from(given) : given
    peer.#unreadBytes += bytes.length
    this.#isBehind ||= this.queuedBytes > 0
    if (this.#gathering !== undefined) {
      this.#gathering.push(bytes)
      return
    }
    const chunks = [bytes]
    if (this.#carrier.gathersWrites || this.#corks > 0) this.#gathering = chunks
    this.#send({ type: 'bytes', chunks })
  }

  cork(): void {
    this.#corks += 1
  }

  uncork(): void {
    this.#corks = Math.max(0, this.#corks - 1)
    if (this.#corks === 0 && !this.#carrier.gathersWrites) this.#gathering = undefined
  }

  pauseReading(): void {
    if (!this.#hasEnded) this.#isReading = false
  }

  resumeReading(): void {
    if (this.#isReading) return
    this.#isReading = true
    this.#clock.soon(() => this.#read())
  }

  end(): void {
    if (this.#hasEnded || this.#isClosed) return
    this.#hasEnded = true
    this.resumeReading()
    this.#send({ type: 'end' })
    if (this.#peerHasEnded) this.#closeSoon()
    else this.#linger = this.#clock.after(lingerMs, () => this.destroy())
  }

  destroy(): void {
    if (this.#isClosed) return
    const hadEnded = this.#hasEnded
    this.#hasEnded = true
    // A closed socket first looks to its peer as one that will send no more.
    if (!hadEnded) this.#send({ type: 'end' })
    this.#closeSoon()
  }

  /** The connection is gone without a word to this side's program, which is gone too. */
  abandon(): void {
    this.#markClosed()
    this.#events = undefined
  }

  /** Breaks the connection at this end, as a reset from the network does. */
  break(code: string): void {
    if (this.#isClosed) return
    const where = `connection to ${this.remoteHost}:${this.remotePort}`
    this.#close(new NetworkError(`${where}: ${explanations[code] ?? 'broken'} (${code})`, { code }))
  }

  /** Tells the other side, when a message can reach it, that this end is gone. */
  sendReset(): void {
    this.#send({ type: 'reset' })
  }

  #send(parcel: Parcel): void {
    if (parcel.type !== 'bytes') this.#gathering = undefined
    const peer = this.#peer
    if (peer === undefined) return
    peer.#inbox.push(parcel)
    this.#carrier.carry(() => {
      if (parcel.type === 'bytes' && this.#gathering === parcel.chunks) this.#gathering = undefined
      peer.#arrived()
    })
  }

  #arrived(): void {
    this.#arrivedCount += 1
    this.#read()
  }

  /** Hands over what has arrived, in the order in which it was sent. */
  #read(): void {
    while (this.#arrivedCount > 0 && (this.#isReading || this.#isClosed)) {
      if (this.#events === undefined && !this.#isClosed) return
      const parcel = this.#inbox.shift()
      this.#arrivedCount -= 1
      if (parcel === undefined) return
      this.#take(parcel)
    }
  }

  #take(parcel: Parcel): void {
    if (this.#isClosed) {
      if (parcel.type === 'bytes') this.sendReset()
      return
    }
    switch (parcel.type) {
      case 'bytes':
        for (const chunk of parcel.chunks) this.#takeChunk(chunk)
        break
      case 'end':
        this.#peerEnded()
        break
      case 'reset':
        this.break('ECONNRESET')
        break
    }
  }

  #takeChunk(chunk: Buffer): void {
    this.#unreadBytes -= chunk.length
    if (!this.#hasEnded) {
      this.#carrier.deliver(chunk, part => {
        if (!this.#hasEnded) this.#events?.onBytes(part)
      })
    }
    if (this.#peer !== undefined) this.#peer.#tookSome()
  }

  #tookSome(): void {
    if (!this.#isBehind || this.queuedBytes > 0 || this.#isClosed) return
    this.#isBehind = false
    this.#clock.soon(() => this.#events?.onDrain?.())
  }

  #peerEnded(): void {
    this.#peerHasEnded = true
    if (this.#hasEnded) this.#closeSoon()
    else if (this.#events?.onEnd !== undefined) this.#events.onEnd()
    else this.end()
  }

  #closeSoon(): void {
    if (this.#isClosed) return
    this.#markClosed()
    this.#clock.soon(() => this.#events?.onClose())
  }

  #close(error: NetworkError): void {
    this.#markClosed()
    this.#events?.onClose(error)
  }

  #markClosed(): void {
    this.#isClosed = true
    this.#hasEnded = true
    this.#linger?.cancel()
  }
}

const explanations: Readonly<Record<string, string>> = {
  ECONNRESET: 'connection reset by peer',
  ETIMEDOUT: 'timed out',
}
