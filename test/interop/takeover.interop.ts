/**
 * A broker goes and another takes its files over: log.dirs and ZooKeeper data of a stopped broker
 * of ours under genuine Kafka 3.9, and the other way round, with everything a client can see.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { peerOrSkip } from '../peers/cache.ts'
import { genuineDistribution } from '../peers/distribution.ts'
import { runOk } from '../peers/process.ts'
import { confluentKafka, referenceVersion } from '../peers/catalog.ts'
import {
  startBroker,
  startZooKeeper,
  subjectKind,
  untilSessionsExpire,
  type SubjectKind,
} from '../peers/subject.ts'
import { clientSource } from './client-contract.ts'

/** What `cluster_state.py` shows. */
interface ClusterState {
  cluster: string
  topics: Record<string, string>
  configs: Record<string, Record<string, string>>
  partitions: Record<string, { low: number; high: number; records: unknown[] }>
  offsets: Record<string, [string, number, number, string | null][]>
  resumed: Record<string, number | null>
}

type End = 'stopped' | 'killed'

interface Peers {
  python: string
  genuine: string
}

const directions: readonly { from: SubjectKind; to: SubjectKind }[] = [
  { from: subjectKind, to: 'genuine' },
  { from: 'genuine', to: subjectKind },
]

// Two at a time: they wait for starts, stops and session timeouts more than they work.
describe('takeover', { concurrency: 2 }, () => {
  for (const { from, to } of directions) {
    test(`${to} goes on with the files of a stopped ${from} broker, and ${from} takes them back`, async t => {
      const peers = await peersOrSkip(t)
      if (peers === undefined) return
      const folder = folderFor(t)
      const state = (mode: Mode) => (bootstrap: string) => clusterState(peers, mode, bootstrap)

      const before = await withServers(t, { folder, kind: from }, state('fill'))
      if (from !== 'genuine') await checkFiles(peers, folder)
      const [taken, grown] = await withServers(t, { folder, kind: to }, async bootstrap => [
        await state('show')(bootstrap),
        await state('more')(bootstrap),
      ])
      assert.deepEqual(taken, before, 'a client sees no difference')
      if (to !== 'genuine') await checkFiles(peers, folder)
      const back = await withServers(t, { folder, kind: from }, state('show'))
      assert.deepEqual(back, grown, 'and none on the way back')
      checkGrowth(before, grown)
    })

    test(`${to} takes over from a killed ${from} broker`, async t => {
      const peers = await peersOrSkip(t)
      if (peers === undefined) return
      const folder = folderFor(t)
      const state = (mode: Mode) => (bootstrap: string) => clusterState(peers, mode, bootstrap)

      const before = await withServers(t, { folder, kind: from, end: 'killed' }, state('fill'))
      const taken = await withServers(t, { folder, kind: to, isAfterKill: true }, state('show'))
      assert.deepEqual(taken, before, 'a client sees no difference')
    })
  }
})

function checkGrowth(before: ClusterState, grown: ClusterState): void {
  for (const [name, partition] of Object.entries(grown.partitions)) {
    const old = before.partitions[name]
    assert.ok(old !== undefined && partition.high > old.high, `${name} has grown`)
    assert.deepEqual(partition.records.slice(0, old.records.length), old.records)
  }
}

async function peersOrSkip(t: TestContext): Promise<Peers | undefined> {
  return peerOrSkip(t, async () => ({
    python: await confluentKafka(),
    genuine: await genuineDistribution(referenceVersion),
  }))
}

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tidelog-takeover-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

interface Reign {
  folder: string
  kind: SubjectKind
  /** How it ends; default stopped. */
  end?: End
  isAfterKill?: boolean
}

/** Runs both servers of one kind over the files in `folder` as long as `action` takes. */
async function withServers<T>(
  t: TestContext,
  { folder, kind, end = 'stopped', isAfterKill = false }: Reign,
  action: (bootstrap: string) => Promise<T>,
): Promise<T> {
  const zookeeper = await startZooKeeper({ kind, dataDir: join(folder, 'zookeeper') })
  t.after(() => zookeeper.kill())
  // A genuine broker does not start while the session of a killed one with its id still lives.
  if (isAfterKill) await untilSessionsExpire(zookeeper.address)
  const broker = await startBroker({
    kind,
    zookeeper: zookeeper.address,
    logDirs: [join(folder, 'kafka-logs'), join(folder, 'more-kafka-logs')],
    overrides: { 'zookeeper.session.timeout.ms': '4000' },
  })
  t.after(() => broker.kill())
  const result = await action(broker.address)
  for (const server of [broker, zookeeper]) await (end === 'killed' ? server.kill() : server.stop())
  return result
}

type Mode = 'fill' | 'more' | 'show'

async function clusterState(
  { python }: Peers,
  mode: Mode,
  bootstrap: string,
): Promise<ClusterState> {
  const { stdout } = await runOk(python, [clientSource('cluster_state.py'), mode, bootstrap])
  return JSON.parse(stdout) as ClusterState
}

/** Genuine `kafka-dump-log` reads every segment, every index and the groups' records in `folder`. */
async function checkFiles({ genuine }: Peers, folder: string): Promise<void> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => /\/\d{20}\.(log|index|timeindex)$/.test(file))
    .map(file => join(folder, file))
  const dump = async (wanted: readonly string[], ...args: string[]): Promise<string> => {
    const all = [...args, '--files', wanted.join(',')]
    return (await runOk(join(genuine, 'bin', 'kafka-dump-log.sh'), all)).stdout
  }
  const isInternal = (file: string): boolean => file.includes('__consumer_offsets')

  const records = await dump(
    files.filter(file => !isInternal(file)),
    ...['--deep-iteration', '--print-data-log', '--index-sanity-check'],
  )
  assert.doesNotMatch(records, /isvalid: false|invalid bytes|Mismatches|out of order|corrupt/i)
  assert.match(records, /passed sanity check/)
  const groups = await dump(files.filter(isInternal), '--offsets-decoder')
  assert.match(groups, /a group with spaces/)
}
