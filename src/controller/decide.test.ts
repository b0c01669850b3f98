import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import {
  apply,
  decide,
  newControllerState,
  type Assignment,
  type ControllerEvent,
  type ControllerState,
} from './index.ts'

const broker = (id: number, epoch = 1n) => ({ id, epoch, endpoints: [], rack: null })
const assignment = (replicas: Record<number, number[]>, topicId = 'id'): Assignment => ({
  topicId,
  replicas: new Map(Object.entries(replicas).map(([partition, ids]) => [Number(partition), ids])),
  addingReplicas: new Map(),
  removingReplicas: new Map(),
})

function tell(state: ControllerState, event: ControllerEvent) {
  const decision = decide(state, event)
  for (const record of decision.records) apply(state, record)
  return decision
}

function elected(
  brokers: readonly number[],
  topics: Record<string, Assignment> = {},
): ControllerState {
  const state = newControllerState()
  tell(state, {
    type: 'elected',
    epoch: 1,
    brokers: brokers.map(id => broker(id)),
    topics: new Map(Object.entries(topics)),
    states: [],
    deletions: [],
  })
  return state
}

test('a new topic is led by its first live replica, with all live replicas in sync', () => {
  const state = elected([1, 2])

  const decision = tell(state, {
    type: 'topics-changed',
    topics: new Map([['t', assignment({ 0: [3, 2, 1] })]]),
  })

  assert.deepEqual(decision.writes, [
    {
      type: 'create-state',
      topic: 't',
      partition: 0,
      state: { leader: 2, leaderEpoch: 0, isr: [2, 1], partitionEpoch: 0 },
    },
  ])
  assert.deepEqual(
    decision.effects.map(effect => effect.type),
    ['leader-and-isr', 'leader-and-isr', 'update-metadata'],
  )
})

test('a partition none of whose replicas lives gets no state, and one as soon as a replica comes', () => {
  const state = elected([1], { t: assignment({ 0: [2] }) })

  const decision = tell(state, { type: 'brokers-changed', brokers: [broker(1), broker(2)] })

  assert.equal(decision.writes[0]?.type, 'create-state')
})

test('when the leader goes the next live in-sync replica leads, in a new epoch', () => {
  const state = elected([1, 2, 3], { t: assignment({ 0: [1, 2, 3] }) })

  const decision = tell(state, { type: 'brokers-changed', brokers: [broker(2), broker(3)] })

  assert.deepEqual(decision.writes[0], {
    type: 'set-state',
    topic: 't',
    partition: 0,
    state: { leader: 2, leaderEpoch: 1, isr: [2, 3], partitionEpoch: 1 },
  })
})

test('the last in-sync replica stays noted when it dies: only it may lead again', () => {
  const state = elected([1, 2], { t: assignment({ 0: [1, 2] }) })
  tell(state, { type: 'brokers-changed', brokers: [broker(2)] })
  const lost = tell(state, { type: 'brokers-changed', brokers: [] })

  const other = tell(state, { type: 'brokers-changed', brokers: [broker(1, 2n)] })
  const back = tell(state, { type: 'brokers-changed', brokers: [broker(1, 2n), broker(2, 2n)] })

  assert.deepEqual(lost.writes[0]?.type === 'set-state' && lost.writes[0].state.isr, [2])
  assert.deepEqual(other.writes, [], 'broker 1 was not in sync and must not lead')
  assert.equal(back.writes[0]?.type === 'set-state' && back.writes[0].state.leader, 2)
})

test('a controller that finds a live leader leaves its epoch alone: a restart alone is no election', () => {
  const state = newControllerState()

  const decision = tell(state, {
    type: 'elected',
    epoch: 4,
    brokers: [broker(0, 9n)],
    topics: new Map([['t', assignment({ 0: [0] })]]),
    states: [
      {
        topic: 't',
        partition: 0,
        state: { leader: 0, leaderEpoch: 3, isr: [0], partitionEpoch: 5 },
      },
    ],
    deletions: [],
  })

  assert.deepEqual(decision.writes, [])
  assert.equal(state.topics.get('t')?.partitions.get(0)?.leaderEpoch, 3)
})

test('a deletion waits for dead replicas, then removes the znodes once every replica is gone', () => {
  const state = elected([1, 2], { t: assignment({ 0: [1, 2] }) })
  tell(state, { type: 'brokers-changed', brokers: [broker(1)] })
  const request: ControllerEvent = { type: 'deletions-requested', topics: ['t'], isEnabled: true }

  const waiting = tell(state, request)
  tell(state, { type: 'brokers-changed', brokers: [broker(1), broker(2, 2n)] })
  const started = tell(state, request)
  const half = tell(state, { type: 'replicas-deleted', brokerId: 1, topic: 't', partitions: [0] })
  const done = tell(state, { type: 'replicas-deleted', brokerId: 2, topic: 't', partitions: [0] })

  assert.deepEqual(waiting.effects, [])
  assert.equal(started.effects.filter(effect => effect.type === 'stop-replica').length, 2)
  assert.deepEqual(half.writes, [])
  assert.deepEqual(done.writes, [{ type: 'remove-topic', topic: 't' }])
  assert.equal(state.topics.size, 0)
})

test('a request to delete what is not there, or where deletion is off, is just removed', () => {
  const state = elected([1], { t: assignment({ 0: [1] }) })

  const unknown = tell(state, { type: 'deletions-requested', topics: ['x'], isEnabled: true })
  const off = tell(state, { type: 'deletions-requested', topics: ['t'], isEnabled: false })

  assert.deepEqual(unknown.writes, [{ type: 'remove-deletion', topic: 'x' }])
  assert.deepEqual(off.writes, [{ type: 'remove-deletion', topic: 't' }])
})

test('deciding changes nothing', () => {
  const state = elected([1, 2], { t: assignment({ 0: [1, 2] }) })
  const before = structuredClone(state)

  decide(state, { type: 'brokers-changed', brokers: [] })
  decide(state, { type: 'deletions-requested', topics: ['t'], isEnabled: true })

  assert.deepEqual(state, before)
})
