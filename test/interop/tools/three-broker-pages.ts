/** What the recorded cases of three brokers take for granted, and which of them come out otherwise. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka } from '../../../src/client/index.ts'
import type { ThreeBrokers } from './three-brokers.ts'

type Step = (cluster: ThreeBrokers) => Promise<void>

export interface ThreeBrokerPage {
  readonly tool: string
  readonly version: string
  /** What happened between the recorded cases, by the title of the next one. */
  readonly before?: Readonly<Record<string, Step>>
  /** Those that come out otherwise, each with its reason. */
  readonly differences?: Readonly<Record<string, string>>
}

/** Topics with their replicas, and the files that commands name. */
export const prepare: Step = async ({ addresses: { broker, folder } }) => {
  const kafka = new Kafka({ bootstrapServers: broker })
  await using admin = kafka.admin()
  const topic = (name: string, ...replicas: (readonly number[])[]) => ({
    name,
    replicaAssignments: new Map(replicas.entries()),
  })
  await admin.createTopics([
    topic('mt1', [0]),
    topic('mt', [0, 2], [1, 0], [2, 1]),
    topic('lead2', [2, 0]),
  ])
  await using producer = kafka.producer({ lingerMs: 0 })
  for (let nth = 0; nth < 3; nth += 1) {
    await producer.send({ topic: 'mt1', partition: 0, value: `v${nth}` })
  }
  const file = (name: string, text: string) => writeFileSync(join(folder, name), text)
  file('topics.json', '{"topics":[{"topic":"mt1"}],"version":1}')
  file('elect.json', '{"partitions":[{"topic":"mt1","partition":0}]}')
  file('nojson.json', 'hello')
  file('bad.json', planTo(9))
  file('plan.json', planTo(1, 2))
}

const planTo = (...replicas: readonly number[]) =>
  JSON.stringify({ version: 1, partitions: [{ topic: 'mt1', partition: 0, replicas }] })

export const plan =
  (...replicas: readonly number[]): Step =>
  ({ addresses: { folder } }) => {
    writeFileSync(join(folder, 'plan.json'), planTo(...replicas))
    return Promise.resolve()
  }

const TIMEOUT_MS = 20_000
const PAUSE_MS = 50

/** Until no partition is being moved. */
export const moved: Step = async ({ addresses: { broker } }) => {
  await using admin = new Kafka({ bootstrapServers: broker }).admin()
  for (const endMs = Date.now() + TIMEOUT_MS; Date.now() < endMs;) {
    if ((await admin.listPartitionReassignments()).length === 0) return
    await sleep(PAUSE_MS)
  }
  throw new Error(`partitions are still being moved after ${TIMEOUT_MS} ms`)
}

/** The broker that leads a topic of two replicas. */
const stopBroker2: Step = async ({ brokers }) => {
  if (brokers[2]?.process.hasEnded === false) await brokers[2].stop()
}

export const threeBrokerPages: readonly ThreeBrokerPage[] = [
  { tool: 'kafka-broker-api-versions', version: '3.9.1' },
  { tool: 'kafka-cluster', version: '3.9.1' },
  { tool: 'kafka-features', version: '3.9.1' },
  {
    tool: 'kafka-leader-election',
    version: '3.9.1',
    before: { 'preferred leader not alive': stopBroker2 },
  },
]
