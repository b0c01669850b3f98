import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { addPartitions, endTransaction } from '../../test/txn/questions.ts'
import { Rig } from '../../test/txn/rig.ts'
import { ErrorCode } from '../protocol/index.ts'

const {
  NONE,
  PRODUCER_FENCED,
  CONCURRENT_TRANSACTIONS,
  INVALID_REQUEST,
  INVALID_TRANSACTION_TIMEOUT,
  COORDINATOR_NOT_AVAILABLE,
} = ErrorCode

/** A producer whose epoch is the last that may be handed out. */
function exhausted(): Rig {
  const rig = new Rig()
  rig.init()
  rig.shard.transactions.set('t', { ...rig.get(), producerEpoch: 32_766 })
  return rig
}

test('a new id gets a fresh producer id and epoch 0; each who begins after it the next epoch', () => {
  const rig = new Rig()

  const first = rig.init()
  const second = rig.init()

  assert.deepEqual([first.producerId, first.producerEpoch], [1_000, 0])
  assert.deepEqual([second.producerId, second.producerEpoch], [1_000, 1])
  assert.equal(rig.nextProducerId, 1_001, 'no producer id is wasted')
})

test('the timeout must be positive and within the limit; an id must not be empty', () => {
  const rig = new Rig({ maxTimeoutMs: 900 })

  const codes = [-1, 0, 1, 900, 901].map(timeoutMs => rig.init('t', { timeoutMs }).errorCode)

  const refused = INVALID_TRANSACTION_TIMEOUT
  assert.deepEqual(codes, [refused, refused, NONE, NONE, refused])
  assert.equal(rig.init('').errorCode, INVALID_REQUEST)
})

test('an open transaction is aborted under an epoch that nobody gets', () => {
  const rig = new Rig()
  const zombie = rig.init()
  rig.ask(addPartitions(zombie))

  const refusal = rig.init()
  const whileMarking = rig.init()
  const byTheZombie = rig.code(endTransaction(zombie))
  rig.answerMarkers()
  const heir = rig.init()

  assert.equal(refusal.errorCode, CONCURRENT_TRANSACTIONS)
  assert.equal(whileMarking.errorCode, CONCURRENT_TRANSACTIONS)
  assert.equal(byTheZombie, PRODUCER_FENCED)
  assert.deepEqual(
    rig.log.map(({ metadata }) => [metadata?.phase, metadata?.producerEpoch]),
    [
      ['Empty', 0],
      ['Ongoing', 0],
      ['PrepareAbort', 1],
      ['CompleteAbort', 1],
      ['Empty', 2],
    ],
  )
  assert.equal(heir.producerEpoch, 2)
})

test('a producer that goes on says from where, and gets the next epoch (KIP-360)', () => {
  const rig = new Rig()
  const { producerId } = rig.init()

  const bumped = rig.init('t', { expected: { producerId, producerEpoch: 0 } })
  const repeated = rig.init('t', { expected: { producerId, producerEpoch: 0 } })

  assert.deepEqual([bumped.errorCode, bumped.producerEpoch], [NONE, 1])
  assert.deepEqual([repeated.errorCode, repeated.producerEpoch], [NONE, 1], 'the answer was lost')
})

test('a producer that goes on after another has begun is fenced', () => {
  const rig = new Rig()
  const { producerId } = rig.init()
  rig.init()

  const late = rig.init('t', { expected: { producerId, producerEpoch: 0 } })
  const stranger = rig.init('t', { expected: { producerId: 7, producerEpoch: 1 } })

  assert.equal(late.errorCode, PRODUCER_FENCED)
  assert.equal(stranger.errorCode, PRODUCER_FENCED)
})

test('a producer with an id that is not known any more may bring its own, and gets a new one', () => {
  const rig = new Rig()

  const reply = rig.init('t', { expected: { producerId: 5, producerEpoch: 3 } })

  assert.deepEqual([reply.errorCode, reply.producerId, reply.producerEpoch], [NONE, 1_000, 0])
})

test('when the epochs of an id are used up there is another id, for who begins and for who goes on', () => {
  const begun = exhausted().init()
  const rig = exhausted()
  const expected = { producerId: 1_000, producerEpoch: 32_766 }
  const goneOn = rig.init('t', { expected })
  const repeated = rig.init('t', { expected })

  assert.deepEqual([begun.producerId, begun.producerEpoch], [1_001, 0])
  assert.deepEqual([goneOn.producerId, goneOn.producerEpoch], [1_001, 0])
  assert.deepEqual(
    [repeated.errorCode, repeated.producerId, repeated.producerEpoch],
    [NONE, 1_001, 0],
  )
})

test('the last epoch still allows to fence: then a new id follows', () => {
  const rig = exhausted()
  const last = { producerId: 1_000, producerEpoch: 32_766 }
  rig.ask(addPartitions(last))

  rig.init()
  rig.answerMarkers()
  const heir = rig.init()

  assert.equal(
    rig.log.find(each => each.metadata?.phase === 'PrepareAbort')?.metadata?.producerEpoch,
    32_767,
  )
  assert.deepEqual([heir.producerId, heir.producerEpoch], [1_001, 0])
})

test('while an epoch is being stored nobody gets another; a lost one is given again', () => {
  const rig = new Rig()
  rig.init()
  rig.appends = 'held'
  const waiting = rig.ask({
    ...{ type: 'init-producer-id', transactionalId: 't', timeoutMs: 1 },
    ...{ expected: undefined, freshProducerId: undefined },
  })

  const meanwhile = rig.init()
  rig.settleHeld(ErrorCode.NOT_ENOUGH_REPLICAS)
  rig.appends = 'durable'
  const afterwards = rig.init()

  assert.equal(waiting, undefined)
  assert.equal(meanwhile.errorCode, CONCURRENT_TRANSACTIONS)
  assert.equal(rig.answers.get(3)?.errorCode, COORDINATOR_NOT_AVAILABLE)
  assert.equal(afterwards.producerEpoch, 1)
})

test('a fence whose record was lost keeps its epoch: it is not bumped twice', () => {
  const rig = new Rig()
  const zombie = rig.init()
  rig.ask(addPartitions(zombie))
  rig.appends = ErrorCode.NOT_ENOUGH_REPLICAS

  const lost = rig.init()
  const byTheZombie = rig.code(endTransaction(zombie))
  rig.appends = 'durable'
  rig.init()

  assert.equal(lost.errorCode, COORDINATOR_NOT_AVAILABLE)
  assert.equal(byTheZombie, PRODUCER_FENCED)
  assert.deepEqual([rig.get().phase, rig.get().producerEpoch], ['PrepareAbort', 1])
})
