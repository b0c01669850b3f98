/**
 * Plays a script against the server's machine: lines that begin with `> ` are commands, the lines
 * after them what they lead to, `#` begins a comment. A test holds the script to be what comes out.
 *
 * `hold` keeps prepared changes from being applied, as a slow disk does; `release` applies them.
 */
import { Reader, Writer } from '../../src/bytes/index.ts'
import type { Message, MessageInput } from '../../src/protocol/index.ts'
import {
  CreateMode,
  CreateRequest,
  DeleteRequest,
  EventType,
  nameOfErrorCode,
  OpCode,
  readMultiResponse,
  ReadRequest,
  SetDataRequest,
  writeMultiRequest,
  writeRecord,
  type Acl,
  type Identity,
  type MultiChange,
} from '../../src/zookeeper/wire/index.ts'
import { notificationsOf, type Notification } from '../../src/zookeeper/server/request/notify.ts'
import { PendingChanges } from '../../src/zookeeper/server/request/pending.ts'
import { isWrite, prepare, prepareSession } from '../../src/zookeeper/server/request/prepare.ts'
import { read, type ClientRequest } from '../../src/zookeeper/server/request/read.ts'
import { replyTo, type Reply } from '../../src/zookeeper/server/request/reply.ts'
import { serverState, type Client, type Request } from '../../src/zookeeper/server/request/state.ts'
import { Sessions } from '../../src/zookeeper/server/session/sessions.ts'
import { DataTree, type TreeEvent } from '../../src/zookeeper/server/tree/data-tree.ts'
import type { Change, Transaction } from '../../src/zookeeper/server/tree/transaction.ts'
import { showReply } from './show-reply.ts'

const TICK_MS = 1_000
const START_WALL_MS = 1_767_225_600_000
const options = { extendedTypesEnabled: false, reconfigEnabled: false }

export function play(script: string): string {
  const player = new ScenarioPlayer()
  const output: string[] = []
  for (const line of script.split('\n')) {
    if (line.startsWith('> ')) output.push(line, ...player.run(line.slice(2)))
    else if (line === '' || line.startsWith('#')) output.push(line)
  }
  return output.join('\n')
}

class NamedClient implements Client {
  readonly name: string
  readonly isClosed = false
  readonly timeoutMs: number
  sessionId: bigint
  identities: readonly Identity[] = []

  constructor(name: string, sessionId: bigint, timeoutMs: number) {
    this.name = name
    this.sessionId = sessionId
    this.timeoutMs = timeoutMs
  }
}

interface Held {
  request: Request
  transaction: Transaction
}

class ScenarioPlayer {
  readonly #state
  readonly #clients = new Map<string, NamedClient>()
  readonly #held: Held[] = []
  #isHolding = false
  #nowMs = 0
  #xid = 0
  #lines: string[] = []

  constructor() {
    const tree = new DataTree(options)
    this.#state = serverState({
      tree,
      sessions: new Sessions(
        { tickTimeMs: TICK_MS, serverId: 1 },
        { monotonicMs: 0, wallMs: START_WALL_MS },
      ),
      pending: new PendingChanges(tree),
      options,
    })
  }

  run(line: string): string[] {
    this.#lines = []
    const words = line.split(' ').filter(word => word !== '')
    const [first = '', second = '', ...rest] = words
    if (first === 'hold') this.#isHolding = true
    else if (first === 'release') this.#release()
    else if (first === 'wait') this.#wait(Number.parseFloat(second) * 1_000)
    else if (second === 'connects') this.#connect(first, rest)
    else if (second === 'proves') this.#client(first).identities = [digest(rest[0] ?? '')]
    else this.#ask(this.#client(first), second, rest)
    return this.#lines
  }

  #say(text: string): void {
    this.#lines.push(`  ${text}`)
  }

  #client(name: string): NamedClient {
    const client = this.#clients.get(name)
    if (client === undefined) throw new Error(`nobody called ${name} in a scenario`)
    return client
  }

  #connect(name: string, [timeout = '6s']: readonly string[]): void {
    const timeoutMs = Number.parseFloat(timeout) * 1_000
    const { id } = this.#state.sessions.create(timeoutMs, this.#nowMs)
    const client = new NamedClient(name, id, timeoutMs)
    this.#clients.set(name, client)
    const transaction = prepareSession(
      this.#state,
      { sessionId: id, timeoutMs },
      START_WALL_MS + this.#nowMs,
    )
    this.#take({ request: this.#request(client, OpCode.createSession, nothing), transaction })
  }

  #ask(client: NamedClient, verb: string, words: readonly string[]): void {
    const asked = requestOf(verb, words)
    this.#state.sessions.touch(client.sessionId, client.timeoutMs, this.#nowMs)
    const request = this.#request(client, asked.type, asked.body)
    if (isWrite(asked.type)) {
      const wallMs = START_WALL_MS + this.#nowMs
      this.#take({ request, transaction: prepare(this.#state, request, wallMs) })
      return
    }
    const reply = read(this.#state, request)
    for (const event of reply.events ?? []) this.#tell({ client, ...event })
    this.#answer(request, reply)
  }

  #request(client: NamedClient, type: number, body: Buffer): ClientRequest {
    this.#xid += 1
    const { sessionId, identities } = client
    return { client, sessionId, xid: this.#xid, type, body, identities, receivedMs: this.#nowMs }
  }

  /** Logs a prepared change, and applies it unless the disk is slow. */
  #take(held: Held): void {
    this.#say(`log ${showTransaction(held.transaction)}`)
    this.#held.push(held)
    if (!this.#isHolding) this.#applyAll()
  }

  #release(): void {
    this.#isHolding = false
    this.#applyAll()
  }

  #applyAll(): void {
    for (const { request, transaction } of this.#held.splice(0)) {
      const { tree, sessions, pending } = this.#state
      if (transaction.change.type === OpCode.closeSession) sessions.remove(request.sessionId)
      const events: TreeEvent[] = []
      const applied = tree.apply(transaction, events)
      pending.settle(transaction.header.zxid)
      if (transaction.digest !== null && transaction.digest.treeDigest !== tree.digest) {
        this.#say('DIGEST DOES NOT FIT')
      }
      for (const notification of notificationsOf(this.#state, events)) this.#tell(notification)
      if (request.client !== null) this.#answer(request as ClientRequest, replyTo(applied))
    }
  }

  #wait(spanMs: number): void {
    this.#nowMs += spanMs
    for (const { id } of this.#state.sessions.takeExpired(this.#nowMs)) {
      const request: Request = {
        client: null,
        sessionId: id,
        xid: 0,
        type: OpCode.closeSession,
        body: nothing,
        identities: [],
        receivedMs: this.#nowMs,
      }
      this.#say(`${this.#nameOf(id)} expires`)
      const wallMs = START_WALL_MS + this.#nowMs
      this.#take({ request, transaction: prepare(this.#state, request, wallMs) })
    }
  }

  #nameOf(sessionId: bigint): string {
    const client = [...this.#clients.values()].find(each => each.sessionId === sessionId)
    return client?.name ?? 'nobody'
  }

  #tell({ client, type, path }: Notification): void {
    const name = client instanceof NamedClient ? client.name : 'nobody'
    this.#say(`${name} is told ${eventName(type)} ${path}`)
  }

  #answer(request: ClientRequest, reply: Reply): void {
    const name = request.client instanceof NamedClient ? request.client.name : 'nobody'
    if (request.type === OpCode.createSession) {
      this.#say(`${name} has a session`)
      return
    }
    const writer = new Writer()
    reply.body?.(writer)
    const body = writer.finish()
    const owner = (id: bigint): string => (id === 0n ? 'nobody' : this.#nameOf(id))
    const shown =
      request.type === OpCode.multi
        ? readMultiResponse(new Reader(body))
            .map(result => showMultiResult(result))
            .join(' ')
        : showReply(request.type, body, owner)
    const outcome = reply.error === 0 ? '' : nameOfErrorCode(reply.error)
    this.#say([`${name}:`, outcome, shown].filter(part => part !== '').join(' '))
  }
}

const nothing = Buffer.alloc(0)
const openAcl: readonly Acl[] = [{ perms: 31, id: { scheme: 'world', id: 'anyone' } }]
const ownAcl: readonly Acl[] = [{ perms: 31, id: { scheme: 'auth', id: '' } }]

function digest(name: string): Identity {
  return { scheme: 'digest', id: `${name}:hash` }
}

function requestOf(verb: string, words: readonly string[]): { type: number; body: Buffer } {
  const [path = '', second] = words
  switch (verb) {
    case 'get':
      return {
        type: OpCode.getData,
        body: bytesOf(ReadRequest, { path, watch: second === 'watch' }),
      }
    case 'exists':
      return {
        type: OpCode.exists,
        body: bytesOf(ReadRequest, { path, watch: second === 'watch' }),
      }
    case 'list':
      return {
        type: OpCode.getChildren2,
        body: bytesOf(ReadRequest, { path, watch: second === 'watch' }),
      }
    case 'closes':
      return { type: OpCode.closeSession, body: nothing }
    case 'multi': {
      const writer = new Writer()
      const operations = words.join(' ').split(' + ')
      writeMultiRequest(
        writer,
        operations.map(text => changeOf(text.split(' '))),
      )
      return { type: OpCode.multi, body: writer.finish() }
    }
    default: {
      const { type, body } = changeOf([verb, ...words])
      if (type === OpCode.create) return { type, body: bytesOf(CreateRequest, body) }
      if (type === OpCode.delete) return { type, body: bytesOf(DeleteRequest, body) }
      if (type === OpCode.setData) return { type, body: bytesOf(SetDataRequest, body) }
      throw new Error(`no such command in a scenario: ${verb}`)
    }
  }
}

/** `create /a data ephemeral sequential own`, `set /a data version=3`, `delete /a`, `check /a version=1`. */
function changeOf(words: readonly string[]): MultiChange {
  const [verb = '', path = '', ...rest] = words
  const version = Number(rest.find(word => word.startsWith('version='))?.slice(8) ?? -1)
  const flags = new Set(rest)
  const data = Buffer.from(rest.find(word => /^[a-z0-9-]+$/.test(word) && !marks.has(word)) ?? '')
  switch (verb) {
    case 'create': {
      const mode =
        (flags.has('ephemeral') ? CreateMode.EPHEMERAL : CreateMode.PERSISTENT) +
        (flags.has('sequential') ? CreateMode.PERSISTENT_SEQUENTIAL : 0)
      const acl = flags.has('own') ? ownAcl : openAcl
      return { type: OpCode.create, body: { path, data, acl, flags: mode } }
    }
    case 'delete':
      return { type: OpCode.delete, body: { path, version } }
    case 'set':
      return { type: OpCode.setData, body: { path, data, version } }
    case 'check':
      return { type: OpCode.check, body: { path, version } }
    default:
      throw new Error(`no such change in a scenario: ${words.join(' ')}`)
  }
}

const marks: ReadonlySet<string> = new Set(['ephemeral', 'sequential', 'own'])

function bytesOf<M extends Message>(description: M, value: MessageInput<M>): Buffer {
  const writer = new Writer()
  writeRecord(description, writer, value)
  return writer.finish()
}

function showMultiResult(result: ReturnType<typeof readMultiResponse>[number]): string {
  if ('err' in result) return result.err === 0 ? '(undone)' : nameOfErrorCode(result.err)
  if ('path' in result) return result.path
  return 'stat' in result ? `version=${result.stat.version}` : 'ok'
}

function showTransaction({ header, change }: Transaction): string {
  return `zxid=${header.zxid} ${showChange(change)}`
}

function showChange(change: Change): string {
  const { type, body } = change
  if (type === OpCode.error) return `error ${nameOfErrorCode(body.err)}`
  if (type === OpCode.multi) return `multi of ${body.length}`
  if (type === OpCode.createSession) return `session of ${body.timeOut} ms`
  if (type === OpCode.closeSession) {
    return `end of a session with [${body?.paths2Delete.join(' ') ?? ''}]`
  }
  return `${typeNames.get(type) ?? type} ${body.path}`
}

const typeNames: ReadonlyMap<number, string> = new Map<number, string>([
  [OpCode.create, 'create'],
  [OpCode.delete, 'delete'],
  [OpCode.setData, 'set'],
])

function eventName(type: EventType): string {
  const entry = Object.entries(EventType).find(([, value]) => value === type)
  return (entry?.[0] ?? 'event').toLowerCase().replace('node_', '').replace('_', ' ')
}
