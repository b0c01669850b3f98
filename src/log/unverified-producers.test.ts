import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UnverifiedProducers } from './unverified-producers.ts'

const batch = (
  baseSequence: number,
  fields: { producerId?: number; producerEpoch?: number } = {},
) => ({
  ...{ producerId: 1, producerEpoch: 0, baseSequence },
  ...fields,
})

test('no batch may overtake the earliest that was seen, until one of the producer is in the log', () => {
  const producers = new UnverifiedProducers(10)
  producers.note(batch(5), 0)
  producers.note(batch(3), 0)
  producers.note(batch(4), 0)

  const before = [3, 4].map(sequence => producers.isOvertaking(1, sequence))
  producers.clear(1)

  assert.deepEqual(before, [false, true])
  assert.equal(producers.isOvertaking(1, 4), false)
})

test('a newer epoch begins anew, an older one changes nothing', () => {
  const producers = new UnverifiedProducers(10)
  producers.note(batch(2, { producerEpoch: 1 }), 0)
  producers.note(batch(0, { producerEpoch: 0 }), 0)
  const older = producers.isOvertaking(1, 2)
  producers.note(batch(7, { producerEpoch: 2 }), 0)

  assert.equal(older, false)
  assert.deepEqual([producers.isOvertaking(1, 7), producers.isOvertaking(1, 8)], [false, true])
})

test('producers are bounded, and forgotten with time', () => {
  const producers = new UnverifiedProducers(2)
  for (const producerId of [1, 2, 3]) producers.note(batch(0, { producerId }), producerId * 100)
  const count = producers.size
  const oldest = producers.isOvertaking(1, 1)

  producers.removeExpired(1_200, 1_000)

  assert.equal(count, 2)
  assert.equal(oldest, false)
  assert.deepEqual([producers.isOvertaking(2, 1), producers.isOvertaking(3, 1)], [false, true])
})
