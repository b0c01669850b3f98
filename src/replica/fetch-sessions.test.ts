import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import {
  FetchSessions,
  type FetchPartition,
  type FetchRound,
  type FetchSessionRequest,
} from './fetch-sessions.ts'

const partition = (number: number): FetchPartition => ({
  topic: 't',
  topicId: 'id',
  partition: number,
  fetchOffset: 0,
  currentLeaderEpoch: -1,
  lastFetchedEpoch: -1,
  logStartOffset: -1,
  maxBytes: 1000,
})
const request = (part: Partial<FetchSessionRequest>): FetchSessionRequest => ({
  sessionId: 0,
  sessionEpoch: 0,
  partitions: [],
  forgotten: [],
  usesTopicIds: true,
  isFollower: false,
  ...part,
})
const quiet = { errorCode: 0, highWatermark: 5, logStartOffset: 0, sizeBytes: 0, hasNews: false }

function cache(maxSlots = 10) {
  const time = { nowMs: 0 }
  let nextRandom = 0
  const sessions = new FetchSessions({
    clock: {
      wallMs: () => time.nowMs,
      monotonicMs: () => time.nowMs,
      after: () => assert.fail('no timer is needed'),
      every: () => assert.fail('no timer is needed'),
      soon: () => assert.fail('no turn is needed'),
    },
    random: { below: () => nextRandom++, bytes: () => Buffer.alloc(0) },
    maxSlots,
  })
  return { sessions, time }
}

function round(result: ReturnType<FetchSessions['begin']>): FetchRound {
  assert.ok(typeof result !== 'string')
  return result
}

/** Answers a round with the same state for each partition. @returns numbers of the partitions told */
function told(fetch: FetchRound, state = quiet): number[] {
  return fetch.partitions.filter(item => fetch.includes(item, state)).map(item => item.partition)
}

test('an incremental answer leaves out partitions with nothing new', () => {
  const { sessions } = cache()
  const first = round(sessions.begin(request({ partitions: [partition(0), partition(1)] })))
  assert.deepEqual(told(first), [0, 1])

  const second = round(sessions.begin(request({ sessionId: first.sessionId, sessionEpoch: 1 })))
  const third = round(sessions.begin(request({ sessionId: first.sessionId, sessionEpoch: 2 })))

  assert.deepEqual(told(second), [])
  assert.deepEqual(told(third, { ...quiet, highWatermark: 6 }), [0, 1])
})

test('a partition that gave records is read last the next time', () => {
  const { sessions } = cache()
  const first = round(sessions.begin(request({ partitions: [partition(0), partition(1)] })))
  first.includes(partition(0), { ...quiet, sizeBytes: 100 })
  first.includes(partition(1), quiet)

  const second = round(sessions.begin(request({ sessionId: first.sessionId, sessionEpoch: 1 })))

  assert.deepEqual(
    second.partitions.map(item => item.partition),
    [1, 0],
  )
})

test('an error is told in every answer until it is gone, and its end once', () => {
  const { sessions } = cache()
  const first = round(sessions.begin(request({ partitions: [partition(0)] })))
  told(first)
  const next = (epoch: number) =>
    round(sessions.begin(request({ sessionId: first.sessionId, sessionEpoch: epoch })))

  assert.deepEqual(told(next(1), { ...quiet, errorCode: 6 }), [0])
  assert.deepEqual(told(next(2), { ...quiet, errorCode: 6 }), [0])
  assert.deepEqual(told(next(3)), [0])
  assert.deepEqual(told(next(4)), [])
})

test('a wrong epoch, an unknown session and a change between names and ids are refused', () => {
  const { sessions } = cache()
  const { sessionId } = round(sessions.begin(request({ partitions: [partition(0)] })))

  assert.equal(sessions.begin(request({ sessionId, sessionEpoch: 2 })), 'wrong-epoch')
  assert.equal(sessions.begin(request({ sessionId: 999, sessionEpoch: 1 })), 'session-not-found')
  assert.equal(
    sessions.begin(request({ sessionId, sessionEpoch: 1, usesTopicIds: false })),
    'topic-id-mismatch',
  )
})

test('forgetting the last partition ends the session', () => {
  const { sessions } = cache()
  const { sessionId } = round(sessions.begin(request({ partitions: [partition(0)] })))

  const last = round(
    sessions.begin(request({ sessionId, sessionEpoch: 1, forgotten: [partition(0)] })),
  )

  assert.equal(last.sessionId, 0)
  assert.equal(sessions.size, 0)
})

test('a full cache serves without a session, until one has been silent for two minutes', () => {
  const { sessions, time } = cache(1)
  const first = round(sessions.begin(request({ partitions: [partition(0)] })))
  const without = round(sessions.begin(request({ partitions: [partition(1)] })))
  time.nowMs = 120_000
  const later = round(sessions.begin(request({ partitions: [partition(2)] })))

  assert.notEqual(first.sessionId, 0)
  assert.equal(without.sessionId, 0)
  assert.notEqual(later.sessionId, 0)
  assert.equal(sessions.size, 1)
})

test('a final fetch ends its session', () => {
  const { sessions } = cache()
  const { sessionId } = round(sessions.begin(request({ partitions: [partition(0)] })))

  sessions.begin(request({ sessionId, sessionEpoch: -1 }))

  assert.equal(sessions.size, 0)
})
