/**
 * An idempotent producer and a broker that loses requests and answers: each record is stored once, in
 * the order of the calls, at the offset that was told. One seed is one history.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sleep, type Host } from '../../host/index.ts'
import { ApiKey, ErrorCode } from '../../protocol/index.ts'
import { batchesIn, recordsIn, type BatchInfo } from '../../records/index.ts'
import { SeededRandom } from '../../sim/index.ts'
import {
  BROKER_PORT,
  metadataOf,
  scriptedBroker,
  settled,
  world,
  type ScriptedAnswer,
} from '../../../test/support/scripted-broker.ts'
import { KafkaProducer } from './kafka-producer.ts'

interface Stored {
  readonly baseSequence: number
  readonly baseOffset: number
}

/** A partition that judges sequences as a broker does (KIP-98): the last five batches are remembered. */
class SequencedLog {
  readonly values: string[] = []
  #producerEpoch = -1
  #nextSequence = 0
  #remembered: Stored[] = []

  append(info: BatchInfo, records: Buffer): { errorCode: number; baseOffset: number } {
    const { producerEpoch, baseSequence, recordCount } = info
    if (producerEpoch > this.#producerEpoch && baseSequence === 0) {
      this.#producerEpoch = producerEpoch
      this.#nextSequence = 0
      this.#remembered = []
    }
    if (producerEpoch < this.#producerEpoch) {
      return { errorCode: ErrorCode.INVALID_PRODUCER_EPOCH, baseOffset: -1 }
    }
    const isSameEpoch = producerEpoch === this.#producerEpoch
    const twin = this.#remembered.find(
      stored => isSameEpoch && stored.baseSequence === baseSequence,
    )
    if (twin !== undefined) return { errorCode: ErrorCode.NONE, baseOffset: twin.baseOffset }
    if (producerEpoch !== this.#producerEpoch || baseSequence !== this.#nextSequence) {
      return { errorCode: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, baseOffset: -1 }
    }
    const baseOffset = this.values.length
    for (const { value } of recordsIn(records)) this.values.push(value?.toString() ?? '')
    this.#nextSequence += recordCount
    this.#remembered = [...this.#remembered.slice(-4), { baseSequence, baseOffset }]
    return { errorCode: ErrorCode.NONE, baseOffset }
  }
}

interface ProduceBody {
  readonly topicData: readonly {
    readonly partitionData: readonly { readonly index: number; readonly records: Buffer }[]
  }[]
}

const PARTITIONS = 3
const faults = ['hang up', 'silent', 'refuse', 'hang up after', 'silent after'] as const

async function lossyBroker(seed: number, faultPercent = 30) {
  const here = world()
  const random = new SeededRandom(seed)
  const logs = Array.from({ length: PARTITIONS }, () => new SequencedLog())
  let underWay = 0
  let underWayMax = 0
  let producerIds = 0

  const answerProduce = async ({ topicData }: ProduceBody): Promise<ScriptedAnswer> => {
    const fault = random.below(100) < faultPercent ? faults[random.below(faults.length)] : undefined
    const isHeard = fault === undefined || fault.endsWith('after')
    const partitionResponses = topicData.flatMap(({ partitionData }) =>
      partitionData.map(({ index, records }) => {
        const [batch] = batchesIn(records)
        assert(batch !== undefined)
        const refused = { errorCode: ErrorCode.NOT_ENOUGH_REPLICAS, baseOffset: -1 }
        const outcome = isHeard ? logs[index]?.append(batch.info, records) : refused
        return { index, ...(outcome ?? refused) }
      }),
    )
    underWayMax = Math.max(underWayMax, (underWay += 1))
    await sleep(here.host.clock, random.below(50))
    underWay -= 1
    // What comes behind it on the connection is not answered either.
    if (fault === 'silent' || fault === 'silent after') return new Promise(() => undefined)
    if (fault === 'hang up' || fault === 'hang up after') return 'hang up'
    return { responses: [{ name: 'orders', partitionResponses }] }
  }
  await scriptedBroker(here, {
    answer: ({ apiKey, body }) => {
      if (apiKey === ApiKey.Metadata) return metadataOf('orders', PARTITIONS)
      if (apiKey !== ApiKey.InitProducerId) return answerProduce(body as unknown as ProduceBody)
      producerIds += 1
      return { errorCode: 0, producerId: producerIds, producerEpoch: 0 }
    },
  })
  return { here, random, logs, underWayMax: () => underWayMax, producerIds: () => producerIds }
}

function open(host: Host, deliveryTimeoutMs = 500_000): KafkaProducer {
  const options = {
    'bootstrap.servers': `localhost:${BROKER_PORT}`,
    'batch.size': '200',
    'request.timeout.ms': '1000',
    'delivery.timeout.ms': String(deliveryTimeoutMs),
  }
  return new KafkaProducer(host, new Map(Object.entries(options)), 'producer-1')
}

async function history(seed: number) {
  const { here, random, logs, producerIds } = await lossyBroker(seed)
  const producer = open(here.host)
  const sent = Array.from({ length: PARTITIONS }, (): string[] => [])
  const acknowledged: Promise<{ value: string; partition: number; offset: number }>[] = []
  for (let i = 0; i < 150; i += 1) {
    const partition = random.below(PARTITIONS)
    const value = `${i}`
    sent[partition]?.push(value)
    const told = producer.send({ topic: 'orders', partition, value })
    acknowledged.push(told.then(({ offset }) => ({ value, partition, offset })))
    if (random.below(10) === 0) await here.scheduler.runFor(random.below(200))
  }
  const told = await settled(here, Promise.all(acknowledged))
  await settled(here, producer.close())

  for (const [partition, log] of logs.entries()) assert.deepEqual(log.values, sent[partition])
  for (const { value, partition, offset } of told) {
    assert.equal(logs[partition]?.values[offset], value, `${value} was told offset ${offset}`)
  }
  assert.equal(producerIds(), 1)
  return here.host.clock.monotonicMs()
}

for (let seed = 1; seed <= 30; seed += 1) {
  test(`nothing is lost, doubled or overtaken while connections break, seed ${seed}`, async () => {
    const elapsedMs = await history(seed)

    assert.equal(await history(seed), elapsedMs, 'the same seed is the same history')
  })
}

/** Records are given up after so short a time that some of them are stored all the same. */
async function impatientHistory(seed: number) {
  const { here, random, logs } = await lossyBroker(seed, 50)
  const producer = open(here.host, 2_500)
  const acknowledged: Promise<string | undefined>[] = []
  for (let i = 0; i < 150; i += 1) {
    const told = producer.send({
      topic: 'orders',
      partition: random.below(PARTITIONS),
      value: `${i}`,
    })
    acknowledged.push(told.then(() => `${i}`, () => undefined)) // prettier-ignore
    if (random.below(4) === 0) await here.scheduler.runFor(random.below(400))
  }
  const told = await settled(here, Promise.all(acknowledged))
  await settled(here, producer.close())

  const stored = logs.map(({ values }) => values.map(Number))
  for (const values of stored) {
    const sorted = [...new Set(values)].sort((one, other) => one - other)
    assert.deepEqual(values, sorted, 'once, and in order')
  }
  const all = new Set(stored.flat())
  for (const value of told) assert.ok(value === undefined || all.has(Number(value)), value)
}

for (let seed = 1; seed <= 30; seed += 1) {
  test(`what is given up while it may be stored makes nothing behind it come twice, seed ${seed}`, () =>
    impatientHistory(seed))
}

test('batches of a partition go one behind the other, as many as may be in flight', async () => {
  const { here, underWayMax } = await lossyBroker(1, 0)
  const producer = open(here.host)
  const value = 'x'.repeat(150)
  const sent = Array.from({ length: 20 }, () => {
    return producer.send({ topic: 'orders', partition: 0, value })
  })

  const told = await settled(here, Promise.all(sent))

  assert.deepEqual(
    told.map(({ offset }) => offset),
    [...told.keys()],
  )
  assert.equal(underWayMax(), 5)
})
