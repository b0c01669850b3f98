/**
 * The sessions of this server: which there are, until when, and which are being closed. Mirrors
 * ZooKeeper's `SessionTrackerImpl`. A session lives from its creation on, but counts as committed,
 * which is what snapshots hold, only once its transaction is applied.
 */
import { ExpiryQueue } from './expiry-queue.ts'

export interface Session {
  readonly id: bigint
  timeoutMs: number
  /** Its closing is under way: it may do nothing any more. */
  isClosing: boolean
  isCommitted: boolean
}

export interface SessionsOptions {
  tickTimeMs: number
  /** Becomes the first byte of session ids; 1 for a stand-alone server. */
  serverId: number
}

export class Sessions {
  readonly #byId = new Map<bigint, Session>()
  readonly #expiry: ExpiryQueue<Session>
  #nextId: bigint

  /** `wallMs` makes the ids of this run differ from those of earlier ones. */
  constructor(options: SessionsOptions, now: { monotonicMs: number; wallMs: number }) {
    this.#expiry = new ExpiryQueue(options.tickTimeMs, now.monotonicMs)
    this.#nextId = firstSessionId(options.serverId, now.wallMs)
  }

  get count(): number {
    return this.#byId.size
  }

  get nextDeadlineMs(): number {
    return this.#expiry.nextDeadlineMs
  }

  get(id: bigint): Session | undefined {
    return this.#byId.get(id)
  }

  /** A new session with an id that none has had. */
  create(timeoutMs: number, nowMs: number): Session {
    while (this.#byId.has(this.#nextId)) this.#nextId += 1n
    const session = this.#track(this.#nextId, timeoutMs, nowMs)
    this.#nextId += 1n
    return session
  }

  /** A session that is on disk already. */
  restore(id: bigint, timeoutMs: number, nowMs: number): void {
    this.#track(id, timeoutMs, nowMs).isCommitted = true
  }

  /** Puts off the session's end. @returns false when there is no such session, or it is closing */
  touch(id: bigint, timeoutMs: number, nowMs: number): boolean {
    const session = this.#byId.get(id)
    if (session === undefined || session.isClosing) return false
    session.timeoutMs = timeoutMs
    this.#expiry.touch(session, { timeoutMs, nowMs })
    return true
  }

  /** Its creation is applied. */
  commit(id: bigint, timeoutMs: number, nowMs: number): void {
    const session = this.#byId.get(id) ?? this.#track(id, timeoutMs, nowMs)
    session.isCommitted = true
  }

  remove(id: bigint): void {
    const session = this.#byId.get(id)
    if (session === undefined) return
    this.#byId.delete(id)
    this.#expiry.remove(session)
  }

  /** Sessions that were silent for too long, each once; they are closing from now on. */
  takeExpired(nowMs: number): Session[] {
    const expired = this.#expiry.takeExpired(nowMs)
    for (const session of expired) session.isClosing = true
    return expired
  }

  /** What a snapshot holds: committed sessions with their timeouts. */
  *committed(): Iterable<Session> {
    for (const session of this.#byId.values()) if (session.isCommitted) yield session
  }

  buckets(): [deadlineMs: number, sessions: readonly Session[]][] {
    return this.#expiry.buckets()
  }

  #track(id: bigint, timeoutMs: number, nowMs: number): Session {
    const session = { id, timeoutMs, isClosing: false, isCommitted: false }
    this.#byId.set(id, session)
    this.#expiry.touch(session, { timeoutMs, nowMs })
    return session
  }
}

/** Server id in the top byte, then 40 bits of time, then 16 zero bits to count in. */
function firstSessionId(serverId: number, wallMs: number): bigint {
  const timeBits = BigInt.asUintN(64, BigInt(Math.floor(wallMs)) << 24n) >> 8n
  return BigInt.asIntN(64, timeBits | (BigInt(serverId) << 56n))
}
