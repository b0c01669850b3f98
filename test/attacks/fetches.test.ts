/** Fetches with numbers that nobody means. */
import { strict as assert } from 'node:assert'
import { after, before, test } from 'node:test'
import { ErrorCode, FetchRequest } from '../../src/protocol/index.ts'
import { encodeRequest, type RawClient } from '../broker/raw-client.ts'
import { batchOf } from './batches.ts'
import { calls, createTopic, fetchFrom, produce, Victim } from './victim.ts'

const TOPIC = 'read'
const HUGE = 2 ** 31 - 1
/** Two batches of about 40 KB. */
const BATCH = 'x'.repeat(40_000)

let victim: Victim
before(async () => {
  victim = await Victim.start()
  await using client = await victim.connect()
  await createTopic(client, TOPIC)
  await createTopic(client, 'empty')
  for (let nth = 0; nth < 2; nth += 1) await produce(client, batchOf(BATCH), { topic: TOPIC })
})
after(() => victim[Symbol.asyncDispose]())

for (const offset of [-9, 2 ** 62, 3]) {
  test(`offset ${offset} is out of range`, async () => {
    await using client = await victim.connect()

    const { errorCode } = await fetchFrom(client, offset, { topic: TOPIC, maxWaitMs: HUGE })

    assert.equal(errorCode, ErrorCode.OFFSET_OUT_OF_RANGE)
    await victim.assertServing()
  })
}

const answered: readonly (readonly [string, Parameters<typeof fetchFrom>[2], batches: number])[] = [
  ['at most -1 bytes', { maxBytes: -1 }, 1],
  ['at most 2 GB', { maxBytes: HUGE, partitionMaxBytes: HUGE }, 2],
  ['at most -1 bytes of a partition', { partitionMaxBytes: -1 }, 1],
  ['a wait of -2^31 ms', { maxWaitMs: -(2 ** 31), minBytes: HUGE }, 2],
  ['isolation level 9', { isolationLevel: 9 }, 2],
  ['at least -1 bytes', { minBytes: -1 }, 2],
]
for (const [name, wanted, batches] of answered) {
  test(`a fetch of ${name} is answered with what there is`, { timeout: 10_000 }, async () => {
    await using client = await victim.connect()

    const { errorCode, records } = await fetchFrom(client, 0, { topic: TOPIC, ...wanted })

    assert.equal(errorCode, ErrorCode.NONE)
    assert.equal(Math.floor((records?.length ?? 0) / BATCH.length), batches)
    await victim.assertServing()
  })
}

test(
  'who wants more than may be in an answer does not wait for it',
  { timeout: 5_000 },
  async () => {
    await using client = await victim.connect()

    const { records } = await fetchFrom(client, 0, {
      ...{ topic: TOPIC, minBytes: HUGE, maxBytes: 30_000, maxWaitMs: HUGE },
    })

    assert.ok((records?.length ?? 0) > 0)
  },
)

test(
  'a fetch that waits 24 days hurts nobody, and has what comes',
  { timeout: 10_000 },
  async () => {
    await using client = await victim.connect()
    sendFetch(client, 'empty', HUGE)
    await victim.assertServing()

    await using producer = await victim.connect()
    await produce(producer, batchOf('at last'), { topic: 'empty' })

    const { responses } = await client.response(calls.fetch, 11)
    assert.ok(responses[0]?.partitions[0]?.records?.includes('at last'))
  },
)

for (const replicaId of [9999, 0]) {
  test(`a client that says it is replica ${replicaId} is refused (CVE-2018-1288)`, async () => {
    await using client = await victim.connect()

    const { errorCode } = await fetchFrom(client, 0, { topic: TOPIC, replicaId })

    assert.equal(errorCode, ErrorCode.CLUSTER_AUTHORIZATION_FAILED)
    await victim.assertServing()
  })
}

test('a replica id in the field of Fetch v15 is refused as well', async () => {
  await using client = await victim.connect()

  const { errorCode } = await client.request(calls.fetch, 15, {
    ...{ replicaState: { replicaId: 9999, replicaEpoch: 1 }, maxWaitMs: 0, minBytes: 0 },
    ...{ topics: [], forgottenTopicsData: [] },
  })

  assert.equal(errorCode, ErrorCode.CLUSTER_AUTHORIZATION_FAILED)
  await victim.assertServing()
})

function sendFetch(client: RawClient, topic: string, maxWaitMs: number): void {
  const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }]
  client.send(
    encodeRequest(FetchRequest, 11, {
      ...{ maxWaitMs, minBytes: 1, forgottenTopicsData: [] },
      topics: [{ topic, partitions }],
    }),
  )
}
