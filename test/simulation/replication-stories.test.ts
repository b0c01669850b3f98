import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { sleep } from '../../src/host/index.ts'
import { ErrorCode } from '../../src/protocol/index.ts'
import { batchOf } from '../support/logs.ts'
import { ReplicationWorld } from './replication/world.ts'

const FIRST_SEGMENT = '00000000000000000000.log'
/** Somewhere in the records of the first batches. */
const POSITION = 180

/** Plays a story in a quiet world of three brokers, in virtual time. */
async function play(story: (world: ReplicationWorld) => Promise<void>): Promise<void> {
  const world = new ReplicationWorld(7, 3)
  world.isFaulty = false
  let isOver = false
  const told = story(world).finally(() => (isOver = true))
  told.catch(() => undefined)
  await world.simulation.scheduler.runUntil(() => isOver, 120_000)
  assert.ok(isOver, 'the story does not end')
  await told
  assert.deepEqual(world.failures, [])
}

async function produceSome(world: ReplicationWorld, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n += 1) {
    await sleep(world.clock, 20)
    await world.produce(world.controller.state.leader, [`value-${n}`])
  }
}

/** Broker 3 was stopped, a bit of its first segment turned, and it is in sync again. */
async function withDamage(world: ReplicationWorld): Promise<void> {
  await Promise.all([1, 2, 3].map(id => world.boot(id)))
  await produceSome(world, 0, 60)
  await sleep(world.clock, 2_000)
  world.kill(3)
  await sleep(world.clock, 1_500)
  world.flipBit(3, FIRST_SEGMENT, POSITION)
  await world.boot(3)
  await produceSome(world, 60, 70)
  await sleep(world.clock, 3_000)
  assert.ok(world.controller.state.isr.includes(3), 'the damage is not met yet')
}

async function readFirst(world: ReplicationWorld, id: number) {
  return world.ask(-1, id, world.clock, broker => broker.read(0))
}

test('a follower with a wrong bit in a closed segment does not serve it, and fetches it again', () =>
  play(async world => {
    await withDamage(world)

    const first = await readFirst(world, 3)
    await sleep(world.clock, 5_000)
    const later = await readFirst(world, 3)

    for (const { texts } of [first, later]) {
      assert.deepEqual(
        texts,
        texts.map((_, n) => `${n}:value-${n}`),
        'nothing wrong is served',
      )
    }
    assert.equal(later.errorCode, ErrorCode.NONE)
    assert.ok(later.texts.length > first.texts.length)
    const broker = (id: number) => world.brokers.get(id)
    assert.equal(broker(3)?.log?.damage, undefined)
    assert.deepEqual(broker(3)?.texts, broker(world.controller.state.leader)?.texts)
  }))

test('a leader that meets damage in its log is not asked to lead again while others can', () =>
  play(async world => {
    await withDamage(world)
    world.controller.move(() => 3)
    await sleep(world.clock, 1_000)

    const { texts } = await readFirst(world, 3)
    await sleep(world.clock, 1_000)

    assert.deepEqual(
      texts,
      texts.map((_, n) => `${n}:value-${n}`),
      'nothing wrong is served',
    )
    const partition = world.brokers.get(3)?.partition
    assert.equal(partition?.isUnfit, true)
    const { leaderEpoch, partitionEpoch, ...state } = world.controller.state
    const image = { ...state, partition: 0, addingReplicas: [], removingReplicas: [] }
    const again = { ...image, leaderEpoch: leaderEpoch + 1, partitionEpoch: partitionEpoch + 1 }
    assert.equal(partition.take(again), ErrorCode.KAFKA_STORAGE_ERROR)
    assert.equal(partition.take({ ...again, leader: 1 }), ErrorCode.NONE)
  }))

test('a leader whose registration is lost appends nothing until it is told to lead again', () =>
  play(async world => {
    await Promise.all([1, 2, 3].map(id => world.boot(id)))
    await produceSome(world, 0, 5)
    const leader = world.brokers.get(world.controller.state.leader)
    assert.ok(leader !== undefined)

    leader.replicas.suspend()
    const refused = leader.partition?.appendInternal(batchOf(['lost']), 1)
    leader.take(world.controller.state)
    const appended = leader.partition?.appendInternal(batchOf(['kept']), 1)

    assert.equal(refused?.errorCode, ErrorCode.NOT_LEADER_OR_FOLLOWER)
    assert.equal(appended?.errorCode, ErrorCode.NONE)
    assert.equal(appended.baseOffset, 5)
  }))
