/** What is looked at when the load is over: what topics hold, what groups have committed, what replicas have on their disks. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Kafka, TopicPartition } from '../../../src/client/index.ts'
import { checkHistory, type Reading } from '../transactions/check-history.ts'
import { transactionsOf } from '../transactions/history.ts'
import { ACCOUNTS } from '../transactions/instructions.ts'
import { LEDGER } from './ledger.ts'
import { GROUP, INPUT, OUTPUT, topics, TRANSACTION_TIMEOUT_MS, type Load } from './load.ts'
import type { Machines } from './machines.ts'
import type { Violation } from './violations.ts'

/** The coordinator looks for late transactions every ten seconds. */
const STABLE_MS = TRANSACTION_TIMEOUT_MS + 60_000

export class Aftermath {
  readonly #kafka: Kafka
  readonly #machines: Machines
  /** What could not be looked at. */
  readonly accidents: string[] = []

  constructor(kafka: Kafka, machines: Machines) {
    this.#kafka = kafka
    this.#machines = machines
  }

  /** Transactions of clients that are gone end by their timeout. */
  async hanging(): Promise<Violation[]> {
    const deadlineMs = Date.now() + STABLE_MS
    await using admin = this.#kafka.admin()
    const partitions = [...partitionsOf(OUTPUT), ...partitionsOf('__consumer_offsets')]
    const ask = async (isolationLevel: 'read_committed' | 'read_uncommitted') => {
      const questions = partitions.map(partition => ({ ...partition, spec: 'latest' as const }))
      const outcomes = await admin.listOffsets(questions, { isolationLevel })
      return outcomes.map(outcome => (outcome.ok ? outcome.value.offset : -1))
    }
    for (;;) {
      const ends = await ask('read_uncommitted')
      const stable = await ask('read_committed')
      const hanging = partitions.filter((_, nth) => ends[nth] === -1 || ends[nth] !== stable[nth])
      if (hanging.length === 0) return []
      if (Date.now() > deadlineMs) {
        const names = hanging.map(({ topic, partition }) => `${topic}-${partition}`).join(', ')
        return [{ kind: 'hanging', text: `${names}: stable up to ${stable.join()}, not ${ends.join()}` }] // prettier-ignore
      }
      await wait(500)
    }
  }

  /** The values of each partition of the ledger, each at its offset. */
  async readLedger(): Promise<string[][]> {
    const partitions = partitionsOf(LEDGER)
    await using consumer = this.#kafka.consumer({ maxPollRecords: 10_000 })
    const ends = await consumer.endOffsets(partitions)
    consumer.assign(partitions)
    consumer.seekToBeginning(partitions)
    const values = partitions.map((): string[] => [])
    let missing = ends.reduce((sum, { offset }) => sum + offset, 0)
    const deadlineMs = Date.now() + STABLE_MS
    while (missing > 0 && Date.now() < deadlineMs) {
      for (const { partition, offset, value } of await consumer.poll(1_000)) {
        const there = values[partition]
        if (there === undefined || offset !== there.length) continue
        there.push(String(value))
        missing -= 1
      }
    }
    if (missing > 0) this.accidents.push(`${missing} records of the ledger could not be read`)
    return values
  }

  async untilGroupHasRead(ledger: readonly (readonly string[])[]): Promise<void> {
    await using consumer = this.#kafka.consumer({ groupId: GROUP, enableAutoCommit: false })
    const deadlineMs = Date.now() + STABLE_MS
    for (;;) {
      const committed = await consumer.committed(partitionsOf(LEDGER))
      const isDone = committed.every(
        ({ partition, committed: at }) => (at?.offset ?? 0) >= (ledger[partition]?.length ?? 0),
      )
      if (isDone) return
      if (Date.now() > deadlineMs) {
        const offsets = committed.map(({ committed: at }) => at?.offset ?? -1).join()
        this.accidents.push(`the group has not read everything: ${offsets}`)
        return
      }
      await wait(500)
    }
  }

  async transactionViolations(load: Load): Promise<Violation[]> {
    await using admin = this.#kafka.admin()
    const questions = partitionsOf(OUTPUT).map(partition => ({ ...partition, spec: 'latest' as const })) // prettier-ignore
    const outcomes = await admin.listOffsets(questions, { isolationLevel: 'read_committed' })
    const ends = outcomes.map(outcome => (outcome.ok ? outcome.value.offset : -1))
    const late = load.startReader('late')
    for (const reader of [load.liveReader, late]) {
      reader.write(JSON.stringify(ends))
      reader.endInput()
    }
    await Promise.all([load.liveReader.ended, late.ended])
    const committedOffsets: number[] = []
    for (let client = 0; client < load.transactionClients; client += 1) {
      await using consumer = this.#kafka.consumer({ groupId: `drill-${client}` })
      const [resumed] = await consumer.committed([{ topic: INPUT, partition: client }])
      committedOffsets.push(resumed?.committed?.offset ?? -1)
    }
    const readings = ['live', 'late'].map(name => readingOf(name, load.readingOf(name)))
    const transactions = load.pool.lives().flatMap(transactionsOf)
    return checkHistory({ transactions, readings, committedOffsets, failures: [] }).map(
      ({ kind, text }) => ({ kind: 'transaction', text: `${kind}: ${text}` }),
    )
  }

  /** The files of all replicas, byte for byte, once followers have what leaders have. */
  async compareReplicas(): Promise<{ differing: Violation[]; compared: number }> {
    const deadlineMs = Date.now() + STABLE_MS
    const all = Object.keys(topics).flatMap(partitionsOf)
    const differing: Violation[] = []
    for (const { topic, partition } of all) {
      const name = `${topic}-${partition}`
      for (;;) {
        const logs = this.#machines.ids.map(id => this.#bytesOf(id, name))
        const [first = Buffer.alloc(0)] = logs
        if (logs.every(bytes => bytes.equals(first))) break
        if (Date.now() > deadlineMs) {
          const sizes = logs.map(bytes => bytes.length).join(', ')
          differing.push({ kind: 'replicas differ', text: `${name}: ${sizes} bytes` })
          break
        }
        await wait(500)
      }
    }
    return { differing, compared: all.length * this.#machines.ids.length }
  }

  #bytesOf(broker: number, name: string): Buffer {
    const directories = this.#machines
      .disksOf(broker)
      .logDirs.filter(directory => readdirSync(directory).includes(name))
    return Buffer.concat(
      directories.flatMap(directory =>
        readdirSync(join(directory, name))
          .filter(file => file.endsWith('.log'))
          .sort()
          .map(file => readFileSync(join(directory, name, file))),
      ),
    )
  }
}

function partitionsOf(topic: string): TopicPartition[] {
  return Array.from({ length: topics[topic] ?? 0 }, (_, partition) => ({ topic, partition }))
}

function readingOf(reader: string, text: string): Reading {
  const accounts = Array.from({ length: ACCOUNTS }, (): { offset: number; text: string }[] => [])
  for (const line of text.split('\n').filter(Boolean)) {
    const [account, offset, ...rest] = line.split(' ')
    accounts[Number(account)]?.push({ offset: Number(offset), text: rest.join(' ') })
  }
  return { reader, accounts }
}
