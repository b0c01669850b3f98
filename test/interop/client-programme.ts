/**
 * What our client does against any broker, the same programme for each, so that what fails on one side
 * alone shows where the fault is. What a release did not have yet must be refused by name.
 */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import {
  Kafka,
  unwrap,
  type Admin,
  type Consumer,
  type ConsumerRecord,
  type TopicPartition,
  type Transaction,
} from '../../src/client/index.ts'
import { isBefore } from '../peers/maven.ts'

/** Runs all of it against a broker of `release`. */
export async function runProgramme(
  t: TestContext,
  bootstrap: string,
  release: string,
): Promise<void> {
  const has = (name: Feature): boolean => !isBefore(release, firstReleases[name])
  const options = has('idempotence') ? {} : { properties: { 'enable.idempotence': 'false' } }
  const place: Place = { kafka: new Kafka({ bootstrapServers: bootstrap }), options, has }
  await t.test('every codec comes back as it was sent', () => everyCodec(place))
  await t.test('two members share, one goes, the other takes over', () => rebalance(place))
  await t.test('a group resumes where it committed', () => resume(place))
  if (has('transactions')) {
    await t.test('transactions: all or nothing, offsets with them', () => transactions(place))
    await t.test('who takes a transactional id over fences the one before', () => fencing(place))
  }
  if (has('epochRaise')) {
    await t.test('a transaction that went silent is aborted in its time', () => timeout(place))
  }
  await t.test('offsets by place and time', () => offsets(place))
  await t.test('the admin client', () => administer(place))
  await t.test('what the release does not have is refused by name', () => refusals(place))
}

/** The first release that has it. */
const firstReleases = {
  idempotence: '0.11',
  headers: '0.11',
  transactions: '0.11',
  recordDeletion: '0.11',
  morePartitions: '1.0',
  logDirs: '1.0',
  groupDeletion: '1.1',
  zstd: '2.1',
  incrementalConfigs: '2.3',
  epochRaise: '2.5',
} as const
type Feature = keyof typeof firstReleases

interface Place {
  readonly kafka: Kafka
  /** For every producer. */
  readonly options: { readonly properties?: Record<string, string> }
  readonly has: (feature: Feature) => boolean
}

const partitionsOf = (topic: string, count: number): TopicPartition[] =>
  Array.from({ length: count }, (_, partition) => ({ topic, partition }))

const oneByOne = { numPartitions: 1, replicationFactor: 1 }

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

async function everyCodec({ kafka, options, has }: Place): Promise<void> {
  await createTopic(kafka, 'codecs', 1)
  const codecs = ['none', 'gzip', 'snappy', 'lz4', ...(has('zstd') ? ['zstd'] : [])]
  for (const codec of codecs) {
    await using producer = kafka.producer({ ...options, compressionType: codec })
    const headers = has('headers') ? [{ key: 'codec', value: codec }] : []
    const sent = Array.from({ length: 200 }, async (_, i) => {
      const value = `${codec} ${i} ${'x'.repeat(50)}`
      return producer.send({ topic: 'codecs', key: `${i}`, value, headers, timestamp: 1_000 + i })
    })
    await Promise.all(sent)
  }

  await using consumer = kafka.consumer({ autoOffsetReset: 'earliest' })
  consumer.assign(partitionsOf('codecs', 1))
  const records = await read(consumer, codecs.length * 200)

  assert.equal(records.length, codecs.length * 200)
  for (const [offset, record] of records.entries()) {
    const codec = codecs[Math.floor(offset / 200)] ?? ''
    const i = offset % 200
    assert.equal(record.offset, offset)
    assert.equal(record.key?.toString(), `${i}`)
    assert.equal(record.value?.toString(), `${codec} ${i} ${'x'.repeat(50)}`)
    assert.equal(record.timestamp, 1_000 + i)
    assert.equal(record.headers[0]?.value?.toString(), has('headers') ? codec : undefined)
  }
}

async function rebalance({ kafka }: Place): Promise<void> {
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

async function resume({ kafka, options }: Place): Promise<void> {
  await createTopic(kafka, 'resumed', 1)
  await using producer = kafka.producer(options)
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

const valuesOf = (records: readonly ConsumerRecord[]): string[] =>
  records.map(({ value }) => value?.toString() ?? '').sort()

async function transactions({ kafka, has }: Place): Promise<void> {
  await createTopic(kafka, 'tx-in', 1)
  await createTopic(kafka, 'tx-out', 3)
  await using plain = kafka.producer()
  await Promise.all(['1', '2', '3'].map(value => plain.send({ topic: 'tx-in', value })))
  const group = { groupId: 'tx-group', autoOffsetReset: 'earliest', enableAutoCommit: false }
  await using source = kafka.consumer({ ...group, isolationLevel: 'read_committed' })
  source.subscribe(['tx-in'])
  const [first, second] = await read(source, 3)
  assert(first !== undefined && second !== undefined)
  await using producer = kafka.producer({ transactionalId: 'tx-pipeline' })
  const step =
    (value: string, offset: number, error?: Error) =>
    async (tx: Transaction): Promise<void> => {
      for (const partition of [0, 1, 2]) {
        await tx.send({ topic: 'tx-out', partition, value: `${value}-${partition}` })
      }
      // Before 2.5 brokers do not look at who of the group commits.
      const group = has('epochRaise') ? source : 'tx-group'
      await tx.sendOffsets([{ topic: 'tx-in', partition: 0, offset }], group)
      if (error !== undefined) throw error
    }

  await producer.transaction(step('kept', 1))
  const failing = producer.transaction(step('dropped', 2, new Error('failed')))
  await assert.rejects(failing, { message: 'failed' })
  await kafka.transaction(step('kept too', 3))
  await kafka.close()

  await using sink = kafka.consumer({
    autoOffsetReset: 'earliest',
    isolationLevel: 'read_committed',
  })
  sink.assign(partitionsOf('tx-out', 3))
  const seen = await read(sink, 6)
  assert.deepEqual(
    valuesOf(seen),
    ['kept', 'kept too']
      .flatMap(value => [0, 1, 2].map(partition => `${value}-${partition}`))
      .sort(),
  )
  await using all = kafka.consumer({ autoOffsetReset: 'earliest' })
  all.assign(partitionsOf('tx-out', 3))
  assert.equal((await read(all, 9)).length, 9, 'read_uncommitted sees what was aborted')
  const [stored] = await source.committed(partitionsOf('tx-in', 1))
  assert.equal(stored?.committed?.offset, 3)
  assert.deepEqual(await sink.poll(200), [])
}

async function fencing({ kafka }: Place): Promise<void> {
  await createTopic(kafka, 'tx-fenced', 1)
  const options = { transactionalId: 'tx-zombie' }
  await using zombie = kafka.producer(options)
  await zombie.initTransactions()
  zombie.beginTransaction()
  await zombie.send({ topic: 'tx-fenced', value: 'of the zombie' })

  await using heir = kafka.producer(options)
  await heir.transaction(tx => tx.send({ topic: 'tx-fenced', value: 'of the heir' }))
  await assert.rejects(zombie.commitTransaction(), { code: 'PRODUCER_FENCED', fatal: true })
  await assert.rejects(zombie.abortTransaction(), { code: 'PRODUCER_FENCED', fatal: true })

  await using consumer = kafka.consumer({
    autoOffsetReset: 'earliest',
    isolationLevel: 'read_committed',
  })
  consumer.assign(partitionsOf('tx-fenced', 1))
  assert.deepEqual(valuesOf(await read(consumer, 1)), ['of the heir'])
}

/** The reader waits for the coordinator, which looks every ten seconds. */
async function timeout({ kafka }: Place): Promise<void> {
  await createTopic(kafka, 'tx-silent', 1)
  await using producer = kafka.producer({
    transactionalId: 'tx-silent',
    transactionTimeoutMs: 1_000,
  })
  await producer.initTransactions()
  producer.beginTransaction()
  await producer.send({ topic: 'tx-silent', value: 'never committed' })
  await using plain = kafka.producer()
  await plain.send({ topic: 'tx-silent', value: 'behind it' })

  await using consumer = kafka.consumer({
    autoOffsetReset: 'earliest',
    isolationLevel: 'read_committed',
  })
  consumer.assign(partitionsOf('tx-silent', 1))
  assert.deepEqual(await consumer.poll(500), [])
  assert.deepEqual(valuesOf(await read(consumer, 1)), ['behind it'])
  await assert.rejects(producer.commitTransaction(), { fatal: true })
}

async function offsets({ kafka, options, has }: Place): Promise<void> {
  await createTopic(kafka, 'timed', 1)
  await using producer = kafka.producer(options)
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

  if (!has('recordDeletion')) return
  await admin.deleteRecords([{ ...timed, beforeOffset: 2 }])
  await using consumer = kafka.consumer({ autoOffsetReset: 'earliest' })
  consumer.assign([timed])
  consumer.seek(timed, 0)
  const [first] = await read(consumer, 1)
  assert.equal(first?.offset, 2, 'a position before the start is reset')
}

async function administer(place: Place): Promise<void> {
  const { kafka } = place
  await createTopic(kafka, 'administered', 1)
  await using admin = kafka.admin()

  const again = await admin.createTopics([{ name: 'administered', ...oneByOne }])
  const refusal = again.get('administered')
  assert(refusal?.ok === false)
  assert.equal(refusal.error.code, 'TOPIC_ALREADY_EXISTS')
  assert.match(refusal.error.exceptionName, /\.TopicExistsException$/)

  if (place.has('logDirs')) await configure(place, admin)
  if (place.has('morePartitions')) {
    await admin.createPartitions({ administered: { totalCount: 3 } })
    const description = (await admin.describeTopics(['administered'])).get('administered')
    assert(description !== undefined)
    assert.equal(unwrap(description).partitions.length, 3)
  }

  const { brokers: nodes, controller } = await admin.describeCluster()
  assert.equal(nodes.length, 1)
  assert.equal(controller?.id, nodes[0]?.id)
  if (place.has('logDirs')) {
    const dirs = await admin.describeLogDirs(nodes.map(({ id }) => id))
    for (const outcome of dirs.values()) assert(unwrap(outcome).length > 0)
  }
  await administerGroup(place, admin)

  for (const outcome of (await admin.deleteTopics(['administered'])).values()) unwrap(outcome)
  await untilGone(admin, 'administered')
}

/** Brokers of KRaft tell of what the controller has done a little later. */
async function untilGone(admin: Admin, topic: string): Promise<void> {
  const deadlineMs = Date.now() + 10_000
  while ((await admin.listTopics()).some(({ name }) => name === topic)) {
    assert(Date.now() < deadlineMs, `${topic} is still listed`)
  }
}

async function configure({ has }: Place, admin: Admin): Promise<void> {
  const resource = { type: 'TOPIC', name: 'administered' } as const
  const ops = [{ name: 'retention.ms', value: '60000', op: 'SET' }] as const
  const altered = has('incrementalConfigs')
    ? await admin.incrementalAlterConfigs([{ resource, ops }])
    : await admin.alterConfigs([{ resource, configs: { 'retention.ms': '60000' } }])
  for (const outcome of altered) unwrap(outcome)
  const [configs] = await admin.describeConfigs([resource])
  assert(configs !== undefined)
  const retention = unwrap(configs).find(({ name }) => name === 'retention.ms')
  assert.equal(retention?.value, '60000')
  assert.equal(retention.isDefault, false)
  if (has('groupDeletion')) assert.equal(retention.source, 'DYNAMIC_TOPIC_CONFIG')
}

async function administerGroup({ has }: Place, admin: Admin): Promise<void> {
  const offset = { topic: 'administered', partition: 0, offset: 0 }
  for (const outcome of await admin.alterConsumerGroupOffsets('empty', [offset])) unwrap(outcome)
  const { groups } = await admin.listConsumerGroups()
  assert(groups.some(({ groupId }) => groupId === 'empty'))
  const [stored] = await admin.listConsumerGroupOffsets('empty')
  assert.deepEqual(stored?.committed, { offset: 0, leaderEpoch: -1, metadata: '' })
  if (!has('groupDeletion')) return
  for (const outcome of (await admin.deleteConsumerGroups(['empty'])).values()) unwrap(outcome)
}

async function refusals({ kafka, has }: Place): Promise<void> {
  const unsupported = { code: 'UNSUPPORTED_VERSION' }
  const record = { topic: 'refused', value: 'x'.repeat(1_000) }
  await createTopic(kafka, 'refused', 1)
  if (!has('zstd')) {
    const properties = { 'enable.idempotence': 'false' }
    await using producer = kafka.producer({ compressionType: 'zstd', properties })
    await assert.rejects(producer.send(record), { code: 'UNSUPPORTED_COMPRESSION_TYPE' })
  }
  if (!has('idempotence')) {
    await using producer = kafka.producer()
    await assert.rejects(producer.send(record), unsupported)
  }
  if (!has('headers')) {
    await using producer = kafka.producer({ enableIdempotence: false })
    const headers = [{ key: 'lost', value: 'in silence' }]
    await assert.rejects(producer.send({ ...record, headers }), unsupported)
  }
  await using admin = kafka.admin()
  const resource = { type: 'TOPIC', name: 'refused' } as const
  if (!has('incrementalConfigs')) {
    await assert.rejects(admin.incrementalAlterConfigs([{ resource, ops: [] }]), unsupported)
  }
  if (!has('morePartitions')) {
    await assert.rejects(admin.createPartitions({ refused: { totalCount: 3 } }), unsupported)
  }
}
