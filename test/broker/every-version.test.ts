/** Every version of every API that is advertised is answered, with nothing left out and nothing too much. */
import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { servedApis, servedVersions } from '../../src/broker/served-versions.ts'
import * as P from '../../src/protocol/index.ts'
import { BatchBuilder } from '../../src/records/index.ts'
import { startBroker } from '../../src/testing/index.ts'
import { RawClient } from './raw-client.ts'

const topic = 'orders'

function oneRecord(): Buffer {
  const builder = new BatchBuilder({})
  builder.append({ timestamp: 1, key: null, value: Buffer.from('v'), headers: [] })
  return builder.close()
}

const producer = { producerId: 0, producerEpoch: 0 }
const partitions = [{ name: topic, partitions: [0] }]

/** A request that makes sense in the given version. */
function bodyFor(name: string, version: number, topicId: string): object {
  const byId = (from: number): object => (version >= from ? { topicId } : {})
  const bodies: Record<string, object> = {
    Produce: {
      ...{ acks: 1, timeoutMs: 1000 },
      topicData: [
        {
          ...(version >= 13 ? byId(13) : { name: topic }),
          ...(version >= 13 ? { name: '' } : {}),
          partitionData: [{ index: 0, records: oneRecord() }],
        },
      ],
    },
    Fetch: {
      ...{ maxWaitMs: 0, minBytes: 0 },
      topics: [
        {
          ...(version >= 13 ? byId(13) : { topic }),
          partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }],
        },
      ],
      forgottenTopicsData: [],
    },
    ListOffsets: {
      replicaId: -1,
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp: -1 }] }],
    },
    Metadata: { topics: [{ name: topic }] },
    OffsetCommit: {
      groupId: 'g',
      topics: [
        {
          ...{ name: topic, ...byId(10) },
          partitions: [{ partitionIndex: 0, committedOffset: 1n, committedMetadata: '' }],
        },
      ],
    },
    OffsetFetch:
      version >= 8
        ? {
            groups: [
              { groupId: 'g', topics: [{ name: topic, ...byId(10), partitionIndexes: [0] }] },
            ],
          }
        : { groupId: 'g', topics: [{ name: topic, partitionIndexes: [0] }], groups: [] },
    FindCoordinator: version >= 4 ? { coordinatorKeys: ['g'] } : { key: 'g', coordinatorKeys: [] },
    JoinGroup: {
      ...{ groupId: `join-${version}`, sessionTimeoutMs: 6000, rebalanceTimeoutMs: 6000 },
      ...{ memberId: '', protocolType: 'consumer' },
      protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
    },
    Heartbeat: { groupId: 'g', generationId: 1, memberId: 'm' },
    LeaveGroup:
      version >= 3
        ? { groupId: 'g', members: [{ memberId: 'm', groupInstanceId: null }] }
        : { groupId: 'g', memberId: 'm', members: [] },
    SyncGroup: { groupId: 'g', generationId: 1, memberId: 'm', assignments: [] },
    DescribeGroups: { groups: ['g'] },
    ListGroups: { statesFilter: [], typesFilter: [] },
    ApiVersions: version >= 3 ? { clientSoftwareName: 'raw', clientSoftwareVersion: '1' } : {},
    CreateTopics: {
      topics: [
        {
          ...{ name: `created-${version}`, numPartitions: 1, replicationFactor: 1 },
          ...{ assignments: [], configs: [] },
        },
      ],
    },
    DeleteTopics:
      version >= 6
        ? { timeoutMs: 1000, topics: [{ name: 'none', topicId: P.ZERO_UUID }] }
        : { timeoutMs: 1000, topics: [], topicNames: ['none'] },
    DeleteRecords: {
      timeoutMs: 1000,
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, offset: 0 }] }],
    },
    InitProducerId: { transactionalId: null, transactionTimeoutMs: 1000 },
    OffsetForLeaderEpoch: {
      topics: [{ topic, partitions: [{ partition: 0, leaderEpoch: 0 }] }],
    },
    DescribeConfigs: {
      resources: [{ resourceType: 2, resourceName: topic, configurationKeys: null }],
    },
    AlterConfigs: {
      resources: [{ resourceType: 2, resourceName: topic, configs: [] }],
      validateOnly: true,
    },
    AlterReplicaLogDirs: { dirs: [{ path: '/none', topics: [{ name: topic, partitions: [0] }] }] },
    DescribeLogDirs: { topics: null },
    CreatePartitions: {
      topics: [{ name: topic, count: 5, assignments: null }],
      ...{ timeoutMs: 1000, validateOnly: true },
    },
    DeleteGroups: { groupsNames: ['none'] },
    IncrementalAlterConfigs: {
      resources: [{ resourceType: 2, resourceName: topic, configs: [] }],
      validateOnly: true,
    },
    ListPartitionReassignments: { topics: null },
    AlterPartitionReassignments: {
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, replicas: null }] }],
    },
    ElectLeaders: { topicPartitions: null, timeoutMs: 1000 },
    UpdateFeatures: { featureUpdates: [{ feature: 'f', maxVersionLevel: 1 }] },
    OffsetDelete: { groupId: 'g', topics: [] },
    DescribeCluster: { includeClusterAuthorizedOperations: true },
    DescribeTopicPartitions: { topics: [], cursor: null },
    AddPartitionsToTxn:
      version >= 4
        ? {
            transactions: [
              { ...producer, transactionalId: 't', verifyOnly: false, topics: partitions },
            ],
          }
        : {
            ...{ transactions: [], v3AndBelowTransactionalId: 't', v3AndBelowTopics: partitions },
            ...{ v3AndBelowProducerId: 0, v3AndBelowProducerEpoch: 0 },
          },
    AddOffsetsToTxn: { ...producer, transactionalId: 't', groupId: 'g' },
    EndTxn: { ...producer, transactionalId: 't', committed: true },
    WriteTxnMarkers: {
      markers: [
        {
          ...{ ...producer, transactionResult: false, coordinatorEpoch: 0 },
          topics: [{ name: topic, partitionIndexes: [0] }],
        },
      ],
    },
    TxnOffsetCommit: {
      ...{ ...producer, transactionalId: 't', groupId: 'g' },
      topics: [
        {
          name: topic,
          partitions: [{ partitionIndex: 0, committedOffset: 1n, committedMetadata: '' }],
        },
      ],
    },
    DescribeProducers: { topics: [{ name: topic, partitionIndexes: [0] }] },
    // Of no controller that there ever was, and of a broker that does not exist.
    LeaderAndIsr: { controllerId: 9, controllerEpoch: 0, liveLeaders: [] },
    StopReplica: { controllerId: 9, controllerEpoch: 0 },
    UpdateMetadata: { controllerId: 9, controllerEpoch: 0, liveBrokers: [] },
    ControlledShutdown: { brokerId: 9 },
    AlterPartition: { brokerId: 9, topics: [] },
    AllocateProducerIds: { brokerId: 9 },
    DescribeTransactions: { transactionalIds: ['t'] },
    ListTransactions: { stateFilters: [], producerIdFilters: [] },
  }
  const body = bodies[name]
  assert.ok(body !== undefined, `this test has no request for ${name}`)
  return body
}

test('every version of every advertised API is answered', async () => {
  await using broker = await startBroker()
  await using client = await RawClient.open(broker.port)
  const metadata = [P.MetadataRequest, P.MetadataResponse] as const
  let topicId = ''
  for (let tries = 0; topicId === '' && tries < 100; tries += 1) {
    const { topics } = await client.request(metadata, 12, { topics: [{ name: topic }] })
    const [found] = topics
    if (found?.errorCode === P.ErrorCode.NONE) topicId = found.topicId
  }

  for (const { name, request, response } of servedApis) {
    const versions = servedVersions(request)
    for (let version = versions[0]; version <= versions[1]; version += 1) {
      const body = bodyFor(name, version, topicId) as P.MessageInput<typeof request>
      const answer = await client.request([request, response] as const, version, body)

      assert.ok(answer, `${name} v${version}`)
      const errorCode = 'errorCode' in answer ? answer['errorCode'] : 0
      assert.notEqual(errorCode, P.ErrorCode.UNKNOWN_SERVER_ERROR, `${name} v${version}`)
    }
  }
})
