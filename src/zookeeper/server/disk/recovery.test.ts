/** What a server finds on its disk after its files were cut, torn or damaged. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { work } from '../../../../test/zookeeper/workload.ts'
import { World } from '../../../../test/zookeeper/world.ts'
import { silentLog, StorageError, type FileSystem } from '../../../host/index.ts'
import { MemoryFiles, Scheduler, SeededRandom, SimClock } from '../../../sim/index.ts'
import { DataTree } from '../tree/data-tree.ts'
import type { Transaction } from '../tree/transaction.ts'
import { fileName } from './file-names.ts'
import { LogReader } from './log-reader.ts'
import { recover, type Recovered } from './recover.ts'
import { encodeTransaction } from './transaction-codec.ts'

const LOG = '/zk/version-2/log.1'
const extendedTypesEnabled = false

interface History {
  /** The log of a server that did a little of everything. */
  log: Buffer
  snapshot: Buffer
  transactions: readonly Transaction[]
  /** Where each transaction ends in the log. */
  ends: readonly number[]
}

async function history(): Promise<History> {
  const world = new World(3, { preAllocSizeKb: 0 })
  await world.start()
  const client = world.client()
  await world.resolve(work(client, new SeededRandom(3), 30), 600_000)
  await world.resolve(client.close())
  await world.resolve(world.server?.close() ?? Promise.resolve())
  const { files } = world.bootClient()
  assert.ok(files)
  world.serverHost.kill()
  const disk = world.serverHost.boot().files
  const log = disk.readFile(LOG)
  const { transactions, ends } = readAll(disk)
  return { log, snapshot: disk.readFile('/zk/version-2/snapshot.0'), transactions, ends }
}

function readAll(files: FileSystem): Pick<History, 'transactions' | 'ends'> {
  const reader = new LogReader(files.open(LOG, 'read'))
  assert.ok(reader.readHeader())
  const transactions: Transaction[] = []
  const ends: number[] = []
  for (let next = reader.next(); typeof next !== 'string'; next = reader.next()) {
    transactions.push(next)
    ends.push(reader.position)
  }
  return { transactions, ends }
}

function recoverFrom(files: FileSystem): Recovered {
  return recover({
    files,
    log: silentLog,
    logFolder: '/zk/version-2',
    snapshotFolder: '/zk/version-2',
    trustEmptySnapshot: false,
    extendedTypesEnabled,
  })
}

function diskWith(contents: Readonly<Record<string, Buffer>>): MemoryFiles {
  const files = new MemoryFiles({ clock: new SimClock(new Scheduler()) })
  files.makeDirectory('/zk/version-2')
  for (const [path, content] of Object.entries(contents)) files.writeFile(path, content)
  return files
}

/** The digest after each of the transactions, from the empty tree on. */
function digestsOf(transactions: readonly Transaction[]): bigint[] {
  const tree = new DataTree({ extendedTypesEnabled })
  return [
    tree.digest,
    ...transactions.map(transaction => {
      tree.apply(transaction, [])
      return tree.digest
    }),
  ]
}

test('a log that is cut at any byte gives every transaction that is whole, and no other', async () => {
  const { log, snapshot, transactions, ends } = await history()
  const digests = digestsOf(transactions)
  assert.ok(transactions.length > 25)

  for (const zeros of [0, 700]) {
    for (let cut = 0; cut <= log.length; cut++) {
      const left = Buffer.concat([log.subarray(0, cut), Buffer.alloc(zeros)])
      const files = diskWith({ '/zk/version-2/snapshot.0': snapshot, [LOG]: left })

      const { tree, transactionCount } = recoverFrom(files)

      const whole = ends.filter(end => end <= cut).length
      assert.equal(transactionCount, whole, `cut at byte ${cut}`)
      assert.equal(tree.digest, digests[transactionCount], `cut at byte ${cut}`)
    }
  }
})

test('a sector that was never written ends the log, wherever it lies in the last write', async () => {
  const { log, snapshot, transactions, ends } = await history()
  const digests = digestsOf(transactions)

  for (let start = 512; start + 512 <= log.length; start += 512) {
    const torn = Buffer.from(log).fill(0, start, start + 512)
    const files = diskWith({ '/zk/version-2/snapshot.0': snapshot, [LOG]: torn })

    const { tree, transactionCount } = recoverFrom(files)

    assert.equal(transactionCount, ends.filter(end => end <= start).length)
    assert.equal(tree.digest, digests[transactionCount])
  }
})

test('a flipped bit in the middle is refused: what follows was acknowledged', async () => {
  const { log, snapshot, ends } = await history()
  const random = new SeededRandom(5)
  for (let i = 0; i < 300; i++) {
    const at = 16 + random.below((ends.at(-2) ?? 0) - 16)
    const damaged = Buffer.from(log)
    damaged[at] = (damaged[at] ?? 0) ^ (1 << random.below(8))
    const files = diskWith({ '/zk/version-2/snapshot.0': snapshot, [LOG]: damaged })

    assert.throws(
      () => recoverFrom(files),
      (error: unknown) =>
        error instanceof StorageError &&
        /log\.1/.test(error.message) &&
        /damaged/.test(error.message),
      `bit of byte ${at}`,
    )
  }
})

test('a snapshot that is cut or damaged is passed over for the one before it', async () => {
  const { log, snapshot, transactions } = await history()
  const [digest] = digestsOf(transactions).slice(-1)
  const name = `/zk/version-2/${fileName('snapshot', 5n)}`
  for (let cut = 0; cut < snapshot.length; cut += 7) {
    const cutOne = snapshot.subarray(0, cut)
    const flipped = Buffer.from(snapshot)
    flipped[cut] = (flipped[cut] ?? 0) ^ 1
    for (const broken of [cutOne, flipped]) {
      const files = diskWith({
        '/zk/version-2/snapshot.0': snapshot,
        [name]: broken,
        [LOG]: log,
      })
      assert.equal(recoverFrom(files).tree.digest, digest)
    }
  }
})

test('logs without any snapshot are not believed, unless one says so', async () => {
  const { log } = await history()
  const files = diskWith({ [LOG]: log })

  assert.throws(() => recoverFrom(files), /No snapshot found, but there are log entries/)
})

test('a transaction survives being written and read', async () => {
  const { transactions } = await history()
  for (const transaction of transactions) {
    const entry = encodeTransaction(transaction)
    const files = diskWith({
      [LOG]: Buffer.concat([Buffer.from('5a4b4c47000000020000000000000000', 'hex'), entry]),
    })
    const reader = new LogReader(files.open(LOG, 'read'))
    assert.ok(reader.readHeader())
    assert.deepEqual(reader.next(), transaction)
    assert.equal(reader.next(), 'end')
  }
})
