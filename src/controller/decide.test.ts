import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ErrorCode } from '../protocol/index.ts'
import {
  apply,
  decide,
  newControllerState,
  type Assignment,
  type ControllerEvent,
  type ControllerSettings,
  type ControllerState,
} from './index.ts'

const broker = (id: number, epoch = 1n) => ({ id, epoch, endpoints: [], rack: null })
const assignment = (replicas: Record<number, number[]>, topicId = 'id'): Assignment => ({
  topicId,
  replicas: new Map(Object.entries(replicas).map(([partition, ids]) => [Number(partition), ids])),
  addingReplicas: new Map(),
  removingReplicas: new Map(),
})

const clean: ControllerSettings = { isUncleanAllowed: () => false }
const unclean: ControllerSettings = { isUncleanAllowed: () => true }

function tell(state: ControllerState, event: ControllerEvent, settings = clean) {
  const decision = decide(state, event, settings)
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

test('a new controller relies on no in-sync replica that has come again since, while others have stayed', () => {
  const found = (epochs: Record<number, bigint>) => {
    const decision = tell(newControllerState(), {
      ...{ type: 'elected', epoch: 4, deletions: [] },
      brokers: Object.entries(epochs).map(([id, epoch]) => broker(Number(id), epoch)),
      topics: new Map([['t', assignment({ 0: [1, 2, 3] })]]),
      states: [
        {
          ...{ topic: 't', partition: 0, writtenAt: 20n },
          state: { leader: 1, leaderEpoch: 3, isr: [1, 2, 3], partitionEpoch: 5 },
        },
      ],
    })
    return decision.writes.map(write => write.type === 'set-state' && write.state)
  }

  const [oneCameAgain] = found({ 1: 21n, 2: 10n, 3: 11n })
  const allCameAgain = found({ 1: 21n, 2: 22n, 3: 23n })

  assert.deepEqual(oneCameAgain, { leader: 2, leaderEpoch: 4, isr: [2, 3], partitionEpoch: 6 })
  const same = { leader: 1, leaderEpoch: 4, isr: [1, 2, 3], partitionEpoch: 6 }
  assert.deepEqual(allCameAgain, [same], 'nobody is better than the leader there is')
})

test('an election that was written, and its answer lost, is told to its replicas when it is found', () => {
  const state = elected([1, 2], { t: assignment({ 0: [1, 2] }) })
  const found = { leader: 2, leaderEpoch: 1, isr: [1, 2], partitionEpoch: 1 }

  const decision = tell(state, {
    type: 'states-changed',
    states: [{ topic: 't', partition: 0, state: found }],
  })

  assert.deepEqual(decision.writes, [])
  assert.deepEqual(
    decision.effects.map(effect => effect.type),
    ['leader-and-isr', 'leader-and-isr', 'update-metadata'],
  )
})

test('what a new controller tells first has all topics in it: without them they would seem to be gone', () => {
  const state = newControllerState()
  const known = { leader: 1, leaderEpoch: 3, isr: [1, 2], partitionEpoch: 5 }

  const { effects } = tell(state, {
    ...{ type: 'elected', epoch: 4, brokers: [broker(2)], deletions: [] },
    topics: new Map([['t', assignment({ 0: [1, 2] })]]),
    states: [{ topic: 't', partition: 0, state: known }],
  })

  const leaders = effects.flatMap((effect): unknown[] =>
    effect.type === 'update-metadata' ? [effect.topics[0]?.partitions[0]?.leader] : [effect.type],
  )
  assert.deepEqual(leaders, [1, 'leader-and-isr', 2], 'as it was, then as it is now')
})

test('a deletion asks live replicas at once and dead ones when they return, then removes the znodes', () => {
  const state = elected([1, 2], { t: assignment({ 0: [1, 2] }) })
  tell(state, { type: 'brokers-changed', brokers: [broker(1)] })

  const started = tell(state, { type: 'deletions-requested', topics: ['t'], isEnabled: true })
  const half = tell(state, { type: 'replicas-deleted', brokerId: 1, topic: 't', partitions: [0] })
  const back = tell(state, { type: 'brokers-changed', brokers: [broker(1), broker(2, 2n)] })
  const done = tell(state, { type: 'replicas-deleted', brokerId: 2, topic: 't', partitions: [0] })

  const stopped = (effects: typeof back.effects) =>
    effects.flatMap(effect => (effect.type === 'stop-replica' ? [effect.brokerId] : []))
  assert.deepEqual(stopped(started.effects), [1])
  assert.deepEqual(half.writes, [])
  assert.deepEqual(stopped(back.effects), [2])
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

  decide(state, { type: 'brokers-changed', brokers: [] }, clean)
  decide(state, { type: 'deletions-requested', topics: ['t'], isEnabled: true }, clean)
  decide(state, { type: 'controlled-shutdown', brokerId: 1 }, clean)
  decide(state, isrChange([1]), clean)

  assert.deepEqual(state, before)
})

const stateOf = (state: ControllerState, partition = 0) =>
  state.topics.get('t')?.partitions.get(partition)

function isrChange(
  isr: readonly number[],
  about: {
    brokerId?: number
    leaderEpoch?: number
    partitionEpoch?: number
    epochs?: bigint[]
  } = {},
): ControllerEvent {
  const { brokerId = 1, leaderEpoch = 0, partitionEpoch = 0, epochs } = about
  const change = { topic: 't', partition: 0, leaderEpoch, partitionEpoch, isr }
  return {
    ...{ type: 'alter-partition', brokerId },
    changes: [{ ...change, leaderRecoveryState: 0, ...(epochs === undefined ? {} : { epochs }) }],
  }
}

function resultOf(decision: ReturnType<typeof tell>) {
  return decision.reply?.type === 'alter-partition' ? decision.reply.results[0]?.result : undefined
}

test('a broker that came again leads in a new epoch only: what it had in memory may be lost', () => {
  const state = elected([1, 2], { t: assignment({ 0: [1, 2], 1: [1] }) })

  tell(state, { type: 'brokers-changed', brokers: [broker(1, 2n), broker(2)] })

  assert.deepEqual(stateOf(state)?.leader, 2)
  assert.deepEqual(stateOf(state)?.isr, [2])
  assert.deepEqual([stateOf(state, 1)?.leader, stateOf(state, 1)?.leaderEpoch], [1, 1])
})

test('a follower that dies leaves the ISR at once: acks=all need not wait for its lag', () => {
  const state = elected([1, 2, 3], { t: assignment({ 0: [1, 2, 3] }) })

  tell(state, { type: 'brokers-changed', brokers: [broker(1), broker(2)] })

  assert.deepEqual(stateOf(state)?.isr, [1, 2])
  assert.equal(stateOf(state)?.leader, 1)
})

test('nobody outside the ISR leads, unless loss is allowed: then it leads alone and recovers', () => {
  const brokers = [broker(1), broker(2)]
  const lost = (): ControllerState => {
    const state = elected([1, 2], { t: assignment({ 0: [1, 2] }) })
    tell(state, { type: 'brokers-changed', brokers: [brokers[0] ?? broker(1)] })
    tell(state, { type: 'brokers-changed', brokers: [] })
    tell(state, { type: 'brokers-changed', brokers: [broker(2, 2n)] })
    return state
  }
  const strict = lost()
  const loose = lost()

  tell(strict, { type: 'elect-offline', topic: 't' })
  tell(loose, { type: 'elect-offline', topic: 't' }, unclean)

  assert.equal(stateOf(strict)?.leader, -1)
  assert.deepEqual(stateOf(strict)?.isr, [1])
  assert.equal(stateOf(loose)?.leader, 2)
  assert.deepEqual([stateOf(loose)?.isr, stateOf(loose)?.leaderRecoveryState], [[2], 1])
})

test('a broker that arrives hears of everything, the others of what changed', () => {
  const state = elected([1], { t: assignment({ 0: [1] }), u: assignment({ 0: [2] }, 'other') })

  const { effects } = tell(state, { type: 'brokers-changed', brokers: [broker(1), broker(2)] })

  const told = effects.flatMap(effect =>
    effect.type === 'update-metadata'
      ? [[effect.brokerIds, effect.topics.map(({ topic }) => topic)]]
      : [],
  )
  assert.deepEqual(told, [
    [[1], []],
    [[2], ['t']],
    [[1, 2], ['u']],
  ])
})

test('before a broker stops others lead, it leaves every ISR, and its single replicas stay', () => {
  const state = elected([1, 2], { t: assignment({ 0: [1, 2], 1: [2, 1], 2: [1] }) })

  const decision = tell(state, { type: 'controlled-shutdown', brokerId: 1 })

  assert.deepEqual([stateOf(state)?.leader, stateOf(state)?.isr], [2, [2]])
  assert.deepEqual([stateOf(state, 1)?.leader, stateOf(state, 1)?.isr], [2, [2]])
  assert.equal(stateOf(state, 2)?.leader, 1)
  assert.deepEqual(decision.reply, { type: 'controlled-shutdown', remaining: [] })
  const stop = decision.effects.find(effect => effect.type === 'stop-replica')
  assert.deepEqual(stop?.replicas, [{ topic: 't', partition: 1, leaderEpoch: 1 }])
  const follow = decision.effects.find(
    effect => effect.type === 'leader-and-isr' && effect.brokerId === 1,
  )
  const numbers =
    follow?.type === 'leader-and-isr' ? follow.topics[0]?.partitions.map(p => p.partition) : []
  assert.deepEqual(numbers, [0], 'the follower that stops must not be told to follow again')
})

test('a broker that stops keeps what nobody else in sync could lead, and says so', () => {
  const state = elected([1, 2], { t: assignment({ 0: [1, 2] }) })
  tell(state, { type: 'brokers-changed', brokers: [broker(1)] })
  tell(state, { type: 'brokers-changed', brokers: [broker(1), broker(2, 2n)] })

  const { reply } = tell(state, { type: 'controlled-shutdown', brokerId: 1 })

  const remaining = [{ topic: 't', partition: 0 }]
  assert.deepEqual(reply, { type: 'controlled-shutdown', remaining })
  assert.equal(stateOf(state)?.leader, 1)
})

test('a leader may change its ISR, once for each state it has seen', () => {
  const state = elected([1, 2], { t: assignment({ 0: [1, 2] }) })

  const accepted = tell(state, isrChange([1]))
  const again = tell(state, isrChange([1]))
  const late = tell(state, isrChange([1, 2]))

  const expected = {
    ...{ leader: 1, leaderEpoch: 0, isr: [1], partitionEpoch: 1, leaderRecoveryState: 0 },
  }
  assert.deepEqual(resultOf(accepted), expected)
  assert.deepEqual(
    accepted.effects.map(({ type }) => type),
    ['update-metadata'],
  )
  assert.deepEqual(resultOf(again), expected, 'asked again, it hears what came of it')
  assert.deepEqual(again.writes, [])
  assert.equal(resultOf(late), ErrorCode.INVALID_UPDATE_VERSION)
})

test('a change of the ISR is refused to whom it is not due', () => {
  const state = elected([1, 2, 3], { t: assignment({ 0: [1, 2, 3] }) })
  tell(state, { type: 'brokers-changed', brokers: [broker(1), broker(3, 3n)] })
  const now = { leaderEpoch: 1, partitionEpoch: 1 }

  const ask = (isr: number[], about: Parameters<typeof isrChange>[1]) =>
    resultOf(tell(structuredClone(state), isrChange(isr, about)))

  assert.equal(ask([1, 2], { ...now, partitionEpoch: 9 }), ErrorCode.NOT_CONTROLLER)
  assert.equal(ask([1], { ...now, leaderEpoch: 0 }), ErrorCode.FENCED_LEADER_EPOCH)
})

test('who is dead, about to stop, or in another life than the leader has seen does not join an ISR', () => {
  const state = elected([1, 2, 3], { t: assignment({ 0: [1, 2, 3] }) })
  tell(state, isrChange([1]))
  const about = { partitionEpoch: 1 }
  const ask = (isr: number[], epochs?: bigint[]) =>
    resultOf(tell(state, isrChange(isr, { ...about, ...(epochs && { epochs }) })))

  const dead = ask([1, 4])
  const former = ask([1, 2], [1n, 7n])
  tell(state, { type: 'controlled-shutdown', brokerId: 3 })
  const stopping = ask([1, 3])
  const unknownEpoch = ask([1, 2], [1n, -1n])

  const refused = ErrorCode.INELIGIBLE_REPLICA
  assert.deepEqual([dead, former, stopping], [refused, refused, refused])
  assert.equal(typeof unknownEpoch, 'object')
})

test('leadership goes back to first replicas where too much of it is elsewhere, and they are in sync', () => {
  const state = elected([1, 2], { t: assignment({ 0: [1, 2], 1: [2, 1] }) })
  tell(state, { type: 'brokers-changed', brokers: [broker(2)] })
  tell(state, { type: 'brokers-changed', brokers: [broker(1, 2n), broker(2)] })
  const rebalance: ControllerEvent = { type: 'rebalance-leaders', imbalancePercent: 10 }

  tell(state, rebalance)
  const before = stateOf(state)?.leader
  const { leaderEpoch = 0, partitionEpoch = 0 } = stateOf(state) ?? {}
  tell(state, isrChange([2, 1], { brokerId: 2, leaderEpoch, partitionEpoch }))
  tell(state, rebalance)

  assert.equal(before, 2, 'it was not in sync yet')
  assert.equal(stateOf(state)?.leader, 1)
  assert.equal(stateOf(state, 1)?.leader, 2)
})

test('a broker with a failed disk is told all of its replicas, so that it says which are gone', () => {
  const state = elected([1, 2], { t: assignment({ 0: [1, 2], 1: [2] }), u: assignment({ 0: [1] }) })

  const decision = tell(state, { type: 'disks-failed', brokerIds: [1, 7] })

  assert.deepEqual(decision.writes, [])
  const [told, ...others] = decision.effects
  assert.equal(others.length, 0)
  assert.ok(told?.type === 'leader-and-isr' && told.brokerId === 1)
  const places = told.topics.map(({ topic, partitions }) => [topic, partitions.map(one => one.partition)]) // prettier-ignore
  assert.deepEqual(places, [
    ['t', [0]],
    ['u', [0]],
  ])
})

test('a replica on a failed disk is as good as dead, and back when its broker says so', () => {
  const state = elected([1, 2], { t: assignment({ 0: [1, 2] }) })
  const place = new Map([['t', new Set([0])]])
  const none = new Map<string, Set<number>>()

  tell(state, { type: 'replicas-reported', brokerId: 1, offline: place, online: none })
  const failed = stateOf(state)
  tell(state, { type: 'brokers-changed', brokers: [broker(1)] })
  tell(state, { type: 'replicas-reported', brokerId: 1, offline: none, online: place })

  assert.deepEqual([failed?.leader, failed?.isr], [2, [2]])
  assert.equal(stateOf(state)?.leader, -1, 'it was not in sync')
})
