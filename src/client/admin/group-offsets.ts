/** Committed offsets of groups: read, set, forget. */
import {
  ErrorCode,
  OffsetCommitRequest,
  OffsetCommitResponse,
  OffsetDeleteRequest,
  OffsetDeleteResponse,
} from '../../protocol/index.ts'
import { apiCall } from '../connection/api-call.ts'
import {
  askOffsetFetch,
  offsetCommitTopics,
  type OffsetAndMetadata,
} from '../connection/committed-offsets.ts'
import { failure, KafkaError, outcomeOf, success, unwrap, type Outcome } from '../errors.ts'
import { byTopic, nameOf, type TopicPartition } from '../topic-partition.ts'
import type { AdminCallOptions, AdminContext } from './context.ts'
import { askCoordinators } from './groups.ts'
import type { PartitionOutcome } from './leaders.ts'

/** v10 names topics by id (KIP-848). */
const offsetCommitCall = apiCall(OffsetCommitRequest, OffsetCommitResponse, { to: 9 })
const offsetDeleteCall = apiCall(OffsetDeleteRequest, OffsetDeleteResponse)

export interface ListGroupOffsetsOptions extends AdminCallOptions {
  /** Default: all that the group has committed. */
  readonly partitions?: readonly TopicPartition[] | undefined
  /** Wait for open transactions (KIP-447). */
  readonly requireStable?: boolean
}

/** Offsets of one partition; `null` where the group has committed none. */
export type CommittedOffset = TopicPartition & { readonly committed: OffsetAndMetadata | null }

/** @throws KafkaError for what concerns the whole group, and for the first partition that fails */
export async function listConsumerGroupOffsets(
  context: AdminContext,
  groupId: string,
  { partitions, requireStable = false, ...options }: ListGroupOffsetsOptions = {},
): Promise<readonly CommittedOffset[]> {
  const name = 'listConsumerGroupOffsets(api=FIND_COORDINATOR)'
  return oneGroup(context, groupId, { ...options, name }, async connection => {
    const question = { groupId, partitions: partitions ?? null, requireStable }
    return askOffsetFetch(connection, question)
  })
}

export interface OffsetToCommit extends TopicPartition {
  readonly offset: number
  readonly leaderEpoch?: number | undefined
  readonly metadata?: string | undefined
}

/** Of a group without members. */
export async function alterConsumerGroupOffsets(
  context: AdminContext,
  groupId: string,
  offsets: readonly OffsetToCommit[],
  options: AdminCallOptions = {},
): Promise<readonly PartitionOutcome<undefined>[]> {
  const name = 'alterConsumerGroupOffsets(api=FIND_COORDINATOR)'
  return oneGroup(context, groupId, { ...options, name }, async connection => {
    const { body } = await connection.send(offsetCommitCall, () => ({
      groupId,
      topics: offsetCommitTopics(offsets),
    }))
    return ofCoordinator(inOrder(offsets, body.topics))
  })
}

/** Of topics that no member of the group reads. */
export async function deleteConsumerGroupOffsets(
  context: AdminContext,
  groupId: string,
  partitions: readonly TopicPartition[],
  options: AdminCallOptions = {},
): Promise<readonly PartitionOutcome<undefined>[]> {
  const name = 'deleteConsumerGroupOffsets(api=FIND_COORDINATOR)'
  return oneGroup(context, groupId, { ...options, name }, async connection => {
    const { body } = await connection.send(offsetDeleteCall, () => ({
      groupId,
      topics: [...byTopic(partitions)].map(([topic, items]) => ({
        name: topic,
        partitions: items.map(({ partition }) => ({ partitionIndex: partition })),
      })),
    }))
    if (body.errorCode !== ErrorCode.NONE) return failure(KafkaError.of(body.errorCode))
    return success(inOrder(partitions, body.topics))
  })
}

interface AnsweredTopic {
  readonly name: string
  readonly partitions: readonly { readonly partitionIndex: number; readonly errorCode: number }[]
}

function inOrder(
  partitions: readonly TopicPartition[],
  answered: readonly AnsweredTopic[],
): PartitionOutcome<undefined>[] {
  const codes = new Map(
    answered.flatMap(({ name, partitions: answers }) =>
      answers.map(answer => [
        nameOf({ topic: name, partition: answer.partitionIndex }),
        answer.errorCode,
      ]),
    ),
  )
  return partitions.map(({ topic, partition }) => {
    const errorCode = codes.get(nameOf({ topic, partition })) ?? ErrorCode.UNKNOWN_SERVER_ERROR
    return { topic, partition, ...outcomeOf(errorCode, null, undefined) }
  })
}

const groupErrors = new Set<number>([
  ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
  ErrorCode.COORDINATOR_NOT_AVAILABLE,
  ErrorCode.NOT_COORDINATOR,
  ErrorCode.REBALANCE_IN_PROGRESS,
])

/** What speaks of the coordinator speaks of the whole group, though it stands beside a partition. */
function ofCoordinator<T>(outcomes: PartitionOutcome<T>[]): Outcome<PartitionOutcome<T>[]> {
  for (const outcome of outcomes) {
    if (!outcome.ok && groupErrors.has(outcome.error.errorCode)) return failure(outcome.error)
  }
  return success(outcomes)
}

type Coordinator = Awaited<ReturnType<AdminContext['cluster']['anyConnection']>>

async function oneGroup<V>(
  context: AdminContext,
  groupId: string,
  call: AdminCallOptions & { readonly name: string },
  askConnection: (connection: Coordinator) => Promise<Outcome<V>>,
): Promise<V> {
  const outcomes = await askCoordinators(context, [groupId], call, async node => {
    const connection = await context.cluster.connectionToCoordinator(node)
    return new Map([[groupId, await askConnection(connection)]])
  })
  return unwrap(outcomes.get(groupId) ?? failure(new KafkaError('UNKNOWN_SERVER_ERROR')))
}
