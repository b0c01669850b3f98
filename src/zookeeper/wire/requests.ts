/**
 * What clients send: a header and, by its type, one of these. A connection begins with a
 * ConnectRequest that has no header.
 */
import { array, jute, nullable, type MessageOf } from '../../protocol/index.ts'
import { acls, record } from './data.ts'

/** Asks for a session, or for the session it names to go on. 3.4 and newer append a boolean, `readOnly`. */
export const ConnectRequest = record('ConnectRequest', {
  protocolVersion: jute.int,
  lastZxidSeen: jute.longExact,
  timeOut: jute.int,
  sessionId: jute.longExact,
  passwd: nullable(jute.buffer),
})
export type ConnectRequest = MessageOf<typeof ConnectRequest>

export const RequestHeader = record('RequestHeader', { xid: jute.int, type: jute.int })
export type RequestHeader = MessageOf<typeof RequestHeader>

/** In front of every operation of a multi, and once more, `done`, behind the last. */
export const MultiHeader = record('MultiHeader', {
  type: jute.int,
  done: jute.boolean,
  err: jute.int,
})

export const CreateRequest = record('CreateRequest', {
  path: jute.string,
  data: nullable(jute.buffer),
  acl: nullable(acls),
  flags: jute.int,
})
export type CreateRequest = MessageOf<typeof CreateRequest>

export const CreateTTLRequest = record('CreateTTLRequest', {
  path: jute.string,
  data: nullable(jute.buffer),
  acl: nullable(acls),
  flags: jute.int,
  ttl: jute.longExact,
})
export type CreateTTLRequest = MessageOf<typeof CreateTTLRequest>

export const DeleteRequest = record('DeleteRequest', { path: jute.string, version: jute.int })
export type DeleteRequest = MessageOf<typeof DeleteRequest>

export const SetDataRequest = record('SetDataRequest', {
  path: jute.string,
  data: nullable(jute.buffer),
  version: jute.int,
})
export type SetDataRequest = MessageOf<typeof SetDataRequest>

export const CheckVersionRequest = record('CheckVersionRequest', {
  path: jute.string,
  version: jute.int,
})
export type CheckVersionRequest = MessageOf<typeof CheckVersionRequest>

export const SetACLRequest = record('SetACLRequest', {
  path: jute.string,
  acl: nullable(acls),
  version: jute.int,
})
export type SetACLRequest = MessageOf<typeof SetACLRequest>

/** exists, getData, getChildren and getChildren2 ask alike. */
export const ReadRequest = record('ReadRequest', { path: jute.string, watch: jute.boolean })
export type ReadRequest = MessageOf<typeof ReadRequest>

/** getACL and getAllChildrenNumber. */
export const PathRequest = record('PathRequest', { path: jute.string })

/** sync gives back whatever it was given. */
export const SyncRequest = record('SyncRequest', { path: nullable(jute.string) })

export const GetEphemeralsRequest = record('GetEphemeralsRequest', {
  prefixPath: nullable(jute.string),
})

export const ReconfigRequest = record('ReconfigRequest', {
  joiningServers: nullable(jute.string),
  leavingServers: nullable(jute.string),
  newMembers: nullable(jute.string),
  curConfigId: jute.longExact,
})

export const AuthPacket = record('AuthPacket', {
  type: jute.int,
  scheme: nullable(jute.string),
  auth: nullable(jute.buffer),
})

/** A SASL token, either way. */
export const SaslToken = record('SaslToken', { token: nullable(jute.buffer) })

const paths = array(jute.string)

/** Watches that a client had on its earlier connection, where it had seen `relativeZxid`. */
export const SetWatches = record('SetWatches', {
  relativeZxid: jute.longExact,
  dataWatches: paths,
  existWatches: paths,
  childWatches: paths,
})
export type SetWatches = MessageOf<typeof SetWatches>

/** The same since 3.6. */
export const SetWatches2 = record('SetWatches2', {
  relativeZxid: jute.longExact,
  dataWatches: paths,
  existWatches: paths,
  childWatches: paths,
  persistentWatches: paths,
  persistentRecursiveWatches: paths,
})
export type SetWatches2 = MessageOf<typeof SetWatches2>

export const AddWatchRequest = record('AddWatchRequest', { path: jute.string, mode: jute.int })

/** checkWatches and removeWatches. */
export const WatcherTypeRequest = record('WatcherTypeRequest', {
  path: jute.string,
  type: jute.int,
})
