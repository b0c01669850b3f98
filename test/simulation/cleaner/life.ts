/** One life of a broker with a compacted log: producers write few keys again and again, the cleaner runs beside them. */
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
import type { Simulation } from '../../../src/sim/index.ts'
import { bytesOf, compactedConfig, name } from '../../support/compacted.ts'
import type { Account } from './account.ts'
import { checkIndexes } from './indexes.ts'

const KEYS = 12

type Chance = Simulation['random']

export interface LifeOptions {
  readonly host: Host
  readonly account: Account
  readonly random: Chance
  readonly deleteRetentionMs: number
  /** Whether the process has ended: what still fails then is no news. */
  readonly isOver: () => boolean
}

export class Life {
  readonly #host: Host
  readonly #account: Account
  readonly #random: Chance
  readonly #directories: LogDirectories
  readonly #cleaner: LogCleaner

  constructor({ host, account, random, deleteRetentionMs, isOver }: LifeOptions) {
    this.#host = host
    this.#account = account
    this.#random = random
    const config = compactedConfig({
      segmentBytes: 700,
      deleteRetentionMs,
      minCleanableDirtyRatio: random.chance(0.5) ? 0 : 0.4,
      fileDeleteDelayMs: random.below(100),
      writebackBytes: 900,
    })
    this.#directories = new LogDirectories({
      host,
      paths: ['/logs'],
      configOf: () => config,
      events: {
        onOffline: (_, __, error) => {
          if (!isOver()) assert.fail(error)
        },
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

  /** Until the process ends. */
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
    for (const { producerId } of [...this.#account.open.values()]) this.#end(log, producerId)
    const before = log.activeSegmentBaseOffset
    while (log.activeSegmentBaseOffset === before) this.#append(log, {})
    let count = 0
    while (await this.#cleaner.cleanFilthiest()) assert.ok((count += 1) < 1_000, 'it stays dirty')
    assert.ok(!this.#cleaner.isUncleanable(log))
    await this.#check(log)
    await this.#account.checkClean(log, log.compaction.firstDirtyOffset ?? 0)
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
    const account = this.#account
    const least = account.losesPower ? account.flushed : account.end
    assert.ok(log.logEndOffset >= least, `${log.logEndOffset} of ${least}`)
    if (account.losesPower) await this.#cutAtHole(log)
    account.cutTo(log.logEndOffset)
    await this.#check(log)
    account.losesPower = false
    return log
  }

  async #check(log: PartitionLog): Promise<void> {
    await this.#account.check(log, this.#host.clock.wallMs())
    checkIndexes(this.#host.files, log)
  }

  /**
   * What was not flushed may be gone also in the middle; in a compacted log that looks like any other
   * gap. As a follower would, the log drops what lies behind.
   */
  async #cutAtHole(log: PartitionLog): Promise<void> {
    const offsets = [...recordsIn(await bytesOf(log))].map(({ offset }) => offset)
    const found = new Set(offsets)
    let hole = Math.min(this.#account.flushed, log.logEndOffset)
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
    this.#account.flushed = Math.max(this.#account.flushed, end)
  }

  #write(log: PartitionLog): void {
    const random = this.#random
    for (let n = random.below(4); n >= 0; n -= 1) {
      const producerId = 1 + random.below(3)
      if (random.chance(0.4)) this.#append(log, {})
      else if (this.#account.open.has(producerId) && random.chance(0.4)) this.#end(log, producerId)
      else this.#append(log, { producerId, producerEpoch: 0, isTransactional: true })
    }
    log.updateHighWatermark(log.logEndOffset)
  }

  #append(log: PartitionLog, options: BatchOptions): void {
    const { producerId } = options
    const transaction =
      producerId === undefined ? undefined : this.#account.transactionOf(producerId)
    const sequence =
      producerId === undefined ? -1 : (log.producers.get(producerId)?.lastSequence ?? -1)
    const builder = new BatchBuilder({
      ...options,
      codec: this.#random.chance(0.2) ? 1 + this.#random.below(4) : 0,
      ...(producerId !== undefined && { baseSequence: sequence + 1 }),
    })
    const writtenMs = this.#host.clock.wallMs()
    const count = 1 + this.#random.below(4)
    for (let offset = log.nextOffset; offset < log.nextOffset + count; offset += 1) {
      const key = `key-${this.#random.below(KEYS)}`
      const value = this.#random.chance(0.15)
        ? undefined
        : `${offset}`.padEnd(this.#random.below(90), '.')
      builder.append({
        timestamp: writtenMs,
        key: Buffer.from(key),
        value: value === undefined ? null : Buffer.from(value),
      })
      this.#account.records.push({ offset, key, value, writtenMs, transaction })
    }
    this.#put(log, builder.close())
  }

  #end(log: PartitionLog, producerId: number): void {
    const transaction = this.#account.open.get(producerId)
    if (transaction === undefined) return
    const isAborted = this.#random.chance(0.5)
    const type = isAborted ? ControlRecordType.ABORT : ControlRecordType.COMMIT
    transaction.outcome = isAborted ? 'aborted' : 'committed'
    transaction.endOffset = log.nextOffset
    this.#account.open.delete(producerId)
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
    this.#account.end = log.logEndOffset
  }
}
