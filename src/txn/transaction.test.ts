import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { addPartitions, endTransaction } from '../../test/txn/questions.ts'
import { Rig } from '../../test/txn/rig.ts'
import { ErrorCode } from '../protocol/index.ts'
import { verifyPartition } from './add-partitions.ts'
import { describeTransaction, listTransactions } from './describe.ts'
import { partitionsIn } from './partition-set.ts'

const {
  NONE,
  CONCURRENT_TRANSACTIONS,
  INVALID_PRODUCER_ID_MAPPING,
  INVALID_TXN_STATE,
  PRODUCER_FENCED,
  TRANSACTION_ABORTABLE,
} = ErrorCode
const place = (topic: string, partition = 0) => ({ topic, partition })

/** A transaction over two partitions. */
function ongoing(rig = new Rig()) {
  const producer = rig.init()
  rig.ask(addPartitions(producer, { partitions: [place('a'), place('b', 3)] }))
  return { rig, producer }
}

test('the first partition begins a transaction; one that is in it already costs no record', () => {
  const rig = new Rig()
  const producer = rig.init()
  const beganMs = rig.nowMs
  rig.ask(addPartitions(producer))
  rig.nowMs += 500

  const again = rig.code(addPartitions(producer))
  const another = rig.code(addPartitions(producer, { partitions: [place('b')] }))

  assert.deepEqual([again, another], [NONE, NONE])
  assert.equal(rig.log.length, 3, 'the id, the first partition, the second')
  assert.deepEqual(partitionsIn(rig.get().partitions), [place('a'), place('b')])
  assert.deepEqual([rig.get().startMs, rig.get().lastUpdateMs], [beganMs, beganMs + 500])
})

test('only the producer that the coordinator knows may add to a transaction, or end it', () => {
  const { rig, producer } = ongoing()
  const other = { ...producer, producerId: 7 }
  const older = { ...producer, producerEpoch: -1 }
  const newer = { ...producer, producerEpoch: 1 }

  const added = [other, older, newer].map(who => rig.code(addPartitions(who)))
  const ended = [other, older, newer].map(who => rig.code(endTransaction(who)))
  const unknown = rig.code(endTransaction(producer, { transactionalId: 'nobody' }))

  const expected = [INVALID_PRODUCER_ID_MAPPING, PRODUCER_FENCED, PRODUCER_FENCED]
  assert.deepEqual(added, expected)
  assert.deepEqual(ended, expected)
  assert.equal(unknown, INVALID_PRODUCER_ID_MAPPING)
})

test('a transaction is answered when it is decided for good, and complete when all partitions know', () => {
  const { rig, producer } = ongoing()

  const ended = rig.code(endTransaction(producer))
  const phaseWhenAnswered = rig.get().phase
  const [markers] = rig.markers
  rig.answerMarkers()

  assert.equal(ended, NONE)
  assert.equal(phaseWhenAnswered, 'PrepareCommit')
  assert.deepEqual(markers?.partitions, [place('a'), place('b', 3)])
  assert.equal(markers.committed, true)
  assert.equal(rig.get().phase, 'CompleteCommit')
  assert.deepEqual(partitionsIn(rig.get().partitions), [])
})

test('what a request to end means depends on the phase', () => {
  const { rig, producer } = ongoing()
  const commit = (): ErrorCode => rig.code(endTransaction(producer))
  const abort = (): ErrorCode => rig.code(endTransaction(producer, { committed: false }))
  const add = (): ErrorCode => rig.code(addPartitions(producer))

  commit()
  const prepared = [commit(), abort(), add()]
  rig.answerMarkers()
  const complete = [commit(), abort()]
  const next = add()
  abort()
  rig.answerMarkers()
  const aborted = [commit(), abort()]
  const empty = new Rig()
  const unused = empty.init()

  // While its markers are written a transaction is changing, whatever is asked.
  assert.deepEqual(prepared, Array(3).fill(CONCURRENT_TRANSACTIONS))
  assert.deepEqual(complete, [NONE, INVALID_TXN_STATE])
  assert.equal(next, NONE, 'the next transaction begins')
  assert.deepEqual(aborted, [INVALID_TXN_STATE, NONE])
  assert.equal(empty.code(endTransaction(unused)), INVALID_TXN_STATE)
})

test('markers that were not taken are tried again, and only those', () => {
  const { rig, producer } = ongoing()
  rig.ask(endTransaction(producer))

  rig.answerMarkers(topic => (topic === 'b' ? 'again' : 'done'))
  const waiting = describeTransaction(rig.shard, 't')
  rig.advance(100)
  const [second] = rig.markers
  rig.answerMarkers()

  assert.deepEqual(partitionsIn(waiting.partitions), [place('b', 3)])
  assert.deepEqual(second?.partitions, [place('b', 3)])
  assert.equal(rig.get().phase, 'CompleteCommit')
})

test('a coordinator that was superseded writes no more', () => {
  const { rig, producer } = ongoing()
  rig.ask(endTransaction(producer))

  rig.answerMarkers(() => 'superseded')
  rig.advance(10_000)

  assert.equal(rig.get().phase, 'PrepareCommit')
  assert.equal(rig.markers.length, 0)
})

test('the last record is tried until it is stored: all partitions know already', () => {
  const { rig, producer } = ongoing()
  rig.ask(endTransaction(producer))
  rig.appends = ErrorCode.NOT_ENOUGH_REPLICAS
  rig.answerMarkers()
  const meanwhile = rig.code(addPartitions(producer))

  rig.appends = 'durable'
  rig.advance(100)

  assert.equal(meanwhile, CONCURRENT_TRANSACTIONS)
  assert.equal(rig.get().phase, 'CompleteCommit')
})

test('answers of markers that nobody waits for any more change nothing', () => {
  const { rig, producer } = ongoing()
  rig.ask(endTransaction(producer))
  const [markers] = rig.markers
  rig.answerMarkers()
  const next = rig.init()
  rig.ask(addPartitions(next))
  assert(markers !== undefined)

  rig.markers.push(markers)
  rig.answerMarkers()

  assert.equal(rig.get().phase, 'Ongoing')
})

test('what was decided is completed by the coordinator that comes next', () => {
  for (const committed of [true, false]) {
    const { rig, producer } = ongoing()
    rig.ask(endTransaction(producer, { committed }))

    rig.restart()
    const [markers] = rig.markers
    const meanwhile = rig.code(addPartitions(producer))
    rig.answerMarkers()

    assert.equal(markers?.committed, committed)
    assert.equal(markers.partitions.length, 2)
    assert.equal(meanwhile, CONCURRENT_TRANSACTIONS)
    assert.equal(rig.get().phase, committed ? 'CompleteCommit' : 'CompleteAbort')
  }
})

test('a transaction that lasts longer than its timeout is aborted, and its producer fenced', () => {
  const { rig, producer } = ongoing()
  const check = { type: 'check-timeout', transactionalId: 't' } as const

  rig.nowMs += 60_000
  rig.tell(check)
  const before = rig.get().phase
  rig.nowMs += 1
  rig.tell(check)

  assert.equal(before, 'Ongoing')
  assert.equal(rig.get().phase, 'PrepareAbort')
  assert.equal(rig.code(endTransaction(producer)), PRODUCER_FENCED)
})

test('a transactional id is forgotten when nothing was heard of it for long, never within a transaction', () => {
  const { rig, producer } = ongoing(new Rig({ idExpirationMs: 1_000 }))
  const check = { type: 'check-expiry', transactionalId: 't' } as const
  rig.nowMs += 5_000
  rig.tell(check)
  const within = rig.shard.transactions.has('t')
  rig.ask(endTransaction(producer))
  rig.answerMarkers()

  rig.nowMs += 999
  rig.tell(check)
  const soon = rig.shard.transactions.has('t')
  rig.nowMs += 1
  rig.tell(check)

  assert.deepEqual([within, soon, rig.shard.transactions.has('t')], [true, true, false])
  assert.deepEqual(rig.log.at(-1), { type: 'stored', transactionalId: 't', metadata: null })
  assert.equal(rig.code(addPartitions(producer)), INVALID_PRODUCER_ID_MAPPING)
})

test('a tombstone that was lost leaves the id as it was', () => {
  const rig = new Rig({ idExpirationMs: 0 })
  rig.init()
  rig.appends = ErrorCode.NOT_ENOUGH_REPLICAS
  rig.tell({ type: 'check-expiry', transactionalId: 't' })

  rig.appends = 'durable'
  const next = rig.init()

  assert.equal(next.producerEpoch, 1)
})

test('a batch may be appended while its partition is in the open transaction of its producer', () => {
  const { rig, producer } = ongoing()
  const about = { transactionalId: 't', ...producer, ...place('a') }
  const verify = (fields: object): ErrorCode => verifyPartition(rig.shard, { ...about, ...fields })

  const codes = [
    verify({}),
    verify({ topic: 'c' }),
    verify({ partition: 1 }),
    verify({ producerId: 7 }),
    verify({ producerEpoch: 1 }),
    verify({ transactionalId: 'nobody' }),
  ]
  rig.ask(endTransaction(producer))
  const decided = verify({})
  rig.answerMarkers()
  const complete = verify({})

  assert.deepEqual(codes, [
    ...[NONE, TRANSACTION_ABORTABLE, TRANSACTION_ABORTABLE],
    ...[INVALID_PRODUCER_ID_MAPPING, PRODUCER_FENCED, INVALID_PRODUCER_ID_MAPPING],
  ])
  assert.equal(decided, CONCURRENT_TRANSACTIONS)
  assert.equal(complete, TRANSACTION_ABORTABLE)
})

test('transactions are listed by state, producer and age', () => {
  const { rig, producer } = ongoing()
  rig.init('idle')
  rig.nowMs += 100
  const ids = (filter: object): string[] =>
    listTransactions(
      rig.shard,
      { states: [], producerIds: [], durationMs: -1, ...filter },
      rig.nowMs,
    ).map(({ transactionalId }) => transactionalId)

  assert.deepEqual(ids({}), ['t', 'idle'])
  assert.deepEqual(ids({ states: ['Ongoing', 'Dead'] }), ['t'])
  assert.deepEqual(ids({ producerIds: [producer.producerId] }), ['t'])
  assert.deepEqual(ids({ states: ['Ongoing'], durationMs: 99 }), ['t'])
  assert.deepEqual(ids({ states: ['Ongoing'], durationMs: 100 }), [])
})

test('an id that is not known is described as that', () => {
  const { errorCode } = describeTransaction(new Rig().shard, 'nobody')

  assert.equal(errorCode, ErrorCode.TRANSACTIONAL_ID_NOT_FOUND)
})
