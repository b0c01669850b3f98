import { javaHashPartition } from '../bytes/index.ts'

/** The partition of `__transaction_state` whose leader coordinates the id: all brokers must agree on it. */
export function transactionPartition(transactionalId: string, partitionCount: number): number {
  return javaHashPartition(transactionalId, partitionCount)
}
