import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { effectiveMinIsr, nextHighWatermark } from './high-watermark.ts'

const before = { current: 10, leaderEndOffset: 30, maximalIsr: [1, 2], isUnderMinIsr: false }

test('committed is what every in-sync replica has, however far others are', () => {
  const followers = [
    { brokerId: 2, logEndOffset: 20, isJoining: false },
    { brokerId: 3, logEndOffset: 12, isJoining: false },
  ]

  assert.equal(nextHighWatermark({ ...before, followers }), 20)
})

test('a replica about to join the ISR is waited for, or the high watermark would run away from it', () => {
  const followers = [
    { brokerId: 2, logEndOffset: 20, isJoining: false },
    { brokerId: 3, logEndOffset: 12, isJoining: true },
  ]

  assert.equal(nextHighWatermark({ ...before, followers }), 12)
})

test('an in-sync replica that has not fetched from this leader holds the high watermark', () => {
  const followers = [{ brokerId: 2, logEndOffset: -1, isJoining: false }]

  assert.equal(nextHighWatermark({ ...before, followers }), 10)
})

test('nothing becomes committed while fewer than min.insync.replicas are in sync', () => {
  assert.equal(nextHighWatermark({ ...before, followers: [], isUnderMinIsr: true }), 10)
})

test('the high watermark never goes back and never passes an in-sync replica that has passed it', () => {
  const follower = fc.record({
    brokerId: fc.integer({ min: 2, max: 5 }),
    logEndOffset: fc.integer({ min: -1, max: 50 }),
    isJoining: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(follower), fc.nat(50), fc.nat(50), (followers, current, end) => {
      const options = { current, leaderEndOffset: end, followers, maximalIsr: [1, 2, 3] }
      const next = nextHighWatermark({ ...options, isUnderMinIsr: false })

      assert.ok(next >= current)
      const inSync = followers.filter(({ brokerId }) => brokerId <= 3)
      if (next > current) for (const { logEndOffset } of inSync) assert.ok(next <= logEndOffset)
    }),
  )
})

test('more replicas than exist are never asked for', () => {
  assert.equal(effectiveMinIsr(3, 1), 1)
  assert.equal(effectiveMinIsr(2, 3), 2)
})
