/** Offsets of partitions: look them up by time or place, delete what lies before them. */
import { DeleteRecordsRequest, DeleteRecordsResponse, ErrorCode } from '../../protocol/index.ts'
import { apiCall } from '../connection/api-call.ts'
import {
  askListOffsets,
  timestampOf,
  type IsolationLevel,
  type ListedOffset,
  type OffsetSpec,
} from '../connection/list-offsets.ts'
import { outcomeOf, type KafkaError, type Outcome } from '../errors.ts'
import { byTopic, nameOf, type TopicPartition } from '../topic-partition.ts'
import type { AdminCallOptions, AdminContext } from './context.ts'
import { askLeaders, type PartitionOutcome } from './leaders.ts'

const deleteRecordsCall = apiCall(DeleteRecordsRequest, DeleteRecordsResponse)

export interface OffsetQuestion extends TopicPartition {
  readonly spec: OffsetSpec
}

export interface ListOffsetsOptions extends AdminCallOptions {
  readonly isolationLevel?: IsolationLevel
}

export async function listOffsets(
  context: AdminContext,
  questions: readonly OffsetQuestion[],
  { isolationLevel = 'read_uncommitted', ...options }: ListOffsetsOptions = {},
): Promise<readonly PartitionOutcome<ListedOffset>[]> {
  return askLeaders(context, {
    ...options,
    name: 'listOffsets(api=METADATA)',
    partitions: questions,
    askLeader: async (leaderId, items) => {
      const connection = await context.cluster.connectionTo(leaderId)
      return askListOffsets(connection, {
        isolationLevel,
        partitions: items.map(({ topic, partition, spec }) => ({
          topic,
          partition,
          timestamp: timestampOf(spec),
        })),
      })
    },
  })
}

export interface RecordsToDelete extends TopicPartition {
  /** The first that stays; -1 for the high watermark: all go. */
  readonly beforeOffset: number
}

/** Values are the new log start offsets. */
export async function deleteRecords(
  context: AdminContext,
  records: readonly RecordsToDelete[],
  options: AdminCallOptions = {},
): Promise<readonly PartitionOutcome<number>[]> {
  const { cluster, defaultTimeoutMs } = context
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs
  return askLeaders(context, {
    ...options,
    name: 'deleteRecords(api=METADATA)',
    partitions: records,
    retries: isForAnotherLeader,
    askLeader: async (leaderId, items) => {
      const answer = await cluster.send(leaderId, deleteRecordsCall, () => ({
        topics: [...byTopic(items)].map(([name, group]) => ({
          name,
          partitions: group.map(({ partition, beforeOffset }) => ({
            partitionIndex: partition,
            offset: beforeOffset,
          })),
        })),
        timeoutMs,
      }))
      const deleted = answer.topics.flatMap(deletedIn)
      for (const [name, outcome] of deleted) if (!outcome.ok) report(cluster, name, outcome.error)
      return new Map(deleted)
    },
  })
}

function deletedIn({
  name,
  partitions,
}: DeleteRecordsResponse['topics'][number]): [string, Outcome<number>][] {
  return partitions.map(({ partitionIndex, lowWatermark, errorCode }) => [
    nameOf({ topic: name, partition: partitionIndex }),
    outcomeOf(errorCode, null, lowWatermark),
  ])
}

function report({ log }: AdminContext['cluster'], name: string, error: KafkaError): void {
  if (isForAnotherLeader(error)) return
  log
    .named('org.apache.kafka.clients.admin.internals.DeleteRecordsHandler')
    .error(
      `DeleteRecords request for topic partition ${name} failed due to an unexpected error ${error.code}`,
    )
}

const leaderErrors = new Set<number>([
  ErrorCode.NOT_LEADER_OR_FOLLOWER,
  ErrorCode.LEADER_NOT_AVAILABLE,
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.KAFKA_STORAGE_ERROR,
])

function isForAnotherLeader({ errorCode }: KafkaError): boolean {
  return leaderErrors.has(errorCode)
}
