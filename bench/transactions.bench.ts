/**
 * Transactions, a large group, and a restart with the offsets of many groups, on our broker and on genuine
 * Kafka by turns.
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startBroker, startSubject, type Subject, type SubjectKind } from '../test/peers/subject.ts'
import type { GroupResult } from './load/group.ts'
import { SubjectLoad } from './load/subject-load.ts'
import type { TransactResult } from './load/transact.ts'
import { byTurns, figuresOf, tableOf, usageOf, type Benchmark, type Sample } from './measure.ts'

const run = promisify(execFile)
const PARTITIONS = 10
const SECONDS = 8
/** The first transactions meet a cold JIT compiler, in both. */
const WARM_UP_SECONDS = 6
const MEMBERS = 100
const GROUP_PARTITIONS = 1_000
const GROUP_ROUNDS = 3
const STORED_GROUPS = 10_000

/** As many partitions as brokers have by default. */
const overrides = {
  'offsets.topic.num.partitions': '50',
  'transaction.state.log.num.partitions': '50',
}

export const benchmark: Benchmark = {
  question: 'What do transactions, a large group and a restart with many groups cost?',
  rounds: 3,
  async run(rounds) {
    const kinds = ['genuine', 'tidelog'] as const
    const contenders = kinds.map(kind => ({ name: kind, measure: () => measure(kind) }))
    console.log(tableOf(await byTurns(contenders, { rounds, warmUp: false })))
  },
}

async function measure(kind: SubjectKind): Promise<Sample> {
  const subject = await startSubject({ kind, isStockJvm: true, overrides })
  try {
    const load = new SubjectLoad(subject)
    await load.untilReady()
    await load.createTopic('transacted', PARTITIONS)
    await transact(subject, { producers: 1, seconds: WARM_UP_SECONDS })
    const one = await transact(subject, { producers: 1, seconds: SECONDS })
    await transact(subject, { producers: 16, seconds: WARM_UP_SECONDS })
    const sixteen = await transact(subject, { producers: 16, seconds: SECONDS })
    await load.createTopic('shared', GROUP_PARTITIONS)
    const group = await joinGroups(subject)
    const restartMs = await restartWithGroups(subject)
    return {
      ...prefixed('1 producer: ', one),
      ...prefixed('16 producers: ', sixteen),
      ...prefixed('group: ', group),
      'restart with 10,000 groups ms': restartMs,
    }
  } finally {
    await subject.dispose()
  }
}

function prefixed(prefix: string, sample: Sample): Sample {
  return Object.fromEntries(Object.entries(sample).map(([name, value]) => [prefix + name, value]))
}

let runs = 0

async function transact(
  subject: Subject,
  { producers, seconds }: { producers: number; seconds: number },
): Promise<Sample> {
  runs += 1
  const loaded = await loadOn(subject, 'transact', {
    ...{ topic: 'transacted', partitions: PARTITIONS, producers, seconds },
    ...{ recordsPerTransaction: 100, recordBytes: 100, name: `run-${runs}` },
  })
  const result = loaded.result as TransactResult
  return {
    'commits/s': result.commits / result.seconds,
    'commit p50 ms': result.commitP50Ms,
    'commit p99 ms': result.commitP99Ms,
    'CPU s/1000 commits': (loaded.cpuSeconds / result.commits) * 1_000,
    'asked again, per commit': result.concurrent / result.commits,
  }
}

/** Each time another group: the medians of the later ones count. */
async function joinGroups(subject: Subject): Promise<Sample> {
  const ms: number[] = []
  const cpu: number[] = []
  for (let n = 0; n <= GROUP_ROUNDS; n += 1) {
    const { result, cpuSeconds } = await loadOn(subject, 'group', {
      ...{ groupId: `large-${n}`, topic: 'shared', partitions: GROUP_PARTITIONS, members: MEMBERS },
    })
    if (n === 0) continue
    ms.push((result as GroupResult).ms)
    cpu.push(cpuSeconds)
  }
  return { 'join to stable ms': figuresOf(ms).median, 'CPU s': figuresOf(cpu).median }
}

/** @returns milliseconds from the start of the broker until the last group has been told its offsets */
async function restartWithGroups(subject: Subject): Promise<number> {
  const offsets = { groups: STORED_GROUPS, topic: 'transacted', partitions: PARTITIONS }
  await loadOn(subject, 'offsets', { ...offsets, action: 'commit' })
  await subject.broker.stop()
  const startMs = performance.now()
  const { kind, zookeeper, logDirs } = subject
  const port = Number(subject.bootstrap.split(':')[1])
  const starting = startBroker({ kind, zookeeper, logDirs, port, isStockJvm: true, overrides })
  await runLoad(subject, 'offsets', { ...offsets, action: 'fetch' })
  const ms = performance.now() - startMs
  await (await starting).stop()
  return ms
}

async function loadOn(
  subject: Subject,
  program: string,
  options: object,
): Promise<{ result: unknown; cpuSeconds: number }> {
  const { pid } = subject.broker.process
  const before = usageOf(pid).cpuSeconds
  const result = await runLoad(subject, program, options)
  return { result, cpuSeconds: usageOf(pid).cpuSeconds - before }
}

async function runLoad(subject: Subject, program: string, options: object): Promise<unknown> {
  const port = Number(subject.bootstrap.split(':')[1])
  const path = join(import.meta.dirname, 'load', `${program}.js`)
  const { stdout } = await run(process.execPath, [path, JSON.stringify({ port, ...options })])
  return JSON.parse(stdout) as unknown
}
