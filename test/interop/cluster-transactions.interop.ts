/**
 * Transactions and a group across brokers, while each broker in turn is killed: coordinators move, markers
 * and verification cross brokers. A committed transaction is read whole and once, by one member of a
 * group, and nothing is read of an aborted one.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka } from '../../src/client/index.ts'
import { peerOrSkip } from '../peers/cache.ts'
import { startCluster, type Cluster } from '../peers/cluster.ts'
import { genuineDistribution } from '../peers/distribution.ts'
import { referenceVersion, subjectKind, type SubjectKind } from '../peers/subject.ts'

const TOPIC = 'shared'
const PARTITIONS = 6
const PRODUCERS = 4
/** Every so many transactions one is aborted by the program itself. */
const ABORT_EVERY = 5
/** Committed transactions between two faults. */
const SHARE = 25
const DEADLINE_MS = 60_000
const PAUSE_MS = 100

const casts: Readonly<Record<string, readonly SubjectKind[]>> = {
  'three brokers': [subjectKind, subjectKind, subjectKind],
  'one of ours beside two genuine brokers': ['genuine', subjectKind, 'genuine'],
}

for (const [name, kinds] of Object.entries(casts)) {
  test(`transactions over ${name}, each killed in turn`, async t => {
    const genuine = await peerOrSkip(t, () => genuineDistribution(referenceVersion))
    if (genuine === undefined) return
    const overrides = { 'min.insync.replicas': '2', 'default.replication.factor': '3' }
    const cluster = await startCluster({ kinds, overrides })
    t.after(() => cluster.dispose())
    await using kafka = new Kafka({ bootstrapServers: cluster.bootstrap })
    await makeTopic(kafka)
    const writing = new Writing(kafka)
    const reading = new Reading(kafka)
    await killInTurn(cluster, kinds.length, writing)
    await writing.stop()
    await reading.untilAll(writing.committed)
    await reading.stop()

    assert.ok(writing.aborted.size > SHARE / ABORT_EVERY, `${writing.aborted.size} aborted`)
    for (const [value, partitions] of reading.found) {
      assert.ok(!writing.aborted.has(value), `${value} was aborted, and read`)
      assert.deepEqual(partitions.toSorted(), everyPartition, `${value} is whole, and there once`)
    }
  })
}

const everyPartition = Array.from({ length: PARTITIONS }, (_, partition) => partition)

async function makeTopic(kafka: Kafka): Promise<void> {
  await using admin = kafka.admin()
  const topic = { name: TOPIC, numPartitions: PARTITIONS, replicationFactor: 3 }
  for (const outcome of (await admin.createTopics([topic])).values()) assert.ok(outcome.ok)
}

async function killInTurn(cluster: Cluster, count: number, writing: Writing): Promise<void> {
  await writing.grow(SHARE)
  for (let id = 0; id < count; id += 1) {
    await cluster.broker(id).kill()
    await writing.grow(SHARE)
    await cluster.start(id)
    await writing.grow(SHARE)
  }
}

/** Producers that never stop, and what became of their transactions; of some nobody can tell. */
class Writing {
  readonly committed = new Set<string>()
  readonly aborted = new Set<string>()
  readonly #kafka: Kafka
  readonly #work: Promise<unknown>
  #isOver = false

  constructor(kafka: Kafka) {
    this.#kafka = kafka
    this.#work = Promise.all(Array.from({ length: PRODUCERS }, (_, id) => this.#produce(id)))
  }

  async #produce(id: number): Promise<void> {
    for (let number = 1; !this.#isOver; number += 1) {
      await this.#transact(`${id}-${number}`, `writer-${id}`, number % ABORT_EVERY === 0)
    }
  }

  async #transact(value: string, transactionalId: string, isToAbort: boolean): Promise<void> {
    const changedMind = new Error('changed my mind')
    try {
      await this.#kafka.transaction(
        async tx => {
          await Promise.all(
            everyPartition.map(partition => tx.send({ topic: TOPIC, partition, value })),
          )
          if (isToAbort) throw changedMind
        },
        { transactionalId },
      )
      this.committed.add(value)
    } catch (error) {
      if (error === changedMind) this.aborted.add(value)
    }
  }

  /** Until so many transactions more are committed. */
  async grow(count: number): Promise<void> {
    const wanted = this.committed.size + count
    const endMs = Date.now() + DEADLINE_MS
    while (this.committed.size < wanted) {
      assert.ok(Date.now() < endMs, `${this.committed.size} committed, not ${wanted}`)
      await sleep(PAUSE_MS)
    }
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await this.#work
  }
}

/** One member of a group, from the beginning on. */
class Reading {
  /** The partitions in which a value was read. */
  readonly found = new Map<string, number[]>()
  readonly #kafka: Kafka
  readonly #work: Promise<void>
  #isOver = false

  constructor(kafka: Kafka) {
    this.#kafka = kafka
    this.#work = this.#read()
  }

  async #read(): Promise<void> {
    await using consumer = this.#kafka.consumer({
      ...{ groupId: 'readers', autoOffsetReset: 'earliest', isolationLevel: 'read_committed' },
    })
    consumer.subscribe([TOPIC])
    const offsets = new Set<string>()
    while (!this.#isOver) {
      for (const { partition, offset, value } of await consumer.poll(PAUSE_MS)) {
        // A group that has lost its coordinator may begin again where it last committed.
        if (offsets.has(`${partition}-${offset}`)) continue
        offsets.add(`${partition}-${offset}`)
        const text = value?.toString() ?? ''
        this.found.set(text, [...(this.found.get(text) ?? []), partition])
      }
    }
  }

  async untilAll(values: ReadonlySet<string>): Promise<void> {
    const endMs = Date.now() + DEADLINE_MS
    const missing = (): string[] =>
      [...values].filter(value => (this.found.get(value)?.length ?? 0) < PARTITIONS)
    while (missing().length > 0) {
      assert.ok(Date.now() < endMs, `committed, and not read: ${missing().slice(0, 5).join(', ')}`)
      await Promise.race([sleep(PAUSE_MS), this.#work])
    }
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await this.#work
  }
}
