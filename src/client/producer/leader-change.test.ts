/**
 * What a producer does with batches whose leader falls silent and is replaced. Batches are stored once, in
 * order, and nothing waits for ever: neither for the silent one, nor for a place that the new one has forgotten.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiKey, ErrorCode } from '../../protocol/index.ts'
import { batchesIn, recordsIn } from '../../records/index.ts'
import {
  BROKER_PORT,
  scriptedBroker,
  settled,
  world,
  type ScriptedAnswer,
  type ScriptedRequest,
  type World,
} from '../../../test/support/scripted-broker.ts'
import { KafkaProducer } from './kafka-producer.ts'

const topic = 'orders'
const OLD = 1
const NEW = 2
const REQUEST_MS = 30_000
const DELIVERY_MS = 120_000
/** Batches that a broker knows again. */
const REMEMBERED = 5

/** A partition on both brokers: what the old one has stored, the new one has too. */
class Replicated {
  readonly values: string[] = []
  #nextSequence = 0
  #remembered: { readonly baseSequence: number; readonly baseOffset: number }[] = []

  append(records: Buffer): { errorCode: number; baseOffset: number } {
    const [batch] = batchesIn(records)
    assert(batch !== undefined)
    const { baseSequence, recordCount } = batch.info
    const twin = this.#remembered.find(stored => stored.baseSequence === baseSequence)
    if (twin !== undefined) return { errorCode: ErrorCode.NONE, baseOffset: twin.baseOffset }
    if (baseSequence !== this.#nextSequence) {
      return { errorCode: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, baseOffset: -1 }
    }
    const baseOffset = this.values.length
    for (const { value } of recordsIn(records)) this.values.push(String(value))
    this.#nextSequence += recordCount
    this.#remembered = [...this.#remembered, { baseSequence, baseOffset }].slice(-REMEMBERED)
    return { errorCode: ErrorCode.NONE, baseOffset }
  }
}

/** Two brokers, of which the one led partition 0 at first; partition 1 tells the producer of the change. */
class Scene {
  readonly here: World = world()
  readonly log = new Replicated()
  leader = OLD
  isRefusing = false
  /** How often topics were asked for by name. */
  asked: string[][] = []

  async open(properties: Readonly<Record<string, string>> = {}): Promise<KafkaProducer> {
    const serve = (broker: number) => ({
      port: portOf(broker),
      answer: (request: ScriptedRequest) => this.#answer(broker, request),
    })
    for (const broker of [OLD, NEW]) await scriptedBroker(this.here, serve(broker))
    const given = {
      'bootstrap.servers': `localhost:${portOf(NEW)}`,
      'batch.size': '1',
      'request.timeout.ms': String(REQUEST_MS),
      'delivery.timeout.ms': String(DELIVERY_MS),
      ...properties,
    }
    return new KafkaProducer(this.here.host, new Map(Object.entries(given)), 'producer-1')
  }

  #answer(broker: number, { apiKey, body }: ScriptedRequest): ScriptedAnswer {
    if (apiKey === ApiKey.InitProducerId) return { errorCode: 0, producerId: 7, producerEpoch: 0 }
    if (apiKey === ApiKey.Metadata) {
      const wanted = (body['topics'] as { name: string }[] | null) ?? []
      this.asked.push(wanted.map(({ name }) => name))
      return this.#metadata(wanted.length > 0)
    }
    const produce = body as unknown as {
      topicData: { partitionData: { index: number; records: Buffer }[] }[]
    }
    const parts = produce.topicData.flatMap(({ partitionData }) => partitionData)
    const isSilent = broker === OLD && this.leader === NEW
    if (isSilent) return 'silent'
    const partitionResponses = parts.map(({ index, records }) => {
      if (index === 0) return { index, ...this.log.append(records) }
      const errorCode = this.isRefusing ? ErrorCode.NOT_LEADER_OR_FOLLOWER : ErrorCode.NONE
      this.isRefusing = false
      return { index, errorCode, baseOffset: 0 }
    })
    // What it has stored last it does not live to tell.
    if (broker === OLD && this.isFalling) return 'silent'
    return { responses: [{ name: topic, partitionResponses }] }
  }

  /** The old leader stores, and answers no more. */
  isFalling = false

  #metadata(hasTopic: boolean): object {
    const leaders = [this.leader, NEW]
    const partitions = leaders.map((leaderId, partitionIndex) => ({
      ...{ errorCode: leaderId < 0 ? ErrorCode.LEADER_NOT_AVAILABLE : 0, partitionIndex, leaderId },
      ...{
        leaderEpoch: this.leader === OLD ? 0 : 1,
        replicaNodes: [OLD, NEW],
        isrNodes: [OLD, NEW],
      },
    }))
    return {
      brokers: [OLD, NEW].map(nodeId => ({ nodeId, host: 'localhost', port: portOf(nodeId) })),
      clusterId: 'cluster',
      controllerId: NEW,
      topics: hasTopic ? [{ errorCode: 0, name: topic, partitions }] : [],
    }
  }
}

const portOf = (broker: number): number => BROKER_PORT + broker

test('batches that a silent leader was sent go to the new one at once, before all that come later', async () => {
  const scene = new Scene()
  const producer = await scene.open()
  const send = (partition: number, value: string) => producer.send({ topic, partition, value })
  await settled(scene.here, Promise.all([send(0, '0'), send(1, 'a')]))

  scene.isFalling = true
  const told = Array.from({ length: REMEMBERED }, (_, nth) => send(0, String(1 + nth)))
  await scene.here.scheduler.runFor(100)
  scene.leader = NEW
  scene.isRefusing = true
  told.push(send(1, 'b'))
  for (let number = 6; number < 30; number += 1) {
    told.push(send(0, String(number)))
    await scene.here.scheduler.runFor(50)
  }
  const offsets = (await settled(scene.here, Promise.all(told)))
    .filter(({ partition }) => partition === 0)
    .map(({ offset }) => offset)

  assert.deepEqual(
    offsets,
    Array.from({ length: 29 }, (_, nth) => 1 + nth),
  )
  assert.deepEqual(
    scene.log.values,
    Array.from({ length: 30 }, (_, number) => String(number)),
  )
  assert.ok(scene.here.host.clock.monotonicMs() < REQUEST_MS, 'nobody waited for the silent one')
  await settled(scene.here, producer.close())
})

test('a topic is not forgotten while records wait for its leader', async () => {
  const idleMs = 5_000
  const scene = new Scene()
  const producer = await scene.open({ 'metadata.max.idle.ms': String(idleMs) })
  await settled(scene.here, producer.send({ topic, partition: 0, value: '0' }))

  scene.leader = -1
  scene.isRefusing = true
  const tells = producer.send({ topic, partition: 1, value: 'a' })
  await scene.here.scheduler.runFor(1_000)
  const waits = producer.send({ topic, partition: 0, value: '1' })
  await scene.here.scheduler.runFor(4 * idleMs)
  scene.leader = NEW
  const { offset } = await settled(scene.here, waits)

  await tells
  assert.equal(offset, 1)
  assert.ok(scene.here.host.clock.monotonicMs() < 6 * idleMs)
  await settled(scene.here, producer.close())
})
