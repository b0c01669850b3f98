/** `kafka.transaction`, against a scripted coordinator in virtual time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiKey, ErrorCode } from '../protocol/index.ts'
import {
  BROKER_PORT,
  metadataOf,
  scriptedBroker,
  settled,
  world,
} from '../../test/support/scripted-broker.ts'
import { Kafka, KafkaError } from './index.ts'

const offset = { topic: 'in', partition: 0, offset: 5 }
const record = { topic: 'orders', partition: 0, value: 'a' }

/** Everything that coordinators and leaders are asked, as `InitProducerId id`. */
async function rig() {
  const here = world()
  const story: string[] = []
  /** Of InitProducerId. */
  const refusals: number[] = []
  let producerId = 0
  await scriptedBroker(here, {
    answer: ({ apiKey, body }) => {
      const tell = (name: string): number =>
        story.push(`${name} ${String(body['transactionalId'])}`)
      switch (apiKey) {
        case ApiKey.Metadata:
          return metadataOf('orders', 1)
        case ApiKey.FindCoordinator: {
          const node = { nodeId: 1, host: 'localhost', port: BROKER_PORT, errorCode: 0 }
          const keys = body['coordinatorKeys'] as string[]
          return { coordinators: keys.map(key => ({ key, ...node, errorMessage: null })) }
        }
        case ApiKey.InitProducerId:
          tell('InitProducerId')
          producerId += 1
          return { errorCode: refusals.shift() ?? 0, producerId, producerEpoch: 0 }
        case ApiKey.AddPartitionsToTxn:
          return {
            resultsByTopicV3AndBelow: [
              {
                name: 'orders',
                resultsByPartition: [{ partitionIndex: 0, partitionErrorCode: 0 }],
              },
            ],
          }
        case ApiKey.Produce: {
          const stored = { index: 0, errorCode: 0, baseOffset: 0 }
          return { responses: [{ name: 'orders', partitionResponses: [stored] }] }
        }
        case ApiKey.AddOffsetsToTxn:
          return { errorCode: 0 }
        case ApiKey.TxnOffsetCommit:
          story.push(`TxnOffsetCommit ${String(body['groupId'])} ${String(body['generationId'])}`)
          return { topics: [{ name: 'in', partitions: [{ partitionIndex: 0, errorCode: 0 }] }] }
        case ApiKey.EndTxn:
          tell(`EndTxn(${String(body['committed'])})`)
          return { errorCode: 0 }
        default:
          throw new Error(`API ${apiKey} is not expected`)
      }
    },
  })
  const kafka = new Kafka({ host: here.host, bootstrapServers: `localhost:${BROKER_PORT}` })
  const run = <T>(promise: Promise<T>): Promise<T> => settled(here, promise)
  return { here, kafka, run, story, refusals }
}

const named = { transactionalId: 'pipeline' }
const without = (story: readonly string[]): string[] => story.map(each => each.split(' ')[0] ?? '')

test('a transaction is committed when its function returns, and the producer serves the next one', async () => {
  const { kafka, run, story } = await rig()
  for (const result of [1, 2]) {
    const given = await run(
      kafka.transaction(async tx => {
        await tx.send(record)
        return result
      }, named),
    )
    assert.equal(given, result)
  }
  await run(kafka.close())

  const end = 'EndTxn(true) pipeline'
  assert.deepEqual(story, ['InitProducerId pipeline', end, end])
})

test('it is aborted when its function throws, whatever that is', async () => {
  const { kafka, run, story } = await rig()
  const foreign = new KafkaError('CLIENT_CLOSED', 'of a consumer that was closed')
  for (const error of [new Error('mine'), foreign]) {
    const failing = kafka.transaction(async tx => {
      await tx.send(record)
      throw error
    }, named)
    await assert.rejects(run(failing), error)
  }
  await run(kafka.close())

  const end = 'EndTxn(false) pipeline'
  assert.deepEqual(story, ['InitProducerId pipeline', end, end])
})

test('offsets are those of a consumer: its member is fenced with its group', async () => {
  const { kafka, run, story } = await rig()
  const consumer = kafka.consumer({ groupId: 'readers' })
  await run(kafka.transaction(tx => tx.sendOffsets([offset], consumer), named))
  await run(kafka.transaction(tx => tx.sendOffsets([offset], consumer.groupMetadata()), named))
  await run(kafka.transaction(tx => tx.sendOffsets([offset], 'readers'), named))
  await run(Promise.all([consumer.close(), kafka.close()]))

  const commits = story.filter(each => each.startsWith('TxnOffsetCommit'))
  assert.deepEqual(commits, Array(3).fill('TxnOffsetCommit readers -1'))
})

test('without an id transactions run beside each other, each under an id of its own', async () => {
  const { kafka, run, story } = await rig()
  const one = () =>
    kafka.transaction(async tx => {
      await tx.send(record)
    })
  await run(Promise.all([one(), one()]))
  await run(one())
  await run(kafka.close())

  const ids = story.filter(each => each.startsWith('InitProducerId'))
  assert.equal(new Set(ids).size, 2)
  assert.equal(ids.length, 2, 'the third takes over from the first')
  assert.equal(without(story).filter(each => each === 'EndTxn(true)').length, 3)
})

test('of one id only one runs at a time', async () => {
  const { kafka, run } = await rig()
  const outer = kafka.transaction(() => kafka.transaction(() => Promise.resolve(), named), named)

  await assert.rejects(run(outer), {
    code: 'ILLEGAL_STATE',
    message: 'a transaction of transactional.id pipeline is under way already',
  })
  await run(kafka.close())
})

test('more than sixteen at once wait for their turn', async () => {
  const { kafka, run, story } = await rig()
  let running = 0
  let most = 0
  const one = () =>
    kafka.transaction(async tx => {
      running += 1
      most = Math.max(most, running)
      await tx.send(record)
      running -= 1
    })
  await run(Promise.all(Array.from({ length: 40 }, one)))
  await run(kafka.close())

  assert.equal(most, 16)
  assert.equal(without(story).filter(each => each === 'EndTxn(true)').length, 40)
})

test('an id that was taken over is not taken back', async () => {
  const { kafka, run, story, refusals } = await rig()
  refusals.push(ErrorCode.PRODUCER_FENCED)
  const one = () => kafka.transaction(() => Promise.resolve(), named)

  await assert.rejects(run(one()), { code: 'PRODUCER_FENCED', fatal: true })
  await assert.rejects(run(one()), { code: 'PRODUCER_FENCED', fatal: true })
  await run(kafka.close())

  assert.deepEqual(story, ['InitProducerId pipeline'])
})

test('after close there are no more transactions', async () => {
  const { kafka, run } = await rig()
  await run(kafka.close())

  await assert.rejects(run(kafka.transaction(() => Promise.resolve())), { code: 'CLIENT_CLOSED' })
})
