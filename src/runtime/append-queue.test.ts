import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { MemoryLog } from '../../test/group/memory-log.ts'
import { ErrorCode } from '../protocol/index.ts'
import {
  buildEndTxnMarker,
  codecOf,
  readBatchInfo,
  recordCountOf,
  recordsIn,
} from '../records/index.ts'
import { Scheduler, SimClock } from '../sim/index.ts'
import { AppendQueue, type AppendQueueOptions, type StoreOutcome } from './append-queue.ts'

function bench(options: Partial<AppendQueueOptions> = {}) {
  const scheduler = new Scheduler()
  const clock = new SimClock(scheduler)
  const log = new MemoryLog(clock)
  const limits = { timeoutMs: 5_000, maxBatchBytes: 1_000_000, codec: 0 }
  const queue = new AppendQueue({ log, partition: 0, clock, ...limits, ...options })
  const outcomes: [string, StoreOutcome][] = []
  const push = (name: string, count = 1, valueBytes = 1): void => {
    const records = Array.from({ length: count }, (_, index) => ({
      key: Buffer.from(`${name}${index}`),
      value: Buffer.alloc(valueBytes),
    }))
    queue.push({ records, timestampMs: 1_000 }, outcome => outcomes.push([name, outcome]))
  }
  return { scheduler, log, queue, outcomes, push }
}

const stored = (...logOffsets: number[]) => ({ errorCode: ErrorCode.NONE, logOffsets })
const refused = (errorCode: ErrorCode) => ({ errorCode, logOffsets: [] })

test('what comes in one turn is one batch, and each learns where its records stand', async () => {
  const { scheduler, log, outcomes, push } = bench()
  push('a')
  push('b', 2)
  await scheduler.runFor(1)
  push('c')
  await scheduler.runFor(1)

  assert.deepEqual(
    log.batches(0).map(batch => recordCountOf(batch)),
    [3, 1],
  )
  assert.deepEqual(outcomes, [
    ['a', stored(0)],
    ['b', stored(1, 2)],
    ['c', stored(3)],
  ])
})

test('batches are as large as allowed; a decision may be spread over several', async () => {
  const { scheduler, log, outcomes, push } = bench({ maxBatchBytes: 300 })
  push('a', 5, 90)
  await scheduler.runFor(1)

  assert.deepEqual(
    log.batches(0).map(batch => recordCountOf(batch)),
    [2, 2, 1],
  )
  assert.ok(log.batches(0).every(batch => batch.length <= 300))
  assert.deepEqual(outcomes, [['a', stored(0, 1, 2, 3, 4)]])
})

test('a record larger than a batch is left to the log to refuse, and takes nobody along', async () => {
  const { scheduler, log, outcomes, push } = bench({ maxBatchBytes: 300 })
  log.fateOf = ({ batch }) => ({
    delayMs: 0,
    errorCode: batch.length > 300 ? ErrorCode.MESSAGE_TOO_LARGE : ErrorCode.NONE,
  })
  push('small')
  push('large', 1, 400)
  push('small too')
  await scheduler.runFor(1)

  assert.deepEqual(outcomes, [
    ['small', stored(0)],
    ['large', refused(ErrorCode.MESSAGE_TOO_LARGE)],
    ['small too', stored(1)],
  ])
})

test('a decision of which one batch is refused is refused', async () => {
  const { scheduler, log, outcomes, push } = bench({ maxBatchBytes: 300 })
  let appends = 0
  log.fateOf = () => {
    appends += 1
    return { delayMs: 0, errorCode: appends === 2 ? ErrorCode.NOT_ENOUGH_REPLICAS : ErrorCode.NONE }
  }
  push('a', 3, 90)
  push('b')
  await scheduler.runFor(1)

  assert.deepEqual(
    outcomes.map(([name, { errorCode }]) => [name, errorCode]),
    [
      ['a', ErrorCode.NOT_ENOUGH_REPLICAS],
      ['b', ErrorCode.NOT_ENOUGH_REPLICAS],
    ],
  )
})

test('the next turn does not wait for the log, and outcomes keep the order of the log', async () => {
  const { scheduler, log, queue, outcomes, push } = bench()
  const delaysMs = [50, 0]
  log.fateOf = () => ({ delayMs: delaysMs.shift() ?? 0, errorCode: ErrorCode.NONE })
  push('slow')
  await scheduler.runFor(1)
  push('fast')
  await scheduler.runFor(1)
  const appended = log.batches(0).length
  const pending = queue.pending
  await scheduler.runFor(100)

  assert.equal(appended, 2)
  assert.equal(pending, 2)
  assert.deepEqual(
    outcomes.map(([name]) => name),
    ['slow', 'fast'],
  )
  assert.equal(queue.pending, 0)
})

test('an outcome overtaken by a later one still comes first', async () => {
  const { scheduler, log, outcomes, push } = bench()
  const fates = [
    { delayMs: 50, errorCode: ErrorCode.NOT_ENOUGH_REPLICAS },
    { delayMs: 0, errorCode: ErrorCode.NONE },
  ]
  log.fateOf = () => fates.shift() ?? { delayMs: 0, errorCode: ErrorCode.NONE }
  push('refused late')
  await scheduler.runFor(1)
  push('stored early')
  await scheduler.runFor(100)

  assert.deepEqual(outcomes, [
    ['refused late', refused(ErrorCode.NOT_ENOUGH_REPLICAS)],
    ['stored early', stored(0)],
  ])
})

test('a queue that is closed writes nothing more and says nothing more', async () => {
  const { scheduler, log, queue, outcomes, push } = bench()
  log.fateOf = () => ({ delayMs: 50, errorCode: ErrorCode.NONE })
  push('on its way')
  await scheduler.runFor(1)
  push('gathered')

  queue.close()
  await scheduler.runFor(100)

  assert.equal(log.batches(0).length, 1)
  assert.deepEqual(outcomes, [])
})

test('records are compressed when the topic says so', async () => {
  const { scheduler, log, push } = bench({ codec: 1 })
  push('a', 3, 100)
  await scheduler.runFor(1)

  const [batch] = log.batches(0)
  assert.ok(batch !== undefined)
  assert.equal(codecOf(batch), 1)
  assert.deepEqual(
    [...recordsIn(batch)].map(record => record.key?.toString()),
    ['a0', 'a1', 'a2'],
  )
})

test('records of a transaction are in a batch of its producer, and a marker behind them', async () => {
  const { scheduler, log, queue, outcomes, push } = bench()
  const producer = { producerId: 7, producerEpoch: 2 }
  const records = [{ key: Buffer.from('k'), value: null }]
  push('before')
  queue.push({ records, timestampMs: 1, producer }, outcome => outcomes.push(['in', outcome]))
  queue.push({ records, timestampMs: 1, producer }, outcome => outcomes.push(['in', outcome]))
  const marker = { ...producer, type: 1, coordinatorEpoch: 0, timestampMs: 1 } as const
  queue.pushBatch(buildEndTxnMarker(marker), outcome => outcomes.push(['end', outcome]))
  push('after')
  await scheduler.runFor(1)

  assert.deepEqual(
    log.batches(0).map(batch => {
      const { isTransactional, isControl, producerId, producerEpoch, recordCount } =
        readBatchInfo(batch)
      return [isTransactional, isControl, producerId, producerEpoch, recordCount]
    }),
    [
      [false, false, -1, -1, 1],
      [true, false, 7, 2, 2],
      [true, true, 7, 2, 1],
      [false, false, -1, -1, 1],
    ],
  )
  assert.deepEqual(outcomes, [
    ['before', stored(0)],
    ['in', stored(1)],
    ['in', stored(2)],
    ['end', stored(3)],
    ['after', stored(4)],
  ])
})
