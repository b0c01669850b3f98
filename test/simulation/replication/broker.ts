/** One broker of the simulated cluster: a disk, and the replica room over it. */
import assert from 'node:assert/strict'
import { silentLog, sleep, type Host } from '../../../src/host/index.ts'
import { LogDirectories, OffsetCheckpointName, type PartitionLog } from '../../../src/log/index.ts'
import { decode, encode, ErrorCode, FetchRequest, ZERO_UUID } from '../../../src/protocol/index.ts'
import type { ProduceRules } from '../../../src/records/index.ts'
import {
  endOfEpoch,
  FetchSessions,
  findOffset,
  Replicas,
  type Partition,
  type PartitionRead,
  type ReplicaCluster,
  type ReplicationSettings,
} from '../../../src/replica/index.ts'
import { recordTexts, readAll, smallConfig } from '../../support/logs.ts'
import type { Stored } from './controller.ts'

export const TOPIC = 'orders'
const FETCH_VERSION = 12

const rules: ProduceRules = {
  maxMessageBytes: 1_000_000,
  isCompacted: false,
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: Infinity,
  timestampAfterMaxMs: Infinity,
  codec: 'producer',
  maxDecompressedBytes: 1_000_000,
}

export interface SimBrokerOptions {
  readonly id: number
  readonly epoch: number
  readonly host: Host
  readonly minInSyncReplicas: number
  readonly replication: ReplicationSettings
  readonly cluster: (broker: SimBroker) => ReplicaCluster
  /** What fails after the process has ended is no news. */
  readonly isOver: () => boolean
}

export class SimBroker {
  readonly id: number
  readonly epoch: number
  readonly host: Host
  readonly replicas: Replicas
  readonly #directories: LogDirectories
  readonly #sessions: FetchSessions

  constructor(options: SimBrokerOptions) {
    const { id, epoch, host, isOver } = options
    this.id = id
    this.epoch = epoch
    this.host = host
    const config = smallConfig({ segmentBytes: 900, indexIntervalBytes: 200, writebackBytes: 700 })
    this.#directories = new LogDirectories({
      host,
      paths: ['/logs'],
      configOf: () => config,
      events: {
        onOffline: (_, __, error) => {
          if (!isOver()) assert.fail(error)
        },
        onDamage: () => undefined,
      },
    })
    const { clock, random } = host
    this.#sessions = new FetchSessions({ clock, random, maxSlots: 4 })
    this.replicas = new Replicas({
      ...{ brokerId: id, clock, logs: this.#directories, logger: silentLog },
      settings: {
        rulesOf: () => rules,
        minInSyncReplicasOf: () => options.minInSyncReplicas,
        propertiesTextOf: () => '{}',
      },
      cluster: options.cluster(this),
      replication: () => options.replication,
    })
  }

  async start(): Promise<void> {
    await this.#directories.load()
    void this.#checkpoint()
  }

  async #checkpoint(): Promise<void> {
    for (;;) {
      await sleep(this.host.clock, 300)
      await this.#directories.writeCheckpoints(OffsetCheckpointName.highWatermark)
      await sleep(this.host.clock, 300)
      await this.#directories.writeCheckpoints(OffsetCheckpointName.recoveryPoint)
    }
  }

  get partition(): Partition | undefined {
    return this.replicas.get(TOPIC, 0)
  }

  get log(): PartitionLog | undefined {
    return this.#directories.get({ topic: TOPIC, partition: 0 })
  }

  /** `offset:value` of all records. */
  get texts(): string[] {
    const { log } = this
    return log === undefined ? [] : recordTexts(readAll(log))
  }

  take({ leader, leaderEpoch, isr, partitionEpoch, replicas }: Stored): void {
    const image = { partition: 0, leader, leaderEpoch, isr, partitionEpoch, replicas }
    this.replicas.take(TOPIC, ZERO_UUID, [{ ...image, addingReplicas: [], removingReplicas: [] }])
  }

  /** As the handler answers a follower; `replicaEpoch` is of the life that asks. */
  async serveFetch(given: Parameters<ReplicaCluster['fetch']>[2], replicaEpoch: number) {
    const body = decode(FetchRequest, FETCH_VERSION, encode(FetchRequest, FETCH_VERSION, given))
    const refused = (errorCode: ErrorCode) => ({
      ...{ throttleTimeMs: 0, errorCode, sessionId: 0, responses: [], nodeEndpoints: [] },
    })
    if (!this.replicas.mayReplicate(body.replicaId)) {
      return refused(ErrorCode.CLUSTER_AUTHORIZATION_FAILED)
    }
    const round = this.#sessions.begin({
      ...{ sessionId: body.sessionId, sessionEpoch: body.sessionEpoch },
      ...{ usesTopicIds: false, isFollower: true },
      partitions: body.topics.flatMap(({ topic, partitions }) =>
        partitions.map(({ partitionMaxBytes: maxBytes, ...wanted }) => ({
          ...{ ...wanted, topic, topicId: ZERO_UUID, maxBytes },
        })),
      ),
      forgotten: body.forgottenTopicsData.flatMap(({ topic, partitions }) =>
        partitions.map(partition => ({ topic, topicId: ZERO_UUID, partition })),
      ),
    })
    if (typeof round === 'string') return refused(ErrorCode.FETCH_SESSION_ID_NOT_FOUND)
    const reads = await this.replicas.fetch(round.partitions, {
      ...{ isolation: 'read_uncommitted', isFirstBatchWhole: true },
      ...{ maxWaitMs: body.maxWaitMs, minBytes: body.minBytes, maxBytes: body.maxBytes },
      replica: { id: body.replicaId, brokerEpoch: replicaEpoch },
      gone: new AbortController().signal,
    })
    const told = reads.filter(read =>
      round.includes(read.wanted, {
        ...read,
        sizeBytes: read.records.sizeBytes,
        hasNews: read.divergingEpoch !== null,
      }),
    )
    const partitions = told.map(read => partitionAnswer(read, bytesOf(read)))
    return {
      ...refused(ErrorCode.NONE),
      sessionId: round.sessionId,
      responses: partitions.length === 0 ? [] : [{ topic: TOPIC, topicId: ZERO_UUID, partitions }],
    }
  }

  serveEndOffsets(body: Parameters<ReplicaCluster['endOffsets']>[2]) {
    const topics = body.topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition, leaderEpoch, currentLeaderEpoch = -1 }) => ({
        partition,
        ...endOfEpoch(this.replicas, { topic, partition, leaderEpoch, currentLeaderEpoch }),
      })),
    }))
    return { throttleTimeMs: 0, topics }
  }

  async serveListOffsets(body: Parameters<ReplicaCluster['listOffsets']>[2]) {
    const { timestamp, currentLeaderEpoch = -1 } = body.topics[0]?.partitions[0] ?? {
      timestamp: 0,
    }
    const found = await findOffset(this.replicas, {
      ...{ topic: TOPIC, partition: 0, timestamp, currentLeaderEpoch },
      ...{ isolation: 'read_uncommitted', reader: 'replica' },
    })
    const answer = { partitionIndex: 0, oldStyleOffsets: [], ...found }
    return { throttleTimeMs: 0, topics: [{ name: TOPIC, partitions: [answer] }] }
  }

  /** As a consumer that may read from any replica. */
  async read(fetchOffset: number): Promise<{ errorCode: ErrorCode; texts: string[] }> {
    const wanted = {
      ...{ topic: TOPIC, topicId: ZERO_UUID, partition: 0, fetchOffset, maxBytes: 2_000 },
      ...{ currentLeaderEpoch: -1, lastFetchedEpoch: -1, logStartOffset: -1 },
    }
    const [read] = await this.replicas.fetch([wanted], {
      ...{ isolation: 'read_uncommitted', isFirstBatchWhole: true, rackId: '' },
      ...{ maxWaitMs: 50, minBytes: 1, maxBytes: 2_000, gone: new AbortController().signal },
    })
    if (read === undefined) return { errorCode: ErrorCode.UNKNOWN_SERVER_ERROR, texts: [] }
    return { errorCode: read.errorCode, texts: recordTexts(bytesOf(read)) }
  }
}

function bytesOf({ records }: PartitionRead): Buffer {
  const bytes = Buffer.alloc(records.sizeBytes)
  records.read(bytes, 0)
  records.release()
  return bytes
}

function partitionAnswer(read: PartitionRead, records: Buffer) {
  return {
    partitionIndex: read.wanted.partition,
    errorCode: read.errorCode,
    highWatermark: read.highWatermark,
    lastStableOffset: read.lastStableOffset,
    logStartOffset: read.logStartOffset,
    divergingEpoch: read.divergingEpoch ?? { epoch: -1, endOffset: -1 },
    currentLeader: { leaderId: -1, leaderEpoch: -1 },
    snapshotId: { endOffset: -1, epoch: -1 },
    abortedTransactions: null,
    preferredReadReplica: -1,
    records,
  }
}
