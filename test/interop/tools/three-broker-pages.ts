/** What the recorded cases of three brokers take for granted, and which of them come out otherwise. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, unwrap } from '../../../src/client/index.ts'
import type { ThreeBrokers } from './three-brokers.ts'

type Step = (cluster: ThreeBrokers) => Promise<void>

export interface ThreeBrokerPage {
  readonly tool: string
  readonly version: string
  /** What happened between the recorded cases, by the title of the next one. */
  readonly before?: Readonly<Record<string, Step>>
  /** Those that come out otherwise, each with its reason. */
  readonly differences?: Readonly<Record<string, string>>
  /** Those that come out otherwise on our brokers alone. */
  readonly ours?: Readonly<Record<string, string>>
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

const plan =
  (...replicas: readonly number[]): Step =>
  ({ addresses: { folder } }) => {
    writeFileSync(join(folder, 'plan.json'), planTo(...replicas))
    return Promise.resolve()
  }

const TIMEOUT_MS = 20_000
const PAUSE_MS = 50

/** Until no partition is being moved. */
const moved: Step = async ({ addresses: { broker } }) => {
  await using admin = new Kafka({ bootstrapServers: broker }).admin()
  for (const endMs = Date.now() + TIMEOUT_MS; Date.now() < endMs;) {
    if ((await admin.listPartitionReassignments()).length === 0) return
    await sleep(PAUSE_MS)
  }
  throw new Error(`partitions are still being moved after ${TIMEOUT_MS} ms`)
}

/** What is throttled of a topic that was moved, and of a broker that took part. */
async function throttlesOf({ addresses }: ThreeBrokers): Promise<Record<string, string | null>> {
  await using admin = new Kafka({ bootstrapServers: addresses.broker }).admin()
  const described = await admin.describeConfigs([
    { type: 'TOPIC', name: 'mt1' },
    { type: 'BROKER', name: '1' },
  ])
  const entries = described.flatMap(unwrap).filter(({ name }) => name.includes('.throttled.'))
  const isSet = ({ source }: { source: string }) => source.startsWith('DYNAMIC')
  return Object.fromEntries(entries.filter(isSet).map(({ name, value }) => [name, value]))
}

/** As in the recording, where the moves were long over. */
const preferredLeads: Step = async ({ addresses }) => {
  await using admin = new Kafka({ bootstrapServers: addresses.broker }).admin()
  await admin.electLeaders('PREFERRED', 'all')
}

/** The broker that leads a topic of two replicas. */
const stopBroker2: Step = async ({ brokers }) => {
  if (brokers[2]?.process.hasEnded === false) await brokers[2].stop()
}

export const threeBrokerPages: readonly ThreeBrokerPage[] = [
  {
    tool: 'kafka-broker-api-versions',
    version: '3.9.1',
    ours: { 'all brokers': 'our brokers serve the versions of 4.3 too, and not all APIs yet' },
  },
  { tool: 'kafka-cluster', version: '3.9.1' },
  { tool: 'kafka-features', version: '3.9.1' },
  {
    tool: 'kafka-leader-election',
    version: '3.9.1',
    before: { 'preferred leader not alive': stopBroker2 },
  },
  {
    tool: 'kafka-reassign-partitions',
    version: '3.9.1',
    before: {
      '--verify': moved,
      '--execute with a throttle': plan(2, 1),
      '--verify: removes the throttle': async cluster => {
        assert.deepEqual(await throttlesOf(cluster), {
          'leader.replication.throttled.replicas': '0:1,0:2',
          'follower.replication.throttled.replicas': '',
          'leader.replication.throttled.rate': '1000000',
          'follower.replication.throttled.rate': '1000000',
        })
        await moved(cluster)
      },
      '--list: none': async cluster => {
        assert.deepEqual(await throttlesOf(cluster), {}, 'of the topic and of a broker')
      },
    },
  },
  { tool: 'kafka-reassign-partitions', version: '2.6.3' },
  {
    tool: 'kafka-preferred-replica-election',
    version: '2.6.3',
    before: { all: preferredLeads },
    differences: { '--zookeeper': 'it names all partitions, which were others in the recording' },
  },
  { tool: 'kafka-log-dirs', version: '3.9.1' },
]
