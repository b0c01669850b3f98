import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerPace } from './broker-pace.ts'

test('a broker that takes nothing while something is ready is unavailable after the time (KIP-794)', () => {
  const pace = new BrokerPace(1_000)
  pace.sawReady(1, 0, true)
  pace.sawReady(1, 1_000, false)
  assert.equal(pace.isAvailable(1), true)

  pace.sawReady(1, 1_001, false)
  assert.equal(pace.isAvailable(1), false)

  pace.sawReady(1, 2_000, true)
  assert.equal(pace.isAvailable(1), true, 'it takes again')
})

test('a broker that has had nothing to take is available however long ago that was', () => {
  const pace = new BrokerPace(1_000)
  pace.sawReady(1, 0, true)

  assert.equal(pace.isAvailable(1), true)
  assert.equal(pace.isAvailable(2), true)
})

test('without a time every broker stays available', () => {
  const pace = new BrokerPace(0)
  pace.sawReady(1, 0, false)
  pace.sawReady(1, 1_000_000, false)

  assert.equal(pace.isAvailable(1), true)
})
