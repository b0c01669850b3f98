import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ErrorCode } from '../protocol/index.ts'
import {
  apply,
  decide,
  newControllerState,
  type ControllerEvent,
  type ControllerState,
  type ElectionType,
  type PartitionState,
} from './index.ts'

const broker = (id: number) => ({ id, epoch: 1n, endpoints: [], rack: null })
const epochs = { leaderEpoch: 3, partitionEpoch: 5 }
const none = new Map<number, readonly number[]>()

function tell(state: ControllerState, event: ControllerEvent) {
  const decision = decide(state, event, { isUncleanAllowed: () => false })
  for (const record of decision.records) apply(state, record)
  return decision
}

/** Topic `t` with one partition on 1 and 2. */
function cluster(
  brokers: readonly number[],
  partition: Pick<PartitionState, 'leader' | 'isr'> | undefined,
  deletions: readonly string[] = [],
): ControllerState {
  const state = newControllerState()
  const replicas = new Map([[0, [1, 2]]])
  const held = partition === undefined ? [] : [{ ...epochs, ...partition }]
  tell(state, {
    ...{ type: 'elected', epoch: 1, brokers: brokers.map(broker), deletions },
    topics: new Map([
      ['t', { topicId: 'id', replicas, addingReplicas: none, removingReplicas: none }],
    ]),
    states: held.map(stored => ({ topic: 't', partition: 0, state: stored })),
  })
  return state
}

function elect(state: ControllerState, election: ElectionType, partition = 0) {
  const partitions = [{ topic: 't', partition }]
  const { reply } = tell(state, { type: 'elect-leaders', election, partitions })
  assert.ok(reply?.type === 'elections')
  const [result] = reply.results
  return [result?.errorCode, result?.message, result?.leader]
}

test('the first replica leads again when it is asked for, and in sync', () => {
  const state = cluster([1, 2], { leader: 2, isr: [2, 1] })

  assert.deepEqual(elect(state, 'preferred'), [ErrorCode.NONE, null, 1])
  assert.equal(state.topics.get('t')?.partitions.get(0)?.leaderEpoch, 4)
})

test('nothing is elected where it leads already, or where somebody does', () => {
  const text = 'Leader election not needed for topic partition.'
  const notNeeded = [ErrorCode.ELECTION_NOT_NEEDED, text, -1]

  assert.deepEqual(elect(cluster([1, 2], { leader: 1, isr: [1] }), 'preferred'), notNeeded)
  assert.deepEqual(elect(cluster([1, 2], { leader: 2, isr: [2] }), 'unclean'), notNeeded)
})

test('nobody can be elected who does not live, or is not in sync', () => {
  const about = 'Failed to elect leader for partition t-0 under strategy '

  assert.deepEqual(elect(cluster([1, 2], { leader: 2, isr: [2] }), 'preferred'), [
    ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE,
    `${about}PreferredReplicaPartitionLeaderElectionStrategy`,
    -1,
  ])
  assert.deepEqual(elect(cluster([3], { leader: 2, isr: [2] }), 'unclean'), [
    ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE,
    `${about}OfflinePartitionLeaderElectionStrategy(true)`,
    -1,
  ])
})

test('whoever lives leads when loss is asked for', () => {
  const state = cluster([1], { leader: 2, isr: [2] })

  assert.deepEqual(elect(state, 'unclean'), [ErrorCode.NONE, null, 1])
  const { isr, leaderRecoveryState } = state.topics.get('t')?.partitions.get(0) ?? {}
  assert.deepEqual([isr, leaderRecoveryState], [[1], 1])
})

test('partitions that are not there, or about to go, are named', () => {
  const live = { leader: 2, isr: [2, 1] }

  assert.deepEqual(elect(cluster([1, 2], live), 'preferred', 9), [
    ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    'The partition does not exist.',
    -1,
  ])
  assert.deepEqual(elect(cluster([1, 2], live, ['t']), 'preferred'), [
    ErrorCode.INVALID_TOPIC_EXCEPTION,
    'The topic is being deleted',
    -1,
  ])
})

test('a partition that never had a leader is refused rather than forgotten', () => {
  const [errorCode] = elect(cluster([3], undefined), 'preferred')

  assert.equal(errorCode, ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE)
})

test('what a znode asks for is carried out, and the znode removed', () => {
  const state = cluster([1, 2], { leader: 2, isr: [2, 1] })

  const partitions = [
    { topic: 't', partition: 0 },
    { topic: 'nope', partition: 0 },
  ]
  const { writes } = tell(state, { type: 'elections-requested', partitions })

  assert.deepEqual(
    writes.map(({ type }) => type),
    ['set-state', 'remove-requested-elections'],
  )
})
