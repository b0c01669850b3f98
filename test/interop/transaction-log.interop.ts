/**
 * Transactions outlive their broker: one that is open when it is killed is committed by the next, ours or
 * genuine, over the same files; genuine `kafka-dump-log` reads what lies in `__transaction_state`. What the
 * cleaner has left of the internal topics says the same as before.
 */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { peerOrSkip } from '../peers/cache.ts'
import { referenceVersion } from '../peers/catalog.ts'
import { genuineDistribution } from '../peers/distribution.ts'
import { runOk } from '../peers/process.ts'
import {
  startBroker,
  startZooKeeper,
  subjectKind,
  temporaryFolder,
  untilSessionsExpire,
  type SubjectKind,
} from '../peers/subject.ts'
import { TransactionalClient, type Producer } from '../transactions/client.ts'

const directions: readonly [SubjectKind, SubjectKind][] = [
  [subjectKind, subjectKind],
  [subjectKind, 'genuine'],
  ['genuine', subjectKind],
]

describe('transactions outlive their broker', { concurrency: 2 }, () => {
  for (const [from, to] of directions) {
    test(`${to} goes on with what a killed ${from} broker has left`, async t => {
      const genuine = await peerOrSkip(t, () => genuineDistribution(referenceVersion))
      if (genuine === undefined) return
      const folder = temporaryFolder('transactions')
      t.after(() => rmSync(folder, { recursive: true, force: true }))

      const open = await reign(t, { folder, kind: from, isAfterKill: false }, leaveOpen)
      await reign(t, { folder, kind: to, isAfterKill: true }, client => goOn(client, open))
      await checkStates(genuine, folder)
    })
  }
})

describe('what the cleaner leaves of the internal topics says the same', { concurrency: 2 }, () => {
  for (const [from, to] of directions) {
    test(`${to} reads the groups and transactions that a ${from} broker has cleaned`, async t => {
      const genuine = await peerOrSkip(t, () => genuineDistribution(referenceVersion))
      if (genuine === undefined) return
      const folder = temporaryFolder('cleaned')
      t.after(() => rmSync(folder, { recursive: true, force: true }))
      const overrides = smallInternalTopics

      const open = await reign(t, { folder, kind: from, isAfterKill: false, overrides }, client =>
        leaveCleaned(client, folder),
      )
      const after = {
        folder,
        kind: to,
        isAfterKill: true,
        overrides: { 'log.cleaner.enable': 'false' },
      }
      await reign(t, after, client => goOnAfterCleaning(client, open))
    })
  }
})

/** Segments of a few records, cleaned as soon as they are full. */
const smallInternalTopics = {
  'offsets.topic.num.partitions': '1',
  'offsets.topic.segment.bytes': '1500',
  'transaction.state.log.num.partitions': '1',
  'transaction.state.log.segment.bytes': '1500',
  'log.cleaner.backoff.ms': '100',
  'log.cleaner.min.cleanable.ratio': '0.01',
}
const ROUNDS = 30

/** Transactions with offsets, committed and aborted in turn, until most of their records are obsolete; one is left open. */
async function leaveCleaned(client: TransactionalClient, folder: string): Promise<Producer> {
  const open = await client.begin('open')
  const rounds = await client.begin('rounds')
  await client.findGroup('readers')
  for (let n = 0; n < ROUNDS; n += 1) {
    const committed = n % 3 !== 2
    await client.addPartition(rounds)
    await client.produce(rounds, [`${n}`], { sequence: n })
    assert.equal(await client.addOffsets(rounds, 'readers'), 0)
    assert.equal(await client.commitOffset(rounds, 'readers', BigInt(n)), 0)
    assert.equal(await client.end(rounds, committed), 0)
    await client.untilPhase('rounds', committed ? 'CompleteCommit' : 'CompleteAbort')
  }
  await untilCleaned(folder)
  await client.addPartition(open)
  assert.equal(await client.addOffsets(open, 'readers'), 0)
  assert.equal(await client.commitOffset(open, 'readers', 1_000n), 0)
  return open
}

/** Past the middle of what was written: a transaction is three offsets and a marker of a group, and four records of its state. */
async function untilCleaned(folder: string): Promise<void> {
  const path = join(folder, 'kafka-logs', 'cleaner-offset-checkpoint')
  const deadlineMs = Date.now() + 60_000
  const reached = (topic: string): number => {
    const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
    return Number(new RegExp(`^${topic} 0 (\\d+)$`, 'm').exec(text)?.[1] ?? 0)
  }
  while (reached('__consumer_offsets') < ROUNDS || reached('__transaction_state') < 2 * ROUNDS) {
    const where = [reached('__consumer_offsets'), reached('__transaction_state')].join(' and ')
    assert.ok(Date.now() < deadlineMs, `within a minute cleaned up to ${where} only`)
    await sleep(100)
  }
}

async function goOnAfterCleaning(client: TransactionalClient, open: Producer): Promise<void> {
  await client.untilPhase('open', 'Ongoing')
  await client.untilPhase('rounds', 'CompleteAbort')
  await client.findGroup('readers')
  const before = await client.fetchOffset('readers')
  const stable = await client.fetchOffset('readers', { requireStable: true })
  const ended = await client.end(open, true)
  await client.untilPhase('open', 'CompleteCommit')
  const after = await client.fetchOffset('readers', { requireStable: true })

  assert.deepEqual(before, { errorCode: 0, offset: BigInt(ROUNDS - 2) }, 'the last one was aborted')
  assert.equal(stable.errorCode, 88)
  assert.equal(ended, 0)
  assert.deepEqual(after, { errorCode: 0, offset: 1_000n })
  const rounds = await client.begin('rounds')
  assert.equal(rounds.producerEpoch, 1, 'one epoch after the first')
}

/** Two transactions that are over, and one in the middle, with an offset of a group in it. */
async function leaveOpen(client: TransactionalClient): Promise<Producer> {
  for (const [name, committed] of [
    ['committed', true],
    ['aborted', false],
  ] as const) {
    const producer = await client.begin(name)
    await client.addPartition(producer)
    await client.produce(producer, [name])
    await client.end(producer, committed)
    await client.untilPhase(name, committed ? 'CompleteCommit' : 'CompleteAbort')
  }
  const open = await client.begin('open')
  await client.addPartition(open)
  await client.produce(open, ['open'])
  await client.findGroup('readers')
  assert.equal(await client.addOffsets(open, 'readers'), 0)
  assert.equal(await client.commitOffset(open, 'readers', 7n), 0)
  return open
}

async function goOn(client: TransactionalClient, open: Producer): Promise<void> {
  await client.untilPhase('open', 'Ongoing')
  await client.findGroup('readers')
  const before = await client.read('read_committed')
  const more = await client.produce(open, ['more'], { sequence: 1 })
  const ended = await client.end(open, true)
  await client.untilPhase('open', 'CompleteCommit')
  const after = await client.read('read_committed')

  assert.deepEqual(before.values, ['committed', 'aborted'], 'up to the open one')
  assert.equal(before.aborted.length, 1)
  assert.deepEqual([more.errorCode, ended], [0, 0])
  assert.deepEqual(after.values, ['committed', 'aborted', 'open', 'more'])
  assert.deepEqual(await client.fetchOffset('readers', { requireStable: true }), {
    ...{ errorCode: 0, offset: 7n },
  })
  const heir = await client.begin('open')
  assert.equal(heir.producerId, open.producerId)
  assert.equal(heir.producerEpoch, open.producerEpoch + 1)
}

interface Reign {
  readonly folder: string
  readonly kind: SubjectKind
  readonly isAfterKill: boolean
  readonly overrides?: Readonly<Record<string, string>>
}

/** Runs both servers over the files in `folder` as long as `action` takes, then kills them. */
async function reign<T>(
  t: TestContext,
  { folder, kind, isAfterKill, overrides = {} }: Reign,
  action: (client: TransactionalClient) => Promise<T>,
): Promise<T> {
  const zookeeper = await startZooKeeper({ kind, dataDir: join(folder, 'zookeeper') })
  t.after(() => zookeeper.kill())
  if (isAfterKill) await untilSessionsExpire(zookeeper.address)
  const broker = await startBroker({
    ...{ kind, zookeeper: zookeeper.address, logDirs: [join(folder, 'kafka-logs')] },
    overrides: { 'zookeeper.session.timeout.ms': '4000', ...overrides },
  })
  t.after(() => broker.kill())
  const port = Number(broker.address.split(':')[1])
  const client = await TransactionalClient.open(port, 'orders')
  const result = await action(client)
  await client[Symbol.asyncDispose]()
  for (const server of [broker, zookeeper]) await server.kill()
  return result
}

async function checkStates(genuine: string, folder: string): Promise<void> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => /__transaction_state-\d+\/\d{20}\.log$/.test(file))
    .map(file => join(folder, file))
  const { stdout } = await runOk(join(genuine, 'bin', 'kafka-dump-log.sh'), [
    ...['--transaction-log-decoder', '--files', files.join(',')],
  ])
  const states = [...stdout.matchAll(/transactionalId=(\w+).*?state=(\w+)/g)]
    .filter(([, id]) => id === 'open')
    .map(([, , state]) => state)
  assert.deepEqual(states, [
    ...['Empty', 'Ongoing', 'Ongoing', 'PrepareCommit', 'CompleteCommit', 'Empty'],
  ])
  assert.match(stdout, /transactionalId=aborted.*state=CompleteAbort/)
}
