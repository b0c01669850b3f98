import type { FetchedTopic } from '../../group/index.ts'
import {
  ErrorCode,
  OffsetFetchRequest,
  OffsetFetchResponse,
  ZERO_UUID,
} from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'
import {
  asksSeveralGroups,
  fetchesOffsetsByTopicId,
  keepsOffsetsInZooKeeper,
} from '../old-versions.ts'

interface WantedTopic {
  readonly name: string
  readonly topicId: string
  readonly partitionIndexes: readonly number[]
}

/** OffsetFetch (9): what a group has committed, of some partitions or of all. */
export function offsetFetch(broker: BrokerContext): Handler {
  return handler(OffsetFetchRequest, OffsetFetchResponse, async (body, caller) => {
    const version = caller.header.requestApiVersion
    if (keepsOffsetsInZooKeeper(version)) {
      const topics = await broker.oldOffsets.fetch(body.groupId, wantedTopics(body.topics ?? []))
      return { topics: topics.map(toAnswer), groups: [] }
    }
    const fetch = (groupId: string, topics: readonly WantedTopic[] | null) =>
      fetchGroup(broker, { groupId, topics, requireStable: body.requireStable, version })
    if (asksSeveralGroups(version)) {
      return { groups: body.groups.map(({ groupId, topics }) => fetch(groupId, topics)) }
    }
    const topics = body.topics?.map(topic => ({ ...topic, topicId: ZERO_UUID })) ?? null
    return { ...fetch(body.groupId, topics), groups: [] }
  })
}

function fetchGroup(
  broker: BrokerContext,
  ask: {
    groupId: string
    topics: readonly WantedTopic[] | null
    requireStable: boolean
    version: number
  },
) {
  const { image } = broker.metadata
  const nameOf = (topic: WantedTopic): string | undefined =>
    fetchesOffsetsByTopicId(ask.version) ? image.topicNames.get(topic.topicId) : topic.name
  const known = ask.topics?.filter(topic => nameOf(topic) !== undefined)
  const reply = broker.groups.fetchOffsets({
    groupId: ask.groupId,
    topics:
      known === undefined
        ? null
        : wantedTopics(known.map(topic => ({ ...topic, name: nameOf(topic) ?? '' }))),
    requireStable: ask.requireStable,
  })
  const found = reply.topics.map(topic => ({
    ...toAnswer(topic),
    topicId: image.topics.get(topic.topic)?.topicId ?? ZERO_UUID,
  }))
  const unknown = (ask.topics ?? []).filter(topic => nameOf(topic) === undefined).map(unknownTopic)
  const refused = reply.errorCode === ErrorCode.NONE ? [] : (ask.topics ?? [])
  return {
    groupId: ask.groupId,
    errorCode: reply.errorCode,
    topics: [...found, ...unknown, ...refused.map(topic => refusedTopic(topic, reply.errorCode))],
  }
}

function wantedTopics(topics: readonly { name: string; partitionIndexes: readonly number[] }[]) {
  return topics.map(({ name, partitionIndexes }) => ({ topic: name, partitions: partitionIndexes }))
}

function toAnswer({ topic, partitions }: FetchedTopic) {
  return {
    name: topic,
    partitions: partitions.map(({ partition, offset, leaderEpoch, metadata, errorCode }) => ({
      partitionIndex: partition,
      committedOffset: offset,
      committedLeaderEpoch: leaderEpoch,
      metadata,
      errorCode,
    })),
  }
}

function unknownTopic(topic: WantedTopic) {
  return refusedTopic(topic, ErrorCode.UNKNOWN_TOPIC_ID)
}

/** Versions without an error of the whole answer look at each partition. */
function refusedTopic({ name, topicId, partitionIndexes }: WantedTopic, errorCode: ErrorCode) {
  return {
    name,
    topicId,
    partitions: partitionIndexes.map(partitionIndex => ({
      partitionIndex,
      committedOffset: -1n,
      committedLeaderEpoch: -1,
      metadata: '',
      errorCode,
    })),
  }
}
