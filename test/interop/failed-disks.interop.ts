/**
 * A disk of a broker fails while producers write, in clusters of ours and of genuine Kafka: what lay there is
 * led by others, the broker's other disk goes on, nobody is told of what is not there, and with a good disk
 * everything is in sync again, byte for byte (KIP-112).
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { Kafka, unwrap } from '../../src/client/index.ts'
import {
  ErrorCode,
  FetchRequest,
  FetchResponse,
  MetadataRequest,
  MetadataResponse,
} from '../../src/protocol/index.ts'
import { RawClient } from '../broker/raw-client.ts'
import { peerOrSkip } from '../peers/cache.ts'
import { startCluster, type Cluster } from '../peers/cluster.ts'
import { genuineDistribution } from '../peers/distribution.ts'
import {
  referenceVersion,
  subjectKind,
  temporaryFolder,
  type SubjectKind,
} from '../peers/subject.ts'
import { untilSeen } from '../support/until.ts'

const TOPIC = 'disks'
const PARTITIONS = 6
const DEADLINE_MS = 60_000
const VICTIM = 1
const SMALL_DISK_MB = 8

const overrides = {
  'min.insync.replicas': '2',
  'replica.lag.time.max.ms': '5000',
  'auto.leader.rebalance.enable': 'false',
  'log.index.size.max.bytes': '4096',
}

const ours: readonly SubjectKind[] = [subjectKind, subjectKind, subjectKind]

describe('a disk that fails', () => {
  for (const [name, kinds] of Object.entries({
    'three of ours': ours,
    'ours, under a genuine controller': ['genuine', 'tidelog', 'tidelog'],
    'genuine, under our controller': ['tidelog', 'genuine', 'tidelog'],
  } satisfies Record<string, readonly SubjectKind[]>)) {
    test(`its directory is gone: ${name}`, async t => {
      if (!(await arePeersThere(t, kinds))) return
      const cluster = await startCluster({ kinds, logDirCount: 2, overrides })
      t.after(() => cluster.dispose())
      const dir = cluster.logDirOf(VICTIM)

      await outlive(cluster, {
        fail: () => {
          renameSync(dir, `${dir}.gone`)
          writeFileSync(dir, 'a file, where a directory was')
        },
        repair: () => {
          rmSync(dir)
          renameSync(`${dir}.gone`, dir)
        },
      })
    })
  }

  test('it is full', async t => {
    if (!canMount()) {
      t.skip('no right to mount a file system here')
      return
    }
    const mounted: string[] = []
    const prepare = (id: number, [dir = '']: readonly string[]): void => {
      if (id !== VICTIM) return
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SMALL_DISK_MB}m`, 'tmpfs', dir])
      mounted.push(dir)
    }
    const unmount = (): void => {
      for (const dir of mounted.splice(0)) execFileSync('umount', ['-l', dir])
    }
    t.after(unmount)
    const cluster = await startCluster({ logDirCount: 2, overrides, prepare })
    t.after(() => cluster.dispose())
    t.after(unmount)

    await outlive(cluster, {
      fail: () => undefined,
      repair: () => {
        const [dir = ''] = mounted
        execFileSync('mount', ['-o', 'remount,size=200m', dir])
      },
    })
  })
})

/** Not every machine lets a test do that, even as root. */
function canMount(): boolean {
  const folder = temporaryFolder('mount')
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' })
    execFileSync('umount', [folder])
    return true
  } catch {
    return false
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function arePeersThere(t: TestContext, kinds: readonly SubjectKind[]): Promise<boolean> {
  if (!kinds.includes('genuine')) return true
  return (await peerOrSkip(t, () => genuineDistribution(referenceVersion))) !== undefined
}

interface Disk {
  fail(): void
  repair(): void
}

async function outlive(cluster: Cluster, disk: Disk): Promise<void> {
  await using kafka = new Kafka({ bootstrapServers: cluster.bootstrap })
  await makeTopic(kafka)
  const lost = await partitionsIn(kafka, cluster.logDirOf(VICTIM))
  assert.ok(lost.size > 0 && lost.size < PARTITIONS, `${lost.size} partitions on one of two disks`)
  const written = new Written(kafka)

  disk.fail()
  const seen = await untilSeen(
    'others lead what lay on the failed disk',
    async () => {
      await written.grow()
      return partitionsOf(cluster)
    },
    found =>
      found.every(({ partitionIndex, isrNodes }) => isrNodes.length === (lost.has(partitionIndex) ? 2 : 3)), // prettier-ignore
  )

  for (const { partitionIndex, leaderId, isrNodes, offlineReplicas } of seen) {
    const isLost = lost.has(partitionIndex)
    assert.deepEqual(offlineReplicas, isLost ? [VICTIM] : [], `offline of ${partitionIndex}`)
    if (!isLost) continue
    assert.notEqual(leaderId, VICTIM)
    assert.ok(!isrNodes.includes(VICTIM))
    const errorCode = await fetchError(cluster.broker(VICTIM).address, partitionIndex)
    assert.equal(errorCode, ErrorCode.KAFKA_STORAGE_ERROR, `of partition ${partitionIndex}`)
  }
  assert.deepEqual(await dirErrors(kafka), ['KAFKA_STORAGE_ERROR', undefined])
  await written.grow()

  disk.repair()
  await cluster.broker(VICTIM).stop()
  await cluster.start(VICTIM)
  await untilSeen(
    'all replicas are in sync again',
    () => partitionsOf(cluster),
    found => found.every(({ isrNodes }) => isrNodes.length === 3),
  )
  await written.grow()
  await written.check()
  await untilEqual(cluster)
}

async function makeTopic(kafka: Kafka): Promise<void> {
  await using admin = kafka.admin()
  const configs = { 'segment.bytes': '200000' }
  await admin.createTopics([
    { name: TOPIC, numPartitions: PARTITIONS, replicationFactor: 3, configs },
  ])
  await untilSeen(
    'all replicas of the new topic are in sync',
    async () => (await admin.describeTopics([TOPIC])).get(TOPIC),
    found => found?.ok === true && found.value.partitions.length === PARTITIONS && found.value.partitions.every(({ isr }) => isr.length === 3), // prettier-ignore
  )
}

async function logDirs(kafka: Kafka) {
  await using admin = kafka.admin()
  const found = (await admin.describeLogDirs([VICTIM])).get(VICTIM)
  return found === undefined ? [] : unwrap(found)
}

/** Which of the topic's partitions lie there, once the broker has made all of them. */
async function partitionsIn(kafka: Kafka, dir: string): Promise<Set<number>> {
  const dirs = await untilSeen(
    'the broker has made its logs',
    () => logDirs(kafka),
    found => found.flatMap(({ replicas }) => replicas).length >= PARTITIONS,
  )
  const found = dirs.find(({ path }) => path === dir)
  return new Set(found?.replicas.flatMap(one => (one.topic === TOPIC ? [one.partition] : [])))
}

/** That of the first directory first. */
async function dirErrors(kafka: Kafka): Promise<(string | undefined)[]> {
  const dirs = (await logDirs(kafka)).toSorted((a, b) => a.path.localeCompare(b.path))
  return dirs.map(({ error }) => error?.code)
}

async function partitionsOf(cluster: Cluster) {
  await using client = await RawClient.open(portOf(cluster.broker(0).address))
  const topics = [{ name: TOPIC }]
  const { topics: found } = await client.request([MetadataRequest, MetadataResponse], 9, { topics })
  return found[0]?.partitions ?? []
}

async function fetchError(address: string, partition: number): Promise<number | undefined> {
  await using client = await RawClient.open(portOf(address))
  const { responses } = await client.request([FetchRequest, FetchResponse], 11, {
    ...{ replicaId: -1, maxWaitMs: 0, minBytes: 0, maxBytes: 1_000, isolationLevel: 0 },
    ...{ sessionId: 0, sessionEpoch: -1, forgottenTopicsData: [], rackId: '' },
    topics: [
      { topic: TOPIC, partitions: [{ partition, fetchOffset: 0, partitionMaxBytes: 1_000 }] },
    ],
  })
  return responses[0]?.partitions[0]?.errorCode
}

const portOf = (address: string): number => Number(address.split(':')[1])

/** Records that were acknowledged by all in-sync replicas. */
class Written {
  readonly #kafka: Kafka
  #count = 0

  constructor(kafka: Kafka) {
    this.#kafka = kafka
  }

  /** Some more in every partition: 20 KB each. */
  async grow(): Promise<void> {
    const options = { acks: 'all', deliveryTimeoutMs: DEADLINE_MS } as const
    await using producer = this.#kafka.producer(options)
    const first = this.#count
    const sends = Array.from({ length: PARTITIONS * 20 }, (_, nth) => {
      const value = `${first + nth} ${'x'.repeat(1_000)}`
      return producer.send({ topic: TOPIC, partition: nth % PARTITIONS, value })
    })
    await Promise.all(sends)
    this.#count += sends.length
  }

  async check(): Promise<void> {
    await using consumer = this.#kafka.consumer({ autoOffsetReset: 'earliest' })
    const all = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: TOPIC, partition }))
    consumer.assign(all)
    consumer.seekToBeginning(all)
    const found = new Set<string>()
    const endMs = Date.now() + DEADLINE_MS
    while (found.size < this.#count) {
      assert.ok(Date.now() < endMs, `${found.size} of ${this.#count} records found`)
      for (const { value } of await consumer.poll(500)) {
        found.add(value?.toString().split(' ')[0] ?? '')
      }
    }
  }
}

async function untilEqual(cluster: Cluster): Promise<void> {
  for (let partition = 0; partition < PARTITIONS; partition += 1) {
    await untilSeen(
      'the replicas have the same bytes',
      async () =>
        [0, 1, 2].map(id => bytesOf(cluster, id, partition)).map(bytes => bytes.toString('hex')),
      ([first, ...others]) => others.every(bytes => bytes === first),
    )
  }
}

/** All batches of a replica, wherever its broker keeps it. */
function bytesOf(cluster: Cluster, id: number, partition: number): Buffer {
  const name = `${TOPIC}-${partition}`
  const dir = [0, 1].map(nth => cluster.logDirOf(id, nth)).find(path => readdirSync(path).includes(name)) // prettier-ignore
  assert.ok(dir !== undefined, `broker ${id} holds ${name}`)
  const files = readdirSync(join(dir, name)).filter(file => file.endsWith('.log'))
  return Buffer.concat(files.sort().map(file => readFileSync(join(dir, name, file))))
}
