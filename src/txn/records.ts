/** A change that is stored; the bytes are in `record-codec.ts`. */
import type { TransactionMetadata } from './transaction.ts'

export interface TransactionRecord {
  readonly type: 'stored'
  readonly transactionalId: string
  /** Null is a tombstone: the transactional id is forgotten. */
  readonly metadata: TransactionMetadata | null
}

export function recordOf(metadata: TransactionMetadata): TransactionRecord {
  return { type: 'stored', transactionalId: metadata.transactionalId, metadata }
}

export function tombstoneOf(transactionalId: string): TransactionRecord {
  return { type: 'stored', transactionalId, metadata: null }
}
