/**
 * The one place that knows which version of a request has which shape: callers give today's, and
 * these write it as the broker at the other end understands it.
 */
import type {
  DeleteTopicsRequest,
  FindCoordinatorRequest,
  LeaveGroupRequest,
  MessageInput,
  MetadataRequest,
  OffsetFetchRequest,
} from '../../protocol/index.ts'
import { ZERO_UUID } from '../../protocol/index.ts'
import { CompressionCodec } from '../../bytes/index.ts'
import { convertDown } from '../../records/index.ts'
import { KafkaError } from '../errors.ts'
import type { TopicPartition } from '../topic-partition.ts'
import { byTopic } from '../topic-partition.ts'

export interface MetadataQuestion {
  /** Names, or all topics there are. */
  readonly topics: readonly string[] | 'all'
  /** By id, from Kafka 3.1 on, instead of names (KIP-516). */
  readonly topicIds?: readonly string[] | undefined
  readonly allowAutoTopicCreation?: boolean
  readonly includeTopicAuthorizedOperations?: boolean
}

/** In v0 an empty list stands for all, and topics always come into being when they are asked for. */
export function metadataBody(
  question: MetadataQuestion,
  version: number,
): MessageInput<typeof MetadataRequest> {
  const { topics, topicIds } = question
  if (topicIds !== undefined && version < 12) throw unsupported('topic ids in METADATA')
  const byName = (name: string): { name: string } => ({ name })
  const byId = (topicId: string): { topicId: string; name: null } => ({ topicId, name: null })
  const all = version === 0 ? [] : null
  const wanted = topicIds?.map(byId) ?? (topics === 'all' ? all : topics.map(byName))
  const { includeTopicAuthorizedOperations = false } = question
  return {
    topics: wanted,
    ...(version >= 4 ? { allowAutoTopicCreation: question.allowAutoTopicCreation ?? false } : {}),
    ...(includeTopicAuthorizedOperations ? { includeTopicAuthorizedOperations } : {}),
  }
}

/** Before v4 one key a request. */
export function findCoordinatorBody(
  { key, keyType }: { key: string; keyType: number },
  version: number,
): MessageInput<typeof FindCoordinatorRequest> {
  const keys = version >= 4 ? { coordinatorKeys: [key] } : { key }
  return { ...keys, ...(version >= 1 ? { keyType } : {}) }
}

export interface OffsetFetchQuestion {
  readonly groupId: string
  /** `null`: all that the group has committed, from v2 on. */
  readonly partitions: readonly TopicPartition[] | null
  /** Wait for open transactions (KIP-447), where the broker can. */
  readonly requireStable: boolean
}

/** Before v8 one group a request. */
export function offsetFetchBody(
  { groupId, partitions, requireStable }: OffsetFetchQuestion,
  version: number,
): MessageInput<typeof OffsetFetchRequest> {
  const topics =
    partitions === null
      ? null
      : [...byTopic(partitions)].map(([name, items]) => ({
          name,
          partitionIndexes: items.map(item => item.partition),
        }))
  const stable = version >= 7 ? { requireStable } : {}
  if (version >= 8) return { groups: [{ groupId, topics }], ...stable }
  if (topics === null && version < 2) throw unsupported('all offsets of a group in OFFSET_FETCH')
  return { groupId, topics, ...stable }
}

export interface LeavingMember {
  readonly groupId: string
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly reason: string
}

/** Before v3 one member a request. */
export function leaveGroupBody(
  { groupId, ...member }: LeavingMember,
  version: number,
): MessageInput<typeof LeaveGroupRequest> {
  if (version < 3) return { groupId, memberId: member.memberId }
  return { groupId, members: [member] }
}

/** Before v6 by name only. */
export function deleteTopicsBody(
  topics: { names: readonly string[] } | { topicIds: readonly string[] },
  timeoutMs: number,
  version: number,
): MessageInput<typeof DeleteTopicsRequest> {
  if ('topicIds' in topics) {
    if (version < 6) throw unsupported('topic ids in DELETE_TOPICS')
    return { topics: topics.topicIds.map(topicId => ({ name: null, topicId })), timeoutMs }
  }
  if (version < 6) return { topicNames: [...topics.names], timeoutMs }
  return { topics: topics.names.map(name => ({ name, topicId: ZERO_UUID })), timeoutMs }
}

/** What of a batch an old broker may not understand. */
export interface BatchTraits {
  readonly codec: number
  readonly hasHeaders: boolean
}

/**
 * Why a broker cannot take a batch; `undefined` when it can. Kafka before 2.1 (v7) does not know zstd
 * (KIP-110), before 0.11 (v3) headers (KIP-82): these must not get lost in silence.
 */
export function produceObstacle(
  { codec, hasHeaders }: BatchTraits,
  version: number,
): KafkaError | undefined {
  if (codec === CompressionCodec.ZSTD && version < 7) {
    const message = 'The node does not support the compression codec zstd'
    return new KafkaError('UNSUPPORTED_COMPRESSION_TYPE', message)
  }
  return hasHeaders && version < 3 ? unsupported('headers of records') : undefined
}

/** Brokers before 0.11 (v3) take message sets of magic 1, before 0.10 (v2) of magic 0. */
export function produceRecords(batch: Buffer, version: number): Buffer | readonly Buffer[] {
  if (version >= 3) return batch
  return convertDown(batch, { toMagic: version >= 2 ? 1 : 0, firstOffset: 0 }) ?? []
}

function unsupported(what: string): KafkaError {
  return new KafkaError('UNSUPPORTED_VERSION', `The node does not support ${what}`)
}
