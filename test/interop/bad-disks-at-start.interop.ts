/**
 * Brokers with a disk that is bad from the start, or without any, ours and genuine: both start on what is left, tell
 * the same of what is not there, and give up in the same words.
 */
import assert from 'node:assert/strict'
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Kafka, unwrap } from '../../src/client/index.ts'
import { errorName, MetadataRequest, MetadataResponse } from '../../src/protocol/index.ts'
import { RawClient } from '../broker/raw-client.ts'
import { peerOrSkip } from '../peers/cache.ts'
import { startCluster, type Cluster } from '../peers/cluster.ts'
import { genuineDistribution } from '../peers/distribution.ts'
import { referenceVersion, type SubjectKind } from '../peers/subject.ts'
import { untilSeen } from '../support/until.ts'

const TOPIC = 'spread'
const PARTITIONS = 6
const kinds: readonly SubjectKind[] = ['tidelog', 'genuine']
const overrides = { 'offsets.topic.replication.factor': '1' }

describe('a bad disk', () => {
  test('does not keep a broker from its start, nor from what lies on the others', async t => {
    const genuine = await peerOrSkip(t, () => genuineDistribution(referenceVersion))
    if (genuine === undefined) return
    const found = []
    for (const kind of kinds) {
      const cluster = await startCluster({
        ...{ kinds: [kind], zookeeperKind: kind, logDirCount: 2, overrides },
      })
      try {
        found.push(await restartWithout(cluster))
      } finally {
        await cluster.dispose()
      }
    }

    const [ours, theirs] = found
    assert.deepEqual(ours, theirs)
    assert.deepEqual(ours?.lost, 'leader -1 LEADER_NOT_AVAILABLE, offline 0')
    assert.deepEqual(ours.held, 'leader 0 NONE, offline ')
    assert.deepEqual(ours.whole, ['leader 0 NONE, offline '])
  })

  for (const kind of kinds) {
    test(`that is the last one ends the process: ${kind}`, async t => {
      const genuine = await peerOrSkip(t, () => genuineDistribution(referenceVersion))
      if (genuine === undefined) return
      const cluster = await startCluster({ kinds: [kind], zookeeperKind: kind, overrides })
      t.after(() => cluster.dispose())
      await makeTopic(cluster, TOPIC, 1)
      const dir = cluster.logDirOf(0)

      replaceByFile(dir)
      const { stdout, exitCode } = await cluster.broker(0).process.ended

      assert.equal(exitCode, 1)
      const words = `Shutdown broker because all log dirs in ${dir} have failed`
      assert.ok(stdout.includes(words), stdout.slice(-2_000))
    })
  }
})

function replaceByFile(dir: string): void {
  renameSync(dir, `${dir}.gone`)
  writeFileSync(dir, 'a file, where a directory was')
}

async function restartWithout(cluster: Cluster) {
  await makeTopic(cluster, TOPIC, PARTITIONS)
  const dirs = [cluster.logDirOf(0), cluster.logDirOf(0, 1)] as const
  const lost = new Set(await partitionsIn(cluster, dirs[1]))
  assert.ok(lost.size > 0 && lost.size < PARTITIONS)
  await cluster.broker(0).stop()
  replaceByFile(dirs[1])
  await cluster.start(0)
  const seen = await untilSeen(
    'what lies on the good disk has a leader',
    () => partitionsOf(cluster, TOPIC),
    partitions => partitions.length === PARTITIONS && partitions.every(one => (one.leader === -1) === lost.has(one.partition)), // prettier-ignore
  )
  const said = (isLost: boolean) =>
    [...new Set(seen.filter(one => lost.has(one.partition) === isLost).map(({ text }) => text))].join() // prettier-ignore
  await makeTopic(cluster, 'later', 3)
  const errors = await dirErrors(cluster)
  const later = await partitionsIn(cluster, dirs[0], 'later')
  const during = { lost: said(true), held: said(false), errors, later }

  await cluster.broker(0).stop()
  rmSync(dirs[1])
  renameSync(`${dirs[1]}.gone`, dirs[1])
  rmSync(join(dirs[0], 'meta.properties'))
  await cluster.start(0)
  const whole = await untilSeen(
    'everything has a leader again',
    () => partitionsOf(cluster, TOPIC),
    partitions => partitions.length === PARTITIONS && partitions.every(({ leader }) => leader === 0), // prettier-ignore
  )
  const hasProperties = existsSync(join(dirs[0], 'meta.properties'))
  return { ...during, whole: [...new Set(whole.map(({ text }) => text))], hasProperties }
}

async function makeTopic(cluster: Cluster, name: string, numPartitions: number): Promise<void> {
  await using kafka = new Kafka({ bootstrapServers: cluster.bootstrap })
  await using admin = kafka.admin()
  const [made] = (
    await admin.createTopics([{ name, numPartitions, replicationFactor: 1 }])
  ).values()
  assert.equal(made?.ok, true, JSON.stringify(made))
  await untilSeen(
    'the new topic has leaders',
    () => partitionsOf(cluster, name),
    found => found.length === numPartitions && found.every(({ leader }) => leader === 0),
  )
}

async function logDirs(cluster: Cluster) {
  await using kafka = new Kafka({ bootstrapServers: cluster.bootstrap })
  await using admin = kafka.admin()
  const described = (await admin.describeLogDirs([0])).get(0)
  return described === undefined ? [] : unwrap(described)
}

async function partitionsIn(cluster: Cluster, dir: string, topic = TOPIC): Promise<number[]> {
  const found = (await logDirs(cluster)).find(({ path }) => path === dir)
  const numbers = found?.replicas.flatMap(one => (one.topic === topic ? [one.partition] : []))
  return (numbers ?? []).sort()
}

async function dirErrors(cluster: Cluster): Promise<(string | undefined)[]> {
  const dirs = (await logDirs(cluster)).toSorted((a, b) => a.path.localeCompare(b.path))
  return dirs.map(({ error }) => error?.code)
}

async function partitionsOf(cluster: Cluster, name: string) {
  const port = Number(cluster.broker(0).address.split(':')[1])
  await using client = await RawClient.open(port)
  const { topics } = await client.request([MetadataRequest, MetadataResponse], 9, {
    topics: [{ name }],
    allowAutoTopicCreation: false,
  })
  return (topics[0]?.partitions ?? []).map(one => ({
    partition: one.partitionIndex,
    leader: one.leaderId,
    text: `leader ${one.leaderId} ${errorName(one.errorCode)}, offline ${one.offlineReplicas.join()}`,
  }))
}
