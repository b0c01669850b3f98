import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { emptyImage } from '../../metadata/index.ts'
import { ErrorCode } from '../../protocol/index.ts'
import { CurrentLeaders } from './current-leaders.ts'

const broker = {
  ...{ id: 2, epoch: 1n, rack: 'b' },
  endpoints: [
    { listenerName: 'PLAINTEXT', host: 'two', port: 9092, securityProtocol: 'PLAINTEXT' as const },
  ],
}
const view = {
  metadata: { image: { ...emptyImage('c'), brokers: new Map([[2, broker]]) } },
  replicas: {
    get: (topic: string) => (topic === 't' ? { leaderId: 2, leaderEpoch: 5 } : undefined),
  },
}

test('a refusal names the leader, and once where it is on the listener of the client', () => {
  const leaders = new CurrentLeaders(view, { listenerName: 'PLAINTEXT', isTold: true })

  const hints = [0, 1].map(n => leaders.of('t', n, ErrorCode.NOT_LEADER_OR_FOLLOWER))

  const hint = { currentLeader: { leaderId: 2, leaderEpoch: 5 } }
  assert.deepEqual(hints, [hint, hint])
  assert.deepEqual(leaders.nodeEndpoints, [{ nodeId: 2, host: 'two', port: 9092, rack: 'b' }])
})

test('nothing is told with other errors, in older versions, or of who is not reached there', () => {
  const leaders = new CurrentLeaders(view, { listenerName: 'PLAINTEXT', isTold: true })
  const old = new CurrentLeaders(view, { listenerName: 'PLAINTEXT', isTold: false })
  const internal = new CurrentLeaders(view, { listenerName: 'INTERNAL', isTold: true })

  assert.deepEqual(leaders.of('t', 0, ErrorCode.OFFSET_OUT_OF_RANGE), {})
  assert.deepEqual(old.of('t', 0, ErrorCode.NOT_LEADER_OR_FOLLOWER), {})
  internal.of('t', 0, ErrorCode.FENCED_LEADER_EPOCH)
  assert.deepEqual(
    [leaders, old, internal].flatMap(({ nodeEndpoints }) => nodeEndpoints),
    [],
  )
})

test('a partition that nobody is known to lead has leader -1', () => {
  const leaders = new CurrentLeaders(view, { listenerName: 'PLAINTEXT', isTold: true })

  assert.deepEqual(leaders.of('other', 0, ErrorCode.NOT_LEADER_OR_FOLLOWER), {
    currentLeader: { leaderId: -1, leaderEpoch: -1 },
  })
})
