import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { ErrorCode } from '../protocol/index.ts'
import {
  apply,
  decide,
  newControllerState,
  partitionAssignment,
  type Assignment,
  type ControllerDecision,
  type ControllerEvent,
  type ControllerState,
} from './index.ts'

const broker = (id: number, epoch = 1n) => ({ id, epoch, endpoints: [], rack: null })
const assignment = (replicas: Record<number, number[]>): Assignment => ({
  topicId: 'id',
  replicas: new Map(Object.entries(replicas).map(([partition, ids]) => [Number(partition), ids])),
  addingReplicas: new Map(),
  removingReplicas: new Map(),
})

/** Applies what was decided; what follows from it is decided in turn, as the runner does. */
function tell(state: ControllerState, event: ControllerEvent): ControllerDecision {
  const decision = decide(state, event, { isUncleanAllowed: () => false })
  for (const record of decision.records) apply(state, record)
  const [next] = decision.effects.filter(effect => effect.type === 'resume-moves')
  if (next === undefined) return decision
  const rest = tell(state, next)
  return {
    writes: [...decision.writes, ...rest.writes],
    records: [...decision.records, ...rest.records],
    effects: [...decision.effects, ...rest.effects],
    ...(decision.reply && { reply: decision.reply }),
  }
}

function elected(
  brokers: readonly number[],
  topics: Record<string, Assignment>,
  states: Extract<ControllerEvent, { type: 'elected' }>['states'] = [],
  deletions: readonly string[] = [],
): ControllerState {
  const state = newControllerState()
  tell(state, {
    ...{ type: 'elected', epoch: 1, brokers: brokers.map(id => broker(id)) },
    ...{ topics: new Map(Object.entries(topics)), states, deletions },
  })
  return state
}

const move = (replicas: readonly number[] | null, partition = 0): ControllerEvent => ({
  ...{ type: 'reassign', allowsFactorChange: true },
  changes: [{ topic: 't', partition, replicas }],
})

const held = (state: ControllerState, partition = 0) => {
  const topic = state.topics.get('t')
  assert.ok(topic !== undefined)
  const { leader, isr, leaderEpoch, partitionEpoch } = topic.partitions.get(partition) ?? {
    ...{ leader: -2, isr: [], leaderEpoch: -2, partitionEpoch: -2 },
  }
  const found = partitionAssignment(topic.assignment, partition)
  return { leader, isr, leaderEpoch, partitionEpoch, ...found }
}

/** The leader has seen these in sync. */
function inSync(state: ControllerState, isr: readonly number[]): ControllerDecision {
  const { leader, leaderEpoch, partitionEpoch } = held(state)
  const change = { topic: 't', partition: 0, leaderEpoch, partitionEpoch, isr }
  return tell(state, {
    ...{ type: 'alter-partition', brokerId: leader },
    changes: [{ ...change, leaderRecoveryState: 0 }],
  })
}

const told = ({ effects }: ControllerDecision) =>
  effects.flatMap(effect => (effect.type === 'leader-and-isr' ? [effect.brokerId] : []))
const stopped = ({ effects }: ControllerDecision) =>
  effects.flatMap(effect => (effect.type === 'stop-replica' ? [effect.brokerId] : []))
const replyOf = ({ reply }: ControllerDecision) => {
  assert.ok(reply?.type === 'by-partition')
  return reply.results.map(({ errorCode, message }) => [errorCode, message])
}

test('a move adds the new replicas first, in a new epoch, and tells all that hold the partition', () => {
  const state = elected([1, 2, 3, 4], { t: assignment({ 0: [1, 2] }) })

  const decision = tell(state, move([3, 4]))

  assert.deepEqual(held(state), {
    ...{ leader: 1, isr: [1, 2], leaderEpoch: 1, partitionEpoch: 1 },
    ...{ replicas: [3, 4, 1, 2], addingReplicas: [3, 4], removingReplicas: [1, 2] },
  })
  assert.deepEqual(told(decision).sort(), [1, 2, 3, 4])
  assert.deepEqual(stopped(decision), [])
  assert.deepEqual(replyOf(decision), [[ErrorCode.NONE, null]])
  const isNew = decision.effects.flatMap(effect =>
    effect.type === 'leader-and-isr' && effect.topics[0]?.partitions[0]?.isNew === true
      ? [effect.brokerId]
      : [],
  )
  assert.deepEqual(isNew.sort(), [3, 4], 'any disk will do for those that are added')
})

test('a move ends when all that shall hold the partition are in sync: one of them leads, the rest drop their files', () => {
  const state = elected([1, 2, 3, 4], { t: assignment({ 0: [1, 2] }) })
  tell(state, move([3, 4]))

  const half = inSync(state, [1, 2, 3])
  const whole = inSync(state, [1, 2, 3, 4])

  assert.deepEqual(stopped(half), [])
  assert.deepEqual(held(state), {
    ...{ leader: 3, isr: [3, 4], leaderEpoch: 2, partitionEpoch: 4 },
    ...{ replicas: [3, 4], addingReplicas: [], removingReplicas: [] },
  })
  assert.deepEqual(told(whole).sort(), [3, 4])
  assert.deepEqual(stopped(whole).sort(), [1, 2])
  const kinds = whole.writes.map(({ type }) => type)
  assert.deepEqual(kinds, ['set-state', 'set-assignment', 'set-state'])
  const stop = whole.effects.find(effect => effect.type === 'stop-replica')
  assert.deepEqual(stop, {
    ...{ type: 'stop-replica', brokerId: 1, deletes: true },
    replicas: [{ topic: 't', partition: 0, leaderEpoch: 2 }],
  })
})

test('who leads goes on leading when it stays', () => {
  const state = elected([1, 2, 3], { t: assignment({ 0: [1, 2] }) })

  tell(state, move([3, 1]))
  inSync(state, [1, 2, 3])

  assert.deepEqual([held(state).leader, held(state).isr, held(state).replicas], [1, [1, 3], [3, 1]])
})

test('fewer replicas need no waiting', () => {
  const state = elected([1, 2, 3], { t: assignment({ 0: [1, 2, 3] }) })

  const decision = tell(state, move([2]))

  assert.deepEqual([held(state).leader, held(state).isr, held(state).replicas], [2, [2], [2]])
  assert.deepEqual(stopped(decision).sort(), [1, 3])
})

test('a cancelled move goes back to who held the partition, and the others drop what they have', () => {
  const state = elected([1, 2, 3, 4], { t: assignment({ 0: [1, 2] }) })
  tell(state, move([3, 4]))
  inSync(state, [1, 2, 3])

  const decision = tell(state, move(null))

  assert.deepEqual(held(state), {
    ...{ leader: 1, isr: [1, 2], leaderEpoch: 2, partitionEpoch: 3 },
    ...{ replicas: [1, 2], addingReplicas: [], removingReplicas: [] },
  })
  assert.deepEqual(stopped(decision).sort(), [3, 4])
})

test('a cancellation that would drop all that are in sync waits until one of the others is', () => {
  const state = elected([1, 2, 3], { t: assignment({ 0: [1] }) })
  tell(state, move([2, 3]))
  inSync(state, [1, 2])
  tell(state, { type: 'brokers-changed', brokers: [broker(2), broker(3)] })

  const decision = tell(state, move(null))
  const between = held(state)
  tell(state, { type: 'brokers-changed', brokers: [broker(1, 2n), broker(2), broker(3)] })
  inSync(state, [2, 1])

  assert.deepEqual(stopped(decision), [3], 'it has nothing that counts')
  assert.deepEqual(between.replicas, [1, 2])
  assert.deepEqual([between.leader, between.removingReplicas], [2, [2]])
  assert.deepEqual([held(state).leader, held(state).replicas, held(state).isr], [1, [1], [1]])
})

test('another target takes the place of the one before: what was added for that alone is dropped', () => {
  const state = elected([1, 2, 3, 4], { t: assignment({ 0: [1] }) })
  tell(state, move([2, 3]))

  const decision = tell(state, move([3, 4]))

  assert.deepEqual(held(state).replicas, [3, 4, 1])
  assert.deepEqual([held(state).addingReplicas, held(state).removingReplicas], [[3, 4], [1]])
  assert.deepEqual(stopped(decision), [2])
})

test('a new controller goes on with a move, and ends it when nothing is missing any more', () => {
  const moving: Assignment = {
    ...assignment({ 0: [3, 1], 1: [2, 1] }),
    addingReplicas: new Map([
      [0, [3]],
      [1, [2]],
    ]),
    removingReplicas: new Map([[0, [1]]]),
  }
  const known = { leaderEpoch: 4, partitionEpoch: 7 }
  const states = [
    { topic: 't', partition: 0, state: { ...known, leader: 1, isr: [1, 3] } },
    { topic: 't', partition: 1, state: { ...known, leader: 1, isr: [1] } },
  ]

  const state = elected([1, 2, 3], { t: moving }, states)

  assert.deepEqual([held(state).leader, held(state).isr, held(state).replicas], [3, [3], [3]])
  assert.deepEqual(held(state, 1).addingReplicas, [2], 'it has not caught up')
})

test('a move waits for a dead broker, and for a leader', () => {
  const state = elected([1, 2], { t: assignment({ 0: [1] }) })
  tell(state, move([2]))
  tell(state, { type: 'brokers-changed', brokers: [broker(1)] })
  const waiting = held(state)

  tell(state, { type: 'brokers-changed', brokers: [broker(1), broker(2, 2n)] })
  inSync(state, [1, 2])

  assert.deepEqual([waiting.leader, waiting.replicas], [1, [2, 1]])
  assert.deepEqual([held(state).leader, held(state).replicas], [2, [2]])
})

test('what cannot be moved is refused in the words of Kafka', () => {
  const state = elected([1, 2], { t: assignment({ 0: [1] }) })
  const ask = (replicas: readonly number[] | null, partition = 0) =>
    replyOf(tell(state, move(replicas, partition)))
  const invalid = ErrorCode.INVALID_REPLICA_ASSIGNMENT

  assert.deepEqual(ask([]), [[invalid, 'Empty replica list specified in partition reassignment.']])
  assert.deepEqual(ask([2, 2]), [
    [invalid, 'Duplicate replica ids in partition reassignment replica list: ArrayBuffer(2, 2)'],
  ])
  assert.deepEqual(ask([-1]), [[invalid, 'Invalid broker id in replica list: ArrayBuffer(-1)']])
  assert.deepEqual(ask([9, 1]), [
    [
      invalid,
      'Replica assignment has brokers that are not alive. Replica list: ArrayBuffer(9), live broker list: Set(1, 2)',
    ],
  ])
  assert.deepEqual(ask([2], 7), [
    [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, 'The partition does not exist.'],
  ])
  const nothingToCancel = [
    [ErrorCode.NO_REASSIGNMENT_IN_PROGRESS, 'No partition reassignment is in progress.'],
  ]
  assert.deepEqual(ask(null), nothingToCancel)
  assert.deepEqual(ask(null, 7), nothingToCancel)
  assert.deepEqual(held(state).replicas, [1])
})

test('where the number of replicas must not change, it does not (KIP-860)', () => {
  const state = elected([1, 2], { t: assignment({ 0: [1] }) })
  const changes = [{ topic: 't', partition: 0, replicas: [1, 2] }]

  const decision = tell(state, { type: 'reassign', allowsFactorChange: false, changes })

  assert.deepEqual(replyOf(decision), [
    [ErrorCode.INVALID_REPLICATION_FACTOR, 'The replication factor is changed from 1 to 2'],
  ])
})

test('a topic on the move is deleted when it has come to rest', () => {
  const state = elected([1, 2], { t: assignment({ 0: [1] }) })
  tell(state, move([2]))
  const remove: ControllerEvent = { type: 'deletions-requested', topics: ['t'], isEnabled: true }

  const queued = tell(state, remove)
  const again = tell(state, move([1]))
  const ended = inSync(state, [1, 2])
  const begun = tell(state, remove)

  assert.deepEqual(stopped(queued), [])
  assert.deepEqual(replyOf(again), [
    [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, 'The partition does not exist.'],
  ])
  assert.ok(ended.effects.some(({ type }) => type === 'resume-deletion'))
  assert.deepEqual(stopped(begun), [2])
})

test('a topic that waits for its deletion until it has moved still gets a leader', () => {
  const state = elected([1, 2, 3], { t: assignment({ 0: [1, 3] }) })
  tell(state, move([2]))
  tell(state, { type: 'deletions-requested', topics: ['t'], isEnabled: true })

  tell(state, { type: 'brokers-changed', brokers: [broker(2), broker(3)] })

  assert.equal(held(state).leader, 3)
})

test('what /admin/reassign_partitions asks for is begun once, and taken out when it is done or cannot be', () => {
  const state = elected([1, 2], { t: assignment({ 0: [1], 1: [1] }) })
  const wanted = [
    { topic: 't', partition: 0, replicas: [2] },
    { topic: 'nope', partition: 0, replicas: [2] },
    { topic: 't', partition: 1, replicas: [2, 2] },
  ]
  const [first] = wanted
  assert.ok(first !== undefined)

  const begun = tell(state, { type: 'moves-requested', moves: wanted })
  const heardAgain = tell(state, { type: 'moves-requested', moves: [first] })
  const ended = inSync(state, [1, 2])

  assert.deepEqual(begun.writes.at(-1), { type: 'set-requested-moves', moves: [first] })
  assert.deepEqual(heardAgain.writes, [])
  assert.deepEqual(ended.writes.at(-1), { type: 'set-requested-moves', moves: [] })
  assert.deepEqual(held(state).replicas, [2])
})

test('another move by the API takes the place of one that was asked for by a znode', () => {
  const state = elected([1, 2, 3], { t: assignment({ 0: [1] }) })
  tell(state, { type: 'moves-requested', moves: [{ topic: 't', partition: 0, replicas: [2] }] })

  const decision = tell(state, move([3]))

  assert.deepEqual(decision.writes.at(-1), { type: 'set-requested-moves', moves: [] })
  assert.deepEqual(held(state).replicas, [3, 1])
})

test('what a tool wrote into a topic does not undo a move, but adds partitions', () => {
  const state = elected([1, 2], { t: assignment({ 0: [1] }) })
  tell(state, move([2]))

  tell(state, { type: 'topics-changed', topics: new Map([['t', assignment({ 0: [1], 1: [2] })]]) })

  assert.deepEqual(held(state).replicas, [2, 1])
  assert.equal(held(state, 1).leader, 2)
})

test('deciding a move changes nothing', () => {
  const state = elected([1, 2], { t: assignment({ 0: [1] }) })
  const before = structuredClone(state)

  decide(state, move([2]), { isUncleanAllowed: () => false })

  assert.deepEqual(state, before)
})
