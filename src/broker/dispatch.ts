/**
 * From a frame to an answer: reads the header, finds handler and codec, encodes what the handler
 * gives. The only place that knows how a request that cannot be served is treated.
 */
import { ProtocolError, Reader, Writer } from '../bytes/index.ts'
import type { Clock, Log } from '../host/index.ts'
import type { Exchange, Pace, Peer, Session } from '../network/index.ts'
import {
  ApiKey,
  ApiVersionsResponse,
  ErrorCode,
  codecOf,
  readRequestHeader,
  writeResponseHeader,
  type Message,
  type MessageInput,
  type MessageOf,
  type RequestHeader,
} from '../protocol/index.ts'
import { CloseConnection, NO_ANSWER, type Caller, type Handler } from './handler.ts'
import { servedVersions } from './served-versions.ts'

export interface DispatchOptions {
  handlers: ReadonlyMap<number, Handler>
  clock: Clock
  log: Log
}

export class Dispatcher {
  readonly #options: DispatchOptions

  constructor(options: DispatchOptions) {
    this.#options = options
  }

  /** Serves one connection that came in on `listenerName`. */
  open(peer: Peer, listenerName: string): Session {
    const connection = new AbortController()
    const client = { clientHost: `/${peer.host}`, listenerName, gone: connection.signal }
    return {
      serve: (frame, exchange) => this.#serve(frame, exchange, client),
      closed: () => connection.abort(),
    }
  }

  /** @throws ProtocolError for bytes that are no request we know: the connection is closed */
  #serve(
    frame: Buffer,
    exchange: Exchange,
    client: Pick<Caller, 'clientHost' | 'listenerName' | 'gone'>,
  ): Pace {
    const reader = new Reader(frame)
    const apiKey = frame.length >= 2 ? frame.readInt16BE(0) : -1
    const handler = this.#options.handlers.get(apiKey)
    if (handler === undefined) throw new ProtocolError(`no API has the key ${apiKey}`, 0)
    const header = readRequestHeader(reader)
    const [oldest, newest] = servedVersions(handler.request)
    const version = header.requestApiVersion
    if (version < oldest || version > newest) return refuseVersion(handler, header, exchange)
    const body = codecOf(handler.request, version).read(reader)
    const { clientHost, listenerName, gone } = client
    const caller: Caller = { clientHost, listenerName, gone, clientId: header.clientId, header }
    this.#run(handler, body, caller, exchange)
    return handler.mayOverlap ? 'overlap' : 'one-at-a-time'
  }

  #run(handler: Handler, body: MessageOf<Message>, caller: Caller, exchange: Exchange): void {
    try {
      const answer = handler.handle(body, caller)
      if (answer instanceof Promise) {
        answer.then(
          value => this.#finish(handler, value, caller, exchange),
          (error: unknown) => this.#fail(handler, error, caller, exchange),
        )
      } else this.#finish(handler, answer, caller, exchange)
    } catch (error) {
      this.#fail(handler, error, caller, exchange)
    }
  }

  #finish(
    handler: Handler,
    answer: MessageInput<Message> | typeof NO_ANSWER,
    caller: Caller,
    exchange: Exchange,
  ): void {
    if (answer === NO_ANSWER) {
      exchange.finishSilently()
      return
    }
    let writer: Writer
    try {
      writer = encodeAnswer(handler, answer, caller)
    } catch (error) {
      this.#reportDefect(handler, error, caller)
      exchange.close('the answer cannot be written')
      return
    }
    exchange.answer(writer.parts())
  }

  /** A failure of ours must not leave a client waiting: its connection is closed, and the log says why. */
  #fail(handler: Handler, error: unknown, caller: Caller, exchange: Exchange): void {
    if (error instanceof CloseConnection || error instanceof ProtocolError) {
      exchange.close(error.message)
      return
    }
    this.#reportDefect(handler, error, caller)
    exchange.close('unexpected error')
  }

  #reportDefect(handler: Handler, error: unknown, caller: Caller): void {
    this.#options.log.error('Unexpected error handling request', {
      api: handler.request.name,
      version: caller.header.requestApiVersion,
      clientId: caller.clientId,
      client: caller.clientHost,
      error,
    })
  }
}

function encodeAnswer(handler: Handler, answer: MessageInput<Message>, caller: Caller): Writer {
  const writer = new Writer(512)
  const sizeAt = writer.reserveInt32()
  writeResponseHeader(writer, caller.header)
  codecOf(handler.response, caller.header.requestApiVersion).write(writer, answer)
  writer.patchInt32(sizeAt, writer.sizeBytes - 4)
  return writer
}

/**
 * Clients open with the newest ApiVersions they know, so a version above ours is answered in the
 * form that every client reads (KIP-511). Any other unknown version ends the connection.
 */
function refuseVersion(handler: Handler, header: RequestHeader, exchange: Exchange): Pace {
  const { name } = handler.request
  const versions = servedVersions(handler.request)
  const { requestApiKey, requestApiVersion, correlationId } = header
  if (requestApiKey !== ApiKey.ApiVersions) {
    throw new ProtocolError(
      `${name} has the versions ${versions[0]} to ${versions[1]}, not ${requestApiVersion}`,
    )
  }
  const writer = new Writer(32)
  const sizeAt = writer.reserveInt32()
  writer.int32(correlationId)
  codecOf(ApiVersionsResponse, 0).write(writer, {
    errorCode: ErrorCode.UNSUPPORTED_VERSION,
    apiKeys: [{ apiKey: requestApiKey, minVersion: versions[0], maxVersion: versions[1] }],
  })
  writer.patchInt32(sizeAt, writer.sizeBytes - 4)
  exchange.answer(writer.parts())
  return 'one-at-a-time'
}
