import { CompressionCodec } from '../../bytes/index.ts'
import { ErrorCode, FetchRequest, FetchResponse, ZERO_UUID } from '../../protocol/index.ts'
import type {
  FetchPartition,
  FetchRound,
  FetchSessionRequest,
  PartitionRead,
  SessionProblem,
} from '../../replica/index.ts'
import type { BrokerContext } from '../context.ts'
import { forReader, type Converted } from '../down-conversion.ts'
import { handler, type Handler } from '../handler.ts'
import {
  fetchesByTopicId,
  fetchTellsLeaders,
  isFirstBatchWhole,
  newestMagicFor,
  readsFollowers,
  readsZstd,
} from '../old-versions.ts'
import { CurrentLeaders } from './current-leaders.ts'

const READ_COMMITTED = 1
const CONSUMER = -1
/** A reader may be gone long before its wait is over, and a waiting fetch keeps memory: no wait is longer. */
const LONGEST_WAIT_MS = 600_000
/** Consumers use -2 when debugging; every other id is a replica's. */
const isReplica = (replicaId: number): boolean => replicaId >= 0

const problemCodes: Record<SessionProblem, ErrorCode> = {
  'session-not-found': ErrorCode.FETCH_SESSION_ID_NOT_FOUND,
  'wrong-epoch': ErrorCode.INVALID_FETCH_SESSION_EPOCH,
  'topic-id-mismatch': ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR,
}

/** Fetch (1): ranges of segments, at once or when there is enough to read. */
export function fetch(broker: BrokerContext): Handler {
  return handler(FetchRequest, FetchResponse, async (body, caller) => {
    const version = caller.header.requestApiVersion
    const replicaId = body.replicaId === CONSUMER ? body.replicaState.replicaId : body.replicaId
    const isFollower = isReplica(replicaId)
    if (isFollower && !broker.replicas.mayReplicate(replicaId)) {
      // A client must not pose as a broker (CVE-2018-1288).
      return refused(ErrorCode.CLUSTER_AUTHORIZATION_FAILED)
    }
    const round = broker.fetchSessions.begin(
      sessionRequest(broker, body, { usesTopicIds: fetchesByTopicId(version), isFollower }),
    )
    if (typeof round === 'string') return refused(problemCodes[round])
    // The limit of the broker is for consumers: a follower has its own.
    const limit = isFollower ? Infinity : broker.config.current.get('fetch.max.bytes')
    const maxBytes = Math.min(body.maxBytes, limit)
    const partitions = withNames(round.partitions, broker)
    const reads = await broker.replicas.fetch(partitions, {
      isolation: body.isolationLevel === READ_COMMITTED ? 'read_committed' : 'read_uncommitted',
      maxWaitMs: Math.min(Math.max(0, body.maxWaitMs), LONGEST_WAIT_MS),
      // More than may be answered will never be there.
      minBytes: Math.min(body.minBytes, maxBytes),
      maxBytes,
      isFirstBatchWhole: isFirstBatchWhole(version),
      replica: isFollower
        ? { id: replicaId, brokerEpoch: body.replicaState.replicaEpoch }
        : undefined,
      rackId: readsFollowers(version) ? body.rackId : undefined,
      gone: caller.gone,
    })
    const { listenerName } = caller
    return answer(
      new CurrentLeaders(broker, { listenerName, isTold: fetchTellsLeaders(version) }),
      round,
      reads.map(read =>
        // A follower keeps what the leader has, in whatever format.
        isFollower ? asStored(read) : toAnswer(broker, read, version),
      ),
    )
  })
}

function refused(errorCode: ErrorCode) {
  return { errorCode, sessionId: 0, responses: [] }
}

function sessionRequest(
  broker: BrokerContext,
  body: FetchRequest,
  { usesTopicIds, isFollower }: { usesTopicIds: boolean; isFollower: boolean },
): FetchSessionRequest {
  const { topicNames } = broker.metadata.image
  // A topic known only by an id that is gone keeps the empty name: its partitions get an error.
  const nameOf = (topic: { topic: string; topicId: string }): string =>
    usesTopicIds ? (topicNames.get(topic.topicId) ?? '') : topic.topic
  return {
    sessionId: body.sessionId,
    sessionEpoch: body.sessionEpoch,
    usesTopicIds,
    isFollower,
    partitions: body.topics.flatMap(topic =>
      topic.partitions.map((partition): FetchPartition => ({
        topic: nameOf(topic),
        topicId: topic.topicId,
        partition: partition.partition,
        fetchOffset: partition.fetchOffset,
        currentLeaderEpoch: partition.currentLeaderEpoch,
        lastFetchedEpoch: partition.lastFetchedEpoch,
        logStartOffset: partition.logStartOffset,
        maxBytes: partition.partitionMaxBytes,
      })),
    ),
    forgotten: body.forgottenTopicsData.flatMap(topic =>
      topic.partitions.map(partition => ({
        topic: nameOf(topic),
        topicId: topic.topicId,
        partition,
      })),
    ),
  }
}

/** A topic that was not known when its session began may be known by now. */
function withNames(
  partitions: readonly FetchPartition[],
  { metadata }: BrokerContext,
): readonly FetchPartition[] {
  if (!partitions.some(({ topic }) => topic === '')) return partitions
  const { topicNames } = metadata.image
  return partitions.map(wanted =>
    wanted.topic === '' ? { ...wanted, topic: topicNames.get(wanted.topicId) ?? '' } : wanted,
  )
}

interface Answered extends Converted {
  readonly read: PartitionRead
}

function asStored(read: PartitionRead): Answered {
  const { errorCode, records } = read
  return { read, errorCode, records: [records], sizeBytes: records.sizeBytes }
}

/** Records in a form that the reader's version knows. */
function toAnswer(broker: BrokerContext, read: PartitionRead, version: number): Answered {
  const { topic } = read.wanted
  const { codec } = broker.topicConfigs.rulesOf(topic)
  const converted = forReader(read.records, {
    magic: newestMagicFor(version),
    // The topic's setting decides: what a producer compressed by itself is passed on (KIP-110).
    knowsCodec: codec !== CompressionCodec.ZSTD || readsZstd(version),
    firstOffset: read.wanted.fetchOffset,
    isAllowed: broker.topicConfigs.isDownConversionEnabled(topic),
  })
  const errorCode = read.errorCode === ErrorCode.NONE ? converted.errorCode : read.errorCode
  return { read, ...converted, errorCode }
}

function answer(leaders: CurrentLeaders, round: FetchRound, answered: readonly Answered[]) {
  const told = answered.filter(({ read, errorCode, sizeBytes }) =>
    round.includes(read.wanted, {
      errorCode,
      highWatermark: read.highWatermark,
      logStartOffset: read.logStartOffset,
      sizeBytes,
      hasNews: read.divergingEpoch !== null || read.preferredReadReplica >= 0,
    }),
  )
  return {
    errorCode: ErrorCode.NONE,
    sessionId: round.sessionId,
    responses: byTopic(told).map(parts => ({
      topic: parts[0]?.read.wanted.topic ?? '',
      topicId: parts[0]?.read.wanted.topicId ?? ZERO_UUID,
      partitions: parts.map(({ read, errorCode, records }) => ({
        partitionIndex: read.wanted.partition,
        errorCode,
        ...leaders.of(read.wanted.topic, read.wanted.partition, errorCode),
        highWatermark: read.highWatermark,
        lastStableOffset: read.lastStableOffset,
        logStartOffset: read.logStartOffset,
        ...(read.divergingEpoch === null ? {} : { divergingEpoch: read.divergingEpoch }),
        preferredReadReplica: read.preferredReadReplica,
        abortedTransactions:
          read.abortedTransactions === null ? null : [...read.abortedTransactions],
        records,
      })),
    })),
    nodeEndpoints: leaders.nodeEndpoints,
  }
}

/** Runs of partitions of one topic, in the order in which they were read: it is the reader's turn order. */
function byTopic(answered: readonly Answered[]): Answered[][] {
  const runs: Answered[][] = []
  for (const part of answered) {
    const last = runs.at(-1)
    const before = last?.[0]?.read.wanted
    const { topic, topicId } = part.read.wanted
    if (last !== undefined && before?.topic === topic && before.topicId === topicId) last.push(part)
    else runs.push([part])
  }
  return runs
}
