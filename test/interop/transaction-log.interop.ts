/**
 * Transactions outlive their broker: one that is open when it is killed is committed by the next, ours or
 * genuine, over the same files; genuine `kafka-dump-log` reads what lies in `__transaction_state`.
 */
import assert from 'node:assert/strict'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
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
}

/** Runs both servers over the files in `folder` as long as `action` takes, then kills them. */
async function reign<T>(
  t: TestContext,
  { folder, kind, isAfterKill }: Reign,
  action: (client: TransactionalClient) => Promise<T>,
): Promise<T> {
  const zookeeper = await startZooKeeper({ kind, dataDir: join(folder, 'zookeeper') })
  t.after(() => zookeeper.kill())
  if (isAfterKill) await untilSessionsExpire(zookeeper.address)
  const broker = await startBroker({
    ...{ kind, zookeeper: zookeeper.address, logDirs: [join(folder, 'kafka-logs')] },
    overrides: { 'zookeeper.session.timeout.ms': '4000' },
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
