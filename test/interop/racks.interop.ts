/**
 * Brokers on one host that were given no ids, each in a rack and with two listeners, one of them for the others:
 * ids are drawn and kept, replicas are spread over racks, clients are told of the listener by which they ask, and
 * consumers of the replica in their rack (KIP-36, KIP-103, KIP-392). Of ours alone, and beside genuine Kafka.
 */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { Kafka, unwrap } from '../../src/client/index.ts'
import {
  ErrorCode,
  FetchRequest,
  FetchResponse,
  MetadataRequest,
  MetadataResponse,
  type MessageOf,
} from '../../src/protocol/index.ts'
import { RawClient } from '../broker/raw-client.ts'
import { peerOrSkip } from '../peers/cache.ts'
import { genuineDistribution } from '../peers/distribution.ts'
import { freePort } from '../peers/process.ts'
import {
  referenceVersion,
  startBroker,
  startZooKeeper,
  subjectKind,
  temporaryFolder,
  type Server,
  type SubjectKind,
} from '../peers/subject.ts'
import { untilSeen } from '../support/until.ts'

const TOPIC = 'spread'
const PARTITIONS = 6
const RECORDS = 12
/** The rack of each broker. */
const racks = ['near', 'near', 'far']
/** The first id that is drawn is above `reserved.broker.max.id`. */
const ids = [1001, 1002, 1003]
const FAR = 1003

const casts: Readonly<Record<string, readonly SubjectKind[]>> = {
  'three brokers': [subjectKind, subjectKind, subjectKind],
  'two of ours that a genuine broker controls': ['genuine', subjectKind, subjectKind],
}

for (const [name, kinds] of Object.entries(casts)) {
  test(`${name}: ids, racks and listeners`, t => checkCast(t, kinds))
}

interface Member {
  readonly server: Server
  readonly clientPort: number
  readonly internalPort: number
}

async function checkCast(t: TestContext, kinds: readonly SubjectKind[]): Promise<void> {
  if ((await peerOrSkip(t, () => genuineDistribution(referenceVersion))) === undefined) return
  const folder = temporaryFolder('racks')
  const zookeeper = await startZooKeeper({ kind: 'tidelog', dataDir: join(folder, 'zookeeper') })
  const members: Member[] = []
  t.after(async () => {
    for (const { server } of members) await server.kill()
    await zookeeper.kill()
    rmSync(folder, { recursive: true, force: true })
  })
  for (const [nth, kind] of kinds.entries()) {
    const logDir = join(folder, `logs-${nth}`)
    members.push(await startMember(kind, { rack: racks[nth] ?? '', logDir, ...zookeeper }))
  }
  await using kafka = new Kafka({ bootstrapServers: addressOf(members) })

  await t.test('clients are told of the listener that they ask', () => checkListeners(members))
  await t.test('each partition has a replica in either rack', () => checkSpread(kafka))
  await t.test('what is produced is read in the rack of the consumer', () =>
    readNearby(kafka, members),
  )
}

async function startMember(
  kind: SubjectKind,
  { rack, logDir, address }: { rack: string; logDir: string; address: string },
): Promise<Member> {
  const clientPort = await freePort()
  const internalPort = await freePort()
  const server = await startBroker({
    ...{ kind, zookeeper: address, logDirs: [logDir], port: clientPort },
    overrides: {
      'broker.id': '-1',
      'broker.rack': rack,
      listeners: `CLIENT://127.0.0.1:${clientPort},INTERNAL://127.0.0.1:${internalPort}`,
      'listener.security.protocol.map': 'CLIENT:PLAINTEXT,INTERNAL:PLAINTEXT',
      'inter.broker.listener.name': 'INTERNAL',
      'replica.selector.class': 'org.apache.kafka.common.replica.RackAwareReplicaSelector',
    },
  })
  return { server, clientPort, internalPort }
}

const addressOf = (members: readonly Member[]): string =>
  members.map(({ clientPort }) => `127.0.0.1:${clientPort}`).join(',')

async function brokersAt(port: number): Promise<MessageOf<typeof MetadataResponse>['brokers']> {
  await using client = await RawClient.open(port)
  const { brokers } = await client.request([MetadataRequest, MetadataResponse], 8, { topics: [] })
  return brokers.toSorted((left, right) => left.nodeId - right.nodeId)
}

async function checkListeners(members: readonly Member[]): Promise<void> {
  for (const { clientPort, internalPort } of members) {
    for (const [port, portsOf] of [
      [clientPort, members.map(member => member.clientPort)],
      [internalPort, members.map(member => member.internalPort)],
    ] as const) {
      const seen = await untilSeen(
        'all brokers are known',
        () => brokersAt(port),
        brokers => brokers.length === members.length,
      )
      assert.deepEqual(
        seen.map(({ nodeId }) => nodeId),
        ids,
      )
      assert.deepEqual(
        seen.map(broker => broker.port),
        portsOf,
      )
      assert.deepEqual(
        seen.map(({ rack }) => rack),
        racks,
      )
    }
  }
}

async function checkSpread(kafka: Kafka): Promise<void> {
  await using admin = kafka.admin()
  const topic = { name: TOPIC, numPartitions: PARTITIONS, replicationFactor: 2 }
  for (const made of (await admin.createTopics([topic])).values()) unwrap(made)
  for (const { replicas } of await described(kafka)) {
    const found = new Set(replicas.map(id => racks[ids.indexOf(id)]))
    assert.equal(found.size, 2, `replicas ${replicas.join(', ')} are in two racks`)
  }
}

interface Described {
  readonly leader: number
  readonly replicas: readonly number[]
}

async function described(kafka: Kafka): Promise<Described[]> {
  await using admin = kafka.admin()
  const found = await untilSeen(
    'the topic is known',
    async () => (await admin.describeTopics([TOPIC])).get(TOPIC),
    topic => topic?.ok === true && topic.value.partitions.length === PARTITIONS,
  )
  assert.ok(found?.ok === true)
  return found.value.partitions.map(({ leader, replicas }) => ({
    leader: leader?.id ?? -1,
    replicas: replicas.map(({ id }) => id),
  }))
}

/** The leader sends a consumer of the other rack to the follower there, which answers with all records. */
async function readNearby(kafka: Kafka, members: readonly Member[]): Promise<void> {
  const partitions = await described(kafka)
  const partition = partitions.findIndex(({ leader }) => leader !== FAR)
  const leader = partitions[partition]?.leader ?? -1
  await using producer = kafka.producer({ acks: 'all' })
  for (let n = 0; n < RECORDS; n += 1)
    await producer.send({ topic: TOPIC, partition, value: String(n) })

  const portOf = (id: number): number => members[ids.indexOf(id)]?.clientPort ?? 0
  const fromLeader = await untilSeen(
    'the leader names the follower',
    () => fetchAt(portOf(leader), partition),
    answer => answer?.preferredReadReplica === FAR,
  )
  assert.equal(fromLeader?.records?.length ?? 0, 0)
  const fromFollower = await untilSeen(
    'the follower knows that all is committed',
    () => fetchAt(portOf(FAR), partition),
    answer => answer?.highWatermark === RECORDS,
  )
  assert.equal(fromFollower?.errorCode, ErrorCode.NONE)
  assert.ok((fromFollower.records?.length ?? 0) > 0)
}

async function fetchAt(port: number, partition: number) {
  await using client = await RawClient.open(port)
  const { responses } = await client.request([FetchRequest, FetchResponse], 11, {
    ...{ maxWaitMs: 0, minBytes: 0, rackId: 'far', forgottenTopicsData: [] },
    topics: [
      { topic: TOPIC, partitions: [{ partition, fetchOffset: 0, partitionMaxBytes: 100_000 }] },
    ],
  })
  return responses[0]?.partitions[0]
}
