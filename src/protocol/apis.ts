/** The APIs that have a description: key, versions, request and response. */
import assert from 'node:assert/strict'
import { apiKeyName, type ApiKey } from './api-key.ts'
import type { Message, MessageKind } from './message.ts'
import * as descriptions from './messages/index.ts'
import type { VersionRange } from './type.ts'

export interface Api {
  readonly key: ApiKey
  /** As in `Fetch`: the name of the request without the word. */
  readonly name: string
  readonly request: Message
  readonly response: Message
  /** What can be served. */
  readonly versions: VersionRange
  /** What is told to clients: without a newest version that is not final yet. */
  readonly advertised: VersionRange
}

/** Every message that `messages/` describes, in no particular order. */
export const messages: readonly Message[] = Object.values(descriptions)

/** In the order of their keys. */
export const apis: readonly Api[] = messages
  .filter(({ kind }) => kind === 'request')
  .map(toApi)
  .sort((left, right) => left.key - right.key)

const byKey = new Map<number, Api>(apis.map(api => [api.key, api]))

export function apiOf(key: number): Api | undefined {
  return byKey.get(key)
}

function toApi(request: Message): Api {
  const key = request.apiKey as ApiKey
  const response = messages.find(isMessage('response', key))
  assert(response !== undefined, `${request.name} has no response`)
  const [first, last] = request.versions
  return {
    key,
    name: apiKeyName(key),
    request,
    response,
    versions: request.versions,
    advertised: [first, request.isLatestUnstable ? last - 1 : last],
  }
}

function isMessage(kind: MessageKind, key: number): (message: Message) => boolean {
  return message => message.kind === kind && message.apiKey === key
}
