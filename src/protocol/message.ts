/**
 * A message: the request or the response of an API, a header, or a record that Kafka stores in the
 * same encoding. Described once for all versions; compiled for each by `codecOf`.
 */
import type { Fields, InputOfFields, OutputOfFields, VersionRange } from './type.ts'

export type MessageKind = 'request' | 'response' | 'header' | 'data'

export interface Message<F extends Fields = Fields> {
  readonly name: string
  readonly kind: MessageKind
  /** Undefined for what is neither request nor response. */
  readonly apiKey: number | undefined
  readonly versions: VersionRange
  /** First version with compact lengths and tag sections (KIP-482); undefined when none has. */
  readonly flexible: number | undefined
  /** True when the newest version is described and served, but not advertised by default. */
  readonly isLatestUnstable: boolean
  readonly fields: F
}

export interface MessageDescription<F extends Fields> {
  name: string
  /** By default told from the name of what has an API key; else 'data'. */
  kind?: MessageKind
  apiKey?: number
  versions: VersionRange
  flexible?: number
  isLatestUnstable?: boolean
  fields: F
}

/** What reading a message gives: every field is there, in every version. */
export type MessageOf<M extends Message> = OutputOfFields<M['fields']>

/** What writing a message takes: see `InputOfFields` for what may be left out. */
export type MessageInput<M extends Message> = InputOfFields<M['fields']>

export function message<F extends Fields>(description: MessageDescription<F>): Message<F> {
  const { name, apiKey, versions, flexible, isLatestUnstable = false, fields } = description
  const kind = description.kind ?? kindOf(name, apiKey)
  return { name, kind, apiKey, versions, flexible, isLatestUnstable, fields }
}

function kindOf(name: string, apiKey: number | undefined): MessageKind {
  if (apiKey === undefined) return 'data'
  return name.endsWith('Response') ? 'response' : 'request'
}
