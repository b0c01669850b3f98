import { partitionOf } from '../../metadata/index.ts'
import { ErrorCode, OffsetDeleteRequest, OffsetDeleteResponse } from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'

/** OffsetDelete (47): forgets committed offsets of topics that no member is subscribed to (KIP-496). */
export function offsetDelete(broker: BrokerContext): Handler {
  return handler(OffsetDeleteRequest, OffsetDeleteResponse, async ({ groupId, topics }) => {
    const { image } = broker.metadata
    const asked = topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex }) => ({ topic: name, partition: partitionIndex })),
    )
    const known = asked.filter(
      ({ topic, partition }) => partitionOf(image, topic, partition) !== undefined,
    )
    const reply = await broker.groups.deleteOffsets({ groupId, partitions: known })
    if (reply.errorCode !== ErrorCode.NONE)
      return { errorCode: reply.errorCode, throttleTimeMs: 0, topics: [] }
    const results = new Map(
      reply.partitions.map(({ topic, partition, errorCode }) => [
        `${topic}/${partition}`,
        errorCode,
      ]),
    )
    return {
      errorCode: ErrorCode.NONE,
      throttleTimeMs: 0,
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => ({
          partitionIndex,
          errorCode:
            results.get(`${name}/${partitionIndex}`) ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        })),
      })),
    }
  })
}
