/**
 * kafka-reassign-partitions on moves that are under way: our tool over genuine brokers and the genuine tool over
 * ours say the same, command by command, and so does ours over ours; then what Kafka 2.6 did by ZooKeeper.
 */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, unwrap } from '../../src/client/index.ts'
import { peerOrSkip } from '../peers/cache.ts'
import { genuineDistribution } from '../peers/distribution.ts'
import { referenceVersion, type SubjectKind } from '../peers/subject.ts'
import { masked } from './tools/masks.ts'
import { carryOut, type Addresses } from './tools/replay.ts'
import { startThreeBrokers } from './tools/three-brokers.ts'

const RECORD_BYTES = 500_000
/** More than is copied before a throttle takes hold. */
const RECORDS = 12
const PATIENCE_MS = 60_000
const PAUSE_MS = 100

const plans = {
  plan: { 'slow-0': [1], 'slow-1': [1, 2] },
  other: { 'slow-0': [2] },
  unknown: { 'nope-0': [1], 'slow-0': [1] },
  quick: { 'quick-0': [1, 2] },
}

const reassign = (file: keyof typeof plans, ...flags: readonly string[]) =>
  `kafka-reassign-partitions.sh --bootstrap-server localhost:9092 --reassignment-json-file ${file}.json ${flags.join(' ')}`
const list = 'kafka-reassign-partitions.sh --bootstrap-server localhost:9092 --list'
const describe = 'kafka-topics.sh --bootstrap-server localhost:9092 --describe --topic slow'

/** In the order in which they are typed. */
const commands: readonly string[] = [
  reassign('unknown', '--execute'),
  reassign('plan', '--execute', '--throttle', '1000'),
  list,
  reassign('plan', '--verify'),
  describe,
  reassign('other', '--execute'),
  reassign('other', '--execute', '--additional', '--throttle', '2000'),
  list,
  reassign('other', '--verify', '--preserve-throttles'),
  reassign('other', '--cancel', '--preserve-throttles'),
  list,
  reassign('plan', '--cancel'),
  list,
  reassign('plan', '--verify'),
  describe,
  reassign('quick', '--execute', '--replica-alter-log-dirs-throttle', '1000000'),
]

async function prepare({ broker, folder }: Addresses): Promise<void> {
  for (const [name, moves] of Object.entries(plans)) {
    const partitions = Object.entries(moves).map(([place, replicas]) => {
      const [topic = '', partition] = place.split('-')
      return { topic, partition: Number(partition), replicas }
    })
    writeFileSync(join(folder, `${name}.json`), JSON.stringify({ version: 1, partitions }))
  }
  await using kafka = new Kafka({ bootstrapServers: broker })
  await using admin = kafka.admin()
  const on = (...lists: number[][]) => new Map(lists.entries())
  const made = await admin.createTopics([
    { name: 'slow', replicaAssignments: on([0], [0]) },
    { name: 'quick', replicaAssignments: on([0]) },
  ])
  for (const outcome of made.values()) unwrap(outcome)
  await using producer = kafka.producer({ acks: 'all' })
  const value = Buffer.alloc(RECORD_BYTES, 'x')
  for (let nth = 0; nth < RECORDS; nth += 1)
    await producer.send({ topic: 'slow', partition: nth % 2, value })
}

async function untilAtRest({ broker }: Addresses): Promise<void> {
  await using kafka = new Kafka({ bootstrapServers: broker })
  await using admin = kafka.admin()
  for (const endMs = Date.now() + PATIENCE_MS; ;) {
    if ((await admin.listPartitionReassignments()).length === 0) return
    assert.ok(Date.now() < endMs, 'the move does not end')
    await sleep(PAUSE_MS)
  }
}

/** Of a topic, in whatever order. */
const inOrder = (line: string): string =>
  line.replace(/(?<=Configs: ).+/, configs =>
    configs
      .split(/,(?=[a-z])/)
      .toSorted()
      .join(','),
  )

type Outcomes = Awaited<ReturnType<typeof said>>

async function said(t: TestContext, kind: SubjectKind, bin?: string) {
  const cluster = await startThreeBrokers(kind)
  t.after(() => cluster[Symbol.asyncDispose]())
  const { addresses } = cluster
  await prepare(addresses)
  const outcomes = []
  for (const command of commands) {
    const { stdout, stderr, exit } = await carryOut({ command }, addresses, bin)
    outcomes.push({ command, stdout: masked(stdout).map(inOrder), stderr: masked(stderr), exit })
  }
  await untilAtRest(addresses)
  return { addresses, outcomes }
}

function compare(name: string, one: Outcomes, other: Outcomes): void {
  for (const [nth, outcome] of one.outcomes.entries())
    assert.deepEqual(outcome, other.outcomes[nth], `${name}: ${outcome.command}`)
}

test('moves under way look the same to our tool and to the genuine one, over our brokers and over genuine ones', async t => {
  const genuine = await peerOrSkip(t, () => genuineDistribution(referenceVersion))
  if (genuine === undefined) return
  const ours = await said(t, 'tidelog')
  const theirToolOverOurs = await said(t, 'tidelog', join(genuine, 'bin'))
  const ourToolOverTheirs = await said(t, 'genuine')

  assert.ok(ours.outcomes.some(({ stdout }) => /still in progress/.test(stdout.join())))
  compare('the genuine tool over our brokers', theirToolOverOurs, ours)
  compare('our tool over genuine brokers', ourToolOverTheirs, ours)

  const { addresses } = ours
  const byZooKeeper = (...flags: readonly string[]) =>
    carryOut(
      {
        command: `kafka-reassign-partitions.sh --zookeeper localhost:2181 --reassignment-json-file other.json ${flags.join(' ')}`,
      },
      addresses,
    )
  const begun = await byZooKeeper('--execute')
  assert.match(begun.stdout, /Successfully started partition reassignment for slow-0/, begun.stderr)
  await untilAtRest(addresses)
  assert.match(
    (await byZooKeeper('--verify')).stdout,
    /Reassignment of partition slow-0 is complete\./,
  )
})
