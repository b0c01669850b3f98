/** A transactional producer against a coordinator and leader that a test bends as it needs, in virtual time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sleep } from '../../host/index.ts'
import { ApiKey, ErrorCode } from '../../protocol/index.ts'
import { batchesIn, type BatchInfo } from '../../records/index.ts'
import {
  BROKER_PORT,
  metadataOf,
  scriptedBroker,
  settled,
  world,
  type Script,
  type ScriptedAnswer,
  type ScriptedRequest,
} from '../../../test/support/scripted-broker.ts'
import { KafkaError } from '../errors.ts'
import { KafkaProducer } from './kafka-producer.ts'

type Body = Record<string, unknown>
/** Error codes, or what else happens, for the next requests of an API; afterwards all is well. */
type Faults = Partial<Record<keyof typeof ApiKey, (number | 'silent' | 'hang up')[]>>

/** Knows one transactional id, and partitions of `orders`. */
class Broker {
  readonly faults: Faults
  readonly requests: ScriptedRequest[] = []
  readonly batches: BatchInfo[] = []
  producerEpoch = -1
  /** Pause before a Produce is answered. */
  produceMs = 0
  clock: Parameters<typeof sleep>[0] | undefined

  constructor(faults: Faults) {
    this.faults = faults
  }

  async answer(request: ScriptedRequest): Promise<ScriptedAnswer> {
    this.requests.push(request)
    const { apiKey, body } = request
    const name = nameOfKey(apiKey)
    const errorCode = this.faults[name]?.shift() ?? ErrorCode.NONE
    if (typeof errorCode === 'string') return errorCode
    switch (apiKey) {
      case ApiKey.Metadata:
        return metadataOf('orders', 3)
      case ApiKey.FindCoordinator:
        return coordinators(body, errorCode)
      case ApiKey.InitProducerId:
        if (errorCode === 0) this.producerEpoch += 1
        return { errorCode, producerId: 7, producerEpoch: this.producerEpoch }
      case ApiKey.AddPartitionsToTxn:
        return added(body, errorCode)
      case ApiKey.AddOffsetsToTxn:
      case ApiKey.EndTxn:
        return { errorCode }
      case ApiKey.TxnOffsetCommit:
        return { topics: [{ name: 'in', partitions: [{ partitionIndex: 0, errorCode }] }] }
      case ApiKey.Produce:
        if (this.clock !== undefined) await sleep(this.clock, this.produceMs)
        return this.#produced(body, errorCode)
      default:
        throw new Error(`API ${apiKey} is not expected`)
    }
  }

  #produced(body: Body, errorCode: number): object {
    const { topicData } = body as {
      topicData: { partitionData: { index: number; records: Buffer }[] }[]
    }
    const partitionResponses = topicData.flatMap(({ partitionData }) =>
      partitionData.map(({ index, records }) => {
        for (const { info } of batchesIn(records)) this.batches.push(info)
        return { index, errorCode, baseOffset: 0 }
      }),
    )
    return { responses: [{ name: 'orders', partitionResponses }] }
  }

  /** What the transaction was made of, in order: `EndTxn(true)`. */
  get story(): string[] {
    return this.requests.flatMap(({ apiKey, body }) => {
      const name = nameOfKey(apiKey)
      if (name === 'Metadata' || name === 'FindCoordinator') return []
      return [name === 'EndTxn' ? `EndTxn(${String(body['committed'])})` : name]
    })
  }
}

function nameOfKey(apiKey: number): keyof typeof ApiKey {
  const found = Object.entries(ApiKey).find(([, key]) => key === apiKey)
  assert(found !== undefined)
  return found[0] as keyof typeof ApiKey
}

function coordinators(body: Body, errorCode: number): object {
  const node = { nodeId: 1, host: 'localhost', port: BROKER_PORT, errorCode, errorMessage: null }
  const keys = body['coordinatorKeys'] as string[] | undefined
  return keys === undefined || keys.length === 0
    ? node
    : { coordinators: keys.map(key => ({ key, ...node })) }
}

function added(body: Body, errorCode: number): object {
  const topics = body['v3AndBelowTopics'] as { name: string; partitions: number[] }[]
  return {
    resultsByTopicV3AndBelow: topics.map(({ name, partitions }) => ({
      name,
      resultsByPartition: partitions.map(partitionIndex => ({
        partitionIndex,
        partitionErrorCode: errorCode,
      })),
    })),
  }
}

async function rig(
  faults: Faults = {},
  options: Record<string, string> = {},
  versions?: Script['versions'],
) {
  const here = world()
  const broker = new Broker(faults)
  await scriptedBroker(here, {
    ...(versions === undefined ? {} : { versions }),
    answer: request => broker.answer(request),
  })
  const given = {
    'bootstrap.servers': `localhost:${BROKER_PORT}`,
    'transactional.id': 'pipeline',
    ...options,
  }
  const producer = new KafkaProducer(here.host, new Map(Object.entries(given)), 'producer-1')
  const run = <T>(promise: Promise<T>): Promise<T> => settled(here, promise)
  const send = (value: string, partition = 0) =>
    producer.send({ topic: 'orders', partition, value })
  return { here, broker, producer, run, send }
}

const offsetOfIn = { topic: 'in', partition: 0, offset: 5 }

test('a transaction: partitions before their records, offsets, and the end, under one epoch', async () => {
  const { broker, producer, run } = await rig()

  await run(
    producer.transaction(async tx => {
      await tx.send({ topic: 'orders', partition: 0, value: 'a' })
      await tx.sendOffsets([offsetOfIn], 'group')
    }),
  )

  assert.deepEqual(broker.story, [
    'InitProducerId',
    'AddPartitionsToTxn',
    'Produce',
    'AddOffsetsToTxn',
    'TxnOffsetCommit',
    'EndTxn(true)',
  ])
  const [batch] = broker.batches
  assert.equal(batch?.isTransactional, true)
  assert.equal(batch.producerId, 7)
  const produced = broker.requests.find(({ apiKey }) => apiKey === ApiKey.Produce)
  assert.equal(produced?.body['transactionalId'], 'pipeline')
  assert.equal(produced.version, 11, 'the last before the second version of transactions')
})

test('the second transaction counts on, and asks for its partitions anew', async () => {
  const { broker, producer, run } = await rig()
  for (const value of ['a', 'b']) {
    await run(producer.transaction(tx => tx.send({ topic: 'orders', partition: 0, value })))
  }

  assert.deepEqual(
    broker.batches.map(({ producerEpoch, baseSequence }) => [producerEpoch, baseSequence]),
    [
      [0, 0],
      [0, 1],
    ],
  )
  assert.equal(broker.story.filter(name => name === 'AddPartitionsToTxn').length, 2)
})

test('transaction.timeout.ms is told to the coordinator', async () => {
  const { broker, producer, run } = await rig({}, { 'transaction.timeout.ms': '1234' })
  await run(producer.initTransactions())

  const asked = broker.requests.find(({ apiKey }) => apiKey === ApiKey.InitProducerId)
  assert.equal(asked?.body['transactionTimeoutMs'], 1234)
})

test('a transaction in which nothing was done is not ended at the coordinator', async () => {
  const { broker, producer, run } = await rig()
  await run(producer.transaction(() => Promise.resolve()))

  assert.deepEqual(broker.story, ['InitProducerId'])
})

test('what the function throws aborts the transaction, and comes out', async () => {
  const { broker, producer, run } = await rig()
  const failing = producer.transaction(async tx => {
    await tx.send({ topic: 'orders', partition: 0, value: 'a' })
    throw new Error('the calculator failed')
  })

  await assert.rejects(run(failing), { message: 'the calculator failed' })
  assert.equal(broker.story.at(-1), 'EndTxn(false)')
  await run(producer.transaction(() => Promise.resolve()))
})

test('records that were not sent yet fail with the abort; none of them is sent', async () => {
  const { broker, producer, run, send } = await rig({}, { 'linger.ms': '10000' })
  await run(producer.initTransactions())
  producer.beginTransaction()
  const sent = send('a')
  sent.catch(() => undefined)

  await run(producer.abortTransaction())

  await assert.rejects(run(sent), { code: 'TRANSACTION_ABORTED' })
  assert.equal(broker.batches.length, 0)
})

test('a record that failed, waited for or not, makes the commit fail; the abort raises the epoch (KIP-360)', async () => {
  const { broker, producer, run } = await rig({ Produce: [ErrorCode.INVALID_RECORD] })
  const failing = producer.transaction(async tx => {
    void tx.send({ topic: 'orders', partition: 0, value: 'a' })
    await Promise.resolve()
  })

  await assert.rejects(run(failing), (error: unknown) => {
    assert(error instanceof KafkaError)
    assert.equal(error.code, 'INVALID_RECORD')
    assert.equal(error.retriable, false)
    assert.equal(error.fatal, false)
    return true
  })
  assert.deepEqual(broker.story.slice(-2), ['EndTxn(false)', 'InitProducerId'])
  const raised = broker.requests.at(-1)?.body
  assert.deepEqual([raised?.['producerId'], raised?.['producerEpoch']], [7, 0])

  await run(producer.transaction(tx => tx.send({ topic: 'orders', partition: 0, value: 'b' })))
  const { producerEpoch, baseSequence } = broker.batches.at(-1) ?? {}
  assert.deepEqual([producerEpoch, baseSequence], [1, 0])
})

test('before Kafka 2.5 no epoch can be raised: a lost sequence is fatal', async () => {
  const versions = new Map<number, readonly [number, number]>([
    [ApiKey.Metadata, [0, 8]],
    [ApiKey.Produce, [0, 7]],
    [ApiKey.FindCoordinator, [0, 2]],
    [ApiKey.InitProducerId, [0, 1]],
    [ApiKey.AddPartitionsToTxn, [0, 1]],
    [ApiKey.EndTxn, [0, 1]],
  ])
  const { producer, run, send } = await rig({ Produce: [ErrorCode.INVALID_RECORD] }, {}, versions)
  await run(producer.initTransactions())
  producer.beginTransaction()
  await assert.rejects(run(send('a')))

  await assert.rejects(run(producer.abortTransaction()), { fatal: true })
})

test('a producer whose id was taken over is fenced for good, by the words of Java', async () => {
  const { broker, producer, run, send } = await rig({ EndTxn: [ErrorCode.INVALID_PRODUCER_EPOCH] })
  await run(producer.initTransactions())
  producer.beginTransaction()
  await run(send('a'))

  await assert.rejects(run(producer.commitTransaction()), { code: 'PRODUCER_FENCED', fatal: true })
  assert.throws(() => producer.beginTransaction(), {
    code: 'PRODUCER_FENCED',
    fatal: true,
    message:
      "Producer with transactionalId 'pipeline' and ProducerIdAndEpoch(producerId=7, epoch=0) has " +
      'been fenced by another producer with the same transactionalId',
  })
  await assert.rejects(run(producer.abortTransaction()), { code: 'PRODUCER_FENCED', fatal: true })
  await assert.rejects(run(send('b')), { code: 'PRODUCER_FENCED', fatal: true })
  await run(producer.close())
  assert.equal(broker.story.at(-1), 'EndTxn(true)', 'nothing is tried any more')
})

test('an old epoch at a partition is not the end: only the coordinator knows (KIP-588)', async () => {
  const { producer, run, send } = await rig({ Produce: [ErrorCode.INVALID_PRODUCER_EPOCH] })
  await run(producer.initTransactions())
  producer.beginTransaction()
  await assert.rejects(run(send('a')), { code: 'INVALID_PRODUCER_EPOCH', fatal: false })
  await assert.rejects(run(producer.commitTransaction()), {
    fatal: false,
    message: /attempted to produce with an old epoch$/,
  })

  await run(producer.abortTransaction())
  await run(producer.transaction(tx => tx.send({ topic: 'orders', partition: 0, value: 'b' })))
})

test('an authorisation that is missing: for a topic or a group abort, for the id fatal', async () => {
  const cases = [
    ['AddPartitionsToTxn', ErrorCode.TOPIC_AUTHORIZATION_FAILED, false],
    ['AddOffsetsToTxn', ErrorCode.GROUP_AUTHORIZATION_FAILED, false],
    ['TxnOffsetCommit', ErrorCode.GROUP_AUTHORIZATION_FAILED, false],
    ['AddPartitionsToTxn', ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, true],
    ['AddPartitionsToTxn', ErrorCode.INVALID_TXN_STATE, true],
    ['EndTxn', ErrorCode.TRANSACTION_ABORTABLE, false],
    ['InitProducerId', ErrorCode.INVALID_TRANSACTION_TIMEOUT, true],
  ] as const
  for (const [api, errorCode, fatal] of cases) {
    const { producer, run } = await rig({ [api]: [errorCode] })
    const failing = producer.transaction(async tx => {
      await tx.sendOffsets([offsetOfIn], 'group')
      await tx.send({ topic: 'orders', partition: 0, value: 'a' })
    })

    await assert.rejects(
      run(failing),
      { errorCode, retriable: false, fatal },
      `${api} ${errorCode}`,
    )
  }
})

test('an id that the coordinator forgot is not ended, but asked for anew (KIP-360)', async () => {
  const { broker, producer, run } = await rig({
    AddOffsetsToTxn: [ErrorCode.INVALID_PRODUCER_ID_MAPPING],
  })
  const failing = producer.transaction(async tx => {
    await tx.send({ topic: 'orders', partition: 0, value: 'a' })
    await tx.sendOffsets([offsetOfIn], 'group')
  })

  await assert.rejects(run(failing), { code: 'INVALID_PRODUCER_ID_MAPPING', fatal: false })
  assert.deepEqual(broker.story.slice(-2), ['AddOffsetsToTxn', 'InitProducerId'])
})

test('a member that the group has gone on without must abort (KIP-447)', async () => {
  const { broker, producer, run } = await rig({ TxnOffsetCommit: [ErrorCode.ILLEGAL_GENERATION] })
  const member = { groupId: 'group', generationId: 3, memberId: 'm-1', groupInstanceId: null }
  const failing = producer.transaction(tx => tx.sendOffsets([offsetOfIn], member))

  await assert.rejects(run(failing), { code: 'COMMIT_FAILED', fatal: false })
  const asked = broker.requests.find(({ apiKey }) => apiKey === ApiKey.TxnOffsetCommit)
  assert.deepEqual([asked?.body['generationId'], asked?.body['memberId']], [3, 'm-1'])
  assert.equal(broker.story.at(-1), 'EndTxn(false)')
})

test('coordinators that move, load, hang up or are busy are asked until they answer', async () => {
  const { broker, producer, run } = await rig({
    FindCoordinator: [ErrorCode.COORDINATOR_NOT_AVAILABLE],
    InitProducerId: [ErrorCode.CONCURRENT_TRANSACTIONS, 'hang up'],
    AddPartitionsToTxn: [ErrorCode.CONCURRENT_TRANSACTIONS, ErrorCode.NOT_COORDINATOR],
    AddOffsetsToTxn: [ErrorCode.COORDINATOR_LOAD_IN_PROGRESS],
    TxnOffsetCommit: [ErrorCode.NOT_COORDINATOR, 'hang up'],
    EndTxn: ['hang up', ErrorCode.COORDINATOR_NOT_AVAILABLE],
  })

  await run(
    producer.transaction(async tx => {
      await tx.send({ topic: 'orders', partition: 0, value: 'a' })
      await tx.sendOffsets([offsetOfIn], 'group')
    }),
  )

  assert.equal(broker.story.at(-1), 'EndTxn(true)')
  assert.equal(broker.batches.length, 1)
  const lastAdd = broker.story.lastIndexOf('AddPartitionsToTxn')
  assert(lastAdd < broker.story.indexOf('Produce'), 'no record before its partition is in')
})

test('a call that timed out goes on: the same call waits for it, others are refused', async () => {
  const { broker, here, producer, run, send } = await rig(
    { EndTxn: ['silent'] },
    { 'max.block.ms': '5000', 'request.timeout.ms': '20000', 'delivery.timeout.ms': '30000' },
  )
  await run(producer.initTransactions())
  producer.beginTransaction()
  await run(send('a'))
  await assert.rejects(run(producer.commitTransaction()), {
    code: 'REQUEST_TIMED_OUT',
    message: 'Timeout expired after 5000ms while awaiting EndTxn(true)',
  })

  await assert.rejects(run(producer.abortTransaction()), {
    code: 'ILLEGAL_STATE',
    message:
      'Cannot attempt operation `abortTransaction` because the previous call to ' +
      '`commitTransaction` timed out and must be retried',
  })
  await here.scheduler.runFor(30_000)
  await run(producer.commitTransaction())

  assert.equal(broker.story.filter(name => name === 'EndTxn(true)').length, 2)
  producer.beginTransaction()
})

test('calls at the wrong time are refused in the words of Java, and change nothing', async () => {
  const { producer, run, send } = await rig()
  await assert.rejects(run(send('a')), {
    code: 'ILLEGAL_STATE',
    message:
      "Cannot perform a 'send' before completing a call to initTransactions when transactions are enabled.",
  })
  assert.throws(() => producer.beginTransaction(), {
    message:
      'TransactionalId pipeline: Invalid transition attempted from state UNINITIALIZED to state ' +
      'IN_TRANSACTION',
  })
  await run(producer.initTransactions())
  await assert.rejects(run(producer.initTransactions()), { code: 'ILLEGAL_STATE' })
  await assert.rejects(run(send('a')), { message: 'Cannot call send in state READY' })
  await assert.rejects(run(producer.commitTransaction()), { code: 'ILLEGAL_STATE' })
  await assert.rejects(run(producer.sendOffsetsToTransaction([offsetOfIn], 'group')), {
    message: 'Cannot send offsets if a transaction is not in progress (currentState= READY)',
  })

  await run(producer.transaction(tx => tx.send({ topic: 'orders', partition: 0, value: 'a' })))
})

test('a commit takes along records that still wait for room', async () => {
  const { broker, here, producer, run, send } = await rig(
    {},
    { 'buffer.memory': '600', 'linger.ms': '60000' },
  )
  broker.clock = here.host.clock
  broker.produceMs = 50
  await run(producer.initTransactions())
  producer.beginTransaction()
  const sent = ['a', 'b', 'c', 'd'].map(letter =>
    send(letter.repeat(100), letter.charCodeAt(0) % 3),
  )
  const commit = producer.commitTransaction()

  await run(commit)

  assert.equal((await Promise.all(sent)).length, 4)
  assert.equal(
    broker.batches.reduce((sum, { recordCount }) => sum + recordCount, 0),
    4,
  )
  assert.equal(broker.story.at(-1), 'EndTxn(true)')
})

test('a batch whose answer never comes spoils the transaction, and the next goes on under a new epoch', async () => {
  const { broker, producer, run } = await rig(
    { Produce: ['silent'] },
    { 'request.timeout.ms': '2000', 'delivery.timeout.ms': '2000' },
  )
  const failing = producer.transaction(tx => tx.send({ topic: 'orders', partition: 0, value: 'a' }))

  await assert.rejects(run(failing), { code: 'REQUEST_TIMED_OUT' })
  await run(producer.transaction(tx => tx.send({ topic: 'orders', partition: 0, value: 'b' })))
  const { producerEpoch, baseSequence } = broker.batches.at(-1) ?? {}
  assert.deepEqual([producerEpoch, baseSequence], [1, 0])
})

test('closing aborts what is open', async () => {
  const { broker, producer, run, send } = await rig()
  await run(producer.initTransactions())
  producer.beginTransaction()
  const sent = send('a')

  await run(producer.close())

  await run(sent)
  assert.equal(broker.story.at(-1), 'EndTxn(false)')
})

test('closing does not wait for a coordinator that there is not', async () => {
  const errors = Array.from({ length: 10_000 }, () => ErrorCode.COORDINATOR_NOT_AVAILABLE)
  const { producer, run } = await rig({ FindCoordinator: errors })
  await assert.rejects(run(producer.initTransactions()), {
    code: 'REQUEST_TIMED_OUT',
    message: 'Timeout expired after 60000ms while awaiting InitProducerId',
  })

  await run(producer.close())
})
