/** The pieces that many of ZooKeeper's records hold, and what is common to all of them. */
import {
  array,
  codecOf,
  jute,
  message,
  nullable,
  struct,
  type Fields,
  type Message,
  type MessageInput,
  type MessageOf,
  type OutputOf,
} from '../../protocol/index.ts'
import type { Reader, Writer } from '../../bytes/index.ts'

/** Records have no versions: what changed got a number of its own. */
const ONLY_VERSION = 0

/** A record of the wire. */
export function record<const F extends Fields>(name: string, fields: F): Message<F> {
  return message({ name, kind: 'request', versions: [ONLY_VERSION, ONLY_VERSION], fields })
}

/** A record of the log: we or a server like ours wrote it, so it may be larger. */
export function storedRecord<const F extends Fields>(name: string, fields: F): Message<F> {
  return message({ name, kind: 'data', versions: [ONLY_VERSION, ONLY_VERSION], fields })
}

/** @throws ProtocolError for bytes that are not such a record; what follows it is the caller's business */
export function readRecord<M extends Message>(description: M, reader: Reader): MessageOf<M> {
  return codecOf(description, ONLY_VERSION).read(reader)
}

export function writeRecord<M extends Message>(
  description: M,
  writer: Writer,
  value: MessageInput<M>,
): void {
  codecOf(description, ONLY_VERSION).write(writer, value)
}

/** Who somebody is, or has to be: `world:anyone`, `digest:name:hash`, `ip:10.0.0.0/8`. */
export const identity = struct({ scheme: nullable(jute.string), id: jute.string })
export type Identity = OutputOf<typeof identity>

/** What an identity may do. */
export const acl = struct({ perms: jute.int, id: identity })
export type Acl = OutputOf<typeof acl>

export const acls = array(acl)

/** A node's state as servers keep it, and snapshots hold it. */
export const StatPersisted = storedRecord('StatPersisted', {
  czxid: jute.longExact,
  mzxid: jute.longExact,
  ctime: jute.longExact,
  mtime: jute.longExact,
  version: jute.int,
  cversion: jute.int,
  aversion: jute.int,
  ephemeralOwner: jute.longExact,
  pzxid: jute.longExact,
})
export type StatPersisted = MessageOf<typeof StatPersisted>

/** A node's state as clients see it. */
export const stat = struct({
  czxid: jute.longExact,
  mzxid: jute.longExact,
  ctime: jute.longExact,
  mtime: jute.longExact,
  version: jute.int,
  cversion: jute.int,
  aversion: jute.int,
  ephemeralOwner: jute.longExact,
  dataLength: jute.int,
  numChildren: jute.int,
  pzxid: jute.longExact,
})
export type Stat = OutputOf<typeof stat>
