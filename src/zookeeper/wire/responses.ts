/** What servers send: a header and, by the request it answers, one of these. */
import { array, jute, nullable, struct, type MessageOf } from '../../protocol/index.ts'
import { acls, record, stat } from './data.ts'

/** Like ConnectRequest without a header; `readOnly` follows when the request had it. A timeout of 0 says that the session is gone. */
export const ConnectResponse = record('ConnectResponse', {
  protocolVersion: jute.int,
  timeOut: jute.int,
  sessionId: jute.longExact,
  passwd: nullable(jute.buffer),
})
export type ConnectResponse = MessageOf<typeof ConnectResponse>

export const ReplyHeader = record('ReplyHeader', {
  xid: jute.int,
  zxid: jute.longExact,
  err: jute.int,
})
export type ReplyHeader = MessageOf<typeof ReplyHeader>

/** Comes with xid -1, before the answer to whatever shows the change. */
export const WatcherEvent = record('WatcherEvent', {
  type: jute.int,
  state: jute.int,
  path: nullable(jute.string),
})
export type WatcherEvent = MessageOf<typeof WatcherEvent>

/** create and sync. */
export const PathResponse = record('PathResponse', { path: nullable(jute.string) })

/** create2, createContainer and createTTL. */
export const Create2Response = record('Create2Response', { path: jute.string, stat })

/** exists, setData and setACL. */
export const StatResponse = record('StatResponse', { stat })

export const GetDataResponse = record('GetDataResponse', { data: nullable(jute.buffer), stat })
export type GetDataResponse = MessageOf<typeof GetDataResponse>

export const GetACLResponse = record('GetACLResponse', { acl: acls, stat })

export const GetChildrenResponse = record('GetChildrenResponse', { children: array(jute.string) })

export const GetChildren2Response = record('GetChildren2Response', {
  children: array(jute.string),
  stat,
})

export const GetAllChildrenNumberResponse = record('GetAllChildrenNumberResponse', {
  totalNumber: jute.int,
})

export const GetEphemeralsResponse = record('GetEphemeralsResponse', {
  ephemerals: array(jute.string),
})

export const ErrorResponse = record('ErrorResponse', { err: jute.int })

export const WhoAmIResponse = record('WhoAmIResponse', {
  clientInfo: array(struct({ authScheme: jute.string, user: jute.string })),
})
