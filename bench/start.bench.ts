/** How long a test waits for brokers of its own: from the call to the first accepted produce. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, unwrap } from '../src/client/index.ts'
import { startBroker, startCluster } from '../src/testing/index.ts'
import { byTurns, tableOf, type Benchmark, type Sample } from './measure.ts'

/** What both have. */
interface Started {
  readonly bootstrapServers: string
  stop(): Promise<void>
}

type Start = (options: { directory?: string }) => Promise<Started>

export const benchmark: Benchmark = {
  question:
    'How long do startBroker() and startCluster() take until the first produce is accepted?',
  rounds: 30,
  async run(rounds) {
    const contenders = [
      { name: 'a broker in memory', measure: () => measure(startBroker, {}) },
      { name: 'a broker in a directory', measure: () => inDirectory(startBroker) },
      { name: 'three brokers in memory', measure: () => measure(startCluster, {}) },
      { name: 'three brokers in a directory', measure: () => inDirectory(startCluster) },
    ]
    console.log(tableOf(await byTurns(contenders, { rounds })))
  },
}

async function inDirectory(start: Start): Promise<Sample> {
  const directory = mkdtempSync(join(tmpdir(), 'tidelog-bench-'))
  try {
    return await measure(start, { directory })
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** The topic has a replica on each broker, and the record is acknowledged by all. */
async function measure(start: Start, options: { directory?: string }): Promise<Sample> {
  const startMs = performance.now()
  const running = await start(options)
  const started = performance.now() - startMs
  const kafka = new Kafka({ bootstrapServers: running.bootstrapServers })
  const admin = kafka.admin()
  for (const outcome of (await admin.createTopics([{ name: 'first' }])).values()) unwrap(outcome)
  await admin.close()
  const producer = kafka.producer()
  await producer.send({ topic: 'first', value: Buffer.from('x') })
  const accepted = performance.now() - startMs
  await producer.close()
  await running.stop()
  return { 'started ms': started, 'produce accepted ms': accepted }
}
