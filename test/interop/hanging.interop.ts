/**
 * Transactions that really hang, on genuine Kafka and on ours: records of one that its coordinator was never
 * told of, let in by a broker that does not verify. Either `kafka-transactions` finds and ends them alike.
 */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { join } from 'node:path'
import { TransactionalClient } from '../transactions/client.ts'
import { peerOrSkip, projectRoot } from '../peers/cache.ts'
import { referenceVersion } from '../peers/catalog.ts'
import { genuineDistribution } from '../peers/distribution.ts'
import { run, type Outcome } from '../peers/process.ts'
import { startSubject, type Subject, type SubjectKind } from '../peers/subject.ts'

/** As many as are ended, by either tool in either way. */
const topics = ['hang-a', 'hang-b', 'hang-c', 'hang-d']
const old = ['--max-transaction-timeout', '0']
const place = (topic: string) => ['--topic', topic, '--partition', '0']

type Tool = (...argv: readonly string[]) => Promise<Outcome>

const toolOf =
  (root: string, { bootstrap }: Subject): Tool =>
  (...argv) =>
    run(join(root, 'bin', 'kafka-transactions.sh'), ['--bootstrap-server', bootstrap, ...argv])

/** Rows come in a hash order, and log lines with their time. */
const comparable = ({ stdout, stderr, exitCode }: Outcome) => ({
  rows: stdout.split('\n').sort(),
  stderr: stderr.replace(/^\[[^\]]*\]/gm, '[<TS>]'),
  exitCode,
})

/** Of two brokers: ids depend on what ran before, times on when. */
const everywhere = (outcome: Outcome) => {
  const { rows, ...rest } = comparable(outcome)
  return { ...rest, rows: rows.map(row => row.replace(/\b\d{13}\b/g, '<MS>')).sort() }
}

/** Either tool, asked the same: the answers are one. */
async function both(tools: readonly [Tool, Tool], argv: readonly string[]): Promise<Outcome> {
  const [theirs, ours] = [await tools[0](...argv), await tools[1](...argv)]
  assert.deepEqual(comparable(ours), comparable(theirs), argv.join(' '))
  return ours
}

test('transactions that hang are found and ended, by either tool on either broker', async t => {
  const distribution = await peerOrSkip(t, () => genuineDistribution(referenceVersion))
  if (distribution === undefined) return
  const shown: Partial<Record<SubjectKind, readonly unknown[]>> = {}
  for (const kind of ['genuine', 'tidelog'] as const) {
    await t.test(`a broker of ${kind === 'genuine' ? 'genuine Kafka' : 'ours'}`, async subtest => {
      const outcomes = await showHanging(subtest, kind, distribution)
      shown[kind] = outcomes.map(everywhere)
    })
  }
  await t.test('the brokers tell the same', () => {
    assert.ok(shown.genuine !== undefined)
    assert.deepEqual(shown.tidelog, shown.genuine)
  })
})

async function showHanging(
  t: TestContext,
  kind: SubjectKind,
  distribution: string,
): Promise<readonly Outcome[]> {
  const overrides = { 'transaction.partition.verification.enable': 'false' }
  const subject = await startSubject({ kind, overrides })
  t.after(() => subject.dispose())
  const tools = [toolOf(distribution, subject), toolOf(projectRoot, subject)] as const
  const port = Number(subject.bootstrap.split(':')[1])
  for (const topic of [...topics, 'known']) await leaveOpen(port, topic)

  const found = await both(tools, ['find-hanging', '--broker-id', '0', ...old])
  const ofTopic = await both(tools, ['find-hanging', '--topic', 'hang-a', ...old])
  const ofPartition = await both(tools, ['find-hanging', ...place('hang-b'), ...old])
  const young = await both(tools, ['find-hanging', '--topic', 'hang-a'])
  const producers = await both(tools, ['describe-producers', ...place('hang-a')])
  const described = await both(tools, ['describe', '--transactional-id', 'hang-a'])
  const missed = await both(tools, ['abort', ...place('hang-a'), '--start-offset', '1'])
  assert.deepEqual(namesIn(found), topics, 'what its coordinator knows of does not hang')
  assert.deepEqual([namesIn(ofTopic), namesIn(ofPartition)], [['hang-a'], ['hang-b']])
  assert.deepEqual(namesIn(young), [])

  const aborted = []
  for (const [at, topic] of topics.entries()) {
    const tool = tools[at % 2 === 0 ? 0 : 1]
    await using client = await TransactionalClient.open(port, topic)
    aborted.push(await endOf(client, tool, at < 2))
  }
  aborted.push(await both(tools, ['find-hanging', '--broker-id', '0', ...old]))
  return [found, ofTopic, ofPartition, young, producers, described, missed, ...aborted]
}

const namesIn = ({ stdout }: Outcome) =>
  stdout
    .split('\n')
    .slice(1, -1)
    .map(row => row.split(/\s/)[0])
    .sort()

/** Records of a transaction that goes on; its coordinator hears of it on the topic `known` only. */
async function leaveOpen(port: number, topic: string): Promise<void> {
  await using client = await TransactionalClient.open(port, topic)
  const producer = await client.begin(topic)
  if (topic === 'known') assert.equal(await client.addPartition(producer), 0)
  assert.equal((await client.produce(producer, ['a', 'b'])).errorCode, 0)
}

/** Aborts what holds up the readers, who then read on: by its start, or in the way of before 3.0. */
async function endOf(client: TransactionalClient, tool: Tool, byStart: boolean): Promise<Outcome> {
  assert.equal((await client.read('read_committed')).lastStableOffset, 0)
  const [producer] = await client.producers()
  assert.ok(producer !== undefined)
  const which = byStart
    ? ['--start-offset', '0']
    : [
        ...['--producer-id', String(producer.producerId)],
        ...['--producer-epoch', String(producer.producerEpoch)],
        ...['--coordinator-epoch', '0'],
      ]
  const outcome = await tool('abort', ...place(client.topic), ...which)
  assert.equal(outcome.exitCode, 0, outcome.stderr)
  const after = await client.read('read_committed')
  assert.equal(after.lastStableOffset, 3)
  assert.deepEqual(after.aborted, [{ producerId: producer.producerId, firstOffset: 0 }])
  return outcome
}
