/**
 * Plays requests to one server and writes down everything that comes back, with what cannot be the
 * same twice masked: two servers are alike when they leave the same transcript. Every body is
 * decoded and encoded again, and must give the same bytes.
 */
import assert from 'node:assert/strict'
import { Reader, Writer } from '../../../src/bytes/index.ts'
import { nodeHost } from '../../../src/host/node/index.ts'
import type { Message, MessageInput, MessageOf } from '../../../src/protocol/index.ts'
import {
  ConnectResponse,
  Create2Response,
  ErrorResponse,
  GetACLResponse,
  GetAllChildrenNumberResponse,
  GetChildren2Response,
  GetChildrenResponse,
  GetDataResponse,
  GetEphemeralsResponse,
  nameOfErrorCode,
  OpCode,
  PathResponse,
  readMultiResponse,
  readRecord,
  SaslToken,
  StatResponse,
  WatcherEvent,
  WhoAmIResponse,
  writeMultiResponse,
  writeRecord,
  Xid,
  type MultiResult,
} from '../../../src/zookeeper/wire/index.ts'
import { RawClient, type Frame, type Handshake } from '../../zookeeper/raw-client.ts'
import { asSet, maskedStat, SessionNames } from './masks.ts'

type Show = (body: Buffer, sessions: SessionNames) => unknown

const shows: ReadonlyMap<number, Show> = new Map<number, Show>([
  [OpCode.create, plain(PathResponse)],
  [OpCode.sync, plain(PathResponse)],
  [OpCode.create2, shown(Create2Response, showPathAndStat)],
  [OpCode.createContainer, shown(Create2Response, showPathAndStat)],
  [OpCode.createTTL, shown(Create2Response, showPathAndStat)],
  [OpCode.exists, shown(StatResponse, ({ stat }, sessions) => maskedStat(stat, sessions))],
  [OpCode.setData, shown(StatResponse, ({ stat }, sessions) => maskedStat(stat, sessions))],
  [OpCode.setACL, shown(StatResponse, ({ stat }, sessions) => maskedStat(stat, sessions))],
  [
    OpCode.getData,
    shown(GetDataResponse, ({ data, stat }, sessions) => ({
      data: data?.toString('latin1') ?? null,
      stat: maskedStat(stat, sessions),
    })),
  ],
  [OpCode.getChildren, shown(GetChildrenResponse, ({ children }) => asSet(children))],
  [
    OpCode.getChildren2,
    shown(GetChildren2Response, ({ children, stat }, sessions) => ({
      children: asSet(children),
      stat: maskedStat(stat, sessions),
    })),
  ],
  [
    OpCode.getACL,
    shown(GetACLResponse, ({ acl, stat }, sessions) => ({
      acl,
      stat: maskedStat(stat, sessions),
    })),
  ],
  [OpCode.getAllChildrenNumber, plain(GetAllChildrenNumberResponse)],
  [OpCode.getEphemerals, shown(GetEphemeralsResponse, ({ ephemerals }) => asSet(ephemerals))],
  [OpCode.addWatch, plain(ErrorResponse)],
  [OpCode.sasl, plain(SaslToken)],
  [
    OpCode.whoAmI,
    shown(WhoAmIResponse, ({ clientInfo }) =>
      asSet(clientInfo.map(({ authScheme, user }) => `${authScheme}:${user}`)),
    ),
  ],
  [OpCode.multi, showMulti],
  [OpCode.multiRead, showMulti],
])

export class Player {
  readonly transcript: string[] = []
  readonly #port: number
  readonly #sessions = new SessionNames()
  readonly #clients = new Map<string, RawClient>()

  constructor(port: number) {
    this.#port = port
  }

  client(name: string): RawClient {
    const client = this.#clients.get(name)
    assert.ok(client, `no client ${name} in the script`)
    return client
  }

  note(text: string): void {
    this.transcript.push(`# ${text}`)
  }

  /** Opens a connection under `name`, and a session on it. */
  async open(name: string, handshake: Handshake = {}): Promise<void> {
    const client = await RawClient.open(nodeHost().network, this.#port)
    this.#clients.set(name, client)
    const frame = await client.handshake(handshake)
    if (frame === undefined) {
      this.transcript.push(`${name} is refused`)
      return
    }
    const reader = new Reader(frame)
    const { passwd, sessionId, ...rest } = readRecord(ConnectResponse, reader)
    const tail = reader.remaining === 0 ? 'nothing' : `readOnly ${reader.int8()}`
    assert.equal(reader.remaining, 0)
    const password = passwd?.some(byte => byte !== 0) === true ? 'a password' : 'zeros'
    this.#say(name, {
      ...rest,
      session: this.#sessions.nameOf(sessionId),
      passwd: `${passwd?.length} bytes, ${password}`,
      tail,
    })
  }

  /** A request of a record, its answer, and what the watches of all say then. */
  async ask<M extends Message>(
    name: string,
    type: number,
    description: M,
    value: MessageInput<M>,
  ): Promise<void> {
    const writer = new Writer()
    writeRecord(description, writer, value)
    await this.askBytes(name, type, writer.finish())
  }

  async askBytes(name: string, type: number, body: Buffer, xid?: number): Promise<void> {
    const frames = await this.client(name).call(type, body, xid)
    for (const frame of frames) this.#frame(name, frame, type)
    const isOver = frames.at(-1)?.xid !== xid && frames.length === 0
    if (isOver) this.transcript.push(`${name} is disconnected`)
    await this.settle(name)
  }

  /** Lets every other client take in what it was sent. */
  async settle(except?: string): Promise<void> {
    for (const [name, client] of this.#clients) {
      if (name === except) continue
      for (const frame of await client.drain()) this.#frame(name, frame, 0)
    }
  }

  /** Waits until the server hangs up on the client. */
  async hangsUp(name: string): Promise<void> {
    await this.client(name).closed()
    this.#clients.delete(name)
    this.transcript.push(`${name} is disconnected`)
  }

  drop(name: string): void {
    this.client(name).destroy()
    this.#clients.delete(name)
  }

  end(): void {
    for (const client of this.#clients.values()) client.destroy()
  }

  #frame(name: string, frame: Frame, type: number): void {
    const { xid, zxid, err, body } = frame
    if (xid === Xid.watchEvent) {
      const event = roundTrip(WatcherEvent, body)
      this.#say(name, { event, zxid, err })
      return
    }
    const show = shows.get(type)
    const isShown = show !== undefined && body.length > 0
    const answer = isShown ? show(body, this.#sessions) : body.toString('hex')
    this.#say(name, { xid, zxid, err: nameOfErrorCode(err), answer })
  }

  #say(name: string, what: Record<string, unknown>): void {
    const text = JSON.stringify(what, (_key, value: unknown) =>
      typeof value === 'bigint' ? `${value}` : value,
    )
    this.transcript.push(`${name} ${text}`)
  }
}

/** Decodes, and makes sure that nothing was lost by it. */
function roundTrip<M extends Message>(description: M, body: Buffer): MessageOf<M> {
  const value = readRecord(description, new Reader(body))
  const writer = new Writer()
  writeRecord(description, writer, value as MessageInput<M>)
  assert.equal(writer.finish().toString('hex'), body.toString('hex'), description.name)
  return value
}

function plain(description: Message): Show {
  return body => roundTrip(description, body)
}

function shown<M extends Message>(
  description: M,
  show: (value: MessageOf<M>, sessions: SessionNames) => unknown,
): Show {
  return (body, sessions) => show(roundTrip(description, body), sessions)
}

function showPathAndStat(
  value: MessageOf<typeof Create2Response>,
  sessions: SessionNames,
): unknown {
  return { path: value.path, stat: maskedStat(value.stat, sessions) }
}

function showMulti(body: Buffer, sessions: SessionNames): unknown {
  const results = readMultiResponse(new Reader(body))
  const writer = new Writer()
  writeMultiResponse(writer, results)
  assert.equal(writer.finish().toString('hex'), body.toString('hex'), 'multi')
  return results.map(result => showResult(result, sessions))
}

function showResult(result: MultiResult, sessions: SessionNames): unknown {
  if ('children' in result) return { ...result, children: asSet(result.children) }
  return 'stat' in result ? { ...result, stat: maskedStat(result.stat, sessions) } : result
}
