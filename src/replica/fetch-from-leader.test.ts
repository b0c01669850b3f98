import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ErrorCode } from '../protocol/index.ts'
import { FetchFromLeader } from './fetch-from-leader.ts'

const wanted = (partition: number, fetchOffset = 0) => ({
  ...{
    name: `t-${partition}`,
    topic: 't',
    topicId: 'AAAAAAAAAAAAAAAAAAAABA',
    partition,
    fetchOffset,
  },
  ...{ currentLeaderEpoch: 1, lastFetchedEpoch: 1, logStartOffset: 0, partitionMaxBytes: 100 },
})
const withSession = { withSession: true }
const ok = { errorCode: ErrorCode.NONE, sessionId: 77 }

const partitionsOf = ({
  topics,
}: {
  topics: readonly { partitions: readonly { partition: number }[] }[]
}) => topics.flatMap(({ partitions }) => partitions.map(({ partition }) => partition))

test('after the first fetch only what changed is said', () => {
  const requests = new FetchFromLeader()

  const same = wanted(0)
  const first = requests.next([same, wanted(1), wanted(2)], withSession)
  requests.onAnswer(ok)
  const second = requests.next([same, wanted(1, 5)], withSession)

  assert.deepEqual([first.sessionId, first.sessionEpoch, partitionsOf(first)], [0, 0, [0, 1, 2]])
  assert.deepEqual([second.sessionId, second.sessionEpoch, partitionsOf(second)], [77, 1, [1]])
  assert.deepEqual(
    second.forgottenTopicsData?.flatMap(({ partitions }) => partitions),
    [2],
  )
})

test('a lost session is begun anew, one in doubt is closed by the fetch that begins the next', () => {
  const requests = new FetchFromLeader()
  requests.next([wanted(0)], withSession)
  requests.onAnswer(ok)

  requests.onFailure()
  const afterDoubt = requests.next([wanted(0)], withSession)
  requests.onAnswer({ errorCode: ErrorCode.FETCH_SESSION_ID_NOT_FOUND, sessionId: 0 })
  const afterLoss = requests.next([wanted(0)], withSession)

  assert.deepEqual([afterDoubt.sessionId, afterDoubt.sessionEpoch], [77, 0])
  assert.deepEqual([afterLoss.sessionId, afterLoss.sessionEpoch], [0, 0])
  assert.deepEqual(partitionsOf(afterLoss), [0])
})

test('without sessions every fetch says all', () => {
  const requests = new FetchFromLeader()
  requests.next([wanted(0)], { withSession: false })
  requests.onAnswer({ ...ok, sessionId: 0 })

  const next = requests.next([wanted(0)], { withSession: false })

  assert.deepEqual([next.sessionEpoch, partitionsOf(next)], [-1, [0]])
})

test('a topic that was made anew under its name takes the place of the old one', () => {
  const requests = new FetchFromLeader()
  requests.next([wanted(0)], withSession)
  requests.onAnswer(ok)

  const next = requests.next([{ ...wanted(0), topicId: 'AAAAAAAAAAAAAAAAAAAABQ' }], withSession)

  assert.deepEqual(
    [next.topics[0]?.topicId, next.forgottenTopicsData?.[0]?.topicId],
    ['AAAAAAAAAAAAAAAAAAAABQ', 'AAAAAAAAAAAAAAAAAAAABA'],
  )
})
