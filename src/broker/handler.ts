/**
 * What a handler is: one file an API key turns a request body into a response body. It knows no
 * version (the codecs do) and no connection (the dispatcher does).
 */
import type { Message, MessageInput, MessageOf, RequestHeader } from '../protocol/index.ts'

/** Who asks. */
export interface Caller {
  readonly clientId: string | null
  /** As Kafka writes it: `/127.0.0.1`. */
  readonly clientHost: string
  readonly listenerName: string
  /** Aborted when the connection is gone: nobody will hear the answer. */
  readonly gone: AbortSignal
  /** The version in it is for what old versions mean differently, never for encoding. */
  readonly header: RequestHeader
}

/** A request without an answer (acks=0): nothing is sent. */
export const NO_ANSWER = Symbol('no answer')

/** Ends the connection after earlier answers: what Kafka does where it cannot answer. */
export class CloseConnection extends Error {
  override readonly name = 'CloseConnection'
}

export interface Handler<Request extends Message = Message, Response extends Message = Message> {
  readonly request: Request
  readonly response: Response
  /** Further requests of the connection may be served before this one is answered. */
  readonly mayOverlap: boolean
  /**
   * `records` in `body` are views on the receive buffer, valid until this returns or first awaits.
   * @throws CloseConnection
   */
  handle(
    body: MessageOf<Request>,
    caller: Caller,
  ): MessageInput<Response> | typeof NO_ANSWER | Promise<MessageInput<Response> | typeof NO_ANSWER>
}

/** Ties a handler to its messages, so that the compiler checks both. */
export function handler<Request extends Message, Response extends Message>(
  request: Request,
  response: Response,
  handle: Handler<Request, Response>['handle'],
  options: { mayOverlap?: boolean } = {},
): Handler {
  const made: Handler<Request, Response> = {
    request,
    response,
    handle,
    mayOverlap: options.mayOverlap ?? false,
  }
  return made
}
