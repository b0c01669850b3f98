/**
 * One client's connection to a server: frames in, answers out in the order of the requests
 * however they finish. As in Kafka a connection is served one request at a time, save for requests
 * that say they may overlap (produces): those are taken while earlier ones wait for their answer.
 */
import { strict as assert } from 'node:assert'
import { ProtocolError, type Part } from '../bytes/index.ts'
import type { Clock, Connection } from '../host/index.ts'
import type { BufferPool } from '../bytes/index.ts'
import { FrameReader } from './frame-reader.ts'
import { Outgoing } from './outgoing.ts'

/** How many overlapping requests may wait for their answers; then the socket is not read further. */
const MAX_OVERLAPPING = 64

/** Whether the next request of the connection may be served before this one is answered. */
export type Pace = 'overlap' | 'one-at-a-time'

/** The place of one answer in the order of answers. Exactly one of the three is called, once. */
export interface Exchange {
  /** `parts` are a whole frame, size included. */
  answer(parts: readonly Part[]): void
  /** The request gets no answer (acks=0). */
  finishSilently(): void
  /** Earlier answers are sent, then the connection is closed. */
  close(reason: string): void
}

export interface ServerConnectionOptions {
  connection: Connection
  clock: Clock
  pool: BufferPool
  maxRequestBytes: number
  /** Serves one frame, valid only until this returns. @throws ProtocolError: earlier answers are sent, then the connection is closed */
  serve: (frame: Buffer, exchange: Exchange) => Pace
  /** Called once, with the reason when the connection was not simply closed by the client. */
  onClose: (reason: string | undefined) => void
}

type SlotState = 'waiting' | 'answered' | 'silent' | 'closing'

class Slot implements Exchange {
  state: SlotState = 'waiting'
  parts: readonly Part[] = []
  pace: Pace = 'one-at-a-time'
  /** Behind a request that closes the connection: nobody will hear the answer. */
  isForgotten = false
  readonly #settled: (slot: Slot, closing?: string) => void

  constructor(settled: (slot: Slot, closing?: string) => void) {
    this.#settled = settled
  }

  answer(parts: readonly Part[]): void {
    this.parts = parts
    this.#settle('answered')
  }

  finishSilently(): void {
    this.#settle('silent')
  }

  close(reason: string): void {
    this.#settle('closing', reason)
  }

  #settle(state: SlotState, closing?: string): void {
    assert.equal(this.state, 'waiting', 'a request is answered once')
    this.state = state
    this.#settled(this, closing)
  }
}

export class ServerConnection {
  readonly #options: ServerConnectionOptions
  readonly #connection: Connection
  readonly #reader: FrameReader
  readonly #outgoing: Outgoing
  #slots: Slot[] = []
  #isFlushing = false
  /** No further request is served for now; the socket is read on until something comes. */
  #isHolding = false
  #isReadingPaused = false
  #isClosed = false
  /** Why the connection closes once everything before was sent. */
  #closing: string | undefined
  /** Monotonic time at which the client last sent or took something. */
  lastActiveMs: number

  constructor(options: ServerConnectionOptions) {
    this.#options = options
    this.#connection = options.connection
    this.#outgoing = new Outgoing(options.connection, options.pool)
    this.lastActiveMs = options.clock.monotonicMs()
    this.#reader = new FrameReader({
      pool: options.pool,
      minFrameBytes: 0,
      maxFrameBytes: options.maxRequestBytes,
      onFrame: frame => this.#serve(frame),
    })
  }

  get isBusy(): boolean {
    return this.#slots.length > 0
  }

  start(): void {
    this.#connection.start({
      onBytes: chunk => this.#receive(chunk),
      onDrain: () => this.#flush(),
      onClose: error => this.#finish(error?.message),
    })
  }

  /** Closes at once; parked requests may still finish, into nothing. */
  destroy(reason: string): void {
    if (this.#isClosed) return
    this.#connection.destroy()
    this.#finish(reason)
  }

  #receive(chunk: Buffer): void {
    this.lastActiveMs = this.#options.clock.monotonicMs()
    if (this.#isHolding && !this.#isReadingPaused) {
      this.#isReadingPaused = true
      this.#connection.pauseReading()
    }
    this.#read(() => this.#reader.push(chunk))
  }

  #read(action: () => void): void {
    try {
      action()
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#closeAfterAnswers(error.message)
    }
    if (this.#slots.length > 0 || this.#closing !== undefined) this.#flushSoon()
  }

  #serve(frame: Buffer): void {
    if (this.#closing !== undefined || this.#isClosed) return
    const slot = new Slot(this.#settled)
    this.#slots.push(slot)
    try {
      slot.pace = this.#options.serve(frame, slot)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      slot.close(error.message)
    }
    if (!this.#mayServeNext()) this.#hold()
  }

  readonly #settled = (slot: Slot, closing?: string): void => {
    if (closing !== undefined) this.#closing ??= closing
    if (this.#isClosed || slot.isForgotten) releaseAll(slot.parts)
    else this.#flushSoon()
  }

  #mayServeNext(): boolean {
    if (this.#slots.length >= MAX_OVERLAPPING) return false
    const last = this.#slots.at(-1)
    if (last === undefined) return this.#outgoing.isEmpty
    // Answered in the same breath is as good as overlapping, as long as the answer is small.
    return last.pace === 'overlap' || (last.state === 'silent' && this.#slots.length === 1)
  }

  #hold(): void {
    this.#isHolding = true
    this.#reader.pause()
  }

  #goOn(): void {
    if (!this.#isHolding) return
    this.#isHolding = false
    this.#read(() => this.#reader.resume())
    if (this.#isStopped() || !this.#isReadingPaused) return
    this.#isReadingPaused = false
    this.#connection.resumeReading()
  }

  #isStopped(): boolean {
    return this.#isHolding || this.#isClosed
  }

  #flushSoon(): void {
    if (this.#isFlushing || this.#isClosed) return
    this.#isFlushing = true
    this.#options.clock.soon(() => {
      this.#isFlushing = false
      this.#flush()
    })
  }

  /** Sends the answers that are ready, in order, and takes further requests once they are gone. */
  #flush(): void {
    if (this.#isClosed) return
    this.#queueReadyAnswers()
    let state: 'done' | 'blocked' | 'turn-over'
    try {
      state = this.#outgoing.pump()
    } catch (error) {
      this.destroy((error as Error).message)
      return
    }
    if (state === 'turn-over') this.#flushSoon()
    if (!this.#outgoing.isEmpty) return
    this.#outgoing.relax()
    this.lastActiveMs = this.#options.clock.monotonicMs()
    if (this.#closing !== undefined && this.#slots.length === 0) this.#connection.end()
    else if (this.#mayServeNext()) this.#goOn()
  }

  #queueReadyAnswers(): void {
    let ready = 0
    for (const slot of this.#slots) {
      if (slot.state === 'waiting') break
      ready += 1
      if (slot.state === 'answered') this.#outgoing.add(slot.parts)
      if (slot.state !== 'closing') continue
      this.#forget(this.#slots.slice(ready))
      ready = this.#slots.length
      break
    }
    if (ready > 0) this.#slots = this.#slots.slice(ready)
  }

  #forget(slots: readonly Slot[]): void {
    for (const slot of slots) {
      slot.isForgotten = true
      releaseAll(slot.parts)
    }
  }

  #closeAfterAnswers(reason: string): void {
    this.#closing ??= reason
    this.#hold()
  }

  #finish(reason: string | undefined): void {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const slot of this.#slots) releaseAll(slot.parts)
    this.#slots = []
    this.#outgoing.close()
    this.#reader.close()
    this.#options.onClose(this.#closing ?? reason)
  }
}

function releaseAll(parts: readonly Part[]): void {
  for (const part of parts) if (!Buffer.isBuffer(part)) part.release()
}
