/** Histories of brokers that come, go, return and stop, by seed: what must hold of every partition after each event. */
import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  apply,
  decide,
  newControllerState,
  NO_LEADER,
  type ControllerEvent,
  type ControllerState,
  type PartitionState,
} from './index.ts'

const BROKERS = 4
const settings = { isUncleanAllowed: () => false }
const replicas = new Map([
  [0, [0, 1, 2]],
  [1, [1, 2, 3]],
  [2, [3, 0]],
])

type Step =
  | { readonly type: 'toggle' | 'bounce' | 'stop'; readonly broker: number }
  | { readonly type: 'isr'; readonly partition: number; readonly members: readonly number[] }
  | { readonly type: 'elect' | 'rebalance' | 'controller' }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    type: fc.constantFrom('toggle' as const, 'bounce' as const, 'stop' as const),
    broker: fc.nat(BROKERS - 1),
  }),
  fc.record({
    type: fc.constant('isr' as const),
    partition: fc.nat(2),
    members: fc.uniqueArray(fc.nat(BROKERS - 1), { maxLength: 3 }),
  }),
  fc.record({
    type: fc.constantFrom('elect' as const, 'rebalance' as const, 'controller' as const),
  }),
)

/** ZooKeeper as far as the controller needs it: who lives in which life, and what was written. */
class World {
  readonly state: ControllerState = newControllerState()
  readonly #lives = new Map<number, bigint>()
  readonly stored = new Map<number, PartitionState>()
  #nextLife = 1n
  #term = 0

  constructor() {
    for (let id = 0; id < BROKERS; id += 1) this.#lives.set(id, this.#nextLife++)
    this.elect()
  }

  get #brokers() {
    return [...this.#lives].map(([id, epoch]) => ({ id, epoch, endpoints: [], rack: null }))
  }

  elect(): void {
    const none = new Map<number, readonly number[]>()
    const assignment = { topicId: 'id', replicas, addingReplicas: none, removingReplicas: none }
    const states = [...this.stored].map(([partition, state]) => ({ topic: 't', partition, state }))
    this.tell({
      ...{ type: 'elected', epoch: ++this.#term, brokers: this.#brokers, deletions: [] },
      ...{ topics: new Map([['t', assignment]]), states },
    })
  }

  take(wanted: Step): void {
    switch (wanted.type) {
      case 'toggle':
        if (!this.#lives.delete(wanted.broker)) this.#lives.set(wanted.broker, this.#nextLife++)
        {
          this.tell({ type: 'brokers-changed', brokers: this.#brokers })
          return
        }
      case 'bounce':
        this.#lives.set(wanted.broker, this.#nextLife++)
        {
          this.tell({ type: 'brokers-changed', brokers: this.#brokers })
          return
        }
      case 'stop':
        if (!this.#lives.has(wanted.broker)) return
        {
          this.tell({ type: 'controlled-shutdown', brokerId: wanted.broker })
          return
        }
      case 'isr': {
        this.#changeIsr(wanted)
        return
      }
      case 'elect': {
        this.tell({ type: 'elect-offline', topic: undefined })
        return
      }
      case 'rebalance': {
        this.tell({ type: 'rebalance-leaders', imbalancePercent: 0 })
        return
      }
      case 'controller': {
        this.elect()
        return
      }
    }
  }

  #changeIsr({ partition, members }: Extract<Step, { type: 'isr' }>): void {
    const known = this.stored.get(partition)
    if (known === undefined || known.leader === NO_LEADER) return
    const own = members.filter(id => replicas.get(partition)?.includes(id) === true)
    const { leader, leaderEpoch, partitionEpoch } = known
    const isr = [...new Set([leader, ...own])]
    const change = { topic: 't', partition, leaderEpoch, partitionEpoch, isr }
    const changes = [{ ...change, leaderRecoveryState: 0 as const }]
    this.tell({ type: 'alter-partition', brokerId: leader, changes })
  }

  tell(event: ControllerEvent): void {
    const before = new Map(this.stored)
    const { writes, records } = decide(this.state, event, settings)
    for (const write of writes) {
      assert.ok(write.type === 'create-state' || write.type === 'set-state')
      const last = this.stored.get(write.partition)?.partitionEpoch ?? -1
      assert.equal(write.state.partitionEpoch, last + 1, 'each write builds on the one before')
      this.stored.set(write.partition, write.state)
    }
    for (const record of records) apply(this.state, record)
    for (const [partition, after] of this.stored)
      this.#check(partition, before.get(partition), after)
  }

  #check(partition: number, before: PartitionState | undefined, after: PartitionState): void {
    assert.ok(after.isr.length > 0, 'the last in-sync replica stays noted')
    assert.ok(after.isr.every(id => replicas.get(partition)?.includes(id) === true))
    assert.deepEqual(this.state.topics.get('t')?.partitions.get(partition), after)
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
}

test('whatever brokers do, a leader lives, is in sync, and is the only one of its epoch', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), steps => {
      const world = new World()
      for (const wanted of steps) world.take(wanted)
    }),
    { numRuns: 300 },
  )
})
