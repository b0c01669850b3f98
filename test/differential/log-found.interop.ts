/**
 * What genuine Kafka of eleven years wrote, opened by our log: every record, the indexes byte for
 * byte as we would build them, snapshots, epochs, ids; closed in order and killed.
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { nodeHost } from '../../src/host/node/index.ts'
import {
  decodeProducerSnapshot,
  defaultLogConfig,
  LogDirectories,
  readMetaProperties,
  type PartitionLog,
} from '../../src/log/index.ts'
import { batchesIn, recordsIn } from '../../src/records/index.ts'
import { peerOrSkip } from '../peers/cache.ts'
import { genuineDistribution } from '../peers/distribution.ts'
import { isBefore } from '../peers/maven.ts'
import { runOk } from '../peers/process.ts'
import { startSubject } from '../peers/subject.ts'

const SEGMENT_BYTES = 40_000
const INTERVAL_BYTES = 500
const RECORDS = 4_000

interface Writer {
  readonly version: string
  /** Magic of what it writes. */
  readonly magic: 0 | 1 | 2
  readonly codec: 'none' | 'gzip'
}

// Kafka 0.10 to 2.3 does not start on a Java of today; 2.6 writes what they wrote when told.
const writers: readonly Writer[] = [
  { version: '0.9.0.1', magic: 0, codec: 'none' },
  { version: '2.6.3', magic: 0, codec: 'gzip' },
  { version: '2.6.3', magic: 1, codec: 'none' },
  { version: '2.6.3', magic: 1, codec: 'gzip' },
  { version: '2.6.3', magic: 2, codec: 'none' },
  { version: '3.9.2', magic: 2, codec: 'none' },
  { version: '3.9.2', magic: 2, codec: 'gzip' },
]
const formats = ['0.9.0', '0.10.2', '0.11.0'] as const

for (const { version, magic, codec } of writers) {
  for (const end of ['stopped', 'killed'] as const) {
    const what = `Kafka ${version}, magic ${magic}, ${codec}`
    test(`the log of a ${end} ${what} is opened with all that is in it`, async t => {
      const genuine = await peerOrSkip(t, () => genuineDistribution(version))
      if (genuine === undefined) return
      const subject = await startSubject({
        kind: 'genuine',
        version,
        overrides: {
          'log.segment.bytes': String(SEGMENT_BYTES),
          'log.index.interval.bytes': String(INTERVAL_BYTES),
          'log.index.size.max.bytes': '4000',
          'offsets.topic.num.partitions': '1',
          ...(version === '2.6.3' && { 'log.message.format.version': formats[magic] }),
        },
      })
      t.after(() => subject.dispose())
      const values = Array.from({ length: RECORDS }, (_, n) => `${n}-${noise(n)}`)
      // A topic name with dashes, made by its first record.
      await runOk(
        join(genuine, 'bin', 'kafka-console-producer.sh'),
        [
          ...['--broker-list', subject.bootstrap, '--topic', 'a-b-0', '--batch-size', '20'],
          ...['--compression-codec', codec],
          // The producer of 0.9 waits for nothing by default; that of 3.9 is idempotent when it waits for all.
          ...(version === '0.9.0.1' ? ['--request-required-acks', '1'] : []),
        ],
        { input: `${values.join('\n')}\n` },
      )
      await (end === 'killed' ? subject.broker.kill() : subject.broker.stop())
      const [folder = ''] = subject.logDirs
      const pristine = filesOf(join(folder, 'a-b-0-0'))

      const directories = await open(folder)
      t.after(() => directories.unlock())
      const log = directories.get({ topic: 'a-b-0', partition: 0 })

      assert.ok(log !== undefined)
      assert.equal(log.logEndOffset, RECORDS)
      assert.ok(log.segmentCount > 3)
      const bytes = await readAll(log)
      const texts = [...recordsIn(bytes)].map(({ offset, value }) => [offset, value?.toString()])
      assert.deepEqual(
        texts,
        values.map((value, offset) => [offset, value]),
      )
      await checkTimes(log, bytes)
      assert.equal(readMetaProperties(nodeHost().files, folder)?.brokerId, 0)
      if (magic === 2) assert.deepEqual(log.endOffsetForEpoch(0), { epoch: 0, endOffset: RECORDS })
      if (!isBefore(version, '2.8')) assert.match(log.topicId ?? '', /^[\w-]{22}$/)
      if (end === 'stopped' && !isBefore(version, '3.0')) checkSnapshots(log)
      await directories.close(-1)
      if (end === 'stopped' && version === '3.9.2') await checkIndexes(subject.folder, pristine)
    })
  }
}

/** Text that does not compress well. */
function noise(n: number): string {
  return createHash('sha256')
    .update(String(n))
    .digest('hex')
    .slice(n % 40)
}

async function open(folder: string): Promise<LogDirectories> {
  const directories = new LogDirectories({
    host: nodeHost(),
    paths: [folder],
    configOf: () => ({
      ...defaultLogConfig,
      segmentBytes: SEGMENT_BYTES,
      indexIntervalBytes: INTERVAL_BYTES,
      segmentIndexBytes: 4_000,
    }),
    events: {
      onOffline: (_, __, error) => assert.fail(error),
      onDamage: (_, damage) => assert.fail(damage.problem),
    },
  })
  await directories.load()
  return directories
}

async function readAll(log: PartitionLog): Promise<Buffer> {
  const parts: Buffer[] = []
  let offset = 0
  while (offset < log.logEndOffset) {
    if (!log.isWarm(offset, 7_000)) await log.warm(offset, 7_000)
    const { errorCode, records } = log.read(offset, 7_000, { upTo: Infinity, firstBatch: 'whole' })
    assert.equal(errorCode, 0)
    const bytes = Buffer.alloc(records.sizeBytes)
    records.read(bytes, 0)
    records.release()
    for (const { info } of batchesIn(bytes)) offset = info.lastOffset + 1
    parts.push(bytes)
  }
  return Buffer.concat(parts)
}

async function checkTimes(log: PartitionLog, bytes: Buffer): Promise<void> {
  const records = [...recordsIn(bytes)]
  for (let n = 0; n < records.length; n += 500) {
    const { timestamp = -1 } = records[n] ?? {}
    if (timestamp < 0) return
    const expected = records.find(record => record.timestamp >= timestamp)?.offset
    assert.equal((await log.offsetForTimestamp(timestamp))?.offset, expected)
  }
}

/** The producer of the console is idempotent from 3.0 on: its last batch is in the last snapshot. */
function checkSnapshots(log: PartitionLog): void {
  const names = readdirSync(log.directory).filter(name => name.endsWith('.snapshot'))
  const entries = decodeProducerSnapshot(readFileSync(join(log.directory, names.at(-1) ?? '')))
  assert.equal(entries?.length, 1)
  assert.equal(entries[0]?.lastBatch?.lastOffset, RECORDS - 1)
  assert.equal(log.producers.get(entries[0].producerId)?.lastSequence, RECORDS - 1)
}

function filesOf(directory: string): Map<string, Buffer> {
  return new Map(readdirSync(directory).map(name => [name, readFileSync(join(directory, name))]))
}

/** Throws the indexes of a copy away: what we build in their place must be what Kafka wrote. */
async function checkIndexes(folder: string, files: ReadonlyMap<string, Buffer>): Promise<void> {
  const directory = join(folder, 'copy', 'a-b-0-0')
  mkdirSync(directory, { recursive: true })
  const isIndex = (name: string): boolean => /^\d.*index$/.test(name)
  for (const [name, content] of files) {
    if (!isIndex(name)) writeFileSync(join(directory, name), content)
  }
  await (await open(join(folder, 'copy'))).close(-1)
  for (const [name, content] of files) {
    if (!isIndex(name)) continue
    const ours = readFileSync(join(directory, name))
    assert.equal(ours.toString('hex'), content.toString('hex'), name)
  }
}
