import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import {
  afterFetch,
  inNewEpoch,
  isCaughtUp,
  isStaleFetch,
  unseenFollower,
} from './follower-progress.ts'

const fetchAt = (fetchOffset: number, brokerEpoch = -1) => ({
  ...{ fetchOffset, brokerEpoch, logStartOffset: 0 },
})
const unseen = unseenFollower(2, { isInSync: false, nowMs: 0 })

test('a follower that reads from the end has caught up', () => {
  const next = afterFetch(unseen, fetchAt(10), { leaderEndOffset: 10, nowMs: 100 })

  assert.deepEqual([next.logEndOffset, next.lastCaughtUpMs], [10, 100])
})

test('one that always reads what was written since its last fetch had caught up at that fetch', () => {
  const first = afterFetch(unseen, fetchAt(5), { leaderEndOffset: 10, nowMs: 100 })
  const second = afterFetch(first, fetchAt(10), { leaderEndOffset: 20, nowMs: 200 })

  assert.equal(first.lastCaughtUpMs, -Infinity)
  assert.equal(second.lastCaughtUpMs, 100)
})

test('one that falls behind further never catches up by asking often', () => {
  const first = afterFetch(unseen, fetchAt(5), { leaderEndOffset: 10, nowMs: 100 })
  const second = afterFetch(first, fetchAt(9), { leaderEndOffset: 20, nowMs: 200 })

  const now = { leaderEndOffset: 20, nowMs: 200, lagTimeMaxMs: 1_000 }
  assert.equal(isCaughtUp(second, now), false)
})

test('a fetch of an earlier life of the broker does not count', () => {
  const known = afterFetch(unseen, fetchAt(5, 7), { leaderEndOffset: 10, nowMs: 100 })

  assert.equal(isStaleFetch(known, fetchAt(9, 6)), true)
  assert.equal(isStaleFetch(known, fetchAt(0, 8)), false)
  assert.equal(isStaleFetch(known, fetchAt(9)), false, 'before v15 nobody says')
})

test('in a new epoch a replica in sync gets time to show itself, another does not hold anything up', () => {
  const at = { leaderEndOffset: 10, nowMs: 500 }
  const caughtUp = afterFetch(unseen, fetchAt(9), { leaderEndOffset: 9, nowMs: 100 })
  const now = { leaderEndOffset: 10, nowMs: 500, lagTimeMaxMs: 1_000 }

  assert.equal(isCaughtUp(inNewEpoch(caughtUp, { ...at, isInSync: true }), now), true)
  assert.equal(isCaughtUp(inNewEpoch(caughtUp, { ...at, isInSync: false }), now), false)
})
