import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NetworkError } from '../../host/index.ts'
import { ApiKey, ErrorCode } from '../../protocol/index.ts'
import { batchesIn, recordsIn, type BatchInfo } from '../../records/index.ts'
import {
  BROKER_PORT,
  metadataOf,
  scriptedBroker,
  settled,
  world,
  type Script,
  type ScriptedAnswer,
} from '../../../test/support/scripted-broker.ts'
import { KafkaProducer } from './kafka-producer.ts'
import type { Producer } from './producer.ts'

interface Produced {
  readonly info: BatchInfo
  readonly records: Buffer
}

/** A producer, and a broker that answers the batches of `orders-0` by `answerTo`. */
async function rig(
  answerTo: (produced: Produced, index: number) => number | 'silent' | 'hang up',
  options: Record<string, string> = {},
  versions?: Script['versions'],
  partitionCount = 1,
) {
  const here = world()
  const batches: BatchInfo[] = []
  let nextOffset = 0
  const answerProduce = (body: Record<string, unknown>): ScriptedAnswer => {
    const { topicData } = body as {
      topicData: { partitionData: { index: number; records: Buffer }[] }[]
    }
    const partitionResponses = []
    for (const { index, records } of topicData.flatMap(topic => topic.partitionData)) {
      const [batch] = batchesIn(records)
      assert(batch !== undefined)
      batches.push(batch.info)
      const answer = answerTo({ info: batch.info, records }, batches.length - 1)
      if (typeof answer === 'string') return answer
      partitionResponses.push({ index, errorCode: answer, baseOffset: nextOffset })
      if (answer === ErrorCode.NONE) nextOffset += batch.info.recordCount
    }
    return { responses: [{ name: 'orders', partitionResponses }] }
  }
  await scriptedBroker(here, {
    ...(versions === undefined ? {} : { versions }),
    answer: ({ apiKey, body }) => {
      if (apiKey === ApiKey.Metadata) return metadataOf('orders', partitionCount)
      if (apiKey === ApiKey.InitProducerId) {
        return { throttleTimeMs: 0, errorCode: 0, producerId: 7, producerEpoch: 0 }
      }
      return answerProduce(body)
    },
  })
  const given = new Map([
    ['bootstrap.servers', `localhost:${BROKER_PORT}`],
    ...Object.entries(options),
  ])
  const producer = new KafkaProducer(here.host, given, 'producer-1')
  const send = (value: string) => producer.send({ topic: 'orders', value })
  return { here, producer, send, batches }
}

const sequencesOf = (batches: readonly BatchInfo[]) =>
  batches.map(({ producerEpoch, baseSequence }) => [producerEpoch, baseSequence])

test('records of one turn go as one batch, and each is told its offset', async () => {
  const { here, send, batches } = await rig(() => ErrorCode.NONE)

  const metadata = await settled(here, Promise.all(['a', 'b', 'c'].map(send)))

  assert.deepEqual(
    metadata.map(({ offset }) => offset),
    [0, 1, 2],
  )
  assert.deepEqual(
    batches.map(({ recordCount }) => recordCount),
    [3],
  )
})

test('a batch refused for now is sent again with the same sequence, and nothing overtakes it', async () => {
  const { here, send, batches } = await rig((_, index) =>
    index === 0 ? ErrorCode.NOT_ENOUGH_REPLICAS : ErrorCode.NONE,
  )

  const first = send('a')
  await here.scheduler.runUntil(() => batches.length > 0, 1_000)
  const second = send('b')
  const metadata = await settled(here, Promise.all([first, second]))

  assert.deepEqual(
    metadata.map(({ offset }) => offset),
    [0, 1],
  )
  assert.deepEqual(sequencesOf(batches), [
    [0, 0],
    [0, 0],
    [0, 1],
  ])
})

test('a lost connection loses no record: the batch comes again under its sequence', async () => {
  const { here, send, batches } = await rig((_, index) =>
    index === 0 ? 'hang up' : ErrorCode.NONE,
  )

  const metadata = await settled(here, send('a'))

  assert.equal(metadata.offset, 0)
  assert.deepEqual(sequencesOf(batches), [
    [0, 0],
    [0, 0],
  ])
})

test('a broker that cannot be reached costs no attempt: the record waits for it', async () => {
  const { here, send, batches } = await rig(
    (_, index) => (index === 0 ? 'hang up' : ErrorCode.NONE),
    { retries: '1' },
  )
  const { network } = here.host
  const connect = network.connect.bind(network)
  let refusals = 0
  network.connect = options => {
    if (batches.length === 0 || refusals === 5) return connect(options)
    refusals += 1
    const details = { code: 'ECONNREFUSED', retriable: true }
    return Promise.reject(new NetworkError('connection refused', details))
  }

  const metadata = await settled(here, send('a'))

  assert.equal(metadata.offset, 0)
  assert.equal(refusals, 5)
})

test('a gap that no batch under way explains begins a new epoch at sequence 0 (KIP-360)', async () => {
  const { here, send, batches } = await rig((_, index) =>
    index === 1 ? ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER : ErrorCode.NONE,
  )

  await settled(here, send('a'))
  const metadata = await settled(here, send('b'))

  assert.equal(metadata.offset, 1)
  assert.deepEqual(sequencesOf(batches), [
    [0, 0],
    [0, 1],
    [1, 0],
  ])
})

test('a batch too large for the broker is split, and its parts keep their sequences', async () => {
  const { here, send, batches } = await rig(({ info }) =>
    info.recordCount > 2 ? ErrorCode.MESSAGE_TOO_LARGE : ErrorCode.NONE,
  )

  const metadata = await settled(here, Promise.all(['a', 'b', 'c', 'd'].map(send)))

  assert.deepEqual(
    metadata.map(({ offset }) => offset),
    [0, 1, 2, 3],
  )
  const stored = batches.filter(({ recordCount }) => recordCount <= 2)
  let expected = 0
  for (const { baseSequence, recordCount } of stored) {
    assert.equal(baseSequence, expected)
    expected += recordCount
  }
  assert.equal(expected, 4)
})

test('a record that is not acknowledged in delivery.timeout.ms is reported as expired', async () => {
  const { here, send } = await rig(() => ErrorCode.NOT_ENOUGH_REPLICAS, {
    'delivery.timeout.ms': '3000',
    'request.timeout.ms': '1000',
  })

  await assert.rejects(settled(here, send('a')), {
    code: 'REQUEST_TIMED_OUT',
    message: 'Expiring 1 record(s) for orders-0:3000 ms has passed since batch creation',
  })
})

test('after retries the error of the broker is reported, with the name that Java gives it', async () => {
  const { here, send, batches } = await rig(() => ErrorCode.NOT_ENOUGH_REPLICAS, { retries: '2' })

  await assert.rejects(settled(here, send('a')), {
    code: 'NOT_ENOUGH_REPLICAS',
    exceptionName: 'org.apache.kafka.common.errors.NotEnoughReplicasException',
  })
  assert.equal(batches.length, 3)
})

test('flush sends what still waits for linger.ms', async () => {
  const { here, producer, send } = await rig(() => ErrorCode.NONE, {
    'linger.ms': '60000',
    'delivery.timeout.ms': '120000',
  })
  const sent = send('a')
  const startMs = here.host.clock.monotonicMs()

  await settled(here, producer.flush())

  assert.equal((await sent).offset, 0)
  assert(here.host.clock.monotonicMs() - startMs < 1_000, 'it did not wait')
})

test('sending waits for room: buffer.memory bounds what is held', async () => {
  const { here, producer, send } = await rig(() => 'silent', {
    'buffer.memory': '300',
    'max.block.ms': '500',
  })
  const held = [send('a'), send('b'), send('c')]
  for (const promise of held) promise.catch(() => undefined)

  await assert.rejects(settled(here, send('d')), { code: 'BUFFER_EXHAUSTED' })
  await settled(here, producer.close({ timeoutMs: 10 }))
  await assert.rejects(send('e'), { code: 'CLIENT_CLOSED' })
})

/** A broker whose newest Produce is this one. */
const producesUpTo = (version: number): Script['versions'] =>
  new Map([
    [ApiKey.Metadata, [0, 8]],
    [ApiKey.InitProducerId, [0, 1]],
    [ApiKey.Produce, [0, version]],
  ])

test('a broker before 2.1 is not sent zstd, which it could not read', async () => {
  const options = { 'compression.type': 'zstd' }
  const { here, send, batches } = await rig(() => ErrorCode.NONE, options, producesUpTo(6))

  await assert.rejects(settled(here, send('a')), { code: 'UNSUPPORTED_COMPRESSION_TYPE' })
  assert.deepEqual(batches, [])
})

test('a broker before 0.11 is not sent records without the headers they have', async () => {
  const options = { 'enable.idempotence': 'false' }
  const { here, producer, send, batches } = await rig(
    () => ErrorCode.NONE,
    options,
    producesUpTo(2),
  )
  const headers = [{ key: 'trace', value: '1' }]

  await assert.rejects(settled(here, producer.send({ topic: 'orders', value: 'a', headers })), {
    code: 'UNSUPPORTED_VERSION',
    message: 'The node does not support headers of records',
  })
  await settled(here, send('plain'))
  assert.deepEqual(
    batches.map(({ magic }) => magic),
    [1],
  )
})

test('small records without a key fill a batch before the next partition is chosen', async () => {
  const options = { 'linger.ms': '10', 'batch.size': '1000' }
  const { here, producer, batches } = await rig(() => ErrorCode.NONE, options, undefined, 4)
  const sent = Array.from({ length: 200 }, () => producer.send({ topic: 'orders', value: 'tiny' }))

  await settled(here, Promise.all(sent))

  const full = batches.filter(({ sizeBytes }) => sizeBytes > 900)
  assert(full.length >= batches.length - 1, batches.map(({ sizeBytes }) => sizeBytes).join())
})

test('values are sent as the serializer makes them, and others are refused', async () => {
  const options = { 'value.serializer': 'org.apache.kafka.common.serialization.LongSerializer' }
  const sent: Buffer[] = []
  const { here, producer } = await rig(({ records }) => {
    for (const { value } of recordsIn(records)) sent.push(value ?? Buffer.alloc(0))
    return ErrorCode.NONE
  }, options)
  const counts = producer as unknown as Producer<string, number | string>

  await settled(here, counts.send({ topic: 'orders', value: 258 }))

  assert.deepEqual(sent, [Buffer.from([0, 0, 0, 0, 0, 0, 1, 2])])
  await assert.rejects(counts.send({ topic: 'orders', value: 'text' }), {
    code: 'SERIALIZATION',
    message:
      "Can't convert value as value.serializer asks: expected an integer of 64 bits, got text",
  })
})

test('transactional calls need a transactional.id', async () => {
  const { producer } = await rig(() => ErrorCode.NONE)

  await assert.rejects(producer.initTransactions(), {
    code: 'ILLEGAL_STATE',
    message:
      'Cannot use transactional methods without enabling transactions by setting the ' +
      'transactional.id configuration property',
  })
})

test('a topic that does not come is an error after max.block.ms, not earlier and not later', async () => {
  const { here, producer } = await rig(() => ErrorCode.NONE, { 'max.block.ms': '700' })
  const startMs = here.host.clock.monotonicMs()

  await assert.rejects(settled(here, producer.send({ topic: 'nowhere', value: 'a' })), {
    code: 'REQUEST_TIMED_OUT',
    message: 'Topic nowhere not present in metadata after 700 ms.',
  })
  assert.equal(Math.round(here.host.clock.monotonicMs() - startMs), 700)
  await assert.rejects(
    settled(here, producer.send({ topic: 'orders', partition: 9, value: 'a' })),
    /Partition 9 of topic orders with partition count 1 is not present in metadata after 700 ms/,
  )
})

test('waiting for room and then for metadata takes max.block.ms together', async () => {
  const options = { 'buffer.memory': '150', 'max.block.ms': '1000', 'linger.ms': '600' }
  const { here, producer, send } = await rig(() => ErrorCode.NONE, options)
  await settled(here, producer.partitionsFor('orders'))
  const startMs = here.host.clock.monotonicMs()
  const first = send('a')

  await assert.rejects(settled(here, producer.send({ topic: 'nowhere', value: 'b' })), {
    code: 'REQUEST_TIMED_OUT',
  })

  assert.equal((await first).offset, 0)
  assert.equal(Math.round(here.host.clock.monotonicMs() - startMs), 1_000)
})

test('ready resolves when there is room, and records that wait for it are sent in their order', async () => {
  const { here, producer, send } = await rig(() => ErrorCode.NONE, { 'buffer.memory': '150' })
  await settled(here, producer.ready())
  const sent = ['a', 'b'].map(send)
  let isReady = false
  const ready = producer.ready().then(() => (isReady = true))
  await Promise.resolve()
  assert.equal(isReady, false)

  await settled(here, ready)

  const told = await settled(here, Promise.all(sent))
  assert.deepEqual(
    told.map(({ offset }) => offset),
    [0, 1],
  )
})

test('who does not wait for room does not make a second buffer of it: beyond as much again is refused', async () => {
  const { send } = await rig(() => 'silent', { 'buffer.memory': '300' })
  const outcomes = Array.from({ length: 20 }, () => send('a'))
  for (const outcome of outcomes) outcome.catch(() => undefined)

  const last = outcomes.at(-1)
  assert(last !== undefined)
  await assert.rejects(last, { code: 'BUFFER_EXHAUSTED' })
})

test('a record larger than max.request.size or than the buffer is refused at once', async () => {
  const small = await rig(() => ErrorCode.NONE, { 'max.request.size': '200' })
  await assert.rejects(small.send('x'.repeat(300)), {
    code: 'MESSAGE_TOO_LARGE',
    message: /^The message is \d+ bytes .* 200, which is the value of the max.request.size/,
  })
  const tight = await rig(() => ErrorCode.NONE, { 'buffer.memory': '200' })
  await assert.rejects(tight.send('x'.repeat(300)), {
    code: 'MESSAGE_TOO_LARGE',
    message: /the total memory buffer you have configured with the buffer.memory configuration/,
  })
})
