import { ErrorCode, ListOffsetsRequest, ListOffsetsResponse } from '../../protocol/index.ts'
import { findOffset, segmentOffsets, type OffsetQuery } from '../../replica/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'
import { wantsSegmentOffsets } from '../old-versions.ts'

const READ_COMMITTED = 1

/** ListOffsets (2): the offset that belongs to a time, or to the start or end of a partition. */
export function listOffsets(broker: BrokerContext): Handler {
  return handler(ListOffsetsRequest, ListOffsetsResponse, async (body, caller) => {
    const isOldStyle = wantsSegmentOffsets(caller.header.requestApiVersion)
    const asked = new Set<string>()
    const topics = await Promise.all(
      body.topics.map(async ({ name, partitions }) => ({
        name,
        partitions: await Promise.all(
          partitions.map(async partition => {
            const { partitionIndex, maxNumOffsets } = partition
            const key = `${name}/${partitionIndex}`
            if (asked.has(key))
              return { partitionIndex, errorCode: ErrorCode.INVALID_REQUEST, oldStyleOffsets: [] }
            asked.add(key)
            const query: OffsetQuery = {
              topic: name,
              partition: partitionIndex,
              timestamp: partition.timestamp,
              currentLeaderEpoch: partition.currentLeaderEpoch,
              isolation:
                body.isolationLevel === READ_COMMITTED ? 'read_committed' : 'read_uncommitted',
            }
            if (isOldStyle) {
              const { errorCode, offsets } = segmentOffsets(broker.replicas, query, maxNumOffsets)
              return { partitionIndex, errorCode, oldStyleOffsets: offsets }
            }
            return {
              partitionIndex,
              oldStyleOffsets: [],
              ...(await findOffset(broker.replicas, query)),
            }
          }),
        ),
      })),
    )
    return { topics }
  })
}
