/** ListOffsets, as consumers and the admin client ask it. */
import { ErrorCode, ListOffsetsRequest, ListOffsetsResponse } from '../../protocol/index.ts'
import { failure, KafkaError, outcomeOf, type Outcome } from '../errors.ts'
import { byTopic, nameOf, type TopicPartition } from '../topic-partition.ts'
import { apiCall } from './api-call.ts'
import type { BrokerConnection } from './broker-connection.ts'

const listOffsetsCall = apiCall(ListOffsetsRequest, ListOffsetsResponse)

export type IsolationLevel = 'read_uncommitted' | 'read_committed'

export function isolationNumber(level: IsolationLevel): number {
  return level === 'read_committed' ? 1 : 0
}

/** A place in a partition, or a time: the first record at or after it, in milliseconds. */
export type OffsetSpec =
  | 'earliest'
  | 'latest'
  | 'max-timestamp'
  | 'earliest-local'
  | 'latest-tiered'
  | { readonly timestampMs: number }

const specials = {
  latest: -1,
  earliest: -2,
  'max-timestamp': -3,
  'earliest-local': -4,
  'latest-tiered': -5,
} as const

export function timestampOf(spec: OffsetSpec): number {
  return typeof spec === 'string' ? specials[spec] : spec.timestampMs
}

/** First version that knows each of the special timestamps: -3 KIP-734, -4 KIP-405, -5 KIP-1005. */
const specialsSince: readonly [timestamp: number, version: number][] = [
  [specials['max-timestamp'], 7],
  [specials['earliest-local'], 8],
  [specials['latest-tiered'], 9],
]

export interface ListedOffset {
  /** -1: no record is that young. */
  readonly offset: number
  /** -1 for places, and where there is no record. */
  readonly timestamp: number
  /** -1: not known. */
  readonly leaderEpoch: number
}

export interface ListOffsetsQuestion {
  readonly isolationLevel: IsolationLevel
  readonly partitions: readonly (TopicPartition & {
    readonly timestamp: number
    readonly currentLeaderEpoch?: number
  })[]
}

/** Results by `nameOf`. Kafka before 0.10.1 (v0) is not asked: it knows segments, not records. */
export async function askListOffsets(
  connection: BrokerConnection,
  { isolationLevel, partitions }: ListOffsetsQuestion,
): Promise<Map<string, Outcome<ListedOffset>>> {
  const newest = connection.versionOf(listOffsetsCall)
  for (const [timestamp, version] of specialsSince) {
    if (newest < version && partitions.some(item => item.timestamp === timestamp)) {
      const message = `The node does not support LIST_OFFSETS of timestamp ${timestamp}`
      throw new KafkaError('UNSUPPORTED_VERSION', message)
    }
  }
  const { body, version } = await connection.send(listOffsetsCall, current => ({
    replicaId: -1,
    ...(isolationLevel === 'read_committed' && current >= 2
      ? { isolationLevel: isolationNumber(isolationLevel) }
      : {}),
    topics: [...byTopic(partitions)].map(([name, items]) => ({
      name,
      partitions: items.map(({ partition, timestamp, currentLeaderEpoch = -1 }) => ({
        partitionIndex: partition,
        timestamp,
        currentLeaderEpoch,
      })),
    })),
  }))
  return new Map(
    body.topics.flatMap(({ name, partitions: answers }) =>
      answers.map(answer => {
        const key = nameOf({ topic: name, partition: answer.partitionIndex })
        return [key, listedOffset(answer, version)] as const
      }),
    ),
  )
}

type Answered = ListOffsetsResponse['topics'][number]['partitions'][number]

function listedOffset(answer: Answered, version: number): Outcome<ListedOffset> {
  const { errorCode, timestamp, leaderEpoch } = answer
  // v0 answers with the starts of segments, newest first; of one, it is the place asked for.
  const offset = version === 0 ? (answer.oldStyleOffsets[0] ?? -1) : answer.offset
  if (errorCode === ErrorCode.NONE)
    return outcomeOf(errorCode, null, { offset, timestamp, leaderEpoch })
  return failure(KafkaError.of(errorCode))
}
