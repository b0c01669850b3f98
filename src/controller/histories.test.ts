/**
 * Histories of brokers that come, go, return and stop, and of partitions that are moved between them, by seed:
 * what must hold of every partition after each event, and that moves come to an end.
 */
import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  apply,
  decide,
  isMoving,
  newControllerState,
  NO_LEADER,
  partitionAssignment,
  withPartition,
  type Assignment,
  type ControllerDecision,
  type ControllerEvent,
  type ControllerState,
  type PartitionAssignment,
  type PartitionState,
  type ReplicaMove,
  type ZnodeWrite,
} from './index.ts'

const BROKERS = 4
const PARTITIONS = [0, 1, 2]
const settings = { isUncleanAllowed: () => false }
const none = new Map<number, readonly number[]>()
const atFirst: Assignment = {
  topicId: 'id',
  replicas: new Map([
    [0, [0, 1, 2]],
    [1, [1, 2, 3]],
    [2, [3]],
  ]),
  addingReplicas: none,
  removingReplicas: none,
}

type Step =
  | { readonly type: 'toggle' | 'bounce' | 'stop'; readonly broker: number }
  | { readonly type: 'isr'; readonly partition: number; readonly members: readonly number[] }
  | { readonly type: 'move'; readonly partition: number; readonly target: readonly number[] | null }
  | { readonly type: 'request'; readonly partition: number; readonly target: readonly number[] }
  | { readonly type: 'elect' | 'rebalance' | 'prefer' | 'controller' }
  /** The controller of the next step dies when it has written so much of what it decided. */
  | { readonly type: 'crash'; readonly afterWrites: number }

const brokerId = fc.nat(BROKERS - 1)
const someBrokers = fc.uniqueArray(brokerId, { minLength: 1, maxLength: 3 })
const partition = fc.nat(PARTITIONS.length - 1)

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    type: fc.constantFrom('toggle' as const, 'bounce' as const, 'stop' as const),
    broker: brokerId,
  }),
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('isr' as const),
      partition,
      members: fc.uniqueArray(brokerId, { maxLength: BROKERS }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('move' as const),
      partition,
      target: fc.option(someBrokers, { freq: 2 }),
    }),
  },
  fc.record({ type: fc.constant('request' as const), partition, target: someBrokers }),
  fc.record({
    type: fc.constantFrom(
      'elect' as const,
      'rebalance' as const,
      'prefer' as const,
      'controller' as const,
    ),
  }),
  fc.record({ type: fc.constant('crash' as const), afterWrites: fc.nat(3) }),
)

/** What chance alone seldom brings: the last of the old replicas dies while the first of the new ones is in sync. */
const orphaned: fc.Arbitrary<Step[]> = fc
  .record({ target: someBrokers, next: fc.option(someBrokers) })
  .map(({ target, next }) => [
    { type: 'move', partition: 2, target },
    { type: 'isr', partition: 2, members: target.slice(0, 1) },
    { type: 'toggle', broker: 3 },
    { type: 'move', partition: 2, target: next },
  ])

const history = fc
  .array(fc.oneof({ weight: 20, arbitrary: step.map(one => [one]) }, orphaned), { maxLength: 40 })
  .map(parts => parts.flat())

/** ZooKeeper as far as the controller needs it: who lives in which life, and what was written. */
class World {
  state: ControllerState = newControllerState()
  readonly #lives = new Map<number, bigint>()
  readonly stored = new Map<number, PartitionState>()
  assignment = atFirst
  requests: readonly ReplicaMove[] = []
  #nextLife = 1n
  #term = 0
  #crashAfter: number | undefined

  constructor() {
    for (let id = 0; id < BROKERS; id += 1) this.#lives.set(id, this.#nextLife++)
    this.elect()
  }

  get #brokers() {
    return [...this.#lives].map(([id, epoch]) => ({ id, epoch, endpoints: [], rack: null }))
  }

  replicasOf(number: number): PartitionAssignment {
    const found = partitionAssignment(this.assignment, number)
    assert.ok(found !== undefined)
    return found
  }

  elect(): void {
    const states = [...this.stored].map(([number, state]) => ({
      ...{ topic: 't', partition: number, state },
    }))
    this.tell({
      ...{ type: 'elected', epoch: ++this.#term, brokers: this.#brokers, deletions: [] },
      ...{ topics: new Map([['t', this.assignment]]), states },
    })
    if (this.requests.length > 0) this.tell({ type: 'moves-requested', moves: this.requests })
  }

  take(wanted: Step): void {
    switch (wanted.type) {
      case 'toggle':
        if (!this.#lives.delete(wanted.broker)) this.#lives.set(wanted.broker, this.#nextLife++)
        this.tell({ type: 'brokers-changed', brokers: this.#brokers })
        return
      case 'bounce':
        this.#lives.set(wanted.broker, this.#nextLife++)
        this.tell({ type: 'brokers-changed', brokers: this.#brokers })
        return
      case 'stop':
        if (this.#lives.has(wanted.broker))
          this.tell({ type: 'controlled-shutdown', brokerId: wanted.broker })
        return
      case 'isr':
        this.#changeIsr(wanted)
        return
      case 'move':
        this.tell({
          ...{ type: 'reassign', allowsFactorChange: true },
          changes: [{ topic: 't', partition: wanted.partition, replicas: wanted.target }],
        })
        return
      case 'request':
        if (this.requests.length > 0) return
        this.requests = [{ topic: 't', partition: wanted.partition, replicas: wanted.target }]
        this.tell({ type: 'moves-requested', moves: this.requests })
        return
      case 'elect':
        this.tell({ type: 'elect-offline', topic: undefined })
        return
      case 'rebalance':
        this.tell({ type: 'rebalance-leaders', imbalancePercent: 0 })
        return
      case 'prefer':
        this.tell({
          ...{ type: 'elect-leaders', election: 'preferred' },
          partitions: PARTITIONS.map(number => ({ topic: 't', partition: number })),
        })
        return
      case 'controller':
        this.elect()
        return
      case 'crash':
        this.#crashAfter = wanted.afterWrites
    }
  }

  /** All live, all that hold a partition in sync with its leader. */
  comeToRest(): void {
    this.#crashAfter = undefined
    for (let id = 0; id < BROKERS; id += 1) this.#lives.set(id, this.#nextLife++)
    this.tell({ type: 'brokers-changed', brokers: this.#brokers })
    const members = [...this.#lives.keys()]
    for (const number of PARTITIONS) this.#changeIsr({ partition: number, members })
  }

  #changeIsr(wanted: { readonly partition: number; readonly members: readonly number[] }): void {
    const known = this.stored.get(wanted.partition)
    if (known === undefined || known.leader === NO_LEADER) return
    const { replicas } = this.replicasOf(wanted.partition)
    const own = wanted.members.filter(id => replicas.includes(id))
    const { leader, leaderEpoch, partitionEpoch } = known
    const isr = [...new Set([leader, ...own])]
    const change = { topic: 't', partition: wanted.partition, leaderEpoch, partitionEpoch, isr }
    const changes = [{ ...change, leaderRecoveryState: 0 as const }]
    this.tell({ type: 'alter-partition', brokerId: leader, changes })
  }

  tell(event: ControllerEvent): void {
    const decision = decide(this.state, event, settings)
    const isCrash = this.#crashAfter !== undefined && event.type !== 'elected'
    const writes = inOrder(decision.writes).slice(0, isCrash ? this.#crashAfter : undefined)
    for (const write of writes) this.#write(write)
    if (isCrash) {
      this.#crashAfter = undefined
      this.state = newControllerState()
      this.elect()
      return
    }
    for (const record of decision.records) apply(this.state, record)
    this.#checkStops(decision)
    for (const effect of decision.effects) if (effect.type === 'resume-moves') this.tell(effect)
  }

  #write(write: ZnodeWrite): void {
    if (write.type === 'set-requested-moves') {
      this.requests = write.moves
      return
    }
    if (write.type === 'set-assignment') {
      this.assignment = withPartition(this.assignment, write.partition, write.assignment)
      const { replicas, addingReplicas, removingReplicas } = write.assignment
      assert.equal(new Set(replicas).size, replicas.length, 'nobody holds a partition twice')
      assert.ok(replicas.length > removingReplicas.length, 'somebody shall hold it')
      for (const id of [...addingReplicas, ...removingReplicas])
        assert.ok(replicas.includes(id), 'who comes and who goes holds it meanwhile')
      return
    }
    assert.ok(write.type === 'create-state' || write.type === 'set-state')
    const before = this.stored.get(write.partition)
    const last = before?.partitionEpoch ?? -1
    assert.equal(write.state.partitionEpoch, last + 1, 'each write builds on the one before')
    this.stored.set(write.partition, write.state)
    this.#check(before, write.state)
  }

  #check(before: PartitionState | undefined, after: PartitionState): void {
    assert.ok(after.isr.length > 0, 'the last in-sync replica stays noted')
    if (after.leader !== NO_LEADER) {
      assert.ok(this.#lives.has(after.leader), 'a leader lives')
      assert.ok(after.isr.includes(after.leader), 'a leader is in sync')
    }
    if (before === undefined) return
    assert.ok(after.leaderEpoch >= before.leaderEpoch, 'epochs never go back')
    if (after.leader !== before.leader) {
      assert.ok(after.leaderEpoch > before.leaderEpoch, 'one leader an epoch')
      const isKnown = after.leader === NO_LEADER || before.isr.includes(after.leader)
      assert.ok(isKnown, 'nobody outside the ISR leads')
    }
  }

  /** After the writes: who is told to drop its files is not needed for anything. */
  #checkStops({ effects }: ControllerDecision): void {
    for (const effect of effects) {
      if (effect.type !== 'stop-replica' || !effect.deletes) continue
      for (const { partition: number } of effect.replicas) {
        assert.ok(!this.replicasOf(number).replicas.includes(effect.brokerId))
        assert.ok(this.stored.get(number)?.isr.includes(effect.brokerId) !== true)
      }
    }
    for (const [number, { isr }] of this.stored) {
      const { replicas } = this.replicasOf(number)
      assert.ok(
        isr.every(id => replicas.includes(id)),
        'who is in sync holds the partition',
      )
    }
  }
}

/** As they are written: states first. */
function inOrder(writes: readonly ZnodeWrite[]): ZnodeWrite[] {
  const kinds = ['create-state', 'set-state', 'set-assignment']
  const rank = ({ type }: ZnodeWrite): number => (kinds.indexOf(type) + 4) % 4
  return [...writes].sort((a, b) => rank(a) - rank(b))
}

test('whatever brokers do, a leader lives, is in sync, and is the only one of its epoch; moves end', () => {
  fc.assert(
    fc.property(history, steps => {
      const world = new World()
      for (const wanted of steps) world.take(wanted)

      world.comeToRest()

      for (const number of PARTITIONS)
        assert.ok(!isMoving(world.replicasOf(number)), 'what was under way has ended')
      assert.deepEqual(world.requests, [], 'and what was asked for is done')
    }),
    { numRuns: 400 },
  )
})
