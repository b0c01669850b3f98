/** Kills a calculator again and again while transactions come in, and counts what is wrong afterwards. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Kafka, unwrap } from 'tidelog/client'
import { ACCOUNTS, type Topics } from './accounts.ts'
import { compare, type AccountComparison } from './comparison.ts'
import { generate } from './generator.ts'

export type Calculator = 'naive' | 'exact'

export interface DrillOptions {
  readonly bootstrapServers: string
  readonly calculator: Calculator
  readonly kills: number
  /** Told of each kill. */
  readonly onKill?: (kill: number) => void
}

export interface DrillResult {
  readonly comparison: readonly AccountComparison[]
  readonly kills: number
}

const PAUSE_MS = 20
/** A calculator lives for at most so long. */
const LIFE_MS = 3_000
/** Without a new balance for so long, no more will come. */
const QUIET_MS = 4_000

export async function drill(options: DrillOptions): Promise<DrillResult> {
  const { bootstrapServers, calculator, kills, onKill } = options
  const kafka = new Kafka({ bootstrapServers })
  const suffix = `${calculator}-${Date.now()}`
  const topics = { transactions: `transactions-${suffix}`, balance: `balance-${suffix}` }
  await createTopics(kafka, topics)

  const stopping = new AbortController()
  let child = startCalculator(options, topics)
  // The first one is given the time to find its place: a calculator that only ever starts shows nothing.
  await wait(LIFE_MS)
  const generating = generate(kafka, {
    ...{ topic: topics.transactions, pauseMs: PAUSE_MS, signal: stopping.signal },
  })
  for (let kill = 1; kill <= kills; kill += 1) {
    await wait(LIFE_MS * (0.4 + 0.6 * Math.random()))
    await end(child)
    child = startCalculator(options, topics)
    onKill?.(kill)
  }
  await wait(LIFE_MS)
  stopping.abort()
  await generating
  await untilQuiet(kafka, topics.balance)
  await end(child)

  const transactions = await readAll(kafka, topics.transactions)
  const balances = await readAll(kafka, topics.balance)
  return { comparison: compare(transactions, balances), kills }
}

function startCalculator(
  { bootstrapServers, calculator }: DrillOptions,
  topics: Topics,
): ChildProcess {
  const program = join(import.meta.dirname, 'balance.js')
  const named = ['--transactions', topics.transactions, '--balance', topics.balance]
  return spawn(
    process.execPath,
    [program, calculator, '--bootstrap-server', bootstrapServers, ...named],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
}

/** As a power cut does. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

async function createTopics(kafka: Kafka, topics: Topics): Promise<void> {
  await using admin = kafka.admin()
  const names = [topics.transactions, topics.balance]
  const created = await admin.createTopics(
    names.map(name => ({ name, numPartitions: ACCOUNTS, replicationFactor: 1 })),
  )
  for (const outcome of created.values()) unwrap(outcome)
}

async function untilQuiet(kafka: Kafka, topic: string): Promise<void> {
  await using consumer = kafka.consumer({ isolationLevel: 'read_committed' })
  let before = -1
  while (true) {
    const ends = await consumer.endOffsets(partitionsOf(topic))
    const sum = ends.reduce((total, { offset }) => total + offset, 0)
    if (sum === before) return
    before = sum
    await wait(QUIET_MS)
  }
}

/** The numbers in each account, as a read_committed reader sees them. */
async function readAll(kafka: Kafka, topic: string): Promise<number[][]> {
  await using consumer = kafka.consumer({ isolationLevel: 'read_committed' })
  const partitions = partitionsOf(topic)
  const ends = await consumer.endOffsets(partitions)
  consumer.assign(partitions)
  consumer.seekToBeginning(partitions)
  const values: number[][] = partitions.map(() => [])
  const isDone = async (): Promise<boolean> => {
    for (const { partition, offset } of ends) {
      if ((await consumer.position({ topic, partition })) < offset) return false
    }
    return true
  }
  while (!(await isDone())) {
    for (const { partition, value } of await consumer.poll(1_000)) {
      values[partition]?.push(Number(value))
    }
  }
  return values
}

function partitionsOf(topic: string): { topic: string; partition: number }[] {
  return Array.from({ length: ACCOUNTS }, (_, partition) => ({ topic, partition }))
}
