/** How long a test waits for a broker of its own: from the call to the first accepted produce. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka } from '../src/client/index.ts'
import { startBroker } from '../src/testing/index.ts'
import { byTurns, tableOf, type Benchmark, type Sample } from './measure.ts'

export const benchmark: Benchmark = {
  question: 'How long does startBroker() take until the first produce is accepted?',
  rounds: 30,
  async run(rounds) {
    const contenders = [
      { name: 'in memory', measure: () => measure(undefined) },
      { name: 'in a directory', measure: inDirectory },
    ]
    console.log(tableOf(await byTurns(contenders, { rounds })))
  },
}

async function inDirectory(): Promise<Sample> {
  const directory = mkdtempSync(join(tmpdir(), 'tidelog-bench-'))
  try {
    return await measure(directory)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

async function measure(directory: string | undefined): Promise<Sample> {
  const startMs = performance.now()
  const broker = await startBroker(directory === undefined ? {} : { directory })
  const started = performance.now() - startMs
  const kafka = new Kafka({ bootstrapServers: broker.bootstrapServers })
  const admin = kafka.admin()
  await admin.createTopics([{ name: 'first' }])
  await admin.close()
  const producer = kafka.producer()
  await producer.send({ topic: 'first', value: Buffer.from('x') })
  const accepted = performance.now() - startMs
  await producer.close()
  await broker.stop()
  return { 'started ms': started, 'produce accepted ms': accepted }
}
