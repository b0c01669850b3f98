/**
 * What a leader answers a follower, of genuine 3.9 and of ours, in one cluster of both: each leads a
 * topic of the same records that the other follows, and is asked as by that follower. In the end the
 * replicas of both are equal to the byte.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Kafka, unwrap } from '../../src/client/index.ts'
import { FetchRequest, FetchResponse, type MessageOf } from '../../src/protocol/index.ts'
import { RawClient } from '../broker/raw-client.ts'
import { peerOrSkip } from '../peers/cache.ts'
import { referenceVersion } from '../peers/catalog.ts'
import { genuineDistribution } from '../peers/distribution.ts'
import { startBroker, startZooKeeper, temporaryFolder } from '../peers/subject.ts'

const OURS = 1
const GENUINE = 2
const NOBODY = 77
const RECORDS = 20
/** Genuine Kafka cuts the last batch at a limit, ours ends before it: readers drop the piece. */
const ALL_BYTES = 100_000

type Wanted = {
  fetchOffset: number
  lastFetchedEpoch?: number
  currentLeaderEpoch?: number
  replicaId?: number
}
type Answer = MessageOf<typeof FetchResponse>['responses'][number]['partitions'][number]

const questions: Readonly<Record<string, Wanted>> = {
  'from the beginning': { fetchOffset: 0, lastFetchedEpoch: 0, currentLeaderEpoch: 0 },
  'from within': { fetchOffset: 7, lastFetchedEpoch: 0, currentLeaderEpoch: 0 },
  'at the end': { fetchOffset: RECORDS, lastFetchedEpoch: 0, currentLeaderEpoch: 0 },
  'behind the end': { fetchOffset: RECORDS + 5, currentLeaderEpoch: 0 },
  'behind the end of its epoch': {
    ...{ fetchOffset: RECORDS + 5, lastFetchedEpoch: 0, currentLeaderEpoch: 0 },
  },
  'in an epoch of the future': { fetchOffset: 3, lastFetchedEpoch: 9, currentLeaderEpoch: 0 },
  'with a newer leader epoch': { fetchOffset: 3, currentLeaderEpoch: 4 },
  'without a leader epoch': { fetchOffset: 3 },
}

test('followers are answered as by genuine Kafka, and copies are equal to the byte', async t => {
  if ((await peerOrSkip(t, () => genuineDistribution(referenceVersion))) === undefined) return
  const folder = temporaryFolder('followers')
  const zookeeper = await startZooKeeper({ kind: 'tidelog', dataDir: join(folder, 'zookeeper') })
  const logsOf = (id: number): string => join(folder, `logs-${id}`)
  const start = (id: number) =>
    startBroker({
      ...{ kind: id === OURS ? 'tidelog' : 'genuine', zookeeper: zookeeper.address },
      ...{ brokerId: id, logDirs: [logsOf(id)] },
    })
  const [ours, genuine] = await Promise.all([start(OURS), start(GENUINE)])
  t.after(async () => {
    for (const server of [ours, genuine, zookeeper]) await server.kill()
    rmSync(folder, { recursive: true, force: true })
  })
  await fill(new Kafka({ bootstrapServers: `${ours.address},${genuine.address}` }))

  for (const [title, wanted] of Object.entries(questions)) {
    await t.test(title, async () => {
      const fromOurs = await ask(ours.address, 'ours', { replicaId: GENUINE, ...wanted })
      const fromGenuine = await ask(genuine.address, 'genuine', { replicaId: OURS, ...wanted })
      assert.deepEqual(fromOurs, fromGenuine)
    })
  }

  await t.test('the replicas are equal to the byte', () => {
    for (const topic of ['ours-0', 'genuine-0']) {
      const [one, other] = [OURS, GENUINE].map(id => logOf(join(logsOf(id), topic)))
      assert.ok((one?.length ?? 0) > 0)
      assert.deepEqual(one, other, topic)
    }
  })
})

/** A topic that each leads and the other follows, with the same batches. */
async function fill(kafka: Kafka): Promise<void> {
  await using admin = kafka.admin()
  const made = await admin.createTopics([
    { name: 'ours', replicaAssignments: new Map([[0, [OURS, GENUINE]]]) },
    { name: 'genuine', replicaAssignments: new Map([[0, [GENUINE, OURS]]]) },
  ])
  for (const outcome of made.values()) unwrap(outcome)
  await using producer = kafka.producer({ acks: 'all', enableIdempotence: false })
  for (const topic of ['ours', 'genuine']) {
    for (let n = 0; n < RECORDS; n += 1) {
      await producer.send({
        topic,
        partition: 0,
        value: `value-${n}`,
        timestamp: 1_800_000_000_000,
      })
    }
  }
}

async function ask(address: string, topic: string, wanted: Wanted): Promise<Answer | undefined> {
  await using client = await RawClient.open(Number(address.split(':')[1]))
  const { replicaId = NOBODY, ...partition } = wanted
  const { responses } = await client.request([FetchRequest, FetchResponse], 12, {
    ...{ replicaId, maxWaitMs: 0, minBytes: 0, forgottenTopicsData: [] },
    topics: [{ topic, partitions: [{ partition: 0, partitionMaxBytes: ALL_BYTES, ...partition }] }],
  })
  return responses[0]?.partitions[0]
}

function logOf(directory: string): Buffer {
  const names = readdirSync(directory).filter(name => name.endsWith('.log'))
  return Buffer.concat(names.sort().map(name => readFileSync(join(directory, name))))
}
