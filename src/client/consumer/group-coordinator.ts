/** The coordinator of a group as a consumer asks it: committed offsets, read and written. */
import { ErrorCode, OffsetCommitRequest, OffsetCommitResponse } from '../../protocol/index.ts'
import { apiCall } from '../connection/api-call.ts'
import type { Cluster } from '../connection/cluster.ts'
import {
  askOffsetFetch,
  offsetCommitTopics,
  type FetchedOffset,
} from '../connection/committed-offsets.ts'
import { Coordinator } from '../connection/coordinator.ts'
import { KafkaError, unwrap } from '../errors.ts'
import { nameOf, type TopicPartition } from '../topic-partition.ts'
import type { ConsumerGroupMetadata, OffsetToCommit } from './consumer.ts'

/** v10 names topics by id (KIP-848). */
const offsetCommitCall = apiCall(OffsetCommitRequest, OffsetCommitResponse, { to: 9 })

export class GroupCoordinator extends Coordinator {
  constructor(cluster: Cluster, groupId: string) {
    super(cluster, 'group', groupId)
  }

  get groupId(): string {
    return this.key
  }

  /** Once. @throws KafkaError, what is worth retrying included */
  async fetchCommitted(partitions: readonly TopicPartition[]): Promise<readonly FetchedOffset[]> {
    const question = { groupId: this.groupId, partitions, requireStable: true }
    const outcome = await this.exchange(connection => askOffsetFetch(connection, question))
    if (!outcome.ok) this.heed(outcome.error.errorCode)
    return unwrap(outcome)
  }

  /** Once. @throws KafkaError COMMIT_FAILED when the group has gone on; what is worth retrying */
  async commit(offsets: readonly OffsetToCommit[], member: ConsumerGroupMetadata): Promise<void> {
    if (offsets.length === 0) return
    const answer = await this.send(offsetCommitCall, () => ({
      groupId: this.groupId,
      generationIdOrMemberEpoch: member.generationId,
      memberId: member.memberId,
      ...(member.groupInstanceId === null ? {} : { groupInstanceId: member.groupInstanceId }),
      topics: offsetCommitTopics(offsets),
    }))
    for (const { name, partitions } of answer.topics) {
      for (const { partitionIndex, errorCode } of partitions) {
        if (errorCode === ErrorCode.NONE) continue
        this.heed(errorCode)
        throw refusedCommit(errorCode, nameOf({ topic: name, partition: partitionIndex }))
      }
    }
  }
}

function refusedCommit(errorCode: number, name: string): KafkaError {
  switch (errorCode) {
    case ErrorCode.UNKNOWN_MEMBER_ID:
    case ErrorCode.ILLEGAL_GENERATION:
      return new KafkaError(
        'COMMIT_FAILED',
        'Offset commit cannot be completed since the consumer is not part of an active group for ' +
          'auto partition assignment; it is likely that the consumer was kicked out of the group.',
        { cause: KafkaError.of(errorCode) },
      )
    case ErrorCode.REBALANCE_IN_PROGRESS:
      return new KafkaError(
        'REBALANCE_IN_PROGRESS',
        'Offset commit cannot be completed since the consumer is undergoing a rebalance for auto ' +
          'partition assignment. You can try completing the rebalance by calling poll() and then ' +
          'retry the operation.',
      )
    case ErrorCode.UNKNOWN_TOPIC_OR_PARTITION:
      return KafkaError.of(errorCode, `Topic or Partition ${name} does not exist`)
    default:
      return KafkaError.of(errorCode)
  }
}
