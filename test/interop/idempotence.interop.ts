/**
 * Idempotence to the letter, request by request: retries, gaps and epochs, before and after the broker was
 * stopped or killed, and when the producer has been forgotten. The same holds with `SUBJECT=genuine`.
 */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import * as P from '../../src/protocol/index.ts'
import { BatchBuilder } from '../../src/records/index.ts'
import { RawClient } from '../broker/raw-client.ts'
import { peerOrSkip } from '../peers/cache.ts'
import { startBroker, startSubject, subjectKind, type Subject } from '../peers/subject.ts'

const TOPIC = 'sequences'
const PRODUCER = 7_001
const calls = {
  create: [P.CreateTopicsRequest, P.CreateTopicsResponse],
  metadata: [P.MetadataRequest, P.MetadataResponse],
  produce: [P.ProduceRequest, P.ProduceResponse],
  producers: [P.DescribeProducersRequest, P.DescribeProducersResponse],
} as const

/** A batch of so many records of an idempotent producer. */
interface Batch {
  readonly sequence: number
  readonly count?: number
  readonly producerId?: number
  readonly producerEpoch?: number
}

class IdempotentClient implements AsyncDisposable {
  readonly #client: RawClient

  constructor(client: RawClient) {
    this.#client = client
  }

  static async open({ bootstrap }: Pick<Subject, 'bootstrap'>): Promise<IdempotentClient> {
    return new IdempotentClient(await RawClient.open(Number(bootstrap.split(':')[1])))
  }

  async create(): Promise<void> {
    const sizes = { numPartitions: 1, replicationFactor: 1 }
    const topic = { name: TOPIC, ...sizes, assignments: [], configs: [] }
    await this.#client.request(calls.create, 4, { topics: [topic], timeoutMs: 30_000 })
    await this.untilLed()
  }

  async untilLed(): Promise<void> {
    await until('the partition has a leader', async () => {
      const { topics } = await this.#client.request(calls.metadata, 9, {
        topics: [{ name: TOPIC }],
      })
      const [partition] = topics[0]?.partitions ?? []
      return partition?.errorCode === P.ErrorCode.NONE
    })
  }

  /** @returns the offset of its first record, or the name of the error */
  async produce({
    sequence,
    count = 1,
    producerId = PRODUCER,
    producerEpoch = 0,
  }: Batch): Promise<number | string> {
    // prettier-ignore
    const builder = new BatchBuilder({ producerId, producerEpoch, baseSequence: sequence })
    for (let n = 0; n < count; n += 1) {
      builder.append({ timestamp: Date.now(), key: null, value: Buffer.from(`${sequence + n}`) })
    }
    const { responses } = await this.#client.request(calls.produce, 8, {
      ...{ transactionalId: null, acks: -1, timeoutMs: 30_000 },
      topicData: [{ name: TOPIC, partitionData: [{ index: 0, records: builder.close() }] }],
    })
    const [answer] = responses[0]?.partitionResponses ?? []
    assert.ok(answer !== undefined)
    if (answer.errorCode === P.ErrorCode.NONE) return answer.baseOffset
    return P.errorName(answer.errorCode)
  }

  /** Ids of the producers that the partition remembers. */
  async remembered(): Promise<number[]> {
    const { topics } = await this.#client.request(calls.producers, 0, {
      topics: [{ name: TOPIC, partitionIndexes: [0] }],
    })
    const { activeProducers = [] } = topics[0]?.partitions[0] ?? {}
    return activeProducers.map(({ producerId }) => producerId)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#client[Symbol.asyncDispose]()
  }
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadlineMs = Date.now() + 30_000
  while (!(await isSo())) {
    assert.ok(Date.now() < deadlineMs, `not within 30 s: ${what}`)
    await sleep(50)
  }
}

async function subjectWith(
  t: TestContext,
  overrides: Record<string, string>,
): Promise<Subject | undefined> {
  const subject = await peerOrSkip(t, () =>
    startSubject({
      kind: subjectKind,
      overrides: { 'zookeeper.session.timeout.ms': '4000', ...overrides },
    }),
  )
  if (subject !== undefined) t.after(() => subject.dispose())
  return subject
}

test('a retry is answered with its first offset, a gap with 45, an old epoch with 47', async t => {
  const subject = await subjectWith(t, {})
  if (subject === undefined) return
  await using client = await IdempotentClient.open(subject)
  await client.create()
  const offsets = []
  for (let n = 0; n < 6; n += 1) offsets.push(await client.produce({ sequence: 2 * n, count: 2 }))

  const retries = []
  for (let n = 5; n >= 0; n -= 1) retries.push(await client.produce({ sequence: 2 * n, count: 2 }))
  const gap = await client.produce({ sequence: 14 })
  const overlap = await client.produce({ sequence: 11, count: 3 })
  const next = await client.produce({ sequence: 12 })
  const newEpochFromTheMiddle = await client.produce({ sequence: 3, producerEpoch: 1 })
  const newEpoch = await client.produce({ sequence: 0, producerEpoch: 1 })
  const oldEpoch = await client.produce({ sequence: 13 })
  const unknownFromTheMiddle = await client.produce({ sequence: 40, producerId: PRODUCER + 1 })

  assert.deepEqual(offsets, [0, 2, 4, 6, 8, 10])
  assert.deepEqual(retries, [10, 8, 6, 4, 2, 'OUT_OF_ORDER_SEQUENCE_NUMBER'])
  assert.equal(gap, 'OUT_OF_ORDER_SEQUENCE_NUMBER')
  assert.equal(overlap, 'OUT_OF_ORDER_SEQUENCE_NUMBER')
  assert.equal(next, 12)
  assert.equal(newEpochFromTheMiddle, 'OUT_OF_ORDER_SEQUENCE_NUMBER')
  assert.equal(newEpoch, 13)
  assert.equal(oldEpoch, 'INVALID_PRODUCER_EPOCH')
  assert.equal(unknownFromTheMiddle, 14)
})

for (const end of ['stopped', 'killed'] as const) {
  test(`a broker that was ${end} knows its producers again, from snapshot and log`, async t => {
    const subject = await subjectWith(t, { 'log.segment.bytes': '1000' })
    if (subject === undefined) return
    const before = await IdempotentClient.open(subject)
    await before.create()
    // Over several segments, each of which begins with a snapshot; the second one writes early and no more.
    for (let n = 0; n < 40; n += 1) {
      assert.equal(await before.produce({ sequence: n }), n === 0 ? 0 : n + 1)
      if (n === 0) assert.equal(await before.produce({ sequence: 0, producerId: PRODUCER + 1 }), 1)
    }
    await before[Symbol.asyncDispose]()

    const next = end === 'stopped' ? await startedAfterStop(t, subject) : await afterKill(subject)

    await using after = await IdempotentClient.open(next)
    await after.untilLed()
    assert.equal(await after.produce({ sequence: 39 }), 40, 'a retry of the last batch')
    assert.equal(await after.produce({ sequence: 41 }), 'OUT_OF_ORDER_SEQUENCE_NUMBER')
    assert.equal(await after.produce({ sequence: 40 }), 41)
    assert.equal(await after.produce({ sequence: 0, producerId: PRODUCER + 1 }), 1, 'the early one')
    assert.equal(await after.produce({ sequence: 1, producerId: PRODUCER + 1 }), 42)
  })
}

async function afterKill(subject: Subject): Promise<Subject> {
  await subject.broker.kill()
  await subject.restart()
  return subject
}

/** Has no session to wait for, as `restart` would. */
async function startedAfterStop(
  t: TestContext,
  { broker, kind, zookeeper, logDirs }: Subject,
): Promise<{ bootstrap: string }> {
  await broker.stop()
  const next = await startBroker({ kind, zookeeper, logDirs })
  t.after(() => next.kill())
  return { bootstrap: next.address }
}

test('a producer that is silent for producer.id.expiration.ms is forgotten: its retry is written once more', async t => {
  const subject = await subjectWith(t, {
    'producer.id.expiration.ms': '2000',
    'producer.id.expiration.check.interval.ms': '200',
  })
  if (subject === undefined) return
  await using client = await IdempotentClient.open(subject)
  await client.create()
  const first = await client.produce({ sequence: 5 })
  const retry = await client.produce({ sequence: 5 })
  const known = await client.remembered()

  await until('the producer is forgotten', async () => (await client.remembered()).length === 0)
  const late = await client.produce({ sequence: 5 })

  assert.deepEqual([first, retry, known], [0, 0, [PRODUCER]])
  assert.equal(late, 1)
})
