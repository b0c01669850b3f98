/**
 * Broker and ZooKeeper of different makers: ours on a genuine ZooKeeper 3.8, and genuine Kafka 3.9 on
 * ours, where the tree it leaves equals the one it leaves in a genuine ZooKeeper.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { masked, znodeMasks } from '../masks.ts'
import { peerOrSkip } from '../peers/cache.ts'
import { genuineDistribution } from '../peers/distribution.ts'
import { compileJava, runJava } from '../peers/maven.ts'
import { freePort, runOk } from '../peers/process.ts'
import { confluentKafka, referenceVersion, referenceZooKeeper } from '../peers/catalog.ts'
import { startBroker, startZooKeeper, subjectKind, type SubjectKind } from '../peers/subject.ts'
import { clientSource } from './client-contract.ts'

/** One node as `ZnodeTree.java` prints it. */
interface Znode {
  data: string | null
  acl: string[]
  czxid: number
  mzxid: number
  pzxid: number
  ctimeMs: number
  mtimeMs: number
  version: number
  cversion: number
  aversion: number
  ephemeralOwner: string
  dataLengthBytes: number
  childCount: number
}

type Tree = Record<string, Znode>

interface Peers {
  genuine: string
  python: string
  treeClasspath: string
}

test('our broker lives on a genuine ZooKeeper, and comes back to it', async t => {
  const peers = await peersOrSkip(t)
  if (peers === undefined) return
  const folder = folderFor(t)
  const zookeeper = await startZooKeeper({ kind: 'genuine', dataDir: join(folder, 'zookeeper') })
  t.after(() => zookeeper.kill())
  const logDirs = [join(folder, 'kafka-logs')]
  const start = { kind: subjectKind, zookeeper: zookeeper.address, logDirs }

  const first = await startBroker(start)
  t.after(() => first.kill())
  const filled = await clusterState(peers, 'fill', first.address)
  await first.stop()
  const again = await startBroker(start)
  t.after(() => again.kill())
  assert.deepEqual(await clusterState(peers, 'show', again.address), filled)
})

test('genuine Kafka leaves the same tree in our ZooKeeper as in a genuine one', async t => {
  const peers = await peersOrSkip(t)
  if (peers === undefined) return
  // The nodes hold host and port: both runs use the same ones, one after the other.
  const ports = { zookeeper: await freePort(), broker: await freePort() }

  const inGenuine = await treesOf(t, peers, 'genuine', ports)
  const inOurs = await treesOf(t, peers, subjectKind, ports)

  assert.deepEqual(comparable(inOurs.running), comparable(inGenuine.running))
  assert.deepEqual(comparable(inOurs.stopped), comparable(inGenuine.stopped))
})

/** The tree of a genuine broker in a ZooKeeper of `kind` after many commands, and after its stop. */
async function treesOf(
  t: TestContext,
  peers: Peers,
  kind: SubjectKind,
  ports: { zookeeper: number; broker: number },
): Promise<{ running: Tree; stopped: Tree }> {
  const folder = folderFor(t)
  const zookeeper = await startZooKeeper({
    kind,
    dataDir: join(folder, 'zookeeper'),
    port: ports.zookeeper,
  })
  t.after(() => zookeeper.kill())
  const broker = await startBroker({
    kind: 'genuine',
    zookeeper: `${zookeeper.address}/chroot`,
    logDirs: [join(folder, 'kafka-logs')],
    port: ports.broker,
  })
  t.after(() => broker.kill())
  const local = ['--bootstrap-server', broker.address]
  const type = async (script: string, ...args: string[]): Promise<void> => {
    await runOk(join(peers.genuine, 'bin', script), [...local, ...args])
  }
  await clusterState(peers, 'fill', broker.address)
  await type('kafka-topics.sh', '--alter', '--topic', 'plain', '--partitions', '5')
  await type('kafka-topics.sh', '--delete', '--topic', 'stamped')
  const alter = ['--alter', '--entity-type']
  await type(
    'kafka-configs.sh',
    ...alter,
    'topics',
    '--entity-name',
    'rolled',
    '--add-config',
    'retention.ms=1',
  )
  await type(
    'kafka-configs.sh',
    ...alter,
    'brokers',
    '--entity-name',
    '0',
    '--add-config',
    'log.cleaner.threads=2',
  )
  await type(
    'kafka-configs.sh',
    ...alter,
    'users',
    '--entity-name',
    'alice',
    '--add-config',
    'producer_byte_rate=1024',
  )
  const running = await untilDeleted(peers, zookeeper.address, 'stamped')
  await broker.stop()
  const stopped = await treeOf(peers, zookeeper.address)
  await zookeeper.stop()
  return { running, stopped }
}

/** The controller deletes a topic after it has said yes. */
async function untilDeleted(peers: Peers, address: string, topic: string): Promise<Tree> {
  const deadlineMs = Date.now() + 30_000
  while (true) {
    const tree = await treeOf(peers, address)
    if (!Object.keys(tree).some(path => path.endsWith(`topics/${topic}`))) return tree
    assert.ok(Date.now() < deadlineMs, `topic ${topic} is still there`)
  }
}

async function treeOf(peers: Peers, address: string): Promise<Tree> {
  const { stdout, stderr } = await runJava(peers.treeClasspath, 'ZnodeTree', [address])
  const json = stdout.split('\n').find(line => line.startsWith('{'))
  assert.ok(json !== undefined, stderr)
  return JSON.parse(json) as Tree
}

/** What of a tree can be equal in two runs; the rest is checked for what must hold in each. */
function comparable(tree: Tree): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(tree).map(([path, node]) => {
      assert.ok(node.czxid <= node.mzxid, `${path}: changed after it was made`)
      assert.ok(node.ctimeMs <= node.mtimeMs, `${path}: changed after it was made`)
      assert.ok(node.pzxid >= node.czxid, `${path}: has children only once it is made`)
      assert.equal(node.dataLengthBytes, Buffer.byteLength(node.data ?? ''), path)
      return [
        path,
        {
          data: node.data === null ? null : masked(node.data, ...Object.values(znodeMasks)),
          acl: node.acl,
          version: node.version,
          cversion: node.cversion,
          aversion: node.aversion,
          childCount: node.childCount,
          isEphemeral: node.ephemeralOwner !== '0',
        },
      ]
    }),
  )
}

async function clusterState(peers: Peers, mode: string, bootstrap: string): Promise<unknown> {
  const { stdout } = await runOk(peers.python, [clientSource('cluster_state.py'), mode, bootstrap])
  return JSON.parse(stdout) as unknown
}

async function peersOrSkip(t: TestContext): Promise<Peers | undefined> {
  return peerOrSkip(t, async () => ({
    genuine: await genuineDistribution(referenceVersion),
    python: await confluentKafka(),
    treeClasspath: await compileJava([clientSource('ZnodeTree.java')], await referenceZooKeeper()),
  }))
}

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tidelog-zookeeper-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
