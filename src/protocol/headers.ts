/**
 * What stands in front of every request and response. The first eight bytes of a request are the
 * same in all versions; API key and version in them tell how the rest of the header is encoded.
 */
import { ProtocolError, Reader, type Writer } from '../bytes/index.ts'
import { ApiKey } from './api-key.ts'
import { apiOf } from './apis.ts'
import { codecOf } from './codec.ts'
import { int16, int32, neverFlexible, nullable, since, string } from './language.ts'
import { message, type Message, type MessageInput, type MessageOf } from './message.ts'

/**
 * v0 is used by ControlledShutdown v0 alone, v1 adds the client id, v2 a tag section (KIP-482). The
 * client id keeps its old length, so that an old broker can read the header of any ApiVersions.
 */
export const RequestHeader = message({
  name: 'RequestHeader',
  kind: 'header',
  versions: [0, 2],
  flexible: 2,
  fields: {
    requestApiKey: int16,
    requestApiVersion: int16,
    correlationId: int32,
    clientId: neverFlexible(since(1, nullable(string))),
  },
})
export type RequestHeader = MessageOf<typeof RequestHeader>

/** v1 adds a tag section (KIP-482). */
export const ResponseHeader = message({
  name: 'ResponseHeader',
  kind: 'header',
  versions: [0, 1],
  flexible: 1,
  fields: { correlationId: int32 },
})
export type ResponseHeader = MessageOf<typeof ResponseHeader>

/** @throws ProtocolError for an API key that is not served. */
export function requestHeaderVersion(apiKey: number, apiVersion: number): number {
  if (apiKey === ApiKey.ControlledShutdown && apiVersion === 0) return 0
  return isFlexible(messagesOf(apiKey).request, apiVersion) ? 2 : 1
}

/**
 * The header of an ApiVersions response is always v0: its reader does not know yet what the broker
 * understands (KIP-511).
 *
 * @throws ProtocolError for an API key that is not served.
 */
export function responseHeaderVersion(apiKey: number, apiVersion: number): number {
  if (apiKey === ApiKey.ApiVersions) return 0
  return isFlexible(messagesOf(apiKey).response, apiVersion) ? 1 : 0
}

/**
 * Reads the header at `reader` and leaves it before the body. The version is not checked against what
 * is served, because an ApiVersions request of a version to come is to be answered (KIP-511).
 *
 * @throws ProtocolError for an API key that is not served, and for a header that is cut or malformed.
 */
export function readRequestHeader(reader: Reader): RequestHeader {
  const ahead = new Reader(reader.buffer, reader.position, reader.end)
  const version = requestHeaderVersion(ahead.int16(), ahead.int16())
  return codecOf(RequestHeader, version).read(reader)
}

/** The client id is left out where the header has no place for it. */
export function writeRequestHeader(
  writer: Writer,
  header: MessageInput<typeof RequestHeader>,
): void {
  const version = requestHeaderVersion(header.requestApiKey, header.requestApiVersion)
  const hasClientId = version > 0
  codecOf(RequestHeader, version).write(
    writer,
    hasClientId ? header : { ...header, clientId: null },
  )
}

/** The header of the response to a request of `apiKey` and `apiVersion`. */
export function readResponseHeader(
  reader: Reader,
  apiKey: number,
  apiVersion: number,
): ResponseHeader {
  return codecOf(ResponseHeader, responseHeaderVersion(apiKey, apiVersion)).read(reader)
}

/** The header of the response to the request with `request` as its header. */
export function writeResponseHeader(writer: Writer, request: RequestHeader): void {
  const { requestApiKey, requestApiVersion, correlationId } = request
  const version = responseHeaderVersion(requestApiKey, requestApiVersion)
  codecOf(ResponseHeader, version).write(writer, { correlationId })
}

function isFlexible({ flexible }: Message, version: number): boolean {
  return flexible !== undefined && version >= flexible
}

function messagesOf(apiKey: number): { request: Message; response: Message } {
  const api = apiOf(apiKey)
  if (api === undefined) throw new ProtocolError(`API key ${apiKey} is not served`)
  return api
}
