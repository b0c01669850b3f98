/** ListOffsets, as consumers and the admin client ask it. */
import {
  ErrorCode,
  fieldsIn,
  ListOffsetsRequest,
  ListOffsetsResponse,
} from '../../protocol/index.ts'
import { failure, KafkaError, outcomeOf, type Outcome } from '../errors.ts'
import { byTopic, nameOf, type TopicPartition } from '../topic-partition.ts'
import { apiCall } from './api-call.ts'
import type { BrokerConnection } from './broker-connection.ts'
import { ensureTimestampsKnown } from './shapes.ts'

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

/** Results by `nameOf`. @throws KafkaError UNSUPPORTED_VERSION for a time, where the broker knows only segments */
export async function askListOffsets(
  connection: BrokerConnection,
  { isolationLevel, partitions }: ListOffsetsQuestion,
): Promise<Map<string, Outcome<ListedOffset>>> {
  const timestamps = partitions.map(({ timestamp }) => timestamp)
  ensureTimestampsKnown(timestamps, connection.versionOf(listOffsetsCall))
  const level = { isolationLevel: isolationNumber(isolationLevel) }
  const { body } = await connection.send(listOffsetsCall, version => ({
    replicaId: -1,
    ...fieldsIn(ListOffsetsRequest, version, level),
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
        return [key, listedOffset(answer)] as const
      }),
    ),
  )
}

type Answered = ListOffsetsResponse['topics'][number]['partitions'][number]

function listedOffset(answer: Answered): Outcome<ListedOffset> {
  const { errorCode, timestamp, leaderEpoch } = answer
  // Before KIP-79 the starts of segments, newest first; of one, it is the place asked for.
  const offset = answer.oldStyleOffsets[0] ?? answer.offset
  if (errorCode === ErrorCode.NONE)
    return outcomeOf(errorCode, null, { offset, timestamp, leaderEpoch })
  return failure(KafkaError.of(errorCode))
}
