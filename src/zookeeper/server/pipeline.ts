/**
 * Takes requests through the three steps: prepare, sync, apply. All that arrives while the disk is
 * busy is written together when it is ready (group commit). A read waits only for the changes that
 * its own session asked for before, and so comes after them and never before.
 */
import assert from 'node:assert/strict'
import type { Clock } from '../../host/index.ts'
import { OpCode } from '../wire/index.ts'
import type { Storage } from './disk/storage.ts'
import { notificationsOf, type Notification } from './request/notify.ts'
import { isWrite, prepare, prepareCleanUp, prepareSession } from './request/prepare.ts'
import { read, type ClientRequest } from './request/read.ts'
import { replyTo, type Reply } from './request/reply.ts'
import type { Client, Request, ServerState } from './request/state.ts'
import type { TreeEvent } from './tree/data-tree.ts'
import type { Transaction } from './tree/transaction.ts'

/** What becomes of requests. Called in order, never before the change is on the disk. */
export interface PipelineEvents {
  /** A watch was set off. Comes before the answer to the change that did it. */
  onNotification(notification: Notification): void
  onReply(request: ClientRequest, reply: Reply): void
  onSessionCreated(client: Client): void
  /** The session is over; its connection, if there is one, has to go. */
  onSessionClosed(sessionId: bigint): void
  /** The disk failed. Nothing that was not answered yet may be relied on. */
  onFailure(error: unknown): void
}

interface Entry {
  request: Request
  /** Null for a read that waits behind a change of its session. */
  transaction: Transaction | null
}

export class Pipeline {
  readonly #state: ServerState
  readonly #storage: Storage
  readonly #clock: Clock
  readonly #events: PipelineEvents
  /** How many requests of a client are in the queue. */
  readonly #waitingOf = new Map<Client, number>()
  #queue: Entry[] = []
  #isScheduled = false
  #isFlushing = false
  #hasFailed = false
  #whenIdle: (() => void)[] = []

  constructor(parts: {
    state: ServerState
    storage: Storage
    clock: Clock
    events: PipelineEvents
  }) {
    this.#state = parts.state
    this.#storage = parts.storage
    this.#clock = parts.clock
    this.#events = parts.events
  }

  /** Requests that wait for the disk. */
  get waitingCount(): number {
    return this.#queue.length
  }

  /** A request of a client with a session, of a type that can be prepared or read. */
  submit(request: ClientRequest): void {
    if (this.#hasFailed) return
    if (isWrite(request.type)) {
      this.#enqueue(request, prepare(this.#state, request, this.#clock.wallMs()))
    } else if (this.#waitingOf.has(request.client)) {
      // What it reads must show what the session changed before.
      this.#enqueue({ ...request, body: Buffer.from(request.body) }, null)
    } else {
      this.#read(request)
    }
  }

  /** Opens the session that `client` was given. */
  openSession(client: Client, timeoutMs: number): void {
    if (this.#hasFailed) return
    const { sessionId } = client
    const transaction = prepareSession(this.#state, { sessionId, timeoutMs }, this.#clock.wallMs())
    this.#enqueue(own(OpCode.createSession, { client, sessionId }), transaction)
  }

  /** Ends a session that was silent for too long. */
  expireSession(sessionId: bigint): void {
    if (this.#hasFailed) return
    const request = own(OpCode.closeSession, { client: null, sessionId })
    this.#enqueue(request, prepare(this.#state, request, this.#clock.wallMs()))
  }

  /** Deletes a container, or a node past its time to live, if it is still empty. */
  cleanUp(path: string): void {
    if (this.#hasFailed) return
    const request = own(OpCode.deleteContainer, { client: null, sessionId: 0n })
    this.#enqueue(request, prepareCleanUp(this.#state, path, this.#clock.wallMs()))
  }

  /** Resolves when everything submitted so far was answered, or never will be. */
  drained(): Promise<void> {
    if (this.#isIdle()) return Promise.resolve()
    return new Promise(resolve => this.#whenIdle.push(resolve))
  }

  #isIdle(): boolean {
    return this.#hasFailed || (this.#queue.length === 0 && !this.#isFlushing)
  }

  #enqueue(request: Request, transaction: Transaction | null): void {
    this.#queue.push({ request, transaction })
    const { client } = request
    if (client !== null) this.#waitingOf.set(client, (this.#waitingOf.get(client) ?? 0) + 1)
    if (transaction !== null && this.#storage.append(transaction)) {
      this.#storage
        .snapshot(this.#state.tree, this.#state.sessions)
        .catch((error: unknown) => this.#fail(error))
    }
    this.#schedule()
  }

  /** Once this turn of the loop has handed over all that it has. */
  #schedule(): void {
    if (this.#isScheduled || this.#isFlushing) return
    this.#isScheduled = true
    this.#clock.soon(() => {
      this.#isScheduled = false
      this.#flush().catch((error: unknown) => this.#fail(error))
    })
  }

  async #flush(): Promise<void> {
    this.#isFlushing = true
    while (this.#queue.length > 0 && !this.#hasFailed) {
      const batch = this.#queue
      this.#queue = []
      this.#storage.write()
      if (!this.#storage.isVolatile) await this.#storage.sync()
      for (const entry of batch) this.#finish(entry)
    }
    this.#isFlushing = false
    for (const resolve of this.#whenIdle.splice(0)) resolve()
  }

  #finish({ request, transaction }: Entry): void {
    const { client } = request
    if (client !== null) this.#leave(client)
    if (transaction === null) {
      if (isOfClient(request) && !request.client.isClosed) this.#read(request)
      return
    }
    const reply = this.#apply(request, transaction)
    if (request.type === OpCode.createSession) {
      if (client !== null) this.#events.onSessionCreated(client)
    } else if (isOfClient(request)) {
      this.#events.onReply(request, reply)
    }
    if (request.type === OpCode.closeSession) this.#events.onSessionClosed(request.sessionId)
  }

  #apply(request: Request, transaction: Transaction): Reply {
    const { tree, sessions, pending } = this.#state
    const { header, change } = transaction
    if (change.type === OpCode.createSession) {
      sessions.commit(header.clientId, change.body.timeOut, this.#clock.monotonicMs())
    } else if (request.type === OpCode.closeSession) {
      sessions.remove(header.clientId)
    }
    const treeEvents: TreeEvent[] = []
    const applied = tree.apply(transaction, treeEvents)
    pending.settle(header.zxid)
    assertDigest(transaction, tree.digest)
    for (const notification of notificationsOf(this.#state, treeEvents)) {
      this.#events.onNotification(notification)
    }
    return replyTo(applied)
  }

  #read(request: ClientRequest): void {
    const reply = read(this.#state, request)
    for (const event of reply.events ?? []) {
      this.#events.onNotification({ client: request.client, ...event })
    }
    this.#events.onReply(request, reply)
  }

  #leave(client: Client): void {
    const left = (this.#waitingOf.get(client) ?? 1) - 1
    if (left === 0) this.#waitingOf.delete(client)
    else this.#waitingOf.set(client, left)
  }

  #fail(error: unknown): void {
    if (this.#hasFailed) return
    this.#hasFailed = true
    this.#queue = []
    this.#events.onFailure(error)
    for (const resolve of this.#whenIdle.splice(0)) resolve()
  }
}

/** A tree that differs from what was promised to the log would never be found out again. */
function assertDigest(transaction: Transaction, actual: bigint): void {
  const { digest, header } = transaction
  assert(
    digest === null || digest.treeDigest === actual,
    `digest of the tree after zxid ${header.zxid} is ${actual}, the log says ${digest?.treeDigest}`,
  )
}

const NO_BODY = Buffer.alloc(0)

function own(type: number, from: Pick<Request, 'client' | 'sessionId'>): Request {
  return { ...from, type, xid: 0, body: NO_BODY, identities: [], receivedMs: 0 }
}

function isOfClient(request: Request): request is ClientRequest {
  return request.client !== null
}
