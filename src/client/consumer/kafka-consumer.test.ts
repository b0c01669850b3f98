import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  ApiKey,
  ConsumerProtocolAssignment,
  encodeVersioned,
  ErrorCode,
} from '../../protocol/index.ts'
import { BatchBuilder, buildEndTxnMarker, stamp } from '../../records/index.ts'
import {
  BROKER_PORT,
  metadataOf,
  scriptedBroker,
  settled,
  world,
  type ScriptedRequest,
  type World,
} from '../../../test/support/scripted-broker.ts'
import type { ConsumerRecord } from './consumer.ts'
import { KafkaConsumer } from './kafka-consumer.ts'

const TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAQ'
const orders = { topic: 'orders', partition: 0 }

function batch(baseOffset: number, ...values: string[]): Buffer {
  const builder = new BatchBuilder()
  for (const value of values) builder.append({ timestamp: 1, value: Buffer.from(value) })
  const bytes = builder.close()
  stamp(bytes, 0, { baseOffset, leaderEpoch: 0 })
  return bytes
}

interface FetchedPartition {
  readonly fetchOffset: number
}

/** A coordinator and leader of `orders-0`, with three records in it. */
class Broker {
  /** Answers of the coordinator to come; afterwards all is well. */
  readonly joinErrors: number[] = []
  readonly heartbeatErrors: number[] = []
  committed = -1n
  records = ['a', 'b', 'c']
  generationId = 0
  leaderEpoch = 0
  isSilent = false
  /** Where the epoch of the records ended, as the leader sees it. */
  endOfEpoch = 3
  /** Behind the records, in the next epoch. */
  marker: Buffer | undefined

  answer({ apiKey, body }: ScriptedRequest): object | 'silent' {
    if (this.isSilent) return 'silent'
    switch (apiKey) {
      case ApiKey.Metadata:
        return withTopicId(metadataOf('orders', 1, this.leaderEpoch))
      case ApiKey.FindCoordinator: {
        const [key = ''] = body['coordinatorKeys'] as string[]
        const found = { key, nodeId: 1, host: 'localhost', port: BROKER_PORT, errorCode: 0 }
        return { coordinators: [{ ...found, errorMessage: null }] }
      }
      case ApiKey.JoinGroup:
        return this.#join()
      case ApiKey.SyncGroup:
        return { errorCode: 0, assignment: assignmentOf(0) }
      case ApiKey.Heartbeat:
        return { errorCode: this.heartbeatErrors.shift() ?? ErrorCode.NONE }
      case ApiKey.OffsetFetch:
        return this.#offsets()
      case ApiKey.OffsetCommit:
        return this.#commit(body)
      case ApiKey.ListOffsets:
        return this.#list(body)
      case ApiKey.Fetch:
        return this.#fetch(body)
      case ApiKey.OffsetForLeaderEpoch:
        return this.#endOfEpoch(body)
      case ApiKey.LeaveGroup:
        return { errorCode: 0, members: [] }
      default:
        throw new Error(`API ${apiKey} is not expected`)
    }
  }

  #join(): object {
    const errorCode = this.joinErrors.shift() ?? ErrorCode.NONE
    if (errorCode === ErrorCode.NONE) this.generationId += 1
    const members = [{ memberId: 'm-1', metadata: subscriptionOf('orders') }]
    const rest = { protocolName: 'range', leader: 'm-1', memberId: 'm-1', members }
    return { errorCode, generationId: this.generationId, ...rest }
  }

  #offsets(): object {
    const partition = {
      partitionIndex: 0,
      committedOffset: this.committed,
      committedLeaderEpoch: -1,
      metadata: '',
      errorCode: 0,
    }
    const topics = [{ name: 'orders', partitions: [partition] }]
    return { groups: [{ groupId: 'group', topics, errorCode: 0 }] }
  }

  #endOfEpoch(body: Record<string, unknown>): object {
    const topics = body['topics'] as { partitions: { leaderEpoch: number }[] }[]
    const leaderEpoch = topics[0]?.partitions[0]?.leaderEpoch ?? 0
    const endOffset = this.endOfEpoch + leaderEpoch
    const found = { errorCode: 0, partition: 0, leaderEpoch, endOffset }
    return { topics: [{ topic: 'orders', partitions: [found] }] }
  }

  #commit(body: Record<string, unknown>): object {
    const topics = body['topics'] as { partitions: { committedOffset: bigint }[] }[]
    this.committed = topics[0]?.partitions[0]?.committedOffset ?? -1n
    return { topics: [{ name: 'orders', partitions: [{ partitionIndex: 0, errorCode: 0 }] }] }
  }

  #list(body: Record<string, unknown>): object {
    const topics = body['topics'] as { partitions: { timestamp: number }[] }[]
    const offset = topics[0]?.partitions[0]?.timestamp === -2 ? 0 : this.records.length
    const partition = { partitionIndex: 0, errorCode: 0, timestamp: -1, offset, leaderEpoch: 0 }
    return { topics: [{ name: 'orders', partitions: [partition] }] }
  }

  #fetch(body: Record<string, unknown>): object | 'silent' {
    const topics = body['topics'] as { partitions: FetchedPartition[] }[]
    const fetchOffset = topics[0]?.partitions[0]?.fetchOffset ?? 0
    const endOffset = this.records.length + (this.marker === undefined ? 0 : 1)
    const errorCode = fetchOffset > endOffset ? ErrorCode.OFFSET_OUT_OF_RANGE : 0
    const left = this.records.slice(fetchOffset)
    // A broker waits when there is nothing; this one for ever.
    if (left.length === 0 && errorCode === 0) return 'silent'
    const partition = {
      partitionIndex: 0,
      errorCode,
      highWatermark: this.records.length,
      lastStableOffset: this.records.length,
      records:
        errorCode === 0
          ? Buffer.concat([batch(fetchOffset, ...left), this.marker ?? Buffer.alloc(0)])
          : null,
      abortedTransactions: null,
    }
    return { sessionId: 0, responses: [{ topicId: TOPIC_ID, partitions: [partition] }] }
  }
}

function withTopicId(metadata: object): object {
  const { topics } = metadata as { topics: object[] }
  return { ...metadata, topics: topics.map(topic => ({ ...topic, topicId: TOPIC_ID })) }
}

function subscriptionOf(topic: string): Buffer {
  const name = Buffer.from(topic)
  // Version 0: one topic, no user data.
  const head = Buffer.from([0, 0, 0, 0, 0, 1, 0, name.length])
  return Buffer.concat([head, name, Buffer.from([0xff, 0xff, 0xff, 0xff])])
}

function assignmentOf(...partitions: number[]): Buffer {
  const assignedPartitions = [{ topic: 'orders', partitions }]
  return encodeVersioned(ConsumerProtocolAssignment, 0, { assignedPartitions, userData: null })
}

async function rig(options: Record<string, string> = {}) {
  const here = world()
  const broker = new Broker()
  const requests = await scriptedBroker(here, { answer: request => broker.answer(request) })
  const defaults = {
    'bootstrap.servers': `localhost:${BROKER_PORT}`,
    'group.id': 'group',
    'auto.offset.reset': 'earliest',
  }
  const given = new Map(Object.entries({ ...defaults, ...options }))
  const consumer = new KafkaConsumer(here.host, given, '1')
  const sent = (apiKey: number) => requests.filter(request => request.apiKey === apiKey)
  const poll = async (timeoutMs = 1_000): Promise<string[]> => {
    const records = await settled(here, consumer.poll(timeoutMs))
    return records.map(({ value }) => value?.toString() ?? '')
  }
  return { here, broker, consumer, sent, poll }
}

test('a new member joins with the id that it is given (KIP-394)', async () => {
  const { broker, consumer, sent, poll } = await rig()
  broker.joinErrors.push(ErrorCode.MEMBER_ID_REQUIRED)
  consumer.subscribe(['orders'])

  assert.deepEqual(await poll(), ['a', 'b', 'c'])
  const ids = sent(ApiKey.JoinGroup).map(({ body }) => body['memberId'])
  assert.deepEqual(ids, ['', 'm-1'])
})

test('reading begins where the group has committed', async () => {
  const { broker, consumer, poll } = await rig()
  broker.committed = 2n
  consumer.subscribe(['orders'])

  assert.deepEqual(await poll(), ['c'])
})

test('a heartbeat keeps a silent member alive, and tells it of a rebalance', async () => {
  const { here, broker, consumer, sent, poll } = await rig()
  const told: string[] = []
  consumer.subscribe(['orders'], {
    onAssigned: partitions => void told.push(`assigned ${partitions.length}`),
    onRevoked: partitions => void told.push(`revoked ${partitions.length}`),
  })
  await poll()

  await here.scheduler.runFor(30_000)
  assert(sent(ApiKey.Heartbeat).length >= 9, 'one every three seconds, without any poll')

  broker.heartbeatErrors.push(ErrorCode.REBALANCE_IN_PROGRESS)
  await here.scheduler.runFor(4_000)
  await poll()
  assert.deepEqual(told, ['assigned 1', 'revoked 1', 'assigned 1'])
})

test('a member that the group has dropped is told that its partitions are lost, not revoked', async () => {
  const { here, broker, consumer, poll } = await rig()
  const told: string[] = []
  consumer.subscribe(['orders'], {
    onRevoked: () => void told.push('revoked'),
    onLost: () => void told.push('lost'),
  })
  await poll()
  broker.heartbeatErrors.push(ErrorCode.UNKNOWN_MEMBER_ID)
  await here.scheduler.runFor(4_000)

  await poll()

  assert.deepEqual(told, ['lost'])
})

test('who does not poll for max.poll.interval.ms leaves the group', async () => {
  const { here, consumer, sent, poll } = await rig({ 'max.poll.interval.ms': '10000' })
  consumer.subscribe(['orders'])
  await poll()

  await here.scheduler.runFor(20_000)

  assert.equal(sent(ApiKey.LeaveGroup).length, 1)
})

test('what a poll gave is committed by later polls, not before the caller came back', async () => {
  const { here, broker, consumer, poll } = await rig()
  consumer.subscribe(['orders'])
  await poll()
  await here.scheduler.runFor(20_000)
  assert.equal(broker.committed, -1n)

  await poll()

  assert.equal(broker.committed, 3n)
})

test('closing commits, and leaves the group', async () => {
  const { here, broker, consumer, sent, poll } = await rig()
  consumer.subscribe(['orders'])
  await poll()

  await settled(here, consumer.close())

  assert.equal(broker.committed, 3n)
  assert.equal(sent(ApiKey.LeaveGroup).length, 1)
})

test('a static member does not leave: it comes back under its name (KIP-345)', async () => {
  const { here, consumer, sent, poll } = await rig({ 'group.instance.id': 'one' })
  consumer.subscribe(['orders'])
  await poll()

  await settled(here, consumer.close())

  assert.equal(sent(ApiKey.LeaveGroup).length, 0)
})

test('a position outside of the log is reset, or an error where there is no policy', async () => {
  const lenient = await rig()
  lenient.consumer.assign([orders])
  lenient.consumer.seek(orders, 99)
  assert.deepEqual(await lenient.poll(), ['a', 'b', 'c'])

  const strict = await rig({ 'auto.offset.reset': 'none' })
  strict.consumer.assign([orders])
  strict.consumer.seek(orders, 99)
  await assert.rejects(strict.poll(), {
    message: 'Offsets out of range with no configured reset policy for partitions: {orders-0=99}',
  })
})

test('a log that was cut below the position by a new leader is read on from the cut (KIP-320)', async () => {
  const { here, broker, consumer, poll } = await rig({ 'metadata.max.age.ms': '1000' })
  consumer.assign([orders])
  await poll()
  await here.scheduler.runFor(100)
  broker.leaderEpoch = 1
  broker.records = ['a', 'other', 'more', 'records']
  broker.endOfEpoch = 1
  await here.scheduler.runFor(2_000)

  assert.deepEqual(await poll(60_000), ['other', 'more', 'records'])
})

test('a marker that a later leader wrote is part of what was read: its epoch is asked for (KIP-320)', async () => {
  const { here, broker, consumer, sent, poll } = await rig({
    ...{ 'metadata.max.age.ms': '1000', 'auto.offset.reset': 'none' },
    ...{ 'isolation.level': 'read_committed' },
  })
  broker.marker = buildEndTxnMarker({
    ...{ type: 1, coordinatorEpoch: 0, producerId: 5, producerEpoch: 0, timestampMs: 1 },
  })
  stamp(broker.marker, 0, { baseOffset: 3, leaderEpoch: 1 })
  consumer.assign([orders])
  consumer.seek(orders, 0)
  await poll()
  await poll(100)
  broker.leaderEpoch = 2
  await here.scheduler.runFor(2_000)

  assert.deepEqual(await poll(5_000), [])
  assert.ok(sent(ApiKey.OffsetForLeaderEpoch).length > 0)
})

test('max.poll.records bounds what a poll gives; the rest comes with the next', async () => {
  const { consumer, sent, poll } = await rig({ 'max.poll.records': '2' })
  consumer.assign([orders])

  assert.deepEqual(await poll(), ['a', 'b'])
  assert.deepEqual(await poll(), ['c'])
  assert.equal(sent(ApiKey.Fetch).filter(({ body }) => offsetIn(body) === 0).length, 1)
})

function offsetIn(body: Record<string, unknown>): number | undefined {
  const topics = body['topics'] as { partitions: FetchedPartition[] }[]
  return topics[0]?.partitions[0]?.fetchOffset
}

test('a paused partition gives nothing, and goes on where it was', async () => {
  const { consumer, poll } = await rig()
  consumer.assign([orders])
  consumer.pause([orders])
  assert.deepEqual(await poll(), [])

  consumer.resume([orders])

  assert.deepEqual(await poll(), ['a', 'b', 'c'])
})

test('wakeup ends a poll that waits, and an aborted signal does', async () => {
  const { here, broker, consumer } = await rig()
  broker.records = []
  consumer.assign([orders])
  const waiting = consumer.poll(60_000)
  waiting.catch(() => undefined)
  await here.scheduler.runFor(100)
  consumer.wakeup()
  await assert.rejects(settled(here, waiting), { code: 'WAKEUP' })

  const controller = new AbortController()
  const aborted = consumer.poll(60_000, { signal: controller.signal })
  aborted.catch(() => undefined)
  await here.scheduler.runFor(100)
  controller.abort(new Error('enough'))
  await assert.rejects(settled(here, aborted), { message: 'enough' })
})

test('deserializers of Kafka give what they are named for', async () => {
  const { consumer, here } = await rig({
    'value.deserializer': 'org.apache.kafka.common.serialization.StringDeserializer',
  })
  consumer.assign([orders])

  const records = await settled(here, consumer.poll(1_000))

  const values: readonly unknown[] = records.map(({ value }) => value)
  assert.deepEqual(values, ['a', 'b', 'c'])
})

test('a record that cannot be deserialized comes again until it is sought past', async () => {
  const { broker, consumer, here } = await rig({
    'value.deserializer': 'org.apache.kafka.common.serialization.ShortDeserializer',
  })
  broker.records = ['ab', 'broken', 'cd']
  consumer.assign([orders])
  const poll = () => settled(here, consumer.poll(1_000))
  const failure = {
    code: 'RECORD_DESERIALIZATION',
    message:
      'Error deserializing VALUE for partition orders-0 at offset 1. If needed, please seek past ' +
      'the record to continue consumption.',
  }

  assert.equal((await poll()).length, 1)
  await assert.rejects(poll(), failure)
  await assert.rejects(poll(), failure)
  assert.equal(await settled(here, consumer.position(orders)), 1)
  consumer.seek(orders, 2)
  assert.equal((await poll())[0]?.offset, 2)
})

test('internal.leave.group.on.close=false keeps the place in the group for who comes back', async () => {
  const { here, broker, consumer, sent, poll } = await rig({
    'internal.leave.group.on.close': 'false',
  })
  consumer.subscribe(['orders'])
  await poll()

  await settled(here, consumer.close())

  assert.equal(sent(ApiKey.LeaveGroup).length, 0)
  assert.equal(broker.committed, 3n, 'it commits all the same')
})

/** The text of the next record, whatever virtual time that takes. */
async function nextOf(here: World, iterator: AsyncIterator<ConsumerRecord>) {
  const result = await settled(here, iterator.next())
  return result.done === true ? undefined : result.value.value?.toString()
}

test('iterating gives record by record, and ends when the consumer is closed', async () => {
  const { here, broker, consumer } = await rig()
  consumer.assign([orders])
  const iterator = consumer[Symbol.asyncIterator]()
  const values = []
  for (let count = 0; count < 3; count += 1) values.push(await nextOf(here, iterator))
  assert.deepEqual(values, ['a', 'b', 'c'])

  const waiting = iterator.next()
  await here.scheduler.runFor(5_000)
  await settled(here, consumer.close())

  assert.deepEqual(await settled(here, waiting), { done: true, value: undefined })
  assert.equal(broker.committed, 3n)
})

test('an iteration ends with the reason of its signal, and another goes on behind it', async () => {
  const { here, broker, consumer } = await rig()
  consumer.assign([orders])
  const controller = new AbortController()
  const iterator = consumer.records({ signal: controller.signal })
  for (let count = 0; count < 3; count += 1) await nextOf(here, iterator)
  const waiting = iterator.next()
  waiting.catch(() => undefined)
  await here.scheduler.runFor(100)

  controller.abort(new Error('enough'))

  await assert.rejects(settled(here, waiting), { message: 'enough' })
  broker.records = ['a', 'b', 'c', 'd']
  consumer.seek(orders, 3)
  assert.equal(await nextOf(here, consumer.records()), 'd')
})

test('a call is given up with its signal, and the consumer goes on', async () => {
  const { here, broker, consumer, poll } = await rig()
  broker.isSilent = true
  const controller = new AbortController()
  const looking = consumer.endOffsets([orders], { signal: controller.signal })
  looking.catch(() => undefined)
  await here.scheduler.runFor(100)

  controller.abort(new Error('not needed any more'))

  await assert.rejects(settled(here, looking), { message: 'not needed any more' })
  broker.isSilent = false
  consumer.assign([orders])
  assert.deepEqual(await poll(60_000), ['a', 'b', 'c'])
})
