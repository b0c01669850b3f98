/** Committed offsets, as consumers and the admin client read and write them. */
import {
  ErrorCode,
  OffsetFetchRequest,
  OffsetFetchResponse,
  type OffsetCommitRequest,
  ZERO_UUID,
} from '../../protocol/index.ts'
import { failure, KafkaError, success, type Outcome } from '../errors.ts'
import { byTopic, type TopicPartition } from '../topic-partition.ts'
import { apiCall } from './api-call.ts'
import type { BrokerConnection } from './broker-connection.ts'
import { offsetFetchBody, type OffsetFetchQuestion } from './shapes.ts'

/** v10 names topics by id (KIP-848). */
const offsetFetchCall = apiCall(OffsetFetchRequest, OffsetFetchResponse, { to: 9 })

const NONE_COMMITTED = -1

export interface OffsetAndMetadata {
  /** The next record to read. */
  readonly offset: number
  /** Of the last record read; -1: not known (KIP-320). */
  readonly leaderEpoch: number
  /** What the committer wrote beside it. */
  readonly metadata: string
}

export type FetchedOffset = TopicPartition & { readonly committed: OffsetAndMetadata | null }

type FetchedTopic = OffsetFetchResponse['topics'][number]

export async function askOffsetFetch(
  connection: BrokerConnection,
  question: OffsetFetchQuestion,
): Promise<Outcome<FetchedOffset[]>> {
  const { body } = await connection.send(offsetFetchCall, version =>
    offsetFetchBody(question, version),
  )
  const group = body.groups.find(({ groupId }) => groupId === question.groupId)
  const { errorCode, topics } = group ?? body
  if (errorCode !== ErrorCode.NONE) return failure(KafkaError.of(errorCode))
  const offsets: FetchedOffset[] = []
  for (const { name, partitions } of topics as readonly FetchedTopic[]) {
    for (const answer of partitions) {
      // Before v2 what concerns the group stands beside each partition (KIP-88).
      if (answer.errorCode !== ErrorCode.NONE) return failure(KafkaError.of(answer.errorCode))
      offsets.push({
        topic: name,
        partition: answer.partitionIndex,
        committed: committedIn(answer),
      })
    }
  }
  return success(offsets)
}

function committedIn(answer: FetchedTopic['partitions'][number]): OffsetAndMetadata | null {
  const offset = Number(answer.committedOffset)
  if (offset === NONE_COMMITTED) return null
  return { offset, leaderEpoch: answer.committedLeaderEpoch, metadata: answer.metadata ?? '' }
}

export interface CommitOf extends TopicPartition {
  readonly offset: number
  readonly leaderEpoch?: number | undefined
  readonly metadata?: string | undefined
}

/** The topics of an OffsetCommit request. @throws KafkaError for an offset that is none */
export function offsetCommitTopics(offsets: readonly CommitOf[]): OffsetCommitRequest['topics'] {
  return [...byTopic(offsets)].map(([name, items]) => ({
    name,
    topicId: ZERO_UUID,
    partitions: items.map(({ partition, offset, leaderEpoch = -1, metadata = '' }) => {
      if (!Number.isSafeInteger(offset) || offset < 0) {
        throw new KafkaError('INVALID_ARGUMENT', `Invalid negative offset ${offset}`)
      }
      return {
        partitionIndex: partition,
        committedOffset: BigInt(offset),
        committedLeaderEpoch: leaderEpoch,
        commitTimestamp: -1n,
        committedMetadata: metadata,
      }
    }),
  }))
}
