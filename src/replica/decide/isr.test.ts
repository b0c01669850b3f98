import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ErrorCode } from '../../protocol/index.ts'
import { unseenFollower } from './follower-progress.ts'
import { afterProposal, laggingReplicas, maximalIsr, mayJoin, type IsrState } from './isr.ts'

const state: IsrState = { leaderEpoch: 5, partitionEpoch: 7, isr: [1, 2], proposed: undefined }
const view = { highWatermark: 10, epochStartOffset: 8, isEligible: true }
const follower = { ...unseenFollower(3, { isInSync: false, nowMs: 0 }), logEndOffset: 10 }

test('a follower joins when it has all that is committed, of this epoch', () => {
  assert.equal(mayJoin(state, follower, view), true)
  assert.equal(mayJoin(state, { ...follower, logEndOffset: 9 }, view), false)
  assert.equal(mayJoin(state, follower, { ...view, epochStartOffset: 11 }), false)
  assert.equal(mayJoin(state, follower, { ...view, isEligible: false }), false)
  assert.equal(mayJoin(state, { ...follower, brokerId: 2 }, view), false)
})

test('no second change is proposed while one is under way', () => {
  const proposed = { ...state, proposed: [1, 2, 4] }

  assert.equal(mayJoin(proposed, follower, view), false)
  const late = { leaderEndOffset: 50, nowMs: 1e6, lagTimeMaxMs: 10 }
  assert.deepEqual(laggingReplicas(proposed, [{ ...follower, brokerId: 2 }], late), [])
})

test('until it is decided the larger of both sets counts', () => {
  assert.deepEqual(maximalIsr({ ...state, proposed: [1, 2, 3] }), [1, 2, 3])
  assert.deepEqual(maximalIsr({ ...state, proposed: [1] }), [1, 2])
})

test('a follower lags when it lacks records and has for too long', () => {
  const lagging = { ...follower, brokerId: 2, lastCaughtUpMs: 1_000 }
  const now = { leaderEndOffset: 11, lagTimeMaxMs: 500 }

  assert.deepEqual(laggingReplicas(state, [lagging], { ...now, nowMs: 1_500 }), [])
  assert.deepEqual(laggingReplicas(state, [lagging], { ...now, nowMs: 1_501 }), [2])
  const idle = { ...now, nowMs: 9_000, leaderEndOffset: 10 }
  assert.deepEqual(laggingReplicas(state, [lagging], idle), [], 'nothing was written meanwhile')
})

const open = { ...state, proposed: [1, 2, 3] }

test('an answer of this epoch is adopted, one of an older picture is not', () => {
  const stored = { leader: 1, leaderEpoch: 5, isr: [1, 2, 3], partitionEpoch: 8 }

  assert.deepEqual(afterProposal(open, stored), {
    type: 'adopted',
    state: { leaderEpoch: 5, partitionEpoch: 8, isr: [1, 2, 3], proposed: undefined },
  })
  assert.equal(afterProposal(open, { ...stored, leaderEpoch: 6 }).type, 'ignored')
  assert.equal(afterProposal(open, { ...stored, partitionEpoch: 6 }).type, 'ignored')
})

test('only a refusal that proves that nothing was stored takes the proposal back', () => {
  assert.equal(afterProposal(open, ErrorCode.INELIGIBLE_REPLICA).state.proposed, undefined)
  assert.equal(afterProposal(open, ErrorCode.OPERATION_NOT_ATTEMPTED).type, 'withdrawn')
  assert.deepEqual(afterProposal(open, undefined), { type: 'retry', state: open })
  assert.deepEqual(afterProposal(open, ErrorCode.NOT_CONTROLLER), { type: 'retry', state: open })
  for (const code of [ErrorCode.INVALID_UPDATE_VERSION, ErrorCode.FENCED_LEADER_EPOCH]) {
    assert.deepEqual(afterProposal(open, code), { type: 'ignored', state: open })
  }
})
