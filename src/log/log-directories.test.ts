import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { append, batchOf, readAll, recordTexts, smallConfig } from '../../test/support/logs.ts'
import { ConfigError } from '../config/index.ts'
import { silentLog, type FileSystem } from '../host/index.ts'
import { MemoryFiles, Scheduler, SeededRandom, SimClock, SimDisk } from '../sim/index.ts'
import { Housekeeping, defaultHousekeepingPeriods } from './housekeeping.ts'
import { LogDirectories } from './log-directories.ts'
import type { LogConfig } from './log-config.ts'
import { OffsetCheckpointName } from './offset-checkpoint.ts'

class Machine {
  readonly scheduler = new Scheduler()
  readonly clock = new SimClock(this.scheduler)
  readonly files: FileSystem
  readonly events: string[] = []
  config: LogConfig = smallConfig({ fileDeleteDelayMs: 1_000 })

  constructor(files?: FileSystem) {
    this.files = files ?? new MemoryFiles({ clock: this.clock })
  }

  open(...paths: string[]): LogDirectories {
    return new LogDirectories({
      host: {
        files: this.files,
        clock: this.clock,
        random: new SeededRandom(1),
        log: silentLog,
      },
      paths,
      configOf: () => this.config,
      events: {
        onOffline: (path, logs) => {
          this.events.push(`${path} offline with ${logs.map(log => log.name).join(',')}`)
        },
        onDamage: ({ name }) => this.events.push(`${name} damaged`),
      },
    })
  }

  async settle<Result>(work: Promise<Result>): Promise<Result> {
    await this.scheduler.runUntilIdle()
    return work
  }
}

const orders = { topic: 'orders', partition: 0, topicId: undefined }

describe('opening and closing', () => {
  test('logs come back from their directories, and the mark of a clean end is taken away', async () => {
    const machine = new Machine()
    const first = machine.open('/a', '/b')
    const log = first.create(orders)
    append(log, batchOf(['x', 'y']))
    log.updateHighWatermark(1)
    await machine.settle(first.close(17))
    const mark = machine.files.readFile('/a/.kafka_cleanshutdown').toString()

    const second = machine.open('/a', '/b')
    await machine.settle(second.load())

    assert.equal(mark, '{"version":0,"brokerEpoch":17}')
    assert.equal(machine.files.status('/a/.kafka_cleanshutdown'), undefined)
    const again = second.get(orders)
    assert.deepEqual([again?.logEndOffset, again?.highWatermark, again?.recoveryPoint], [2, 1, 2])
    assert.equal(
      machine.files.readFile('/a/recovery-point-offset-checkpoint').toString(),
      '0\n1\norders 0 2\n',
    )
  })

  test('what a kill left in the page cache is on the disk when flush.messages asks for that', async () => {
    const scheduler = new Scheduler()
    const clock = new SimClock(scheduler)
    const disk = new SimDisk({ clock, random: new SeededRandom(2) })
    const machine = new Machine(disk.mount(clock))
    machine.config = smallConfig({ flushMessages: 1 })
    const log = machine.open('/a').create(orders)
    append(log, batchOf(['x', 'y']))
    disk.processDied()

    const again = machine.open('/a')
    const loaded = again.load()
    await scheduler.runUntilIdle()
    await loaded

    assert.equal(again.get(orders)?.recoveryPoint, 2, 'else a leader could never commit it')
  })

  test('a directory in use is refused by name, and one named twice', () => {
    const machine = new Machine()
    machine.open('/a')

    assert.throws(
      () => machine.open('/b', '/a'),
      (error: unknown) => {
        assert.ok(error instanceof ConfigError)
        assert.match(error.message, /Failed to acquire lock on file \.lock in \/a\./)
        return true
      },
    )
    machine.open('/b').unlock()
    assert.throws(() => machine.open('/c', '/c'), ConfigError)
  })

  test('a directory that is no partition stops the start, with what to do', async () => {
    const machine = new Machine()
    machine.files.makeDirectory('/a/lost+found')

    await assert.rejects(machine.open('/a').load(), (error: unknown) => {
      assert.ok(error instanceof ConfigError)
      assert.match(error.message, /'lost\+found' is not in the form of topic-partition/)
      return true
    })
  })

  test('a partition in two directories stops the start, unless one has all of the other', async () => {
    const inBoth = async (one: string, ...others: readonly string[]): Promise<LogDirectories> => {
      const machine = new Machine()
      for (const [at, texts] of [[one], others].entries()) {
        const directories = machine.open(at === 0 ? '/a' : '/b')
        const log = directories.create(orders)
        for (const text of texts) append(log, batchOf([text]))
        await machine.settle(directories.close(1))
      }
      return machine.open('/a', '/b')
    }

    const same = await inBoth('x', 'x', 'y')
    await same.load()

    assert.equal(same.get(orders)?.directory, '/b/orders-0')
    const different = await inBoth('x', 'other', 'y')
    await assert.rejects(different.load(), /Duplicate log directories for orders-0/)
  })

  test('leftovers of deletions go, moves and strays stay, foreign directories are not looked at', async () => {
    const machine = new Machine()
    const hex = '0'.repeat(32)
    const names = [`gone-1.${hex}-delete`, `moving-1.${hex}-future`, `lost-1.${hex}-stray`]
    for (const name of [...names, '__cluster_metadata-0', 'remote-log-index-cache']) {
      machine.files.makeDirectory(`/a/${name}`)
    }
    const directories = machine.open('/a')
    await machine.settle(directories.load())
    await machine.scheduler.runFor(1_000)

    assert.deepEqual([...directories.logs], [])
    const left = machine.files.list('/a').filter(name => !name.startsWith('.'))
    assert.deepEqual(left, ['__cluster_metadata-0', names[2], names[1], 'remote-log-index-cache'])
  })

  test('a damaged checkpoint is as good as none', async () => {
    const machine = new Machine()
    const first = machine.open('/a')
    append(first.create(orders), batchOf(['x']))
    await machine.settle(first.close(-1))
    machine.files.writeFile('/a/recovery-point-offset-checkpoint', '0\n1\norders 0 9999')
    machine.files.writeFile('/a/replication-offset-checkpoint', 'garbage')
    const second = machine.open('/a')
    await machine.settle(second.load())

    assert.equal(second.get(orders)?.logEndOffset, 1)
  })
})

describe('making and deleting', () => {
  test('a new log goes where the fewest are, or where it is told', () => {
    const machine = new Machine()
    const directories = machine.open('/a', '/b', '/c')
    const where = (partition: number, directory?: string): string =>
      directories.create({ ...orders, partition, directory }).directory

    assert.deepEqual(
      [where(0), where(1, '/c'), where(2), where(3)],
      ['/a/orders-0', '/c/orders-1', '/b/orders-2', '/a/orders-3'],
    )
  })

  test('a deleted log is gone at once for those who ask, its files after a delay, its name is free', async () => {
    const machine = new Machine()
    const directories = machine.open('/a')
    const log = directories.create({ ...orders, topic: 'o'.repeat(249) })
    append(log, batchOf(['x']))
    const { records } = log.read(0, 1_000, { upTo: 1, firstBatch: 'whole' })

    directories.delete(log)

    assert.equal(directories.get(log), undefined)
    assert.ok(log.isOffline)
    const bytes = Buffer.alloc(records.sizeBytes)
    records.read(bytes, 0)
    records.release()
    assert.deepEqual(recordTexts(bytes), ['0:x'], 'a fetch on its way ends well')
    assert.equal(directories.create({ ...orders, topic: log.topic }).logEndOffset, 0)
    const leaving = (): string[] => machine.files.list('/a').filter(name => /-delete$/.test(name))
    assert.equal(leaving().length, 1)
    await machine.scheduler.runFor(1_000)
    assert.equal(leaving().length, 0)
  })

  test('what lies there already is not overwritten, and no name leads outside', () => {
    const machine = new Machine()
    const directories = machine.open('/a')
    directories.create(orders)
    machine.files.makeDirectory('/a/foreign-0')

    assert.throws(() => directories.create(orders), /EEXIST/)
    assert.throws(() => directories.create({ ...orders, topic: 'foreign' }), /EEXIST/)
    assert.throws(() => directories.create({ ...orders, topic: '../out' }), /EINVAL/)
    assert.equal(directories.online.length, 1, 'no fault of the disk')
  })
})

describe('a failing disk', () => {
  async function twoDisks() {
    const machine = new Machine()
    const disk = new SimDisk({ clock: machine.clock, random: new SeededRandom(2) })
    const both = new Machine(disk.mount(machine.clock))
    Object.assign(both, { clock: machine.clock, scheduler: machine.scheduler })
    const directories = both.open('/a', '/b')
    const bad = directories.create({ ...orders, directory: '/a' })
    const good = directories.create({ ...orders, partition: 1, directory: '/b' })
    return { machine: both, disk, directories, bad, good }
  }

  test('a write that fails takes its directory offline, the other goes on', async () => {
    const { machine, disk, directories, bad, good } = await twoDisks()
    disk.faults.add({ code: 'EIO', operations: ['write'], path: /^\/a\/.*log$/ })
    bad.appendAsLeader(batchOf(['x']), 0, { leaderEpoch: 0, appendTimeMs: -1 })

    assert.throws(() => bad.writeStaged(), /EIO/)
    await machine.scheduler.runFor(1)

    assert.deepEqual(machine.events, ['/a offline with orders-0'])
    assert.equal(directories.get(bad), undefined)
    assert.deepEqual(
      directories.offline.map(({ path }) => path),
      ['/a'],
    )
    append(good, batchOf(['y']))
    assert.deepEqual(recordTexts(readAll(good)), ['0:y'])
    assert.equal(directories.create({ ...orders, partition: 2 }).directory, '/b/orders-2')
  })

  test('a sync that fails does too, and nothing is taken for durable', async () => {
    const { machine, disk, bad } = await twoDisks()
    append(bad, batchOf(['x']))
    disk.faults.add({ code: 'EIO', operations: ['sync'], path: /^\/a\// })

    const flushing = assert.rejects(bad.flush(), /EIO/)
    await machine.settle(flushing)
    await assert.rejects(bad.flush(), /KAFKA_STORAGE_ERROR/)
    assert.equal(bad.recoveryPoint, 0)
    assert.deepEqual(machine.events, ['/a offline with orders-0'])
  })

  test('a checkpoint that cannot be written does too', async () => {
    const { machine, disk, directories } = await twoDisks()
    disk.faults.add({ code: 'ENOSPC', operations: ['write'], path: /checkpoint/, times: 1 })

    await machine.settle(directories.writeCheckpoints(OffsetCheckpointName.highWatermark))

    assert.equal(machine.events.length, 1)
    assert.equal(directories.online.length, 1)
  })

  test('a disk that is read-only from the start is offline, with none left the start is refused', () => {
    const machine = new Machine()
    const disk = new SimDisk({ clock: machine.clock, random: new SeededRandom(2) })
    disk.faults.isReadOnly = true
    const files = disk.mount(machine.clock)

    assert.throws(() => new Machine(files).open('/a', '/b'), ConfigError)
  })
})

describe('housekeeping', () => {
  test('checkpoints, retention and flushes happen in their time', async () => {
    const machine = new Machine()
    machine.config = smallConfig({ segmentBytes: 70, retentionBytes: 0, flushMs: 10_000 })
    const directories = machine.open('/a')
    const log = directories.create(orders)
    append(log, batchOf(['x']))
    append(log, batchOf(['y']))
    log.updateHighWatermark(1)
    const housekeeping = new Housekeeping(directories)
    housekeeping.start({ ...defaultHousekeepingPeriods, flushCheckMs: 1_000 })

    await machine.scheduler.runFor(5_000)
    const text = (name: string): string => machine.files.readFile(`/a/${name}`).toString()
    assert.equal(text('replication-offset-checkpoint'), '0\n1\norders 0 1\n')
    await machine.scheduler.runFor(5_000)
    assert.equal(log.recoveryPoint, 2, 'flush.ms has passed')
    await machine.scheduler.runFor(20_000)
    assert.equal(log.logStartOffset, 1, 'first retention run after 30 s')
    await machine.scheduler.runFor(30_000)
    assert.equal(text('recovery-point-offset-checkpoint'), '0\n1\norders 0 2\n')
    assert.equal(text('log-start-offset-checkpoint'), '0\n0\n', 'the segment tells')
    housekeeping.stop()
    log.updateHighWatermark(2)
    await machine.scheduler.runFor(600_000)
    assert.equal(log.logStartOffset, 1)
  })
})
