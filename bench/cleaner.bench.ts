/**
 * Cleaning 1 GB of records of 1 KB, nine in ten of them replaced by a later one, by our broker and by
 * genuine Kafka in turn: how long, how much processor time, and how long a small request waits meanwhile.
 */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import {
  CreateTopicsRequest,
  CreateTopicsResponse,
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from '../src/protocol/index.ts'
import { start } from '../test/peers/process.ts'
import { startSubject, type Subject, type SubjectKind } from '../test/peers/subject.ts'
import type { ProbeResult } from './load/probe.ts'
import { ask } from './load/wire.ts'
import { byTurns, tableOf, usageOf, type Benchmark, type Sample } from './measure.ts'

const run = promisify(execFile)
const RECORDS = 1_000_000
const KEYS = RECORDS / 10
const TOPIC = 'compacted'
const TOPIC_RESOURCE = 2
const SET = 0

export const benchmark: Benchmark = {
  question: 'What does it cost to clean 1 GB of which nine tenths go, and who waits for it?',
  rounds: 3,
  async run(rounds) {
    const kinds = ['genuine', 'tidelog'] as const
    const contenders = kinds.map(kind => ({ name: kind, measure: () => measure(kind) }))
    console.log(tableOf(await byTurns(contenders, { rounds, warmUp: false })))
  },
}

async function measure(kind: SubjectKind): Promise<Sample> {
  const overrides = { 'log.cleaner.backoff.ms': '200', 'log.segment.bytes': '100000000' }
  const subject = await startSubject({ kind, isStockJvm: true, overrides })
  try {
    const port = Number(subject.bootstrap.split(':')[1])
    await createTopic(port, 'probe', {})
    // Not dirty enough while it is filled.
    await createTopic(port, TOPIC, { 'cleanup.policy': 'compact', 'min.compaction.lag.ms': '3600000' }) // prettier-ignore
    await load('keyed', {
      ...{ port, topic: TOPIC, records: RECORDS, keys: KEYS },
      ...{ recordBytes: 1_000, recordsPerBatch: 16 },
    })
    await sleep(1_000)
    const quiet = await probe(port, () => sleep(4_000))
    const { pid } = subject.broker.process
    const before = usageOf(pid).cpuSeconds
    const startMs = performance.now()
    const busy = await probe(port, async () => {
      await setConfig(port, 'min.compaction.lag.ms', '0')
      await untilCleaned(subject)
    })
    const seconds = (performance.now() - startMs) / 1_000
    return {
      seconds,
      'CPU s': usageOf(pid).cpuSeconds - before,
      'longest wait ms': busy.longestMs,
      'wait p99 ms': busy.p99Ms,
      'longest wait without cleaning ms': quiet.longestMs,
    }
  } finally {
    await subject.dispose()
  }
}

async function load(program: string, options: object): Promise<void> {
  const path = join(import.meta.dirname, 'load', `${program}.js`)
  await run(process.execPath, [path, JSON.stringify(options)])
}

/** Small requests, one after the other, for as long as `work` takes. */
async function probe(port: number, work: () => Promise<void>): Promise<ProbeResult> {
  const path = join(import.meta.dirname, 'load', 'probe.js')
  const options = { port, topic: 'probe', pauseMs: 1 }
  const child = start(process.execPath, [path, JSON.stringify(options)])
  await work()
  child.endInput()
  const { stdout } = await child.ended
  return JSON.parse(stdout) as ProbeResult
}

async function createTopic(
  port: number,
  name: string,
  configs: Readonly<Record<string, string>>,
): Promise<void> {
  await ask(port, [CreateTopicsRequest, CreateTopicsResponse], 4, {
    topics: [
      {
        ...{ name, numPartitions: 1, replicationFactor: 1, assignments: [] },
        configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
      },
    ],
    timeoutMs: 60_000,
  })
}

async function setConfig(port: number, name: string, value: string): Promise<void> {
  await ask(port, [IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse], 0, {
    resources: [
      {
        ...{ resourceType: TOPIC_RESOURCE, resourceName: TOPIC },
        configs: [{ name, configOperation: SET, value }],
      },
    ],
    validateOnly: false,
  })
}

/** The checkpoint is written when the cleaning is over. */
async function untilCleaned(subject: Subject): Promise<void> {
  const path = join(subject.logDirs[0] ?? '', 'cleaner-offset-checkpoint')
  while (!(existsSync(path) && /^compacted 0 [1-9]/m.test(readFileSync(path, 'utf8')))) {
    await sleep(20)
  }
}
