/** An API as a client calls it: the two messages and the newest version that it speaks. */
import {
  apiKeyId,
  apiOf,
  type Message,
  type MessageInput,
  type MessageOf,
  type VersionRange,
} from '../../protocol/index.ts'
import { KafkaError } from '../errors.ts'

export interface ApiCall<Q extends Message, S extends Message> {
  readonly apiKey: number
  readonly request: Q
  readonly response: S
  /** Versions that may be sent, the last included. */
  readonly versions: VersionRange
}

/** What is sent, once the version is known. */
export type Body<Q extends Message> = (version: number) => MessageInput<Q>

/** An answer and how it came about. */
export interface Answer<S extends Message> {
  readonly body: MessageOf<S>
  readonly version: number
  readonly correlationId: number
}

/** Limits closer than what is described: where older or newer versions ask for more than this client does. */
export interface CallLimits {
  readonly from?: number
  /** Included. */
  readonly to?: number
}

export function apiCall<Q extends Message, S extends Message>(
  request: Q,
  response: S,
  { from = 0, to = Infinity }: CallLimits = {},
): ApiCall<Q, S> {
  const apiKey = request.apiKey ?? -1
  const [first, last] = apiOf(apiKey)?.advertised ?? request.versions
  return { apiKey, request, response, versions: [Math.max(first, from), Math.min(last, to)] }
}

/** What a broker serves, by API key. */
export type ServedVersions = ReadonlyMap<number, VersionRange>

/**
 * The newest version that both sides speak, and that is within `limits`.
 *
 * @throws KafkaError UNSUPPORTED_VERSION when there is none
 */
export function commonVersion(
  { apiKey, versions: ours }: Pick<ApiCall<Message, Message>, 'apiKey' | 'versions'>,
  served: ServedVersions,
): number {
  const theirs = served.get(apiKey)
  const name = apiKeyId(apiKey)
  if (theirs === undefined) {
    throw new KafkaError('UNSUPPORTED_VERSION', `The node does not support ${name}`)
  }
  const version = Math.min(ours[1], theirs[1])
  if (version >= Math.max(ours[0], theirs[0])) return version
  throw new KafkaError(
    'UNSUPPORTED_VERSION',
    `The node does not support ${name} with version in range [${ours[0]},${ours[1]}]. ` +
      `The supported range is [${theirs[0]},${theirs[1]}].`,
  )
}
