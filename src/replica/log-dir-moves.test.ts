import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { append, batchOf, readAll, recordTexts, smallConfig } from '../../test/support/logs.ts'
import { MortalFiles } from '../../test/support/mortal-files.ts'
import { silentLog, StorageError, type FileSystem } from '../host/index.ts'
import { LogDirectories, type PartitionLog } from '../log/index.ts'
import { ErrorCode } from '../protocol/index.ts'
import { buildEndTxnMarker, ControlRecordType, type ProduceRules } from '../records/index.ts'
import {
  MemoryFiles,
  Scheduler,
  SeededRandom,
  SimClock,
  SimDisk,
  type DiskFaults,
} from '../sim/index.ts'
import { Replicas } from './replicas.ts'
import { defaultReplicationSettings, type ReplicationSettings } from './replication-settings.ts'

const topic = 'orders'
const topicId = 'AAAAAAAAAAAAAAAAAAAABA'
const place = { topic, partition: 0 }
const rules = {
  ...{ maxMessageBytes: 1_000_000, isCompacted: false, timestampType: 'CreateTime' as const },
  ...{ timestampBeforeMaxMs: Infinity, timestampAfterMaxMs: Infinity },
  ...{ codec: 'producer' as const, maxDecompressedBytes: 1_000_000 },
} satisfies ProduceRules

/** A broker with the log directories /a and /b, of which it only has the replicas. */
class Broker {
  readonly scheduler: Scheduler
  readonly clock: SimClock
  readonly files: FileSystem
  readonly logs: LogDirectories
  readonly replicas: Replicas
  /** Of its disks. */
  readonly faults: DiskFaults
  settings: ReplicationSettings = { ...defaultReplicationSettings, fetchMaxBytes: 300 }

  constructor({
    files,
    scheduler = new Scheduler(),
  }: { files?: FileSystem; scheduler?: Scheduler } = {}) {
    // prettier-ignore
    this.scheduler = scheduler
    this.clock = new SimClock(scheduler)
    const disk = new SimDisk({ clock: this.clock, random: new SeededRandom(1), delayMsMax: 0 })
    this.faults = disk.faults
    this.files = files ?? disk.mount(this.clock)
    const { clock } = this
    this.logs = new LogDirectories({
      host: { files: this.files, clock, random: new SeededRandom(1), log: silentLog },
      paths: ['/a', '/b'],
      configOf: () => smallConfig({ segmentBytes: 500, fileDeleteDelayMs: 1_000 }),
      events: {
        onOffline: (_, logs) => this.replicas.fail(logs),
        onDamage: () => undefined,
      },
    })
    this.replicas = new Replicas({
      ...{ brokerId: 1, clock, logger: silentLog, logs: this.logs },
      settings: {
        rulesOf: () => rules,
        minInSyncReplicasOf: () => 1,
        propertiesTextOf: () => '{}',
      },
      isKnown: name => name === 'elsewhere',
      replication: () => this.settings,
    })
  }

  take(leader = 1, leaderEpoch = 0, isNew = false): void {
    const lists = { isr: [leader], replicas: [1, 2], addingReplicas: [], removingReplicas: [] }
    const image = { partition: 0, leader, leaderEpoch, partitionEpoch: leaderEpoch, ...lists }
    const [taken] = this.replicas.take(topic, topicId, [{ ...image, isNew }])
    assert.equal(taken?.errorCode, ErrorCode.NONE)
  }

  get log(): PartitionLog {
    const log = this.replicas.get(topic, 0)?.log
    assert.ok(log !== undefined)
    return log
  }

  get texts(): string[] {
    return recordTexts(readAll(this.log))
  }

  move(path: string): ErrorCode {
    return this.replicas.alterLogDir(topic, 0, path)
  }

  async settle<Result>(work: Promise<Result>): Promise<Result> {
    let isOver = false
    const done = work.finally(() => (isOver = true))
    done.catch(() => undefined)
    await this.scheduler.runUntil(() => isOver, 600_000)
    return done
  }

  async untilMoved(): Promise<void> {
    await this.scheduler.runUntil(() => this.logs.getFuture(place) === undefined, 600_000)
    assert.equal(this.logs.getFuture(place), undefined, 'the move ends')
  }

  namesIn(path: string): string[] {
    return this.files.list(path).filter(name => name.startsWith(topic))
  }
}

function fill(log: PartitionLog, count: number, leaderEpoch = 0): void {
  for (let n = 0; n < count; n += 1) {
    append(log, batchOf([`value-${log.logEndOffset}`.padEnd(60, '.')]), leaderEpoch)
  }
}

/** The directory in which the partition does not lie. */
function otherThan(broker: Broker): string {
  return broker.logs.pathOf(broker.log) === '/a' ? '/b' : '/a'
}

function brokerWith(count: number): Broker {
  const broker = new Broker()
  broker.take(1, 0, true)
  fill(broker.log, count)
  return broker
}

describe('a move between log directories', () => {
  test('ends with the same records in the other directory, though more are written meanwhile', async () => {
    const broker = brokerWith(40)
    const from = broker.logs.pathOf(broker.log)
    const to = from === '/a' ? '/b' : '/a'

    const errorCode = broker.move(to)
    const [copy] = broker.namesIn(to)
    await broker.scheduler.runUntil(() => {
      const future = broker.logs.getFuture(place)
      if (broker.log.logEndOffset < 80 && (future?.logEndOffset ?? 0) > 3) fill(broker.log, 2)
      return future === undefined
    }, 600_000)

    assert.equal(errorCode, ErrorCode.NONE)
    assert.match(copy ?? '', /^orders-0\.[0-9a-f]{32}-future$/)
    assert.equal(broker.log.logEndOffset, 80)
    assert.equal(broker.texts.length, 80)
    assert.equal(broker.logs.pathOf(broker.log), to)
    assert.deepEqual(broker.namesIn(to), ['orders-0'])
    await broker.scheduler.runFor(2_000)
    assert.deepEqual(broker.namesIn(from ?? ''), [])
    fill(broker.log, 3)
    assert.equal(broker.texts.length, 83)
    await broker.settle(broker.log.flush())
    assert.equal(broker.log.recoveryPoint, 83)
  })

  test('is held up by its throttle, and tells how far it lags behind', async () => {
    const broker = brokerWith(40)
    broker.settings = { ...broker.settings, moves: { ...broker.settings.moves, rate: 500 } }
    const to = broker.logs.pathOf(broker.log) === '/a' ? '/b' : '/a'
    broker.move(to)

    await broker.scheduler.runFor(3_000)
    const described = broker.replicas.describeLogDirs(() => true)
    const [copy] = described.find(({ logDir }) => logDir === to)?.topics[0]?.partitions ?? []
    broker.settings = { ...broker.settings, moves: { ...broker.settings.moves, rate: Infinity } }
    await broker.untilMoved()

    assert.equal(copy?.isFutureKey, true)
    assert.ok(copy.offsetLag > 0 && copy.offsetLag < 40, `lags by ${copy.offsetLag}`)
    assert.equal(broker.texts.length, 40)
  })

  test('comes to nothing when the partition is wanted where it is', async () => {
    const broker = brokerWith(40)
    const from = broker.logs.pathOf(broker.log) ?? ''
    const to = from === '/a' ? '/b' : '/a'
    broker.move(to)

    const back = broker.move(from)
    await broker.scheduler.runFor(5_000)

    assert.equal(back, ErrorCode.NONE)
    assert.deepEqual([broker.namesIn(from), broker.namesIn(to)], [['orders-0'], []])
    assert.equal(broker.texts.length, 40)
  })

  test('cuts the copy where a new leader has cut the log', async () => {
    const broker = brokerWith(40)
    broker.settings = { ...broker.settings, moves: { ...broker.settings.moves, rate: 2_000 } }
    broker.move(otherThan(broker))
    await broker.scheduler.runUntil(
      () => (broker.logs.getFuture(place)?.logEndOffset ?? 0) > 20,
      600_000,
    )

    broker.take(2, 1)
    const partition = broker.replicas.get(topic, 0)
    await broker.settle(partition?.following.cutToOffset(10) ?? Promise.resolve())
    broker.take(1, 2)
    fill(broker.log, 30, 2)
    const expected = broker.texts
    await broker.untilMoved()

    assert.deepEqual(broker.texts, expected)
    assert.deepEqual([broker.log.epochForOffset(9), broker.log.epochForOffset(10)], [0, 2])
  })

  test('follows the start of a log whose first records are gone', async () => {
    const broker = brokerWith(40)
    broker.log.updateHighWatermark(40)
    broker.log.advanceStartOffset(25)

    broker.move(otherThan(broker))
    await broker.untilMoved()

    assert.deepEqual([broker.log.logStartOffset, broker.log.highWatermark], [25, 40])
    assert.equal(broker.texts.length, 15)
  })

  test('takes producers and their transactions along', async () => {
    const broker = brokerWith(10)
    const producer = { producerId: 7, producerEpoch: 0 }
    const sent = batchOf(['aborted'], { ...producer, isTransactional: true, baseSequence: 0 })
    const first = append(broker.log, sent)
    broker.move(otherThan(broker))
    await broker.untilMoved()

    const again = broker.log.appendAsLeader(sent, 0, { leaderEpoch: 0, appendTimeMs: -1 })
    const type = ControlRecordType.ABORT
    append(broker.log, buildEndTxnMarker({ ...producer, type, coordinatorEpoch: 0, timestampMs: 1 })) // prettier-ignore
    broker.move(otherThan(broker))
    await broker.untilMoved()

    assert.equal(again.baseOffset, first, 'the retry is known for one')
    assert.equal(broker.log.logEndOffset, 12)
    const [aborted] = broker.log.abortedTransactions(0, 12)
    assert.deepEqual([aborted?.producerId, aborted?.firstOffset, aborted?.lastOffset], [7, 10, 11])
  })

  test('goes with the topic that is deleted', async () => {
    const broker = brokerWith(40)
    broker.move(otherThan(broker))

    broker.replicas.stop(topic, [0], true)
    await broker.scheduler.runFor(5_000)

    assert.deepEqual([...broker.namesIn('/a'), ...broker.namesIn('/b')], [])
    assert.equal(broker.logs.getFuture(place), undefined)
  })

  test('to a disk that fails leaves the partition where it is', async () => {
    const broker = brokerWith(40)
    const to = otherThan(broker)
    broker.move(to)

    broker.faults.add({ code: 'EIO', operations: ['write'], path: new RegExp(`^${to}/`) })
    await broker.scheduler.runFor(5_000)
    fill(broker.log, 5)

    assert.equal(broker.logs.getFuture(place), undefined)
    assert.equal(broker.texts.length, 45)
    assert.equal(broker.logs.pathOf(broker.log), to === '/a' ? '/b' : '/a')
    assert.equal(broker.move(to), ErrorCode.KAFKA_STORAGE_ERROR)
  })

  test('from a disk that fails waits for it: the copy is none of the partition', async () => {
    const broker = brokerWith(40)
    const to = otherThan(broker)
    broker.move(to)

    broker.faults.add({ code: 'EIO', path: new RegExp(`^${to === '/a' ? '/b' : '/a'}/`) })
    await broker.scheduler.runFor(5_000)

    assert.equal(broker.replicas.get(topic, 0)?.isFailed, true)
    assert.match(broker.namesIn(to).join(), /-future$/)
  })

  test('is refused for a directory that is none; for a partition to come the directory is noted', async () => {
    const broker = brokerWith(1)
    const ask = (name: string, path: string) => broker.replicas.alterLogDir(name, 0, path)

    const answers = [
      ask(topic, '/c'),
      ask('nowhere', '/b'),
      ask('elsewhere', '/b'),
      ask('x'.repeat(249), '/b'),
    ]
    const made = broker.logs.create({ topic: 'elsewhere', partition: 0, topicId: undefined })
    broker.logs.create({ topic: 'other', partition: 0, topicId: undefined })

    assert.deepEqual(answers, [
      ErrorCode.LOG_DIR_NOT_FOUND,
      ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      ErrorCode.REPLICA_NOT_AVAILABLE,
      ErrorCode.INVALID_TOPIC_EXCEPTION,
    ])
    assert.equal(broker.logs.pathOf(made), '/b')
    await broker.settle(broker.logs.close(1))
  })
})

/** @returns whether the process lived to the end of the move */
async function moveAndDie(stepsLeft: number): Promise<boolean> {
  const scheduler = new Scheduler()
  const disk = new MemoryFiles({ clock: new SimClock(scheduler) })
  const death = () => new StorageError('use', '/', { code: 'EIO' })
  const mortal = new MortalFiles(disk, death)
  const broker = new Broker({ files: mortal.files, scheduler })
  broker.take(1, 0, true)
  fill(broker.log, 20)
  await scheduler.runFor(1_000)
  const from = broker.logs.pathOf(broker.log)
  const to = from === '/a' ? '/b' : '/a'
  mortal.stepsLeft = stepsLeft
  try {
    broker.move(to)
    await scheduler.runUntil(() => mortal.isDead || broker.namesIn(to).length === 0, 5_000)
  } catch (error) {
    assert.ok(mortal.isDead, String(error))
  }
  broker.replicas.close()
  broker.logs.unlock()

  const next = new Broker({ files: disk, scheduler })
  await next.settle(next.logs.load())
  assert.ok(next.logs.get(place) !== undefined, `the partition is there after step ${stepsLeft}`)
  next.take(1, 1)
  assert.equal(next.texts.length, 20, `died before step ${stepsLeft}`)
  if (next.logs.getFuture(place) !== undefined) await next.untilMoved()
  assert.equal(next.texts.length, 20)
  await scheduler.runFor(2_000)
  const left = [...next.namesIn('/a'), ...next.namesIn('/b')]
  assert.deepEqual(left, ['orders-0'], `died before step ${stepsLeft}`)
  return !mortal.isDead
}

test('a process that dies before any step of a move finds the partition once, whole, and moves on', async () => {
  let steps = 1
  while (!(await moveAndDie(steps))) steps += 1

  assert.ok(steps > 15, `a move takes only ${steps} steps`)
})

/** @returns where the partition lay when the power came back */
async function moveAndCutPower(seed: number): Promise<string> {
  const scheduler = new Scheduler()
  const random = new SeededRandom(seed)
  const disk = new SimDisk({ clock: new SimClock(scheduler), random })
  const broker = new Broker({ files: disk.mount(new SimClock(scheduler)), scheduler })
  broker.take(1, 0, true)
  fill(broker.log, 20)
  await broker.settle(broker.log.flush())
  await broker.settle(broker.logs.writeCheckpoints('recovery-point-offset-checkpoint'))
  broker.move(otherThan(broker))
  const isOver = broker.untilMoved()
  await scheduler.runFor(random.between(0, 120))
  fill(broker.log, 2)
  broker.replicas.close()
  disk.crash()
  disk.processDied()
  isOver.catch(() => undefined)

  const next = new Broker({ files: disk.mount(new SimClock(scheduler)), scheduler })
  await next.settle(next.logs.load())
  next.take(1, 1)
  assert.ok(next.texts.length >= 20, `${next.texts.length} records with seed ${seed}`)
  // What is damaged behind its records of before has to be made whole by others first.
  const isWhole = next.log.damage === undefined
  if (isWhole && next.logs.getFuture(place) !== undefined) await next.untilMoved()
  assert.ok(next.texts.length >= 20, `${next.texts.length} records with seed ${seed}, moved`)
  return next.logs.pathOf(next.log) ?? ''
}

test('what was on the disk before a move is on the disk after a power cut in the middle of it', async () => {
  for (let seed = 1; seed <= 60; seed += 1) await moveAndCutPower(seed)
})
