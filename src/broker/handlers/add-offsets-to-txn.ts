import { GROUP_METADATA_TOPIC } from '../../metadata/index.ts'
import { AddOffsetsToTxnRequest, AddOffsetsToTxnResponse } from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'
import { fencedFor, knowsFenced } from '../old-versions.ts'

/** AddOffsetsToTxn (25): the partition with the offsets of a group becomes part of the transaction. */
export function addOffsetsToTxn(broker: BrokerContext): Handler {
  return handler(AddOffsetsToTxnRequest, AddOffsetsToTxnResponse, async (body, caller) => {
    const { groupId, ...producer } = body
    const partition = broker.groups.partitionFor(groupId)
    const { errorCode } = await broker.transactions.addPartitions({
      ...producer,
      partitions: [{ topic: GROUP_METADATA_TOPIC, partition }],
    })
    const isFencedKnown = knowsFenced(caller.header.requestApiVersion)
    return { throttleTimeMs: 0, errorCode: fencedFor(errorCode, isFencedKnown) }
  })
}
