/**
 * The same segments cleaned by genuine Kafka and by ours: what is left is the same, record by record and
 * batch by batch; genuine `kafka-dump-log` reads what ours has written, indexes included.
 */
import assert from 'node:assert/strict'
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka } from '../../src/client/index.ts'
import { sleep as pause } from '../../src/host/index.ts'
import { nodeHost } from '../../src/host/node/index.ts'
import {
  defaultCleanerSettings,
  defaultLogConfig,
  LogCleaner,
  LogDirectories,
  type LogConfig,
  type PartitionLog,
} from '../../src/log/index.ts'
import {
  BatchBuilder,
  batchesIn,
  buildEndTxnMarker,
  ControlRecordType,
  recordsIn,
} from '../../src/records/index.ts'
import { peerOrSkip } from '../peers/cache.ts'
import { genuineDistribution } from '../peers/distribution.ts'
import { runOk } from '../peers/process.ts'
import { startBroker, startSubject, type Subject } from '../peers/subject.ts'

const TOPIC = 'compacted'
const SEGMENT_BYTES = 20_000
const config: LogConfig = {
  ...defaultLogConfig,
  segmentBytes: SEGMENT_BYTES,
  segmentIndexBytes: 4_000,
  indexIntervalBytes: 1_000,
  deletesOldSegments: false,
  isCompacted: true,
  minCleanableDirtyRatio: 0.001,
  fileDeleteDelayMs: 0,
}

const overrides = {
  'log.cleaner.backoff.ms': '100',
  'log.cleaner.min.cleanable.ratio': '0.001',
  'log.segment.bytes': String(SEGMENT_BYTES),
  'log.index.interval.bytes': '1000',
  'log.segment.delete.delay.ms': '0',
}

test('a log that genuine Kafka and ours have cleaned holds the same', async t => {
  await compareCleaning(t, {
    settings: {},
    fill: async (subject, directory) => {
      await subject.broker.stop()
      await replaceLog(directory)
    },
    seen: /deleteHorizonMs: OptionalLong\[\d+\]/,
  })
})

for (const format of ['0.9.0', '0.10.2']) {
  test(`a log in the format of ${format} that genuine Kafka and ours have cleaned holds the same`, async t => {
    await compareCleaning(t, {
      settings: { 'inter.broker.protocol.version': '2.8', 'log.message.format.version': format },
      fill: async subject => {
        await produceOldFormats(subject.bootstrap)
        await subject.broker.stop()
      },
      seen: /magic: [01] /,
    })
  })
}

interface Comparison {
  readonly settings: Readonly<Record<string, string>>
  /** Puts records into the partition in `directory`, and leaves the broker stopped. */
  readonly fill: (subject: Subject, directory: string) => Promise<void>
  /** What `kafka-dump-log` has to say of the cleaned log. */
  readonly seen: RegExp
}

async function compareCleaning(
  t: TestContext,
  { settings, fill, seen }: Comparison,
): Promise<void> {
  const genuine = await peerOrSkip(t, () => genuineDistribution('3.9.2'))
  if (genuine === undefined) return
  const idle = { ...overrides, ...settings, 'log.cleaner.enable': 'false' }
  const subject = await startSubject({ kind: 'genuine', version: '3.9.2', overrides: idle })
  t.after(() => subject.dispose())
  const scripts = join(genuine, 'bin')
  await runOk(join(scripts, 'kafka-topics.sh'), [
    ...['--bootstrap-server', subject.bootstrap, '--create', '--topic', TOPIC],
    ...['--config', 'cleanup.policy=compact'],
  ])
  const [logDir = ''] = subject.logDirs
  await fill(subject, join(logDir, `${TOPIC}-0`))
  const ours = temporaryFolder(t)
  cpSync(join(logDir, `${TOPIC}-0`), join(ours, `${TOPIC}-0`), { recursive: true, preserveTimestamps: true }) // prettier-ignore

  const { zookeeper, logDirs } = subject
  const broker = await startBroker({
    kind: 'genuine',
    version: '3.9.2',
    zookeeper,
    logDirs,
    overrides: { ...overrides, ...settings },
  })
  t.after(() => broker.kill())
  await untilCleaned(subject)
  await broker.stop()
  await cleanWithOurs(ours)

  const left = contentOf(join(logDir, `${TOPIC}-0`))
  const leftByOurs = contentOf(join(ours, `${TOPIC}-0`))
  assert.ok(left.records.length > 50, `${left.records.length} records`)
  assert.deepEqual(leftByOurs.records, left.records)
  assert.deepEqual(leftByOurs.batches, left.batches)
  assert.deepEqual(leftByOurs.segments, left.segments)
  assert.match(await dumpOurs(scripts, join(ours, `${TOPIC}-0`)), seen)
}

/** Few keys many times, with the codecs of old brokers and tombstones; the broker writes them in its format. */
async function produceOldFormats(bootstrapServers: string): Promise<void> {
  await using kafka = new Kafka({ bootstrapServers })
  const codecs = ['none', 'gzip', 'snappy', 'lz4'] as const
  for (let round = 0; round < 40; round += 1) {
    const producer = kafka.producer({
      compressionType: codecs[round % codecs.length] ?? 'none',
      lingerMs: 5,
      enableIdempotence: false,
    })
    const sent = Array.from({ length: 40 }, (_, n) =>
      producer.send({
        topic: TOPIC,
        partition: 0,
        key: Buffer.from(`key-${(round * 7919 + n * 31) % 97}`),
        value: (round + n) % 11 === 0 ? null : Buffer.from(`${round}-${n}-`.padEnd(20 + ((n * 37) % 90), 'v')), // prettier-ignore
      }),
    )
    await Promise.all(sent)
    await producer.close()
  }
}

/** Fills the directory of an empty partition, as a broker of ours would. */
async function replaceLog(directory: string): Promise<void> {
  const folder = temporary()
  const directories = openDirectories(folder)
  const log = directories.create({ topic: TOPIC, partition: 0, topicId: undefined })
  fill(log)
  await directories.close(-1)
  for (const name of readdirSync(directory)) {
    if (/^\d{20}\./.test(name) || name === 'leader-epoch-checkpoint') rmSync(join(directory, name))
  }
  for (const name of readdirSync(log.directory)) {
    if (name === 'partition.metadata') continue
    writeFileSync(join(directory, name), readFileSync(join(log.directory, name)))
  }
  rmSync(folder, { recursive: true })
}

/** Few keys many times, with all codecs, tombstones, idempotent and transactional producers. */
function fill(log: PartitionLog): void {
  const timestampBase = Date.now() - 10_000
  const sequences = new Map<number, number>()
  const append = (batch: Buffer): void => {
    const outcome = log.appendAsLeader(batch, 0, { leaderEpoch: 0, appendTimeMs: -1 })
    assert.equal(outcome.errorCode, 0)
    log.writeStaged()
  }
  const value = (n: number): Buffer => Buffer.from(`${n}-`.padEnd(20 + ((n * 37) % 90), 'v'))
  for (let n = 0; n < 1_500; n += 1) {
    const producerId = n % 4 === 0 ? -1 : 1_000 + (n % 4)
    const isTransactional = producerId >= 1_002
    const baseSequence = producerId < 0 ? -1 : (sequences.get(producerId) ?? 0)
    const builder = new BatchBuilder({
      codec: n % 7 > 4 ? n % 5 : 0,
      ...(producerId >= 0 && { producerId, producerEpoch: 0, baseSequence, isTransactional }),
    })
    const count = 1 + (n % 5)
    for (let place = 0; place < count; place += 1) {
      const key = Buffer.from(`key-${(n * 7919 + place * 31) % 97}`)
      const isTombstone = (n + place) % 11 === 0
      builder.append({
        timestamp: timestampBase + n + place,
        key,
        value: isTombstone ? null : value(n),
        headers: n % 13 === 0 ? [{ key: 'h', value: Buffer.from(String(n)) }] : [],
      })
    }
    if (producerId >= 0) sequences.set(producerId, baseSequence + count)
    append(builder.close())
    if (isTransactional && n % 9 === 0) {
      const type = n % 2 === 0 ? ControlRecordType.ABORT : ControlRecordType.COMMIT
      append(buildEndTxnMarker({ type, producerId, producerEpoch: 0, coordinatorEpoch: 0, timestampMs: timestampBase + n })) // prettier-ignore
    }
  }
  for (const producerId of [1_002, 1_003]) {
    const type = ControlRecordType.COMMIT
    append(buildEndTxnMarker({ type, producerId, producerEpoch: 0, coordinatorEpoch: 0, timestampMs: timestampBase })) // prettier-ignore
  }
}

function openDirectories(folder: string): LogDirectories {
  return new LogDirectories({
    host: nodeHost(),
    paths: [folder],
    configOf: () => config,
    events: {
      onOffline: (_, __, error) => assert.fail(error),
      onDamage: (_, damage) => assert.fail(damage.problem),
    },
  })
}

async function cleanWithOurs(folder: string): Promise<void> {
  const directories = openDirectories(folder)
  await directories.load()
  const log = directories.get({ topic: TOPIC, partition: 0 })
  assert.ok(log !== undefined)
  log.updateHighWatermark(log.logEndOffset)
  const host = nodeHost()
  const cleaner = new LogCleaner({ host, directories, settings: () => defaultCleanerSettings })
  assert.ok(await cleaner.cleanFilthiest())
  assert.ok(!cleaner.isUncleanable(log))
  await directories.close(-1)
  await pause(host.clock, 1)
}

/** The checkpoint tells when a cleaning is over. */
async function untilCleaned({ logDirs }: Subject): Promise<void> {
  const path = join(logDirs[0] ?? '', 'cleaner-offset-checkpoint')
  const deadlineMs = Date.now() + 60_000
  while (!(
    existsSync(path) && new RegExp(`^${TOPIC} 0 [1-9]`, 'm').test(readFileSync(path, 'utf8'))
  )) {
    assert.ok(Date.now() < deadlineMs, 'genuine Kafka has not cleaned within a minute')
    await sleep(100)
  }
}

interface Content {
  readonly records: readonly string[]
  readonly batches: readonly string[]
  readonly segments: readonly string[]
}

function contentOf(directory: string): Content {
  const segments = readdirSync(directory).filter(name => name.endsWith('.log')).sort() // prettier-ignore
  const bytes = Buffer.concat(segments.map(name => readFileSync(join(directory, name))))
  const records = Array.from(recordsIn(bytes), record =>
    JSON.stringify([
      ...[record.offset, record.timestamp, record.timestampType],
      ...[record.key?.toString('hex'), record.value?.toString('hex'), record.headers],
    ]),
  )
  const batches = Array.from(batchesIn(bytes), ({ position, info }) => {
    const rest = { ...info, sizeBytes: info.codec === 0 ? info.sizeBytes : -1 }
    const hasHorizon = (bytes.readInt16BE(position + 21) & 0x40) !== 0
    return JSON.stringify({ ...rest, hasHorizon })
  })
  return { records, batches, segments }
}

async function dumpOurs(scripts: string, directory: string): Promise<string> {
  const files = (ending: string): string =>
    readdirSync(directory)
      .filter(name => name.endsWith(ending))
      .map(name => join(directory, name))
      .join(',')
  const dump = async (...args: string[]): Promise<string> => {
    const { stdout, stderr } = await runOk(join(scripts, 'kafka-dump-log.sh'), args)
    // Gaps are what cleaning is about; of a log that genuine Kafka cleaned it says the same.
    const complaints = stderr.split('\n').filter(line => !/^$|^Non-consecutive|is followed by/.test(line)) // prettier-ignore
    assert.deepEqual(complaints, [])
    return stdout
  }
  const records = await dump('--deep-iteration', '--print-data-log', '--files', files('.log'))
  assert.doesNotMatch(records, /isvalid: false|invalid bytes/)
  const indexes = await dump('--files', `${files('.index')},${files('.timeindex')}`)
  assert.doesNotMatch(indexes, /mismatch|Mismatch|out of order/i)
  return records
}

function temporary(): string {
  return mkdtempSync(join(tmpdir(), 'tidelog-cleaner-'))
}

function temporaryFolder(t: TestContext): string {
  const folder = temporary()
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
