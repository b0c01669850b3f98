import type { OffsetToCommit } from '../../group/index.ts'
import { partitionOf } from '../../metadata/index.ts'
import { ErrorCode, OffsetCommitRequest, OffsetCommitResponse } from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'
import { commitsByTopicId, keepsOffsetsInZooKeeper } from '../old-versions.ts'

/** OffsetCommit (8): kept in `__consumer_offsets`; in version 0 below /consumers in ZooKeeper. */
export function offsetCommit(broker: BrokerContext): Handler {
  return handler(OffsetCommitRequest, OffsetCommitResponse, async (body, caller) => {
    const version = caller.header.requestApiVersion
    const { image } = broker.metadata
    const results = new Map<string, ErrorCode>()
    const offsets: OffsetToCommit[] = []
    const topics = body.topics.map(topic => {
      const name = commitsByTopicId(version) ? image.topicNames.get(topic.topicId) : topic.name
      return { ...topic, name: name ?? '', isKnown: name !== undefined }
    })
    for (const { name, isKnown, partitions } of topics) {
      for (const partition of partitions) {
        const index = partition.partitionIndex
        if (partitionOf(image, name, index) === undefined) {
          const problem = isKnown
            ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
            : ErrorCode.UNKNOWN_TOPIC_ID
          results.set(`${name}/${index}`, problem)
          continue
        }
        offsets.push({
          topic: name,
          partition: index,
          offset: partition.committedOffset,
          leaderEpoch: partition.committedLeaderEpoch,
          metadata: partition.committedMetadata,
          commitTimestamp: partition.commitTimestamp,
        })
      }
    }
    for (const { topic, partition, errorCode } of await commit(broker, body, offsets, version)) {
      results.set(`${topic}/${partition}`, errorCode)
    }
    return {
      topics: topics.map(({ name, topicId, partitions }) => ({
        name,
        topicId,
        partitions: partitions.map(({ partitionIndex }) => ({
          partitionIndex,
          errorCode:
            results.get(`${name}/${partitionIndex}`) ?? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        })),
      })),
    }
  })
}

async function commit(
  broker: BrokerContext,
  body: OffsetCommitRequest,
  offsets: readonly OffsetToCommit[],
  version: number,
): Promise<readonly { topic: string; partition: number; errorCode: ErrorCode }[]> {
  if (offsets.length === 0) return []
  if (keepsOffsetsInZooKeeper(version)) return broker.oldOffsets.commit(body.groupId, offsets)
  const reply = await broker.groups.commitOffsets({
    groupId: body.groupId,
    memberId: body.memberId,
    groupInstanceId: body.groupInstanceId,
    generationId: body.generationIdOrMemberEpoch,
    retentionMs: body.retentionTimeMs,
    offsets,
    knowsGroupIdNotFound: commitsByTopicId(version),
    producer: undefined,
  })
  return reply.partitions
}
