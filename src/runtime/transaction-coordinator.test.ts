import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { MemoryLog } from '../../test/group/memory-log.ts'
import { silentLog } from '../host/index.ts'
import { ErrorCode } from '../protocol/index.ts'
import { Scheduler, SimClock } from '../sim/index.ts'
import { defaultTransactionSettings, type InitReply, type Reply } from '../txn/index.ts'
import { TransactionCoordinator, type MarkerResults } from './transaction-coordinator.ts'

const partitions = [{ topic: 'data', partition: 0 }]
const transactionalId = 't'

let scheduler: Scheduler
let coordinator: TransactionCoordinator
let producer: InitReply
/** Lets the partitions have the markers that were asked for. */
let answerMarkers: () => void

/** The value of a promise that virtual time brings. */
async function after<T>(promise: Promise<T>, spanMs = 1): Promise<T | undefined> {
  let value: T | undefined
  void promise.then(settled => (value = settled))
  await scheduler.runFor(spanMs)
  return value
}

beforeEach(async () => {
  scheduler = new Scheduler()
  const clock = new SimClock(scheduler)
  coordinator = new TransactionCoordinator({
    settings: defaultTransactionSettings,
    ...{ clock, log: new MemoryLog(clock), logger: silentLog, loadLogger: silentLog },
    partitionCount: () => 1,
    nextProducerId: () => Promise.resolve(7),
    writeMarkers: markers =>
      new Promise<MarkerResults>(resolve => {
        answerMarkers = () =>
          resolve(markers.partitions.map(place => ({ ...place, outcome: 'done' })))
      }),
    ...{ appendTimeoutMs: 5_000, maxBatchBytes: 1_000_000 },
    ...{ timeoutCheckMs: 10_000, expiryCheckMs: 60_000 },
  })
  await after(coordinator.onElection(0, 1))
  const begun = await after(
    coordinator.initProducerId({ transactionalId, timeoutMs: 60_000, expected: undefined }),
  )
  assert.ok(begun !== undefined)
  producer = begun
  assert.equal((await after(add()))?.errorCode, ErrorCode.NONE)
  const { producerId, producerEpoch } = producer
  const ended = coordinator.endTransaction({ transactionalId, producerId, producerEpoch, committed: true }) // prettier-ignore
  assert.equal((await after(ended))?.errorCode, ErrorCode.NONE)
})

function add(): Promise<Reply> {
  const { producerId, producerEpoch } = producer
  return coordinator.addPartitions({ transactionalId, producerId, producerEpoch, partitions })
}

describe('a transaction that begins while the markers of the one before are being written', () => {
  test('waits for them rather than being refused: its producer would ask again much later', async () => {
    const adding = add()
    const early = await after(adding, 20)
    answerMarkers()

    assert.equal(early, undefined)
    assert.equal((await after(adding))?.errorCode, ErrorCode.NONE)
  })

  test('is refused when they take long', async () => {
    const adding = await after(add(), 200)

    assert.equal(adding?.errorCode, ErrorCode.CONCURRENT_TRANSACTIONS)
  })

  test('waits once only: who asks meanwhile is refused at once', async () => {
    void add()
    const second = await after(add())

    assert.equal(second?.errorCode, ErrorCode.CONCURRENT_TRANSACTIONS)
  })

  test('is sent to the new coordinator when this one gives up', async () => {
    const adding = add()
    await after(adding)
    coordinator.onResignation(0, 2)

    assert.equal((await after(adding, 200))?.errorCode, ErrorCode.NOT_COORDINATOR)
  })
})
