import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ErrorCode } from '../../protocol/index.ts'
import { FetchSession, type FetchWish } from './fetch-session.ts'

const ID = 'AAAAAAAAAAAAAAAAAAAAAQ'
const OTHER_ID = 'AAAAAAAAAAAAAAAAAAAAAg'

const wish = (partition: number, fetchOffset = 0, topicId: string | undefined = ID): FetchWish => ({
  topic: 'orders',
  topicId,
  partition,
  fetchOffset,
  leaderEpoch: 0,
})
const granted = { errorCode: ErrorCode.NONE, sessionId: 7 }

/** One that the broker has granted, with these partitions. */
function openSession(...wishes: FetchWish[]): FetchSession<FetchWish> {
  const session = new FetchSession<FetchWish>()
  session.plan(wishes)
  assert(session.answered(granted))
  return session
}

test('the first request names everything and asks for a session', () => {
  const plan = new FetchSession<FetchWish>().plan([wish(0), wish(1)])

  assert.deepEqual(plan, {
    sessionId: 0,
    sessionEpoch: 0,
    wishes: [wish(0), wish(1)],
    forgotten: [],
  })
})

test('within a session only what has changed is named, and what is not wanted any more', () => {
  const session = openSession(wish(0), wish(1), wish(2))

  const plan = session.plan([wish(0), wish(1, 5), wish(3)])

  assert.deepEqual(plan, {
    sessionId: 7,
    sessionEpoch: 1,
    wishes: [wish(1, 5), wish(3)],
    forgotten: [wish(2)],
  })
})

test('an epoch follows the other, and 1 follows the last', () => {
  const session = openSession(wish(0))
  const epochs = [1, 2, 3].map(() => {
    const { sessionEpoch } = session.plan([wish(0)])
    session.answered(granted)
    return sessionEpoch
  })

  assert.deepEqual(epochs, [1, 2, 3])
})

test('a broker that grants no session is asked for everything each time', () => {
  const session = new FetchSession<FetchWish>()
  session.plan([wish(0)])
  session.answered({ errorCode: ErrorCode.NONE, sessionId: 0 })

  const plan = session.plan([wish(0)])

  assert.deepEqual([plan.sessionId, plan.sessionEpoch, plan.wishes.length], [0, 0, 1])
})

test('a session that the broker does not know is replaced, and so is one out of step', () => {
  const unknown = openSession(wish(0))
  unknown.plan([wish(0)])
  const notFound = { errorCode: ErrorCode.FETCH_SESSION_ID_NOT_FOUND, sessionId: 0 }
  assert.equal(unknown.answered(notFound), false)
  const { sessionId, sessionEpoch, wishes } = unknown.plan([wish(0)])
  assert.deepEqual(
    { sessionId, sessionEpoch, wishes },
    { sessionId: 0, sessionEpoch: 0, wishes: [wish(0)] },
  )

  const outOfStep = openSession(wish(0))
  outOfStep.plan([wish(0)])
  const badEpoch = { errorCode: ErrorCode.INVALID_FETCH_SESSION_EPOCH, sessionId: 0 }
  assert.equal(outOfStep.answered(badEpoch), false)
  const again = outOfStep.plan([wish(0)])
  assert.deepEqual([again.sessionId, again.sessionEpoch], [7, 0], 'the old one is closed by it')
})

test('after a lost answer the session is replaced: what the broker has seen is not known', () => {
  const session = openSession(wish(0))
  session.plan([wish(0, 5)])
  session.failed()

  const plan = session.plan([wish(0, 5)])

  assert.deepEqual([plan.sessionId, plan.sessionEpoch, plan.wishes], [7, 0, [wish(0, 5)]])
})

test('a topic that was made anew is forgotten under its old id', () => {
  const session = openSession(wish(0, 9))

  const plan = session.plan([wish(0, 0, OTHER_ID)])

  assert.deepEqual(plan.wishes, [wish(0, 0, OTHER_ID)])
  assert.deepEqual(plan.forgotten, [wish(0, 9)])
})

test('a session by id does not go on by name', () => {
  const session = openSession(wish(0))

  const plan = session.plan([{ ...wish(0), topicId: undefined }])

  assert.deepEqual([plan.sessionId, plan.sessionEpoch, plan.wishes.length], [7, 0, 1])
})

test('the end of a session asks for nothing', () => {
  const session = openSession(wish(0))

  assert.deepEqual(session.end(), { sessionId: 7, sessionEpoch: -1, wishes: [], forgotten: [] })
  assert.equal(session.isOpen, false)
})
