/** Rebalances of several members, eager and cooperative (KIP-429), in virtual time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SeededRandom } from '../../sim/index.ts'
import { BROKER_PORT, settled, world, type World } from '../../../test/support/scripted-broker.ts'
import { ScriptedGroup } from '../../../test/support/scripted-group.ts'
import { sleep } from '../../host/index.ts'
import { nameOf, type TopicPartition } from '../topic-partition.ts'
import type { ConsumerRecord, RebalanceListener } from './consumer.ts'
import { KafkaConsumer } from './kafka-consumer.ts'

type Options = Readonly<Record<string, string>>

const cooperative = {
  'partition.assignment.strategy': 'org.apache.kafka.clients.consumer.CooperativeStickyAssignor',
}

function consumerIn({ host }: World, options: Options): KafkaConsumer {
  const defaults = {
    'bootstrap.servers': `localhost:${BROKER_PORT}`,
    'group.id': 'group',
    'auto.offset.reset': 'earliest',
    'heartbeat.interval.ms': '300',
    'metadata.max.age.ms': '1000',
  }
  return new KafkaConsumer(host, new Map(Object.entries({ ...defaults, ...options })), '1')
}

/** A member that polls without end, and writes down what it is given and told. */
class Reader {
  readonly name: string
  readonly consumer: KafkaConsumer
  readonly told: string[] = []
  readonly read: string[] = []
  /** Between two polls. */
  pauseMs = 0
  isStopped = false
  readonly #here: World

  constructor(here: World, name: string, options: Options = cooperative) {
    this.#here = here
    this.name = name
    this.consumer = consumerIn(here, options)
    this.consumer.subscribe(['orders'], this.#listener())
  }

  #listener(): RebalanceListener {
    const tell = (what: string) => (partitions: readonly TopicPartition[]) => {
      const numbers = partitions.map(({ partition }) => partition).sort((a, b) => a - b)
      this.told.push(`${what} ${numbers.join()}`.trim())
    }
    return { onAssigned: tell('assigned'), onRevoked: tell('revoked'), onLost: tell('lost') }
  }

  async run(): Promise<void> {
    while (!this.isStopped) {
      for (const record of await this.consumer.poll(200)) {
        this.read.push(`${nameOf(record)}@${record.offset}`)
      }
      await sleep(this.#here.host.clock, this.pauseMs)
    }
  }
}

async function twoMembers(options: Options = cooperative) {
  const here = world()
  const group = await ScriptedGroup.start(here, 4)
  const first = new Reader(here, 'first', options)
  const running = [first.run()]
  await here.scheduler.runFor(2_000)
  const second = new Reader(here, 'second', options)
  const stop = async (): Promise<void> => {
    first.isStopped = second.isStopped = true
    await settled(here, Promise.all(running))
  }
  return { here, group, first, second, running, stop }
}

test('cooperative: a member gives up what another gets, and nothing else; that one gets it in the next round', async () => {
  const { here, group, first, second, running, stop } = await twoMembers()
  running.push(second.run())
  await here.scheduler.runFor(5_000)
  await stop()

  assert.deepEqual(first.told, ['assigned 0,1,2,3', 'revoked 2,3', 'assigned', 'assigned'])
  assert.deepEqual(second.told, ['assigned', 'assigned 2,3'])
  assert.equal(group.generationId, 3)
})

test('eager: a member gives up everything before it joins', async () => {
  const { here, first, second, running, stop } = await twoMembers({
    'partition.assignment.strategy': 'org.apache.kafka.clients.consumer.StickyAssignor',
  })
  running.push(second.run())
  await here.scheduler.runFor(5_000)
  await stop()

  assert.deepEqual(first.told, ['assigned 0,1,2,3', 'revoked 0,1,2,3', 'assigned 0,1'])
  assert.deepEqual(second.told, ['assigned 2,3'])
})

test('by default a member is eager, and proposes cooperative-sticky beside range, as with Kafka 3.1', async () => {
  const { here, group, first, second, running, stop } = await twoMembers({})
  running.push(second.run())
  await here.scheduler.runFor(5_000)
  await stop()

  assert.deepEqual(first.told, ['assigned 0,1,2,3', 'revoked 0,1,2,3', 'assigned 0,1'])
  const proposed = group.requests.flatMap(({ body }) =>
    'protocols' in body ? [(body['protocols'] as { name: string }[]).map(({ name }) => name)] : [],
  )
  assert.deepEqual(proposed[0], ['range', 'cooperative-sticky'])
})

test('cooperative: what a member keeps is read on while it waits for one that is slow to join', async () => {
  const { here, group, first, second, running, stop } = await twoMembers()
  running.push(second.run())
  await here.scheduler.runFor(5_000)
  second.pauseMs = 20_000
  await here.scheduler.runFor(2_000)
  const third = new Reader(here, 'third')
  running.push(third.run())
  await here.scheduler.runFor(5_000)
  assert(!group.isStable, 'the second has not joined yet')

  group.logEndOffsets.fill(5)
  await here.scheduler.runFor(5_000)

  assert(!group.isStable)
  assert.equal(first.read.length, 10, 'the records of both its partitions')
  third.isStopped = true
  second.pauseMs = 0
  await stop()
})

test('whoever the group has gone on without is told that everything is lost, once it polls', async () => {
  const { here, group, first, stop } = await twoMembers()
  group.expel('m-1')
  await here.scheduler.runFor(3_000)
  await stop()

  assert.deepEqual(first.told, ['assigned 0,1,2,3', 'lost 0,1,2,3', 'assigned 0,1,2,3'])
})

test('a commit that the group refuses shows that the partitions are lost', async () => {
  const here = world()
  const group = await ScriptedGroup.start(here, 2)
  const reader = new Reader(here, 'reader', { ...cooperative, 'heartbeat.interval.ms': '40000' })
  const { consumer, told } = reader
  await settled(here, consumer.poll(1_000))
  await settled(here, consumer.poll(1_000))
  group.expel('m-1')

  const offsets = [{ topic: 'orders', partition: 0, offset: 3 }]
  await assert.rejects(settled(here, consumer.commit(offsets)), { code: 'COMMIT_FAILED' })
  await settled(here, consumer.poll(1_000))

  assert.deepEqual(told.slice(0, 2), ['assigned 0,1', 'lost 0,1'])
})

test('the group metadata are those of the partitions that are read, until the next assignment is taken over', async () => {
  const { here, group, first, second, running, stop } = await twoMembers()
  first.isStopped = true
  await here.scheduler.runFor(1_000)
  running.push(second.run())
  await here.scheduler.runFor(1_000)
  await settled(here, first.consumer.poll(0))
  await here.scheduler.runFor(1_000)

  assert.deepEqual(
    [group.isStable, group.generationId],
    [true, 2],
    'the group is one generation further',
  )
  assert.equal(first.consumer.groupMetadata().generationId, 1)
  await settled(here, first.consumer.poll(0))
  assert.equal(first.consumer.groupMetadata().generationId, 2)
  await stop()
})

test('while it joins a member does not commit: the coordinator would refuse it', async () => {
  const { here, group, first, second, running, stop } = await twoMembers()
  running.push(second.run())
  await here.scheduler.runFor(5_000)
  second.pauseMs = 20_000
  await here.scheduler.runFor(2_000)
  const third = new Reader(here, 'third')
  running.push(third.run())
  await here.scheduler.runFor(5_000)
  assert(!group.isStable)

  const offsets = [{ topic: 'orders', partition: 0, offset: 3 }]
  await assert.rejects(settled(here, first.consumer.commit(offsets)), {
    code: 'REBALANCE_IN_PROGRESS',
    retriable: false,
    fatal: false,
  })
  third.isStopped = true
  second.pauseMs = 0
  await stop()
})

test('what a listener throws comes out of poll, once, and the rebalance goes on', async () => {
  const here = world()
  await ScriptedGroup.start(here, 2)
  const consumer = consumerIn(here, cooperative)
  consumer.subscribe(['orders'], {
    onAssigned: () => {
      throw new Error('mine')
    },
  })

  const failure = await settled(here, consumer.poll(1_000)).catch((error: unknown) => error)

  assert(failure instanceof Error && failure.cause instanceof Error)
  assert.equal(failure.message, 'User rebalance callback throws an error')
  assert.equal(failure.cause.message, 'mine')
  await settled(here, consumer.poll(1_000))
  assert.equal(consumer.assignment().length, 2)
})

test('partitions that are added are shared out by the leader', async () => {
  const { here, group, first, stop } = await twoMembers()
  group.logEndOffsets.push(0, 0)
  await here.scheduler.runFor(3_000)
  await stop()

  assert.deepEqual(first.told, ['assigned 0,1,2,3', 'assigned 4,5'])
})

const strategies = {
  eager: 'org.apache.kafka.clients.consumer.StickyAssignor',
  cooperative: cooperative['partition.assignment.strategy'],
  default:
    'org.apache.kafka.clients.consumer.RangeAssignor,' +
    'org.apache.kafka.clients.consumer.CooperativeStickyAssignor',
} as const

interface History {
  readonly seed: number
  readonly strategy: string
  /** Whether the group also drops members that have done nothing wrong. */
  readonly isHarsh: boolean
}

/** Members that come and go, and read slowly or fast; what has to hold at each step, and at the end. */
class Life {
  readonly #here = world()
  readonly #history: History
  readonly #random: SeededRandom
  readonly #owners = new Map<string, string>()
  readonly #read = new Set<string>()
  readonly #members: { isLeaving: boolean; run: Promise<void> }[] = []

  constructor(history: History) {
    this.#history = history
    this.#random = new SeededRandom(history.seed)
  }

  async run(): Promise<void> {
    const { scheduler } = this.#here
    const group = await ScriptedGroup.start(this.#here, 5)
    for (let step = 0; step < 16; step += 1) {
      this.#step(group, step === 0 ? 0 : this.#random.below(6))
      await scheduler.runFor(this.#random.below(1_500))
    }
    await scheduler.runFor(10_000)
    for (const member of this.#members) member.isLeaving = true
    await settled(this.#here, Promise.all(this.#members.map(({ run }) => run)))
    const written = group.logEndOffsets.reduce((sum, end) => sum + end, 0)
    assert.equal(this.#read.size, written, this.#says('every record is read'))
  }

  #step(group: ScriptedGroup, choice: number): void {
    const random = this.#random
    for (const [partition, end] of group.logEndOffsets.entries()) {
      group.logEndOffsets[partition] = end + random.below(20)
    }
    const staying = this.#members.filter(({ isLeaving }) => !isLeaving)
    const one = staying[random.below(Math.max(staying.length, 1))]
    if (choice < 2 && staying.length < 4) this.#begin(group)
    else if (choice === 2 && staying.length > 1 && one !== undefined) one.isLeaving = true
    else if (choice === 3 && group.logEndOffsets.length < 8) group.logEndOffsets.push(0)
    else if (choice === 4 && this.#history.isHarsh) {
      const { memberIds } = group
      group.expel(memberIds[random.below(Math.max(memberIds.length, 1))] ?? '')
    }
  }

  #begin(group: ScriptedGroup): void {
    const { strategy } = this.#history
    const name = `c${this.#members.length}`
    const consumer = consumerIn(this.#here, { 'partition.assignment.strategy': strategy })
    consumer.subscribe(['orders'], this.#listenerOf(name))
    const member = { isLeaving: false, run: Promise.resolve() }
    // What was read during a rebalance is not committed by who leaves in the middle of it, as in Java.
    const mayLeave = (): boolean =>
      group.isStable && consumer.groupMetadata().generationId === group.generationId
    const live = async (): Promise<void> => {
      while (!(member.isLeaving && mayLeave())) {
        for (const record of await consumer.poll(this.#random.below(150))) this.#took(record, name)
        const pauseMs = this.#random.below(4) === 0 ? this.#random.below(900) : 1
        await sleep(this.#here.host.clock, pauseMs)
      }
      await consumer.close()
    }
    member.run = live()
    this.#members.push(member)
  }

  #listenerOf(name: string): RebalanceListener {
    const release = (partitions: readonly TopicPartition[]): void => {
      for (const partition of partitions) {
        const owner = this.#owners.get(nameOf(partition))
        if (!this.#history.isHarsh) assert.equal(owner, name, this.#says(nameOf(partition)))
        if (owner === name) this.#owners.delete(nameOf(partition))
      }
    }
    return {
      onRevoked: release,
      onLost: partitions => {
        assert(this.#history.isHarsh, this.#says('nobody is dropped'))
        release(partitions)
      },
      onAssigned: partitions => {
        for (const partition of partitions) {
          const owner = this.#owners.get(nameOf(partition))
          if (!this.#history.isHarsh) assert.equal(owner, undefined, this.#says('two owners'))
          this.#owners.set(nameOf(partition), name)
        }
      },
    }
  }

  #took(record: ConsumerRecord, name: string): void {
    const place = `${nameOf(record)}@${record.offset}`
    if (!this.#history.isHarsh) {
      assert(!this.#read.has(place), this.#says(`${place} was read twice`))
      assert.equal(this.#owners.get(nameOf(record)), name, this.#says(`${place} by its owner`))
    }
    this.#read.add(place)
  }

  #says(text: string): string {
    return `seed ${this.#history.seed}: ${text}`
  }
}

/** Each is a history of its own. */
const SEEDS = 3

for (const [name, strategy] of Object.entries(strategies)) {
  test(`no record is read twice and none is lost when members come and go: ${name}`, async () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      await new Life({ seed, strategy, isHarsh: false }).run()
    }
  })

  test(`no record is lost when the group drops members: ${name}`, async () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      await new Life({ seed, strategy, isHarsh: true }).run()
    }
  })
}
