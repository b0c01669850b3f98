/**
 * A compacted log over several lives of its broker: producers, with transactions and without, write few
 * keys again and again, the cleaner runs beside them, the process is killed or the machine loses power
 * at any moment. After each start the log must hold the last value of every key, each record where it
 * was written, and nothing that was never there.
 */
import assert from 'node:assert/strict'
import { sleep, type Host } from '../../../src/host/index.ts'
import {
  defaultCleanerSettings,
  LogCleaner,
  LogDirectories,
  type PartitionLog,
} from '../../../src/log/index.ts'
import {
  BatchBuilder,
  buildEndTxnMarker,
  ControlRecordType,
  recordsIn,
  type BatchOptions,
} from '../../../src/records/index.ts'
import { Simulation, type EntryOrder, type Trace } from '../../../src/sim/index.ts'
import { bytesOf, compactedConfig, name } from '../../support/compacted.ts'

const LIVES = 5
const KEYS = 12

interface WrittenRecord {
  readonly offset: number
  readonly key: string
  /** `undefined`: a tombstone. */
  readonly value: string | undefined
  readonly transaction: Transaction | undefined
}

interface Transaction {
  readonly producerId: number
  outcome: 'open' | 'committed' | 'aborted'
  /** Of the marker. */
  endOffset: number
}

/** What was written, as those outside know it. */
class History {
  records: WrittenRecord[] = []
  readonly open = new Map<number, Transaction>()
  readonly sequences = new Map<number, number>()
  flushed = 0
  end = 0
  /** Since the log was last looked at. */
  losesPower = false

  /** The log came back with this end: what lies behind it is gone. */
  cutTo(end: number): void {
    this.records = this.records.filter(({ offset }) => offset < end)
    for (const { transaction } of this.records) {
      if (transaction === undefined || transaction.endOffset < end) continue
      transaction.outcome = 'open'
      transaction.endOffset = Infinity
      this.open.set(transaction.producerId, transaction)
    }
    this.end = end
  }
}

type Chance = Simulation['random']

export async function cleanerHistory(seed: number): Promise<Trace> {
  const entryOrder: EntryOrder = seed % 2 === 0 ? 'ordered' : 'independent'
  const simulation = new Simulation(seed, { entryOrder })
  const { scheduler, random, trace } = simulation
  const machine = simulation.addHost('broker')
  const history = new History()
  const failures: unknown[] = []
  for (let life = 0; life < LIVES; life += 1) {
    const living = new Life(machine.boot(), history, random.fork(`life ${life}`))
    living.run().catch((error: unknown) => failures.push(error))
    await scheduler.runFor(random.between(20, 1_500))
    assert.deepEqual(failures, [], `seed ${seed}, life ${life}`)
    history.flushed = Math.max(history.flushed, living.recoveryPoint)
    const losesPower = random.chance(0.5)
    if (losesPower) machine.crash()
    else machine.kill()
    history.losesPower ||= losesPower
  }
  const last = new Life(machine.boot(), history, random.fork('the end'))
  let isDone = false
  last.finish().then(
    () => (isDone = true),
    (error: unknown) => failures.push(error),
  )
  await scheduler.runUntil(() => isDone || failures.length > 0, 600_000)
  assert.deepEqual(failures, [], `seed ${seed}, at the end`)
  assert.ok(isDone, `seed ${seed} does not come to an end`)
  return trace
}

class Life {
  readonly #host: Host
  readonly #history: History
  readonly #random: Chance
  readonly #directories: LogDirectories
  readonly #cleaner: LogCleaner

  constructor(host: Host, history: History, random: Chance) {
    this.#host = host
    this.#history = history
    this.#random = random
    const config = compactedConfig({
      segmentBytes: 700,
      deleteRetentionMs: random.below(2_000),
      minCleanableDirtyRatio: random.chance(0.5) ? 0 : 0.4,
      fileDeleteDelayMs: random.below(100),
      writebackBytes: 900,
    })
    this.#directories = new LogDirectories({
      host,
      paths: ['/logs'],
      configOf: () => config,
      events: {
        onOffline: (_, __, error) => assert.fail(error),
        onDamage: (log, { problem }) => this.#host.log.warn('damage', { log: log.name, problem }),
      },
    })
    const settings = {
      ...defaultCleanerSettings,
      backoffMs: 1 + random.below(60),
      ioBufferBytes: 200 + random.below(4_000),
      dedupeBufferBytes: 24 * (3 + random.below(40)),
    }
    this.#cleaner = new LogCleaner({
      host,
      directories: this.#directories,
      settings: () => settings,
    })
  }

  async run(): Promise<void> {
    const log = await this.#open()
    this.#cleaner.start()
    for (;;) {
      assert.ok(!this.#cleaner.isUncleanable(log), 'the cleaner has given up')
      this.#write(log)
      if (this.#random.chance(0.15)) await this.#flush(log)
      await sleep(this.#host.clock, this.#random.between(0, 25))
    }
  }

  /** Decides what is open, cleans until nothing is left to clean, and looks at the log once more. */
  async finish(): Promise<void> {
    const log = await this.#open()
    for (const { producerId } of [...this.#history.open.values()]) this.#end(log, producerId)
    const before = log.activeSegmentBaseOffset
    while (log.activeSegmentBaseOffset === before) this.#append(log, {})
    let count = 0
    while (await this.#cleaner.cleanFilthiest()) assert.ok((count += 1) < 1_000, 'it stays dirty')
    assert.ok(!this.#cleaner.isUncleanable(log))
    await this.#check(log)
    const names = this.#host.files.list(log.directory)
    assert.deepEqual(names.filter(file => /\.(cleaned|swap)$/.test(file)), []) // prettier-ignore
    await this.#directories.close(-1)
  }

  async #open(): Promise<PartitionLog> {
    await this.#directories.load()
    const log =
      this.#directories.get(name) ?? this.#directories.create({ ...name, topicId: undefined })
    await log.dropDamaged()
    log.updateHighWatermark(log.logEndOffset)
    const history = this.#history
    const least = history.losesPower ? history.flushed : history.end
    assert.ok(log.logEndOffset >= least, `${log.logEndOffset} of ${least}`)
    if (history.losesPower) await this.#cutAtHole(log)
    history.cutTo(log.logEndOffset)
    await this.#check(log)
    history.losesPower = false
    return log
  }

  /**
   * What was not flushed may be gone also in the middle; in a compacted log that looks like any other
   * gap. As a follower would, the log drops what lies behind.
   */
  async #cutAtHole(log: PartitionLog): Promise<void> {
    const offsets = [...recordsIn(await bytesOf(log))].map(({ offset }) => offset)
    const found = new Set(offsets)
    let hole = Math.min(this.#history.flushed, log.logEndOffset)
    while (found.has(hole)) hole += 1
    await log.truncateTo(hole)
    log.updateHighWatermark(log.logEndOffset)
  }

  /** Below it all is on the disk, and only below it anything was cleaned. */
  get recoveryPoint(): number {
    return this.#directories.get(name)?.recoveryPoint ?? 0
  }

  async #flush(log: PartitionLog): Promise<void> {
    const end = log.logEndOffset
    await log.flush()
    this.#history.flushed = Math.max(this.#history.flushed, end)
  }

  #write(log: PartitionLog): void {
    const random = this.#random
    for (let n = random.below(4); n >= 0; n -= 1) {
      const producerId = 1 + random.below(3)
      if (random.chance(0.4)) this.#append(log, {})
      else if (this.#history.open.has(producerId) && random.chance(0.4)) this.#end(log, producerId)
      else this.#append(log, { producerId, producerEpoch: 0, isTransactional: true })
    }
    log.updateHighWatermark(log.logEndOffset)
  }

  #append(log: PartitionLog, options: BatchOptions): void {
    const history = this.#history
    const { producerId } = options
    const transaction = producerId === undefined ? undefined : this.#transactionOf(producerId)
    const sequence =
      producerId === undefined ? -1 : (log.producers.get(producerId)?.lastSequence ?? -1)
    const builder = new BatchBuilder({
      ...options,
      codec: this.#random.chance(0.2) ? 1 + this.#random.below(4) : 0,
      ...(producerId !== undefined && { baseSequence: sequence + 1 }),
    })
    const offset = log.nextOffset
    const count = 1 + this.#random.below(4)
    for (let n = 0; n < count; n += 1) {
      const key = `key-${this.#random.below(KEYS)}`
      const value = this.#random.chance(0.15)
        ? undefined
        : `${offset + n}`.padEnd(this.#random.below(90), '.')
      builder.append({
        timestamp: this.#host.clock.wallMs(),
        key: Buffer.from(key),
        value: value === undefined ? null : Buffer.from(value),
      })
      history.records.push({ offset: offset + n, key, value, transaction })
    }
    this.#put(log, builder.close())
  }

  #transactionOf(producerId: number): Transaction {
    const open = this.#history.open.get(producerId)
    if (open !== undefined) return open
    const begun: Transaction = { producerId, outcome: 'open', endOffset: Infinity }
    this.#history.open.set(producerId, begun)
    return begun
  }

  #end(log: PartitionLog, producerId: number): void {
    const transaction = this.#history.open.get(producerId)
    if (transaction === undefined) return
    const isAborted = this.#random.chance(0.5)
    const type = isAborted ? ControlRecordType.ABORT : ControlRecordType.COMMIT
    transaction.outcome = isAborted ? 'aborted' : 'committed'
    transaction.endOffset = log.nextOffset
    this.#history.open.delete(producerId)
    const timestampMs = this.#host.clock.wallMs()
    this.#put(
      log,
      buildEndTxnMarker({ type, producerId, producerEpoch: 0, coordinatorEpoch: 0, timestampMs }),
    )
  }

  #put(log: PartitionLog, batch: Buffer): void {
    const outcome = log.appendAsLeader(batch, 0, { leaderEpoch: 0, appendTimeMs: -1 })
    assert.equal(outcome.errorCode, 0)
    log.writeStaged()
    log.updateHighWatermark(log.logEndOffset)
    this.#history.end = log.logEndOffset
  }

  /** Each record that is there was written so, and the last one of each key is there. */
  async #check(log: PartitionLog): Promise<void> {
    const written = new Map(this.#history.records.map(record => [record.offset, record]))
    const found = new Set<number>()
    let lastOffset = -1
    for (const { offset, key, value } of recordsIn(await bytesOf(log))) {
      assert.ok(offset > lastOffset, `offset ${offset} after ${lastOffset}`)
      lastOffset = offset
      const record = written.get(offset)
      // Markers are not in the history.
      if (record === undefined && key?.length === 4) continue
      assert.deepEqual([key?.toString(), value?.toString()], [record?.key, record?.value])
      found.add(offset)
    }
    for (const { offset, key, value } of this.#lastOfKeys().values()) {
      if (value === undefined) continue
      assert.ok(found.has(offset), `the last value of ${key} at ${offset} is gone`)
    }
  }

  /** Of what was not aborted; what is undecided may still be. */
  #lastOfKeys(): Map<string, WrittenRecord> {
    const last = new Map<string, WrittenRecord>()
    for (const record of this.#history.records) {
      if (record.transaction === undefined || record.transaction.outcome === 'committed') {
        last.set(record.key, record)
      }
    }
    return last
  }
}
