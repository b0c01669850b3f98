/**
 * kafka-replica-verification, ours and the genuine one, over one cluster of ours: where all replicas are the same,
 * where one stays behind, and where one has other bytes.
 */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { crc32c } from '../../src/bytes/index.ts'
import { Kafka } from '../../src/client/index.ts'
import { peerOrSkip, projectRoot } from '../peers/cache.ts'
import { startCluster, type Cluster } from '../peers/cluster.ts'
import { genuineDistribution } from '../peers/distribution.ts'
import { start, type RunningProcess } from '../peers/process.ts'
import { referenceVersion } from '../peers/subject.ts'
import { untilSeen } from '../support/until.ts'

const TOPIC = 'copies'
const PARTITIONS = 2
const RECORDS = 5
const DEADLINE_MS = 60_000
const DATE = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}: /

describe('kafka-replica-verification', () => {
  test('tells what the genuine one tells', async t => {
    const genuine = await peerOrSkip(t, () => genuineDistribution(referenceVersion))
    if (genuine === undefined) return
    const cluster = await startCluster({ overrides: { 'replica.lag.time.max.ms': '3000' } })
    t.after(() => cluster.dispose())
    await fill(cluster)
    const bins = [join(projectRoot, 'bin'), join(genuine, 'bin')]
    const run = (...more: readonly string[]) =>
      bins.map(bin => verification(bin, cluster, ['--topics-include', 'cop.*', ...more]))

    const same = await linesOf(run('--time', '-2'), 2)
    const none = await endsOf(
      bins.map(bin => verification(bin, cluster, ['--topics-include', 'x'])),
    )
    const bad = await endsOf(bins.map(bin => verification(bin, cluster, ['--topics-include', '('])))

    const lagging = run('--time', '-2')
    await Promise.all(lagging.map(one => one.untilOutput(/max lag is 0/, DEADLINE_MS)))
    await cluster.broker(2).kill()
    await produce(cluster)
    const lag = RECORDS
    const behind = new RegExp(`max lag is ${lag} for partition copies-\\d at offset ${RECORDS}`)
    await Promise.all(lagging.map(one => one.untilOutput(behind, DEADLINE_MS)))
    const [ours, theirs] = await stopped(lagging)

    changeByte(cluster)
    await cluster.start(2)
    await untilInSync(cluster)
    const other = run('--time', '-2')
    await Promise.all(other.map(one => one.untilOutput(/unmatched checksum/, DEADLINE_MS)))
    const [changedOurs, changedTheirs] = await stopped(other)

    assert.deepEqual(same[0], same[1])
    assert.deepEqual(same[0]?.[0], 'verification process is started')
    assert.match(same[0][1] ?? '', /^max lag is 0 for partition copies-\d at offset 5 among 2 partitions$/) // prettier-ignore
    const lastOf = (text = '') => texts(text).filter(line => behind.test(line))[0]
    assert.equal(lastOf(ours), lastOf(theirs))
    const unmatched = (text = '') => texts(text).filter(line => line.includes('unmatched'))
    assert.equal(unmatched(changedOurs).length, 1)
    assert.deepEqual(unmatched(changedOurs), unmatched(changedTheirs))
    assert.deepEqual(none[0], none[1])
    assert.deepEqual(bad[0], bad[1])
  })
})

function verification(bin: string, cluster: Cluster, more: readonly string[]): RunningProcess {
  const servers = ['--broker-list', cluster.bootstrap, '--report-interval-ms', '500']
  return start(join(bin, 'kafka-replica-verification.sh'), [...servers, '--max-wait-ms', '200', ...more]) // prettier-ignore
}

const texts = (output: string): string[] =>
  output
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      assert.match(line, DATE)
      return line.replace(DATE, '')
    })

/** The first lines of each. */
async function linesOf(programs: readonly RunningProcess[], count: number): Promise<string[][]> {
  const some = new RegExp(`(.*\n){${count}}`)
  await Promise.all(programs.map(one => one.untilOutput(some, DEADLINE_MS)))
  return (await stopped(programs)).map(text => texts(text).slice(0, count))
}

/** Ends them as Ctrl-C does. @returns what each has printed */
async function stopped(programs: readonly RunningProcess[]): Promise<string[]> {
  return Promise.all(
    programs.map(async one => {
      one.signal('SIGINT')
      const { stdout, stderr, exitCode } = await one.ended
      assert.equal(exitCode, 130, stderr)
      assert.match(stderr, /WARN This tool is deprecated and may be removed in a future major release\. \(org\.apache\.kafka\.tools\.ReplicaVerificationTool\)/) // prettier-ignore
      return stdout
    }),
  )
}

/** What each says on standard error, without its time and the lines of a stack. */
async function endsOf(programs: readonly RunningProcess[]): Promise<unknown[]> {
  return Promise.all(
    programs.map(async one => {
      const { stdout, stderr, exitCode } = await one.ended
      const lines = stderr.split('\n').filter(line => !/^\tat |^Caused by|^\t\.\.\. /.test(line))
      const text = lines.join('\n').replace(/^\[[^\]]*\]/gm, '[time]')
      return { stdout, stderr: text.trim(), exitCode }
    }),
  )
}

async function fill(cluster: Cluster): Promise<void> {
  await using kafka = new Kafka({ bootstrapServers: cluster.bootstrap })
  await using admin = kafka.admin()
  await admin.createTopics([{ name: TOPIC, numPartitions: PARTITIONS, replicationFactor: 3 }])
  await produce(cluster)
}

/** Acknowledged by all that are in sync, so that high watermarks move. */
async function produce(cluster: Cluster): Promise<void> {
  await using kafka = new Kafka({ bootstrapServers: cluster.bootstrap })
  await using producer = kafka.producer({
    acks: 'all',
    lingerMs: 0,
    deliveryTimeoutMs: DEADLINE_MS,
  })
  for (let nth = 0; nth < RECORDS * PARTITIONS; nth += 1) {
    await producer.send({ topic: TOPIC, partition: nth % PARTITIONS, value: `value ${nth}` })
  }
}

async function untilInSync(cluster: Cluster): Promise<void> {
  await using kafka = new Kafka({ bootstrapServers: cluster.bootstrap })
  await using admin = kafka.admin()
  await untilSeen(
    'all replicas are in sync',
    async () => (await admin.describeTopics([TOPIC])).get(TOPIC),
    found => found?.ok === true && found.value.partitions.every(({ isr }) => isr.length === 3),
  )
}

/** The first record of partition 0 on broker 2 has another value there, with the sum that fits. */
function changeByte(cluster: Cluster): void {
  const file = join(cluster.logDirOf(2), `${TOPIC}-0`, '00000000000000000000.log')
  const bytes = readFileSync(file)
  const end = 12 + bytes.readInt32BE(8)
  bytes.writeUInt8((bytes[end - 2] ?? 0) ^ 1, end - 2)
  bytes.writeUInt32BE(crc32c(bytes, 21, end) >>> 0, 17)
  writeFileSync(file, bytes)
}
