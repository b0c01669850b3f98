/** The broker that coordinates the group: found when needed, forgotten when it has moved; commits go to it. */
import {
  ErrorCode,
  OffsetCommitRequest,
  OffsetCommitResponse,
  type Message,
  type MessageOf,
} from '../../protocol/index.ts'
import { apiCall, type ApiCall, type Body } from '../connection/api-call.ts'
import type { SendOptions } from '../connection/broker-connection.ts'
import type { Cluster } from '../connection/cluster.ts'
import type { BrokerNode } from '../connection/cluster-view.ts'
import {
  askOffsetFetch,
  offsetCommitTopics,
  type FetchedOffset,
} from '../connection/committed-offsets.ts'
import { isWorthRetrying, KafkaError, unwrap } from '../errors.ts'
import { nameOf, type TopicPartition } from '../topic-partition.ts'
import type { ConsumerGroupMetadata, OffsetToCommit } from './consumer.ts'

/** v10 names topics by id (KIP-848). */
const offsetCommitCall = apiCall(OffsetCommitRequest, OffsetCommitResponse, { to: 9 })

const movedCodes = new Set<number>([ErrorCode.NOT_COORDINATOR, ErrorCode.COORDINATOR_NOT_AVAILABLE])

export class GroupCoordinator {
  readonly groupId: string
  readonly #cluster: Cluster
  #node: BrokerNode | undefined

  constructor(cluster: Cluster, groupId: string) {
    this.#cluster = cluster
    this.groupId = groupId
  }

  /** Sends to the coordinator, looking for it when it is not known. */
  async send<Q extends Message, S extends Message>(
    call: ApiCall<Q, S>,
    body: Body<Q>,
    options?: SendOptions,
  ): Promise<MessageOf<S>> {
    try {
      this.#node ??= await this.#cluster.findCoordinator('group', this.groupId)
      const connection = await this.#cluster.connectionToCoordinator(this.#node)
      return (await connection.send(call, body, options)).body
    } catch (error) {
      if (isWorthRetrying(error)) this.#node = undefined
      throw error
    }
  }

  /** To be called with every error the coordinator answers with: one that has moved is looked for anew. */
  heed(errorCode: number): void {
    if (movedCodes.has(errorCode)) this.#node = undefined
  }

  /** Once. @throws KafkaError, what is worth retrying included */
  async fetchCommitted(partitions: readonly TopicPartition[]): Promise<readonly FetchedOffset[]> {
    try {
      this.#node ??= await this.#cluster.findCoordinator('group', this.groupId)
      const connection = await this.#cluster.connectionToCoordinator(this.#node)
      const question = { groupId: this.groupId, partitions, requireStable: true }
      return unwrap(await askOffsetFetch(connection, question))
    } catch (error) {
      if (error instanceof KafkaError) this.heed(error.errorCode)
      else if (isWorthRetrying(error)) this.#node = undefined
      throw error
    }
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
        throw commitError(errorCode, nameOf({ topic: name, partition: partitionIndex }))
      }
    }
  }
}

function commitError(errorCode: number, name: string): KafkaError {
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
