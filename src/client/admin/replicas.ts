/** Reads a replica as it lies on its broker, leader or follower: for those who compare replicas. */
import { FetchRequest, FetchResponse } from '../../protocol/index.ts'
import { apiCall } from '../connection/api-call.ts'
import { byTopic, type TopicPartition } from '../topic-partition.ts'
import type { AdminContext } from './context.ts'

/** By name: ids say nothing more here. */
const fetchCall = apiCall(FetchRequest, FetchResponse, { to: 12 })
/** Kafka's debugging consumer: any replica answers it, up to its high watermark. */
const DEBUGGER = -2
const NO_SESSION = { sessionId: 0, sessionEpoch: -1 }

export interface ReplicaPosition extends TopicPartition {
  readonly offset: number
}

export interface ReplicaRecords extends TopicPartition {
  /** -1 with an error. */
  readonly highWatermark: number
  /** Whole batches, and perhaps the beginning of one more. */
  readonly records: Buffer
}

export interface ReadReplicaOptions {
  /** How long the broker may wait for a first record. */
  readonly maxWaitMs: number
  /** Of one partition, unless its first batch is larger. */
  readonly maxBytes: number
}

/** What a broker has of its replicas from these offsets on. @throws NetworkError, KafkaError */
export async function readReplica(
  { cluster }: AdminContext,
  brokerId: number,
  positions: readonly ReplicaPosition[],
  { maxWaitMs, maxBytes }: ReadReplicaOptions,
): Promise<ReplicaRecords[]> {
  const connection = await cluster.connectionTo(brokerId)
  const { body } = await connection.send(
    fetchCall,
    () => ({
      ...{ replicaId: DEBUGGER, maxWaitMs, minBytes: 1, ...NO_SESSION },
      ...{ maxBytes: 0x7fff_ffff, isolationLevel: 0, rackId: '', forgottenTopicsData: [] },
      topics: [...byTopic(positions)].map(([topic, items]) => ({
        topic,
        partitions: items.map(({ partition, offset }) => ({
          ...{ partition, fetchOffset: offset, partitionMaxBytes: maxBytes },
        })),
      })),
    }),
    { timeoutMs: maxWaitMs + cluster.settings.requestTimeoutMs },
  )
  return body.responses.flatMap(({ topic, partitions }) =>
    partitions.map(({ partitionIndex: partition, highWatermark, records }) => ({
      ...{ topic, partition, highWatermark, records: records ?? Buffer.alloc(0) },
    })),
  )
}
