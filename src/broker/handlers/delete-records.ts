import { DeleteRecordsRequest, DeleteRecordsResponse } from '../../protocol/index.ts'
import { deleteRecords as deleteRecordsOf } from '../../replica/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'

/** DeleteRecords (21): moves the start of partitions forward (KIP-107). */
export function deleteRecords(broker: BrokerContext): Handler {
  return handler(DeleteRecordsRequest, DeleteRecordsResponse, ({ topics }) => ({
    throttleTimeMs: 0,
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, offset }) => ({
        partitionIndex,
        ...deleteRecordsOf(broker.replicas, { topic: name, partition: partitionIndex, offset }),
      })),
    })),
  }))
}
