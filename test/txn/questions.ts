/** Questions for the transaction machine with everything filled in, of which a test states what matters. */
import type { AddPartitions, EndTransaction } from '../../src/txn/index.ts'

interface Producer {
  readonly producerId: number
  readonly producerEpoch: number
}

export function addPartitions(
  { producerId, producerEpoch }: Producer,
  fields: Partial<AddPartitions> = {},
): AddPartitions {
  return {
    ...{ type: 'add-partitions', transactionalId: 't', producerId, producerEpoch },
    partitions: [{ topic: 'a', partition: 0 }],
    ...fields,
  }
}

export function endTransaction(
  { producerId, producerEpoch }: Producer,
  fields: Partial<EndTransaction> = {},
): EndTransaction {
  return {
    ...{ type: 'end-transaction', transactionalId: 't', producerId, producerEpoch },
    committed: true,
    ...fields,
  }
}
