/**
 * What brokers of a cluster answer to moves of replicas, elections and changes of features: three genuine
 * brokers of 3.9 and three of ours, asked the same in the same order, in every version that both have.
 */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, unwrap } from '../../src/client/index.ts'
import {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
  CreatePartitionsRequest,
  CreatePartitionsResponse,
  ElectLeadersRequest,
  ElectLeadersResponse,
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse,
  UpdateFeaturesRequest,
  UpdateFeaturesResponse,
  type MessageInput,
} from '../../src/protocol/index.ts'
import { RawClient } from '../broker/raw-client.ts'
import { peerOrSkip } from '../peers/cache.ts'
import { startCluster, type Cluster } from '../peers/cluster.ts'
import { genuineDistribution } from '../peers/distribution.ts'
import { referenceVersion, subjectKind, type SubjectKind } from '../peers/subject.ts'

const reassign = [AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse] as const
const list = [ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse] as const
const elect = [ElectLeadersRequest, ElectLeadersResponse] as const
const update = [UpdateFeaturesRequest, UpdateFeaturesResponse] as const
const grow = [CreatePartitionsRequest, CreatePartitionsResponse] as const

type Pair = typeof reassign | typeof list | typeof elect | typeof update | typeof grow

const PATIENCE_MS = 60_000
const PAUSE_MS = 50
/** Bytes of records that a slow move has not copied by the end of the test. */
const RECORD_BYTES = 500_000
const RECORDS = 10

async function until<T>(look: () => Promise<T>, isFine: (found: T) => boolean): Promise<T> {
  for (const endMs = Date.now() + PATIENCE_MS; ;) {
    const found = await look()
    if (isFine(found)) return found
    assert.ok(Date.now() < endMs, `this did not change any more: ${JSON.stringify(found)}`)
    await sleep(PAUSE_MS)
  }
}

/** One cluster, asked; what it answered is noted under a title. */
class Asked {
  readonly answers: (readonly [title: string, answer: unknown])[] = []
  readonly cluster: Cluster
  readonly kafka: Kafka

  constructor(cluster: Cluster, kafka: Kafka) {
    this.cluster = cluster
    this.kafka = kafka
  }

  /** Of the controller, unless another is named. */
  async ask<P extends Pair>(
    title: string,
    pair: P,
    version: number,
    body: MessageInput<P[0]>,
    brokerId = 0,
  ): Promise<void> {
    const port = Number(this.cluster.broker(brokerId).address.split(':')[1])
    await using client = await RawClient.open(port)
    const answer: unknown = await client
      .request(pair as never, version, body as never)
      .catch((error: unknown) => String(error))
    this.answers.push([`${title}, v${version}`, inOrder(answer)])
  }

  async stateOf(topic: string) {
    await using admin = this.kafka.admin()
    const found = (await admin.describeTopics([topic])).get(topic)
    if (found?.ok !== true) return undefined
    return found.value.partitions.map(({ leader, replicas, isr }) => ({
      ...{ leader: leader?.id, replicas: replicas.map(({ id }) => id) },
      isr: isr.map(({ id }) => id).sort(),
    }))
  }
}

/** Topics and partitions come in the order of a hash table. */
function inOrder(answer: unknown): unknown {
  if (Array.isArray(answer)) {
    const items = answer.map(inOrder)
    const isOfObjects = items.every(item => typeof item === 'object' && item !== null)
    return isOfObjects ? items.toSorted((a, b) => compareText(a, b)) : items
  }
  if (typeof answer !== 'object' || answer === null) return answer
  return Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, inOrder(value)]))
}

const compareText = (a: unknown, b: unknown): number =>
  JSON.stringify(a) < JSON.stringify(b) ? -1 : 1

const moveOf = (name: string, ...replicas: (readonly number[] | null)[]) => ({
  topics: [
    {
      name,
      partitions: replicas.map((ids, partitionIndex) => ({
        ...{ partitionIndex, replicas: ids === null ? null : [...ids] },
      })),
    },
  ],
})

const electionOf = (topic: string, ...partitions: readonly number[]) => ({
  topicPartitions: [{ topic, partitions: [...partitions] }],
})

/** Topics of their own, so that nothing depends on how quick a move is. */
async function prepare({ kafka }: Asked): Promise<void> {
  await using admin = kafka.admin()
  const topic = (name: string, ...lists: (readonly number[])[]) => ({
    ...{ name, replicaAssignments: new Map(lists.entries()) },
  })
  const made = await admin.createTopics([
    topic('still', [0, 1], [1, 2]),
    topic('slow', [0], [1]),
    topic('held', [1, 0]),
    topic('lost', [1]),
    topic('led', [2, 1]),
    topic('torn', [1, 2]),
  ])
  for (const outcome of made.values()) unwrap(outcome)
  await using producer = kafka.producer({ acks: 'all', maxRequestSize: 2 * RECORD_BYTES })
  const value = Buffer.alloc(RECORD_BYTES, 'x')
  for (let nth = 0; nth < RECORDS; nth += 1)
    await producer.send({ topic: 'slow', partition: nth % 2, value })
  await throttle(kafka)
}

async function throttle(kafka: Kafka): Promise<void> {
  await using admin = kafka.admin()
  const set = (name: string, value: string) => ({ name, value, op: 'SET' as const })
  const changed = await admin.incrementalAlterConfigs([
    {
      resource: { type: 'TOPIC', name: 'slow' },
      ops: [set('leader.replication.throttled.replicas', '*')],
    },
    ...[0, 1, 2].map(id => ({
      resource: { type: 'BROKER' as const, name: String(id) },
      ops: [set('leader.replication.throttled.rate', '10')],
    })),
  ])
  for (const outcome of changed) unwrap(outcome)
}

async function askMoves(asked: Asked): Promise<void> {
  const alter = (title: string, body: MessageInput<typeof AlterPartitionReassignmentsRequest>) =>
    asked.ask(title, reassign, 0, body)
  await alter('nothing', { topics: [] })
  await alter('no replicas', moveOf('still', []))
  await alter('a replica twice', moveOf('still', [1, 1]))
  await alter('a negative broker', moveOf('still', [-1, 0]))
  await alter('an unknown broker', moveOf('still', [9, 0]))
  await alter('an unknown topic', moveOf('nope', [0]))
  await alter('an unknown topic, an unknown broker', moveOf('nope', [9]))
  await alter('an unknown partition', moveOf('still', [0, 1], [1, 2], [0]))
  await alter('cancel of nothing', moveOf('still', null))
  await alter('cancel of what is not there', moveOf('nope', null))
  await alter('no partitions', { topics: [{ name: 'still', partitions: [] }] })
  await asked.ask('another broker', reassign, 0, moveOf('still', [0, 1]), 1)
  await asked.ask('list, another broker', list, 0, { topics: null }, 1)
  await asked.ask('list, nothing under way', list, 0, { topics: null })

  await alter('begin', moveOf('slow', [2], [2, 1]))
  const named = (...partitionIndexes: number[]) => ({
    topics: [{ name: 'slow', partitionIndexes }],
  })
  await asked.ask('list, all', list, 0, { topics: null })
  await asked.ask('list, one', list, 0, named(1))
  await asked.ask('list, one that is not there', list, 0, named(7))
  await asked.ask('list, none', list, 0, { topics: [] })
  const growth = { topics: [{ name: 'slow', count: 5, assignments: null }], timeoutMs: 5_000 }
  await asked.ask('more partitions meanwhile', grow, 3, { ...growth, validateOnly: false })
  await alter('another target', moveOf('slow', [1]))
  await asked.ask('list, another target', list, 0, { topics: null })
  await alter('cancel', moveOf('slow', null, null))
  await asked.ask('list, cancelled', list, 0, { topics: null })
  await alter('cancel again', moveOf('slow', null))
  await alter('the same replicas in another order', moveOf('still', [1, 0]))
  const stays = (found: Awaited<ReturnType<Asked['stateOf']>>) => found?.[0]?.replicas[0] === 1
  asked.answers.push(['state, in another order', await until(() => asked.stateOf('still'), stays)])
  await alter('fewer replicas', moveOf('still', [1]))
  const isOne = (found: Awaited<ReturnType<Asked['stateOf']>>) => found?.[0]?.isr.length === 1
  asked.answers.push(['state, fewer', await until(() => asked.stateOf('still'), isOne)])
}

async function askElections(asked: Asked): Promise<void> {
  for (const version of [0, 1, 2]) {
    const ask = (
      title: string,
      body: MessageInput<typeof ElectLeadersRequest>,
      brokerId?: number,
    ) => asked.ask(title, elect, version, { timeoutMs: 30_000, ...body }, brokerId)
    await ask('an election that is not needed', electionOf('held', 0))
    await ask('an election of all', { topicPartitions: null })
    await ask('an election of what is not there', electionOf('held', 0, 9))
    await ask('an election of a topic that is not there', electionOf('nope', 0))
    await ask('an election of nothing', { topicPartitions: [] })
    await ask('an election, another broker', electionOf('held', 0), 1)
    if (version === 0) continue
    await ask('an unclean election, the leader alive', {
      electionType: 1,
      ...electionOf('held', 0),
    })
    await ask('an election of no type', { electionType: 7, ...electionOf('held', 0) })
    await ask('an election of no type, of all', { electionType: 7, topicPartitions: null })
  }
}

/** Broker 2 is stopped first, so that what it comes back to has one in-sync replica, on broker 1, which is stopped then. */
async function askWithout(asked: Asked): Promise<void> {
  const { cluster } = asked
  await cluster.broker(2).stop()
  await until(
    () => asked.stateOf('torn'),
    found => String(found?.[0]?.isr) === '1',
  )
  await cluster.broker(1).stop()
  await cluster.start(2)
  await until(
    () => asked.stateOf('torn'),
    found => found?.[0]?.leader === undefined,
  )
  await until(
    () => asked.stateOf('held'),
    found => found?.[0]?.leader === 0 && found[0].isr.length === 1,
  )
  const lossy = { electionType: 1, timeoutMs: 30_000 }
  await asked.ask('unclean, one lives', elect, 1, { ...lossy, ...electionOf('torn', 0) })
  const elected = await until(
    () => asked.stateOf('torn'),
    found => found?.[0]?.leader === 2,
  )
  asked.answers.push(['state, unclean', elected])
  await asked.ask('unclean, it leads', elect, 1, { ...lossy, ...electionOf('torn', 0) })
  for (const version of [1, 2]) {
    const ask = (title: string, body: MessageInput<typeof ElectLeadersRequest>) =>
      asked.ask(title, elect, version, { timeoutMs: 30_000, ...body })
    await ask('the first replica is dead', electionOf('held', 0))
    await ask('the first replica is dead, all', { topicPartitions: null })
    await ask('unclean, nobody lives', { electionType: 1, ...electionOf('lost', 0) })
    await ask('unclean, all', { electionType: 1, topicPartitions: null })
  }
  await asked.ask('to a dead broker', reassign, 0, moveOf('held', [0, 2, 1]))
  await asked.ask('to a dead broker that has it not', reassign, 0, moveOf('slow', [1]))
  await cluster.start(1)
  for (const topic of ['held', 'still', 'lost', 'led', 'torn'])
    await until(
      () => asked.stateOf(topic),
      found => found?.every(({ replicas, isr }) => isr.length === replicas.length) === true,
    )
  await asked.ask('list, all at rest', list, 0, { topics: null })
  const all = { timeoutMs: 30_000, topicPartitions: null }
  await asked.ask('first replicas again', elect, 2, all)
  for (const topic of ['held', 'still', 'lost', 'led', 'torn'])
    await until(
      () => asked.stateOf(topic),
      found => found?.every(({ leader, replicas }) => leader === replicas[0]) === true,
    )
}

async function askFeatures(asked: Asked): Promise<void> {
  const feature = (name: string, maxVersionLevel: number) => ({ feature: name, maxVersionLevel })
  const first = (...featureUpdates: MessageInput<typeof UpdateFeaturesRequest>['featureUpdates']) =>
    asked.ask(JSON.stringify(featureUpdates), update, 0, { featureUpdates })
  await first(feature('metadata.version', 3))
  await first(feature('', 3))
  await first(feature('f', 0))
  await first({ ...feature('f', 0), allowDowngrade: true })
  await first({ ...feature('f', 2), allowDowngrade: true }, feature('g', -1))
  await first()
  for (const upgradeType of [0, 1, 2, 3, 4])
    for (const level of [0, 1]) {
      const featureUpdates = [{ ...feature('f', level), upgradeType }]
      const title = `type ${upgradeType}, level ${level}`
      await asked.ask(title, update, 1, { featureUpdates, validateOnly: level === 1 })
    }
  const featureUpdates = [feature('f', 1)]
  await asked.ask('features, another broker', update, 1, { featureUpdates }, 1)
}

async function answersOf(t: TestContext, kind: SubjectKind): Promise<Asked['answers']> {
  const cluster = await startCluster({
    kinds: [kind, kind, kind],
    overrides: {
      'auto.leader.rebalance.enable': 'false',
      'zookeeper.session.timeout.ms': '10000',
      'message.max.bytes': String(2 * RECORD_BYTES),
    },
  })
  t.after(() => cluster.dispose())
  await using kafka = new Kafka({ bootstrapServers: cluster.bootstrap })
  const asked = new Asked(cluster, kafka)
  await prepare(asked)
  await askFeatures(asked)
  await askElections(asked)
  await askMoves(asked)
  await askWithout(asked)
  return asked.answers
}

test('moves, elections and features are answered as genuine Kafka answers', async t => {
  if ((await peerOrSkip(t, () => genuineDistribution(referenceVersion))) === undefined) return
  const theirs = await answersOf(t, 'genuine')
  const ours = new Map(await answersOf(t, subjectKind))

  for (const [title, answer] of theirs) {
    await t.test(title, () => {
      assert.deepEqual(ours.get(title), answer)
    })
  }
  assert.equal(ours.size, theirs.length, 'each title once')
})
