/**
 * What a transaction does to the tree, decoded. The numbers in `type` are those of the log; a
 * request that failed leaves an `error` transaction, because its zxid was given out.
 */
import {
  OpCode,
  type CheckVersionTxn,
  type CloseSessionTxn,
  type CreateContainerTxn,
  type CreateSessionTxn,
  type CreateTTLTxn,
  type CreateTxn,
  type DeleteTxn,
  type ErrorTxn,
  type SetACLTxn,
  type SetDataTxn,
  type TxnHeader,
} from '../../wire/index.ts'

/** A change that stands alone or is one of a multi. */
export type SimpleChange =
  | { type: typeof OpCode.create | typeof OpCode.create2; body: CreateTxn }
  | { type: typeof OpCode.createTTL; body: CreateTTLTxn }
  | { type: typeof OpCode.createContainer; body: CreateContainerTxn }
  | { type: typeof OpCode.delete | typeof OpCode.deleteContainer; body: DeleteTxn }
  | { type: typeof OpCode.setData | typeof OpCode.reconfig; body: SetDataTxn }
  | { type: typeof OpCode.check; body: CheckVersionTxn }
  | { type: typeof OpCode.error; body: ErrorTxn }

export type Change =
  | SimpleChange
  | { type: typeof OpCode.setACL; body: SetACLTxn }
  | { type: typeof OpCode.multi; body: readonly SimpleChange[] }
  | { type: typeof OpCode.createSession; body: CreateSessionTxn }
  /** Null in logs from before 3.6, which do not list the session's nodes. */
  | { type: typeof OpCode.closeSession; body: CloseSessionTxn | null }

/** Who asked, in which order, and when. */
export type TransactionHeader = Omit<TxnHeader, 'type'>

/** What the tree's digest is afterwards, and how it was computed. */
export interface TreeDigest {
  version: number
  treeDigest: bigint
}

export interface Transaction {
  header: TransactionHeader
  change: Change
  /** Null where the server that wrote it kept no digests, and for errors. */
  digest: TreeDigest | null
}

/** True for a change that could also be part of a multi. */
export function isSimple(change: Change): change is SimpleChange {
  return (
    change.type !== OpCode.multi &&
    change.type !== OpCode.setACL &&
    change.type !== OpCode.createSession &&
    change.type !== OpCode.closeSession
  )
}

export function errorChange(err: number): SimpleChange & { type: typeof OpCode.error } {
  return { type: OpCode.error, body: { err } }
}
