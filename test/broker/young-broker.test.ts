/** What a broker says that has just started, before any controller has told it anything. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Kafka } from '../../src/client/index.ts'
import {
  DescribeTopicPartitionsRequest,
  DescribeTopicPartitionsResponse,
  ErrorCode,
  MetadataRequest,
  MetadataResponse,
} from '../../src/protocol/index.ts'
import { startCluster } from '../../src/testing/index.ts'
import { RawClient } from './raw-client.ts'

const topic = 'orders'
const PATIENCE_MS = 60_000
/** The one controller there was is dead, and nobody may take its place for so long. */
const SESSION_MS = 4_000

/** `undefined` while it does not serve. */
async function topicErrors(port: number): Promise<readonly number[] | undefined> {
  try {
    await using client = await RawClient.open(port)
    const topics = [{ name: topic }]
    const metadata = await client.request([MetadataRequest, MetadataResponse], 4, { topics })
    const partitions = await client.request(
      [DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse],
      ...([0, { topics }] as const),
    )
    return [metadata, partitions].map(answer => answer.topics[0]?.errorCode ?? -1)
  } catch {
    return undefined
  }
}

test('does not call topics unknown that it has not been told of: clients drop what they hold for those', async () => {
  const properties = { 'zookeeper.session.timeout.ms': String(SESSION_MS) }
  await using cluster = await startCluster({ brokers: 2, properties })
  await using kafka = new Kafka({ bootstrapServers: cluster.bootstrapServers })
  await using admin = kafka.admin()
  await admin.createTopics([{ name: topic, numPartitions: 1, replicationFactor: 2 }])
  const { controller } = await admin.describeCluster()
  const young = controller?.id === 0 ? 1 : 0

  await Promise.all([cluster.kill(0), cluster.kill(1)])
  const started = cluster.restart(young)
  const seen = new Set<number>()
  const endMs = Date.now() + PATIENCE_MS
  for (;;) {
    const errors = (await topicErrors(cluster.ports[young] ?? 0)) ?? []
    for (const error of errors) seen.add(error)
    if (errors.length > 0 && errors.every(error => error === ErrorCode.NONE)) break
    assert.ok(Date.now() < endMs, `it was never told: ${errors.join()}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  await started

  assert.ok(!seen.has(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION))
  assert.ok(seen.has(ErrorCode.LEADER_NOT_AVAILABLE), 'there was a time before it was told')
})
