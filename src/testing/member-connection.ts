/**
 * A connection of a member of a test cluster. What arrives waits while the member is paused; while
 * the link to the other side is cut nothing passes either way, bytes or ends, as with a network that
 * drops packets: they come when it heals. The connection itself stands all the while.
 */
import type { Clock, Connection, ConnectionEvents, Timer } from '../host/index.ts'
import { Lifetime } from '../sim/index.ts'

/** How long an ended connection waits for the other side to end too, as over sockets. */
const LINGER_MS = 2_000

export interface MemberConnectionOptions {
  readonly member: Lifetime
  /** Paused while it is cut. */
  readonly link: Lifetime
  readonly clock: Clock
  readonly onClose: (connection: MemberConnection) => void
}

export class MemberConnection implements Connection {
  readonly #inner: Connection
  readonly #options: MemberConnectionOptions
  /** Until the member has said who is to hear of it. */
  readonly #unheard = new Lifetime()
  #events: ConnectionEvents | undefined
  #heldBytes = 0
  #isReading = true
  #isBlocked = false
  #hasEnded = false
  #isClosed = false
  #linger: Timer | undefined

  constructor(inner: Connection, options: MemberConnectionOptions) {
    this.#inner = inner
    this.#options = options
    this.#unheard.pause()
    inner.start({
      onBytes: chunk => this.#receive(chunk),
      onDrain: () => {
        if (this.#heldBytes === 0) this.#deliver(() => this.#events?.onDrain?.())
      },
      onEnd: () => this.#deliver(() => this.#peerEnded()),
      onClose: error => this.#deliver(() => this.#close(error)),
    })
  }

  get remoteHost(): string {
    return this.#inner.remoteHost
  }

  get remotePort(): number {
    return this.#inner.remotePort
  }

  get localHost(): string {
    return this.#inner.localHost
  }

  get localPort(): number {
    return this.#inner.localPort
  }

  get queuedBytes(): number {
    return this.#heldBytes + this.#inner.queuedBytes
  }

  start(events: ConnectionEvents): void {
    this.#events = events
    this.#options.clock.soon(() => this.#unheard.resume())
  }

  write(bytes: Buffer): void {
    if (this.#hasEnded || this.#isClosed) return
    const { link } = this.#options
    if (!link.isPaused) {
      this.#inner.write(bytes)
      return
    }
    this.#heldBytes += bytes.length
    link.run(() => {
      this.#heldBytes -= bytes.length
      this.#inner.write(bytes)
      const isDrained = this.#heldBytes === 0 && this.#inner.queuedBytes === 0
      if (isDrained) this.#deliver(() => this.#events?.onDrain?.())
    })
  }

  cork(): void {
    this.#inner.cork()
  }

  uncork(): void {
    this.#inner.uncork()
  }

  pauseReading(): void {
    this.#isReading = false
    this.#inner.pauseReading()
  }

  resumeReading(): void {
    this.#isReading = true
    if (!this.#isBlocked) this.#inner.resumeReading()
  }

  end(): void {
    if (this.#hasEnded || this.#isClosed) return
    this.#hasEnded = true
    const { link, clock } = this.#options
    if (link.isPaused) this.#linger = clock.after(LINGER_MS, () => this.destroy())
    link.run(() => this.#inner.end())
  }

  destroy(): void {
    if (this.#isClosed) return
    const { link, clock, member } = this.#options
    this.#hasEnded = true
    // The other side cannot hear of it, but this one is rid of the connection.
    if (link.isPaused) clock.soon(() => member.run(() => this.#close()))
    link.run(() => this.#inner.destroy())
  }

  /** The member is gone: its system closes the connection, and nobody here hears of it. */
  abandon(): void {
    this.#linger?.cancel()
    this.#events = undefined
    this.#options.link.run(() => this.#inner.destroy())
  }

  #receive(chunk: Buffer): void {
    const { member, link } = this.#options
    if (!member.isPaused && !link.isPaused && !this.#unheard.isPaused) {
      this.#take(chunk)
      return
    }
    const kept = Buffer.from(chunk)
    this.#isBlocked = true
    this.#inner.pauseReading()
    this.#deliver(() => {
      this.#take(kept)
      this.#isBlocked = false
      if (this.#isReading) this.#inner.resumeReading()
    })
  }

  #take(chunk: Buffer): void {
    if (!this.#hasEnded) this.#events?.onBytes(chunk)
  }

  #deliver(event: () => void): void {
    const { link, member } = this.#options
    link.run(() => member.run(() => this.#unheard.run(event)))
  }

  #peerEnded(): void {
    if (this.#events?.onEnd !== undefined && !this.#hasEnded) this.#events.onEnd()
    else this.end()
  }

  #close(error?: Error): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#linger?.cancel()
    this.#options.onClose(this)
    this.#events?.onClose(error)
  }
}
