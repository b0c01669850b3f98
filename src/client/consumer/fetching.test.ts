/** What a consumer asks of the leaders of its partitions, seen from the broker. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiKey, ErrorCode } from '../../protocol/index.ts'
import { BatchBuilder, stamp } from '../../records/index.ts'
import {
  BROKER_PORT,
  metadataOf,
  scriptedBroker,
  settled,
  world,
  type ScriptedRequest,
} from '../../../test/support/scripted-broker.ts'
import { KafkaConsumer } from './kafka-consumer.ts'

const TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAQ'
const SESSION_ID = 7
const partitions = [0, 1, 2].map(partition => ({ topic: 'orders', partition }))
const [first = { topic: 'orders', partition: 0 }] = partitions

interface AskedTopic {
  readonly partitions: readonly { readonly partition: number; readonly fetchOffset: number }[]
}

interface Fetch {
  readonly sessionId: number
  readonly sessionEpoch: number
  readonly rackId: string
  readonly topics: readonly AskedTopic[]
  readonly forgottenTopicsData: readonly { readonly partitions: readonly number[] }[]
}

/** What it says, in short: epoch, `partition@offset` of those named, those to be forgotten. */
function inShort({ sessionEpoch, topics, forgottenTopicsData }: Fetch): string {
  const named = topics.flatMap(topic =>
    topic.partitions.map(({ partition, fetchOffset }) => `${partition}@${fetchOffset}`),
  )
  const forgotten = forgottenTopicsData.flatMap(topic => topic.partitions)
  return [sessionEpoch, named.join(' '), ...forgotten.map(each => `-${each}`)].join(' ').trim()
}

function batchOf(baseOffset: number, value: string): Buffer {
  const bytes = new BatchBuilder()
  bytes.append({ timestamp: 1, value: Buffer.from(value) })
  const batch = bytes.close()
  stamp(batch, 0, { baseOffset, leaderEpoch: -1 })
  return batch
}

function recordsAnswer(partitionIndex: number, fetchOffset: number): object {
  const records = batchOf(fetchOffset, `${partitionIndex}@${fetchOffset}`)
  return { partitionIndex, errorCode: 0, highWatermark: 100, lastStableOffset: 100, records }
}

function answerWith(...answered: object[]): object {
  return { sessionId: SESSION_ID, responses: [{ topicId: TOPIC_ID, partitions: answered }] }
}

function metadata(): object {
  const { topics, ...rest } = metadataOf('orders', 3, -1) as { topics: object[] }
  const brokers = [1, 2].map(nodeId => {
    return { nodeId, host: 'localhost', port: BROKER_PORT - 1 + nodeId, rack: `rack-${nodeId}` }
  })
  return { ...rest, brokers, topics: topics.map(topic => ({ ...topic, topicId: TOPIC_ID })) }
}

type Answering = (fetch: Fetch, index: number) => object | 'silent' | 'hang up'

async function rig(answers: Answering, options: Record<string, string> = {}) {
  const here = world()
  const fetches: Fetch[] = []
  const follower: Fetch[] = []
  const serving = (seen: Fetch[], answer: Answering) => (request: ScriptedRequest) => {
    if (request.apiKey === ApiKey.Metadata) return metadata()
    seen.push(request.body as unknown as Fetch)
    return answer(request.body as unknown as Fetch, seen.length - 1)
  }
  await scriptedBroker(here, { answer: serving(fetches, answers) })
  const fromFollower = ({ topics }: Fetch) => {
    const asked = topics[0]?.partitions[0]?.fetchOffset ?? 0
    return asked < 3 ? answerWith(recordsAnswer(0, asked)) : ('silent' as const)
  }
  await scriptedBroker(here, { port: BROKER_PORT + 1, answer: serving(follower, fromFollower) })
  const servers = { 'bootstrap.servers': `localhost:${BROKER_PORT}` }
  const given = new Map(Object.entries({ ...servers, ...options }))
  const consumer = new KafkaConsumer(here.host, given, '1')
  const poll = async (timeoutMs = 1_000): Promise<string[]> => {
    const records = await settled(here, consumer.poll(timeoutMs))
    return records.map(({ value }) => value?.toString() ?? '')
  }
  return { here, consumer, fetches, follower, poll }
}

function seekAll(consumer: KafkaConsumer): void {
  consumer.assign(partitions)
  for (const partition of partitions) consumer.seek(partition, 0)
}

test('within a session a fetch names only the partitions that have moved (KIP-227)', async () => {
  const { consumer, fetches, poll } = await rig((_, index) =>
    index < 2 ? answerWith(recordsAnswer(1, index)) : 'silent',
  )
  seekAll(consumer)

  assert.deepEqual(await poll(), ['1@0'])
  assert.deepEqual(await poll(), ['1@1'])
  await poll()

  assert.deepEqual(fetches.map(inShort), ['0 0@0 1@0 2@0', '1 1@1', '2 1@2'])
  assert.deepEqual(
    fetches.map(({ sessionId }) => sessionId),
    [0, SESSION_ID, SESSION_ID],
  )
})

test('a paused partition is forgotten by the broker, and named again when it is resumed', async () => {
  const last = partitions.slice(2)
  const { consumer, fetches, poll } = await rig(({ sessionEpoch }) =>
    answerWith(recordsAnswer(0, sessionEpoch)),
  )
  seekAll(consumer)
  await poll()
  consumer.pause(last)
  await poll()
  await poll()
  consumer.resume(last)
  await poll()
  await poll()

  const said = fetches.map(inShort)
  const forgottenAt = said.findIndex(text => text.endsWith(' -2'))
  assert(forgottenAt > 0, said.join('; '))
  assert(said.findLastIndex(text => text.includes(' 2@0')) > forgottenAt, said.join('; '))
})

test('a session that the broker has dropped is replaced without a pause', async () => {
  const { here, consumer, fetches, poll } = await rig((_, index) => {
    if (index === 0) return answerWith(recordsAnswer(0, 0))
    if (index === 1) return { errorCode: ErrorCode.FETCH_SESSION_ID_NOT_FOUND, responses: [] }
    return answerWith(recordsAnswer(0, 1))
  })
  seekAll(consumer)
  await poll()
  const startMs = here.host.clock.monotonicMs()

  assert.deepEqual(await poll(), ['0@1'])

  assert.deepEqual(fetches.slice(0, 3).map(inShort), ['0 0@0 1@0 2@0', '1 0@1', '0 0@1 1@0 2@0'])
  assert(here.host.clock.monotonicMs() - startMs < 50)
})

test('after a lost connection everything is named again', async () => {
  const { consumer, fetches, poll } = await rig((_, index) =>
    index === 1 ? 'hang up' : answerWith(recordsAnswer(0, Math.min(index, 1))),
  )
  seekAll(consumer)
  await poll()

  assert.deepEqual(await poll(), ['0@1'])

  assert.deepEqual(fetches.slice(1, 3).map(inShort), ['1 0@1', '0 0@1 1@0 2@0'])
})

test('closing ends the session of a broker that is not being asked', async () => {
  const { here, consumer, fetches } = await rig(
    () => answerWith(...[0, 1, 2].map(partition => recordsAnswer(partition, 0))),
    { 'max.poll.records': '1' },
  )
  seekAll(consumer)
  await settled(here, consumer.poll(1_000))

  await settled(here, consumer.close())

  const last = fetches.at(-1)
  assert.deepEqual([last?.sessionId, last?.sessionEpoch], [SESSION_ID, -1])
})

test('the rack is told, and where the leader points to is read from until it fails (KIP-392)', async () => {
  const pointing = { partitionIndex: 0, errorCode: 0, preferredReadReplica: 2, records: null }
  const nothing = { highWatermark: 3, lastStableOffset: 3 }
  const { consumer, fetches, follower, poll } = await rig(
    () => answerWith({ ...pointing, ...nothing }),
    { 'client.rack': 'rack-2' },
  )
  consumer.assign([first])
  consumer.seek(first, 0)

  const read = [...(await poll()), ...(await poll()), ...(await poll())]

  assert.deepEqual(read, ['0@0', '0@1', '0@2'])
  assert.deepEqual(
    fetches.map(({ rackId }) => rackId),
    ['rack-2'],
  )
  assert.equal(follower.length >= 3, true)
})

test('the leader is asked again when its advice is as old as metadata may be', async () => {
  const pointing = { partitionIndex: 0, errorCode: 0, preferredReadReplica: 2, records: null }
  const { here, consumer, fetches, poll } = await rig(
    () => answerWith({ ...pointing, highWatermark: 3, lastStableOffset: 3 }),
    { 'client.rack': 'rack-2', 'metadata.max.age.ms': '5000', 'max.poll.records': '1' },
  )
  consumer.assign([first])
  consumer.seek(first, 0)
  await poll()
  assert.equal(fetches.length, 1)

  await here.scheduler.runFor(6_000)
  await poll()
  await poll()

  assert.equal(fetches.length, 2)
})
