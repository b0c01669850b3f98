import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ErrorCode } from '../../protocol/index.ts'
import { followerStep, newPlace } from './follower-step.ts'

const asked = { fetchOffset: 10, leaderEpoch: 4, currentLeaderEpoch: 4, logEndOffset: 10 }
const same = { epoch: -1, endOffset: -1 }
const answer = { errorCode: ErrorCode.NONE, divergingEpoch: same }

test('an answer to an earlier term or place is not appended', () => {
  assert.equal(followerStep(asked, answer).type, 'append')
  assert.equal(followerStep({ ...asked, currentLeaderEpoch: 5 }, answer).type, 'ignore')
  assert.equal(followerStep({ ...asked, logEndOffset: 9 }, answer).type, 'ignore')
})

test('errors lead to where they can end', () => {
  const step = (errorCode: ErrorCode) => followerStep(asked, { ...answer, errorCode })

  assert.equal(step(ErrorCode.OFFSET_OUT_OF_RANGE).type, 'find-place')
  assert.equal(step(ErrorCode.FENCED_LEADER_EPOCH).type, 'fenced')
  assert.deepEqual(step(ErrorCode.UNKNOWN_LEADER_EPOCH), { type: 'pause', isExpected: true })
  assert.deepEqual(step(ErrorCode.CORRUPT_MESSAGE), { type: 'pause', isExpected: false })
  const diverging = { errorCode: ErrorCode.NONE, divergingEpoch: { epoch: 2, endOffset: 7 } }
  assert.deepEqual(followerStep(asked, diverging), { type: 'cut', end: diverging.divergingEpoch })
})

test('out of range: cut to a shorter leader, begin anew behind what a leader has deleted', () => {
  assert.deepEqual(newPlace(10, { startOffset: 0, endOffset: 7 }), { type: 'cut', offset: 7 })
  assert.deepEqual(newPlace(10, { startOffset: 12, endOffset: 20 }), {
    type: 'restart',
    offset: 12,
  })
  assert.deepEqual(newPlace(10, { startOffset: 3, endOffset: 20 }), { type: 'stay' })
})
