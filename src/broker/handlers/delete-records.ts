import { DeleteRecordsRequest, DeleteRecordsResponse } from '../../protocol/index.ts'
import { deleteRecords as deleteRecordsOf } from '../../replica/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'

/** A request may not hold its memory for ever, whatever it says. */
const LONGEST_WAIT_MS = 600_000

/** DeleteRecords (21): moves the start of partitions forward, on all replicas (KIP-107). */
export function deleteRecords(broker: BrokerContext): Handler {
  return handler(DeleteRecordsRequest, DeleteRecordsResponse, async ({ topics, timeoutMs }) => {
    const wait = {
      clock: broker.host.clock,
      timeoutMs: Math.min(Math.max(0, timeoutMs), LONGEST_WAIT_MS),
    }
    const answers = topics.map(async ({ name: topic, partitions }) => ({
      name: topic,
      partitions: await Promise.all(
        partitions.map(async ({ partitionIndex: partition, offset }) => ({
          partitionIndex: partition,
          ...(await deleteRecordsOf(broker.replicas, { topic, partition, offset }, wait)),
        })),
      ),
    }))
    return { throttleTimeMs: 0, topics: await Promise.all(answers) }
  })
}
