import type { OffsetToCommit } from '../../group/index.ts'
import { partitionOf } from '../../metadata/index.ts'
import { ErrorCode, TxnOffsetCommitRequest, TxnOffsetCommitResponse } from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'
import { commitsAbortable, survivesLoading } from '../old-versions.ts'

/** TxnOffsetCommit (28): offsets of a group that count when the transaction is committed. */
export function txnOffsetCommit(broker: BrokerContext): Handler {
  return handler(TxnOffsetCommitRequest, TxnOffsetCommitResponse, async (body, caller) => {
    const version = caller.header.requestApiVersion
    const { image } = broker.metadata
    const offsets: OffsetToCommit[] = body.topics.flatMap(({ name, partitions }) =>
      partitions
        .filter(({ partitionIndex }) => partitionOf(image, name, partitionIndex) !== undefined)
        .map(partition => ({
          topic: name,
          partition: partition.partitionIndex,
          offset: partition.committedOffset,
          leaderEpoch: partition.committedLeaderEpoch,
          metadata: partition.committedMetadata,
          commitTimestamp: -1n,
        })),
    )
    const results = new Map<string, ErrorCode>()
    for (const { topic, partition, errorCode } of await commit(broker, body, offsets, version)) {
      results.set(`${topic}/${partition}`, forVersion(errorCode, version))
    }
    return {
      throttleTimeMs: 0,
      topics: body.topics.map(({ name, partitions }) => ({
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

type Commits = readonly { topic: string; partition: number; errorCode: ErrorCode }[]

/** The coordinator of the group is asked first: it knows whether it may answer at all. */
async function commit(
  { groups, verification }: BrokerContext,
  body: TxnOffsetCommitRequest,
  offsets: readonly OffsetToCommit[],
  version: number,
): Promise<Commits> {
  if (offsets.length === 0) return []
  const { groupId, memberId, groupInstanceId, generationId, ...producer } = body
  const problem =
    groups.checkCommit(groupId) ||
    (await verification.checkOffsets(producer, groupId, commitsAbortable(version)))
  if (problem !== ErrorCode.NONE) return offsets.map(offset => ({ ...offset, errorCode: problem }))
  const { producerId, producerEpoch } = producer
  const { partitions } = await groups.commitOffsets({
    ...{ groupId, memberId, groupInstanceId, generationId, offsets },
    retentionMs: -1n,
    knowsGroupIdNotFound: false,
    producer: { producerId, producerEpoch },
  })
  return partitions
}

function forVersion(errorCode: ErrorCode, version: number): ErrorCode {
  const isLoading = errorCode === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS
  return isLoading && !survivesLoading(version) ? ErrorCode.COORDINATOR_NOT_AVAILABLE : errorCode
}
