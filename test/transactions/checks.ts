/**
 * What a broker promises about transactions, by the wire: each check holds for ours and for genuine Kafka.
 * The broker looks for transactions that last too long every 50 ms.
 */
import { strict as assert } from 'node:assert'
import * as P from '../../src/protocol/index.ts'
import type { TransactionalClient } from './client.ts'

const { NONE } = P.ErrorCode

/** Of the broker under test. */
export const properties = {
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '50',
}

/** Opens a client with a topic of its own. */
export type Connect = () => Promise<TransactionalClient>

export interface Check {
  readonly name: string
  readonly run: (connect: Connect) => Promise<void>
}

export const checks: Check[] = []

function check(name: string, run: Check['run']): void {
  checks.push({ name, run })
}

check(
  'records count when their transaction is committed, and hold up later ones until then',
  async connect => {
    await using client = await connect()
    const producer = await client.begin('commits')

    await client.addPartition(producer)
    const first = await client.produce(producer, ['one', 'two'])
    const whileOpen = await client.read('read_committed')
    const dirty = await client.read('read_uncommitted')
    const ended = await client.end(producer, true)
    await client.untilPhase('commits', 'CompleteCommit')
    const afterwards = await client.read('read_committed')

    assert.deepEqual([first.errorCode, first.baseOffset], [NONE, 0])
    assert.deepEqual(whileOpen, { values: [], lastStableOffset: 0, aborted: [] })
    assert.deepEqual(dirty.values, ['one', 'two'])
    assert.equal(ended, NONE)
    assert.deepEqual(afterwards, { values: ['one', 'two'], lastStableOffset: 3, aborted: [] })
  },
)

check(
  'records of an aborted transaction are named, so that readers leave them out',
  async connect => {
    await using client = await connect()
    const producer = await client.begin('aborts')
    await client.addPartition(producer)
    await client.produce(producer, ['never'])

    const ended = await client.end(producer, false)
    await client.untilPhase('aborts', 'CompleteAbort')
    const read = await client.read('read_committed')

    assert.equal(ended, NONE)
    assert.deepEqual(read.aborted, [{ producerId: producer.producerId, firstOffset: 0 }])
    assert.equal(read.lastStableOffset, 2)
  },
)

check(
  'a batch is refused while its partition is not in the transaction (KIP-890)',
  async connect => {
    await using client = await connect()
    const producer = await client.begin('unverified')

    const refused = await client.produce(producer, ['x'])
    const newer = await client.produce(producer, ['x'], { version: 11 })
    const unknown = await client.produce({ ...producer, transactionalId: 'nobody' }, ['x'])
    const nameless = await client.produce(producer, ['x'], { transactionalId: null })
    await client.addPartition(producer)
    const accepted = await client.produce(producer, ['x'])

    assert.equal(refused.errorCode, P.ErrorCode.INVALID_TXN_STATE)
    assert.equal(refused.errorMessage, 'Partition was not added to the transaction')
    assert.equal(newer.errorCode, P.ErrorCode.TRANSACTION_ABORTABLE)
    assert.equal(unknown.errorCode, P.ErrorCode.INVALID_PRODUCER_ID_MAPPING)
    assert.equal(nameless.errorCode, P.ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
    assert.deepEqual([accepted.errorCode, accepted.baseOffset], [NONE, 0])
  },
)

check('a batch that was refused is not overtaken by the one behind it', async connect => {
  await using client = await connect()
  const producer = await client.begin('overtaking')
  await client.produce(producer, ['first'], { sequence: 0 })
  await client.addPartition(producer)

  const second = await client.produce(producer, ['second'], { sequence: 1 })
  const first = await client.produce(producer, ['first'], { sequence: 0 })
  const again = await client.produce(producer, ['second'], { sequence: 1 })

  assert.equal(second.errorCode, P.ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
  assert.deepEqual([first.errorCode, first.baseOffset], [NONE, 0])
  assert.deepEqual([again.errorCode, again.baseOffset], [NONE, 1])
})

check(
  'a batch after the end of its transaction is refused: it would hang there for good',
  async connect => {
    await using client = await connect()
    const producer = await client.begin('late')
    await client.addPartition(producer)
    await client.produce(producer, ['in time'])
    await client.end(producer, true)
    await client.untilPhase('late', 'CompleteCommit')

    const late = await client.produce(producer, ['late'], { sequence: 1 })

    assert.equal(late.errorCode, P.ErrorCode.INVALID_TXN_STATE)
    assert.equal((await client.read('read_committed')).lastStableOffset, 2)
  },
)

check('who begins with the same id fences who had it, and aborts what was open', async connect => {
  await using client = await connect()
  const zombie = await client.begin('shared')
  await client.addPartition(zombie)
  await client.produce(zombie, ['by the zombie'])

  const heir = await client.begin('shared')
  const late = await client.produce(zombie, ['late'], { sequence: 1 })
  const commit = await client.end(zombie, true)
  const commitOfOldClient = await client.end(zombie, true, { version: 1 })
  const read = await client.read('read_committed')

  assert.equal(heir.producerId, zombie.producerId)
  assert.equal(heir.producerEpoch, zombie.producerEpoch + 2, 'one epoch to fence, one to begin')
  assert.equal(late.errorCode, P.ErrorCode.INVALID_PRODUCER_EPOCH)
  assert.equal(commit, P.ErrorCode.PRODUCER_FENCED)
  assert.equal(commitOfOldClient, P.ErrorCode.INVALID_PRODUCER_EPOCH)
  assert.equal(read.aborted.length, 1)
})

check('a transaction that lasts too long is aborted without anybody asking', async connect => {
  await using client = await connect()
  const producer = await client.begin('slow', { timeoutMs: 1_500 })
  await client.addPartition(producer)
  await client.produce(producer, ['too late'])

  await client.untilPhase('slow', 'CompleteAbort')
  const commit = await client.end(producer, true)

  assert.equal(commit, P.ErrorCode.PRODUCER_FENCED)
  assert.equal((await client.read('read_committed')).lastStableOffset, 2)
})

check(
  'offsets in a transaction are seen when it is committed, and asked for again until then',
  async connect => {
    await using client = await connect()
    const producer = await client.begin('offsets')
    await client.findGroup('readers')

    const early = await client.commitOffset(producer, 'readers', 7n)
    const added = await client.addOffsets(producer, 'readers')
    const committed = await client.commitOffset(producer, 'readers', 7n)
    const whileOpen = await client.fetchOffset('readers')
    const stable = await client.fetchOffset('readers', { requireStable: true })
    await client.end(producer, true)
    await client.untilPhase('offsets', 'CompleteCommit')
    const afterwards = await client.fetchOffset('readers', { requireStable: true })

    assert.equal(early, P.ErrorCode.INVALID_TXN_STATE, 'the group was not added')
    assert.deepEqual([added, committed], [NONE, NONE])
    assert.deepEqual(whileOpen, { errorCode: NONE, offset: -1n })
    assert.equal(stable.errorCode, P.ErrorCode.UNSTABLE_OFFSET_COMMIT)
    assert.deepEqual(afterwards, { errorCode: NONE, offset: 7n })
  },
)

check(
  'what is asked of a transaction is told: its state, its partitions, its producers',
  async connect => {
    await using client = await connect()
    const producer = await client.begin('described')
    await client.addPartition(producer)
    await client.produce(producer, ['x'])

    const described = await client.describe('described')
    const listed = await client.list({ stateFilters: ['Ongoing', 'Sleeping'] })
    const producers = await client.producers()

    assert.equal(described.transactionState, 'Ongoing')
    assert.deepEqual(described.topics, [{ topic: client.topic, partitions: [0] }])
    assert.deepEqual(listed.unknownStateFilters, ['Sleeping'])
    assert.ok(
      listed.transactionStates.some(({ transactionalId }) => transactionalId === 'described'),
    )
    assert.deepEqual(
      producers.map(({ producerId, currentTxnStartOffset }) => [producerId, currentTxnStartOffset]),
      [[producer.producerId, 0]],
    )
    await client.end(producer, false)
  },
)

check(
  'an administrator may end a transaction that hangs; an older coordinator may not',
  async connect => {
    await using client = await connect()
    const producer = await client.begin('hanging')
    await client.addPartition(producer)
    await client.produce(producer, ['x'])

    const written = await client.writeMarker(producer, { coordinatorEpoch: 5, committed: false })
    const zombie = await client.writeMarker(producer, { coordinatorEpoch: 4, committed: false })
    const nowhere = await client.writeMarker(producer, {
      ...{ coordinatorEpoch: 5, committed: false },
      partition: 9,
    })

    assert.equal(written, NONE)
    assert.equal(zombie, P.ErrorCode.TRANSACTION_COORDINATOR_FENCED)
    assert.equal(nowhere, P.ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    assert.equal((await client.read('read_committed')).lastStableOffset, 2)
  },
)

check(
  'what cannot be is refused: timeouts, empty ids, transactions that nobody began',
  async connect => {
    await using client = await connect()
    await client.begin('exists')
    const stranger = { transactionalId: 'nobody', producerId: 77, producerEpoch: 0 }

    const tooLong = await client.init('x', { timeoutMs: 2 ** 31 - 1 })
    const nameless = await client.init('')
    const halfNamed = await client.init('x', { producerId: 3 })
    const end = await client.end(stranger, true)
    const add = await client.addPartition(stranger)
    const unknownTopic = await client.addPartition(stranger, { topic: 'no-such-topic' })

    assert.equal(tooLong.errorCode, P.ErrorCode.INVALID_TRANSACTION_TIMEOUT)
    assert.equal(nameless.errorCode, P.ErrorCode.INVALID_REQUEST)
    assert.equal(halfNamed.errorCode, P.ErrorCode.INVALID_REQUEST)
    assert.equal(end, P.ErrorCode.INVALID_PRODUCER_ID_MAPPING)
    assert.equal(add, P.ErrorCode.INVALID_PRODUCER_ID_MAPPING)
    assert.equal(unknownTopic, P.ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  },
)
