/**
 * Our client against genuine brokers, the oldest and the newest that count, and against ours: the same
 * programme for each, so that what fails on one side alone shows where the fault is.
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  Kafka,
  unwrap,
  type Consumer,
  type ConsumerRecord,
  type TopicPartition,
} from '../../src/client/index.ts'
import { kafkaJars } from '../peers/maven.ts'
import { peerOrSkip } from '../peers/cache.ts'
import { newestVersion, startKraft } from '../peers/kraft.ts'
import { referenceVersion, startSubject } from '../peers/subject.ts'

interface Running {
  readonly bootstrap: string
  dispose(): Promise<void>
}

const brokers = [
  { name: 'ours', version: undefined, begin: () => startSubject({ kind: 'tidelog' }) },
  {
    name: `genuine ${referenceVersion}`,
    version: referenceVersion,
    begin: () => startSubject({ kind: 'genuine' }),
  },
  { name: `genuine ${newestVersion}`, version: newestVersion, begin: () => startKraft() },
] as const

for (const { name, version, begin } of brokers) {
  describe(`our client and ${name}`, () => {
    test('produce, consume, group, administer', async t => {
      if (version !== undefined && !(await peerOrSkip(t, () => kafkaJars(version)))) return
      const running: Running = await begin()
      try {
        const kafka = new Kafka({ bootstrapServers: running.bootstrap })
        await t.test('every codec comes back as it was sent', () => everyCodec(kafka))
        await t.test('two members share, one goes, the other takes over', () => rebalance(kafka))
        await t.test('a group resumes where it committed', () => resume(kafka))
        await t.test('offsets by place and time', () => offsets(kafka))
        await t.test('the admin client', () => administer(kafka))
      } finally {
        await running.dispose()
      }
    })
  })
}

const partitionsOf = (topic: string, count: number): TopicPartition[] =>
  Array.from({ length: count }, (_, partition) => ({ topic, partition }))

async function createTopic(kafka: Kafka, name: string, numPartitions: number): Promise<void> {
  await using admin = kafka.admin()
  const created = await admin.createTopics([{ name, numPartitions, replicationFactor: 1 }])
  for (const outcome of created.values()) unwrap(outcome)
}

/** Polls until so many records have come; fails after half a minute. */
async function read(consumer: Consumer, count: number): Promise<ConsumerRecord[]> {
  const records: ConsumerRecord[] = []
  const signal = AbortSignal.timeout(30_000)
  while (records.length < count) records.push(...(await consumer.poll(1_000, { signal })))
  return records
}

async function everyCodec(kafka: Kafka): Promise<void> {
  await createTopic(kafka, 'codecs', 1)
  const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
  for (const codec of codecs) {
    await using producer = kafka.producer({ compressionType: codec })
    const headers = [{ key: 'codec', value: codec }]
    const sent = Array.from({ length: 200 }, async (_, i) => {
      const value = `${codec} ${i} ${'x'.repeat(50)}`
      return producer.send({ topic: 'codecs', key: `${i}`, value, headers, timestamp: 1_000 + i })
    })
    await Promise.all(sent)
  }

  await using consumer = kafka.consumer({ autoOffsetReset: 'earliest' })
  consumer.assign(partitionsOf('codecs', 1))
  const records = await read(consumer, 1_000)

  assert.equal(records.length, 1_000)
  for (const [offset, record] of records.entries()) {
    const codec = codecs[Math.floor(offset / 200)] ?? ''
    const i = offset % 200
    assert.equal(record.offset, offset)
    assert.equal(record.key?.toString(), `${i}`)
    assert.equal(record.value?.toString(), `${codec} ${i} ${'x'.repeat(50)}`)
    assert.equal(record.timestamp, 1_000 + i)
    assert.equal(record.headers[0]?.value?.toString(), codec)
  }
}

async function rebalance(kafka: Kafka): Promise<void> {
  await createTopic(kafka, 'shared', 4)
  const options = { groupId: 'sharers', autoOffsetReset: 'earliest', heartbeatIntervalMs: 200 }
  const first = kafka.consumer(options)
  const second = kafka.consumer(options)
  first.subscribe(['shared'])
  second.subscribe(['shared'])
  const deadlineMs = Date.now() + 30_000
  const pollBoth = () => Promise.all([first.poll(200), second.poll(200)])

  while (first.assignment().length !== 2 || second.assignment().length !== 2) {
    assert(Date.now() < deadlineMs, 'two members have two partitions each')
    await pollBoth()
  }
  const owned = [...first.assignment(), ...second.assignment()].map(item => item.partition)
  assert.deepEqual(owned.sort(), [0, 1, 2, 3])

  await first.close()
  while (second.assignment().length !== 4) {
    assert(Date.now() < deadlineMs, 'the one that stays takes over')
    await second.poll(200)
  }
  await second.close()
}

async function resume(kafka: Kafka): Promise<void> {
  await createTopic(kafka, 'resumed', 1)
  await using producer = kafka.producer()
  const send = (values: readonly string[]) =>
    Promise.all(values.map(value => producer.send({ topic: 'resumed', value })))
  const group = { groupId: 'resumers', autoOffsetReset: 'earliest', enableAutoCommit: false }
  await send(['a', 'b', 'c'])

  const before = kafka.consumer({ ...group, maxPollRecords: 2 })
  before.subscribe(['resumed'])
  await read(before, 2)
  await before.commit()
  await before.close()

  await using after = kafka.consumer(group)
  after.subscribe(['resumed'])
  const [next] = await read(after, 1)
  assert.equal(next?.value?.toString(), 'c')
  const [committed] = await after.committed(partitionsOf('resumed', 1))
  assert.equal(committed?.committed?.offset, 2)
}

async function offsets(kafka: Kafka): Promise<void> {
  await createTopic(kafka, 'timed', 1)
  await using producer = kafka.producer()
  for (const timestamp of [1_000, 2_000, 3_000]) {
    await producer.send({ topic: 'timed', value: `${timestamp}`, timestamp })
  }
  await using admin = kafka.admin()
  const timed = { topic: 'timed', partition: 0 }
  const specs = ['earliest', 'latest', { timestampMs: 1_500 }, { timestampMs: 9_000 }] as const

  const found = []
  for (const spec of specs) {
    const [outcome] = await admin.listOffsets([{ ...timed, spec }])
    assert(outcome !== undefined)
    found.push(unwrap(outcome).offset)
  }
  assert.deepEqual(found, [0, 3, 1, -1])

  await admin.deleteRecords([{ ...timed, beforeOffset: 2 }])
  await using consumer = kafka.consumer({ autoOffsetReset: 'earliest' })
  consumer.assign([timed])
  consumer.seek(timed, 0)
  const [first] = await read(consumer, 1)
  assert.equal(first?.offset, 2, 'a position before the start is reset')
}

async function administer(kafka: Kafka): Promise<void> {
  await createTopic(kafka, 'administered', 1)
  await using admin = kafka.admin()
  const resource = { type: 'TOPIC', name: 'administered' } as const

  const again = await admin.createTopics([{ name: 'administered' }])
  const refusal = again.get('administered')
  assert(refusal?.ok === false)
  assert.equal(refusal.error.code, 'TOPIC_ALREADY_EXISTS')
  assert.match(refusal.error.exceptionName, /\.TopicExistsException$/)

  const ops = [{ name: 'retention.ms', value: '60000', op: 'SET' }] as const
  for (const outcome of await admin.incrementalAlterConfigs([{ resource, ops }])) unwrap(outcome)
  const [configs] = await admin.describeConfigs([resource])
  assert(configs !== undefined)
  const retention = unwrap(configs).find(({ name }) => name === 'retention.ms')
  assert.equal(retention?.value, '60000')
  assert.equal(retention.source, 'DYNAMIC_TOPIC_CONFIG')

  await admin.createPartitions({ administered: { totalCount: 3 } })
  const description = (await admin.describeTopics(['administered'])).get('administered')
  assert(description !== undefined)
  assert.equal(unwrap(description).partitions.length, 3)

  const { brokers: nodes, controller } = await admin.describeCluster()
  assert.equal(nodes.length, 1)
  assert.equal(controller?.id, nodes[0]?.id)
  const dirs = await admin.describeLogDirs(nodes.map(({ id }) => id))
  for (const outcome of dirs.values()) assert(unwrap(outcome).length > 0)

  const offset = { topic: 'administered', partition: 0, offset: 0 }
  for (const outcome of await admin.alterConsumerGroupOffsets('empty', [offset])) unwrap(outcome)
  const { groups } = await admin.listConsumerGroups()
  assert(groups.some(({ groupId }) => groupId === 'empty'))
  const [stored] = await admin.listConsumerGroupOffsets('empty')
  assert.deepEqual(stored?.committed, { offset: 0, leaderEpoch: -1, metadata: '' })
  for (const outcome of (await admin.deleteConsumerGroups(['empty'])).values()) unwrap(outcome)

  for (const outcome of (await admin.deleteTopics(['administered'])).values()) unwrap(outcome)
  const names = (await admin.listTopics()).map(({ name }) => name)
  assert(!names.includes('administered'))
}
