/** What the transaction log holds (`org.apache.zookeeper.txn`), and the headers of its files. */
import { array, jute, nullable, struct, type MessageOf } from '../../protocol/index.ts'
import { acls, storedRecord } from './data.ts'

/** In front of log and snapshot files. */
export const FileHeader = storedRecord('FileHeader', {
  magic: jute.int,
  version: jute.int,
  dbid: jute.longExact,
})

/** Which session asked for it under which number, its place in the order of all, when, and what. */
export const TxnHeader = storedRecord('TxnHeader', {
  clientId: jute.longExact,
  cxid: jute.int,
  zxid: jute.longExact,
  time: jute.longExact,
  type: jute.int,
})
export type TxnHeader = MessageOf<typeof TxnHeader>

/** Digest of the tree after the transaction; since 3.6, and absent behind errors. */
export const TxnDigest = storedRecord('TxnDigest', {
  version: jute.int,
  treeDigest: jute.longExact,
})
export type TxnDigest = MessageOf<typeof TxnDigest>

const created = {
  path: jute.string,
  data: nullable(jute.buffer),
  acl: nullable(acls),
} as const

/** Logs of 3.3 and older end here. */
export const CreateTxnV0 = storedRecord('CreateTxnV0', { ...created, ephemeral: jute.boolean })

export const CreateTxn = storedRecord('CreateTxn', {
  ...created,
  ephemeral: jute.boolean,
  parentCVersion: jute.int,
})
export type CreateTxn = MessageOf<typeof CreateTxn>

export const CreateTTLTxn = storedRecord('CreateTTLTxn', {
  ...created,
  parentCVersion: jute.int,
  ttl: jute.longExact,
})
export type CreateTTLTxn = MessageOf<typeof CreateTTLTxn>

export const CreateContainerTxn = storedRecord('CreateContainerTxn', {
  ...created,
  parentCVersion: jute.int,
})
export type CreateContainerTxn = MessageOf<typeof CreateContainerTxn>

export const DeleteTxn = storedRecord('DeleteTxn', { path: jute.string })
export type DeleteTxn = MessageOf<typeof DeleteTxn>

export const SetDataTxn = storedRecord('SetDataTxn', {
  path: jute.string,
  data: nullable(jute.buffer),
  version: jute.int,
})
export type SetDataTxn = MessageOf<typeof SetDataTxn>

export const CheckVersionTxn = storedRecord('CheckVersionTxn', {
  path: jute.string,
  version: jute.int,
})
export type CheckVersionTxn = MessageOf<typeof CheckVersionTxn>

export const SetACLTxn = storedRecord('SetACLTxn', {
  path: jute.string,
  acl: nullable(acls),
  version: jute.int,
})
export type SetACLTxn = MessageOf<typeof SetACLTxn>

export const CreateSessionTxn = storedRecord('CreateSessionTxn', { timeOut: jute.int })
export type CreateSessionTxn = MessageOf<typeof CreateSessionTxn>

/** The ephemeral nodes that go with the session; since 3.6. */
export const CloseSessionTxn = storedRecord('CloseSessionTxn', { paths2Delete: array(jute.string) })
export type CloseSessionTxn = MessageOf<typeof CloseSessionTxn>

/** The zxid was given out, and nothing came of it. */
export const ErrorTxn = storedRecord('ErrorTxn', { err: jute.int })
export type ErrorTxn = MessageOf<typeof ErrorTxn>

/** The operations of a multi, each encoded for itself. */
export const MultiTxn = storedRecord('MultiTxn', {
  txns: array(struct({ type: jute.int, data: jute.buffer })),
})
