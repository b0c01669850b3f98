/**
 * The one place that knows which version of a request has which shape: callers give today's, and
 * these write it as the broker at the other end understands it.
 */
import {
  allowsNull,
  DeleteTopicsRequest,
  FetchRequest,
  fieldsIn,
  FindCoordinatorRequest,
  hasField,
  InitProducerIdRequest,
  LeaveGroupRequest,
  ListOffsetsResponse,
  ListTransactionsRequest,
  MetadataRequest,
  OffsetFetchRequest,
  TxnOffsetCommitRequest,
  ZERO_UUID,
  type MessageInput,
} from '../../protocol/index.ts'
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

const asksAllByNull = allowsNull(MetadataRequest, 'topics')
/** The field came before brokers took it: they look for ids from v12 on (KIP-516). */
const takesIds = (metadataVersion: number): boolean => metadataVersion >= 12

/** Where null cannot stand for all topics an empty list does. */
export function metadataBody(
  question: MetadataQuestion,
  version: number,
): MessageInput<typeof MetadataRequest> {
  const { topics, topicIds, includeTopicAuthorizedOperations = false } = question
  if (topicIds !== undefined && !takesIds(version)) throw unsupported('topic ids in METADATA')
  const byName = (name: string): { name: string } => ({ name })
  const byId = (topicId: string): { topicId: string; name: null } => ({ topicId, name: null })
  const all = asksAllByNull(version) ? null : []
  const { allowAutoTopicCreation = false } = question
  return {
    topics: topicIds?.map(byId) ?? (topics === 'all' ? all : topics.map(byName)),
    // Before v4 topics always come into being when they are asked for.
    ...fieldsIn(MetadataRequest, version, { allowAutoTopicCreation }),
    ...(includeTopicAuthorizedOperations ? { includeTopicAuthorizedOperations } : {}),
  }
}

const asksSeveralCoordinators = hasField(FindCoordinatorRequest, 'coordinatorKeys')

/** One key a request before KIP-699. */
export function findCoordinatorBody(
  { key, keyType }: { key: string; keyType: number },
  version: number,
): MessageInput<typeof FindCoordinatorRequest> {
  const keys = asksSeveralCoordinators(version) ? { coordinatorKeys: [key] } : { key }
  return { ...keys, ...fieldsIn(FindCoordinatorRequest, version, { keyType }) }
}

export interface OffsetFetchQuestion {
  readonly groupId: string
  /** `null`: all that the group has committed, from v2 on. */
  readonly partitions: readonly TopicPartition[] | null
  /** Wait for open transactions (KIP-447), where the broker can. */
  readonly requireStable: boolean
}

const asksSeveralGroups = hasField(OffsetFetchRequest, 'groups')
const asksAllOffsetsByNull = allowsNull(OffsetFetchRequest, 'topics')

/** One group a request before KIP-709. */
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
  const stable = fieldsIn(OffsetFetchRequest, version, { requireStable })
  if (asksSeveralGroups(version)) return { groups: [{ groupId, topics }], ...stable }
  if (topics === null && !asksAllOffsetsByNull(version)) {
    throw unsupported('all offsets of a group in OFFSET_FETCH')
  }
  return { groupId, topics, ...stable }
}

export interface LeavingMember {
  readonly groupId: string
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly reason: string
}

const leavesTogether = hasField(LeaveGroupRequest, 'members')

/** One member a request before KIP-345. */
export function leaveGroupBody(
  { groupId, ...member }: LeavingMember,
  version: number,
): MessageInput<typeof LeaveGroupRequest> {
  return leavesTogether(version)
    ? { groupId, members: [member] }
    : { groupId, memberId: member.memberId }
}

const deletesByNameOrId = hasField(DeleteTopicsRequest, 'topics')

/** By name only before KIP-516. */
export function deleteTopicsBody(
  topics: { names: readonly string[] } | { topicIds: readonly string[] },
  timeoutMs: number,
  version: number,
): MessageInput<typeof DeleteTopicsRequest> {
  if ('topicIds' in topics) {
    if (!deletesByNameOrId(version)) throw unsupported('topic ids in DELETE_TOPICS')
    return { topics: topics.topicIds.map(topicId => ({ name: null, topicId })), timeoutMs }
  }
  if (!deletesByNameOrId(version)) return { topicNames: [...topics.names], timeoutMs }
  return { topics: topics.names.map(name => ({ name, topicId: ZERO_UUID })), timeoutMs }
}

export interface TransactionsQuestion {
  readonly states: readonly string[]
  readonly producerIds: readonly number[]
  /** Only transactions that have been open for longer; all when below 0. */
  readonly longerThanMs: number
}

const filtersByDuration = hasField(ListTransactionsRequest, 'durationFilter')

/** All transactions, however long they last, before KIP-994. @throws KafkaError UNSUPPORTED_VERSION */
export function listTransactionsBody(
  { states, producerIds, longerThanMs }: TransactionsQuestion,
  version: number,
): MessageInput<typeof ListTransactionsRequest> {
  const isUnknown = longerThanMs >= 0 && !filtersByDuration(version)
  if (isUnknown) {
    throw new KafkaError(
      'UNSUPPORTED_VERSION',
      'Duration filter can be set only when using API version 1 or higher. If client is connected ' +
        'to an older broker, do not specify duration filter or set duration filter to -1.',
    )
  }
  return {
    stateFilters: [...states],
    producerIdFilters: [...producerIds],
    ...fieldsIn(ListTransactionsRequest, version, { durationFilter: longerThanMs }),
  }
}

/** From Kafka 2.5 on a producer may go on under its id with a higher epoch (KIP-360). */
export const raisesEpochs = hasField(InitProducerIdRequest, 'producerId')

/** What a producer says of itself to the coordinator of its transactions. */
export interface InitProducerIdQuestion {
  readonly transactionalId: string
  readonly transactionTimeoutMs: number
  /** -1: none yet. */
  readonly producerId: number
  readonly producerEpoch: number
}

export function initProducerIdBody(
  { transactionalId, transactionTimeoutMs, ...current }: InitProducerIdQuestion,
  version: number,
): MessageInput<typeof InitProducerIdRequest> {
  const own = fieldsIn(InitProducerIdRequest, version, current)
  return { transactionalId, transactionTimeoutMs, ...own }
}

const knowsMembers = hasField(TxnOffsetCommitRequest, 'memberId')

/** Who of a group commits: before Kafka 2.5 brokers do not look at it (KIP-447). */
export interface CommittingMember {
  readonly groupId: string
  readonly generationId: number
  readonly memberId: string
  readonly groupInstanceId: string | null
}

/** @throws KafkaError UNSUPPORTED_VERSION where a member would not be fenced as the caller expects */
export function committingMember(
  { groupId, ...member }: CommittingMember,
  version: number,
): Partial<CommittingMember> & { readonly groupId: string } {
  if (knowsMembers(version)) return { groupId, ...member }
  if (member.generationId < 0 && member.memberId === '') return { groupId }
  throw unsupported('members of groups in TXN_OFFSET_COMMIT')
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

/** From Kafka 3.1 on topics are fetched by id (KIP-516). */
const fetchesByTopicId = hasField(FetchRequest, 'topics.topicId')

/** How a Fetch names a topic. */
export function fetchedTopic(
  { topic, topicId }: { readonly topic: string; readonly topicId: string | undefined },
  version: number,
): { readonly topic: string } | { readonly topicId: string | undefined } {
  return fetchesByTopicId(version) ? { topicId } : { topic }
}

/** First version of ListOffsets that knows each of the special timestamps: KIP-734, KIP-405, KIP-1005. */
const specialTimestamps: ReadonlyMap<number, number> = new Map([
  [-3, 7],
  [-4, 8],
  [-5, 9],
])
/** Before it a time found the start of a segment, not a record (KIP-79). */
const findsRecords = hasField(ListOffsetsResponse, 'topics.partitions.timestamp')

/** @throws KafkaError UNSUPPORTED_VERSION for a place that the broker has no word for */
export function ensureTimestampsKnown(timestamps: readonly number[], version: number): void {
  for (const timestamp of timestamps) {
    const isKnown =
      timestamp >= 0 ? findsRecords(version) : version >= (specialTimestamps.get(timestamp) ?? 0)
    if (!isKnown) throw unsupported(`LIST_OFFSETS of timestamp ${timestamp}`)
  }
}

function unsupported(what: string): KafkaError {
  return new KafkaError('UNSUPPORTED_VERSION', `The node does not support ${what}`)
}
