/**
 * What our log writes, read by genuine `kafka-dump-log`: records, indexes and producer snapshots, of a
 * directory that was closed in order and of one whose process was killed.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { nodeHost } from '../../src/host/node/index.ts'
import {
  defaultLogConfig,
  LogDirectories,
  type LogConfig,
  type PartitionLog,
} from '../../src/log/index.ts'
import { BatchBuilder, buildEndTxnMarker, ControlRecordType } from '../../src/records/index.ts'
import { peerOrSkip } from '../peers/cache.ts'
import { genuineDistribution } from '../peers/distribution.ts'
import { runOk } from '../peers/process.ts'

const config: LogConfig = {
  ...defaultLogConfig,
  segmentBytes: 12_000,
  segmentIndexBytes: 4_000,
  indexIntervalBytes: 1_000,
  retentionMs: -1,
}

for (const end of ['closed', 'killed'] as const) {
  test(`genuine kafka-dump-log reads a log of ours that was ${end}`, async t => {
    const genuine = await peerOrSkip(t, () => genuineDistribution('3.9.2'))
    if (genuine === undefined) return
    const folder = temporaryFolder(t)
    const directories = openDirectories(folder)
    const log = directories.create({ topic: 'a-b.c', partition: 3, topicId: undefined })
    const values = fill(log)
    if (end === 'closed') await directories.close(-1)
    else log.settle()

    const files = (ending: string): string[] =>
      readdirSync(log.directory)
        .filter(name => name.endsWith(ending))
        .map(name => join(log.directory, name))
    const dump = async (wanted: readonly string[], ...args: string[]): Promise<string> => {
      const argv = [...args, '--files', wanted.join(',')]
      const [theirs, ours] = await Promise.all([
        runOk(join(genuine, 'bin', 'kafka-dump-log.sh'), argv),
        runOk(join(process.cwd(), 'bin', 'kafka-dump-log.sh'), argv),
      ])
      assert.equal(theirs.stderr, '')
      assert.deepEqual(
        { ...ours, stdout: ours.stdout.split('\n') },
        { ...theirs, stdout: theirs.stdout.split('\n') },
        'our kafka-dump-log says the same',
      )
      return theirs.stdout
    }

    const records = await dump(files('.log'), '--deep-iteration', '--print-data-log')
    assert.doesNotMatch(records, /isvalid: false|invalid bytes/)
    const payloads = [...records.matchAll(/^\| offset: (\d+) .* payload: (\S+)$/gm)]
    assert.deepEqual(
      payloads.map(([, offset, payload]) => `${offset ?? ''}:${payload ?? ''}`),
      values,
    )
    assert.ok(files('.log').length > 5)

    // Every entry is compared with the batch that it names, and with the one before.
    const indexes = await dump([...files('.index'), ...files('.timeindex')])
    assert.ok([...indexes.matchAll(/^(offset|timestamp): \d+/gm)].length > 100)
    if (end === 'closed') {
      const checked = await dump(
        [...files('.index'), ...files('.timeindex')],
        '--index-sanity-check',
      )
      assert.equal([...checked.matchAll(/passed sanity check/g)].length, 2 * files('.log').length)
    }

    const snapshots = await dump(files('.snapshot'))
    const entry = log.producers.get(1_001)
    const last = end === 'closed' ? String(entry?.lastTimestamp) : '\\d+'
    assert.match(
      snapshots,
      new RegExp(`producerId: 1001 producerEpoch: 4 coordinatorEpoch: 7 .*lastTimestamp: ${last} `),
    )
    const aborted = await dump(files('.txnindex'))
    assert.match(
      aborted,
      /version: 0 producerId: 1001 firstOffset: \d+ lastOffset: \d+ lastStableOffset: \d+/,
    )
  })
}

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tidelog-log-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
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

/** Batches of all codecs, with and without producers, some in transactions. @returns `offset:value` of the records */
function fill(log: PartitionLog): string[] {
  const values: string[] = []
  let timestamp = Date.now()
  let sequence = 0
  const append = (batch: Buffer, leaderEpoch: number): number => {
    const outcome = log.appendAsLeader(batch, 0, { leaderEpoch, appendTimeMs: -1 })
    assert.equal(outcome.errorCode, 0)
    return outcome.baseOffset
  }
  for (let n = 0; n < 600; n += 1) {
    const isTransactional = n % 20 >= 15
    const isIdempotent = isTransactional || n % 3 === 0
    const builder = new BatchBuilder({
      codec: n % 5,
      isTransactional,
      ...(isIdempotent && { producerId: 1_001, producerEpoch: 4, baseSequence: sequence }),
    })
    const count = 1 + (n % 7)
    const base = log.nextOffset
    for (let record = 0; record < count; record += 1) {
      const value = `value-${n}-${record}-${'x'.repeat((n * 37) % 200)}`
      // Times go up and down, so that not every batch has the largest so far.
      builder.append({ timestamp: timestamp + ((n * 7919) % 100), value: Buffer.from(value) })
      values.push(`${base + record}:${value}`)
    }
    timestamp += 10
    if (isIdempotent) sequence += count
    append(builder.close(), n >> 7)
    if (n % 20 === 19) {
      const type = n % 40 === 19 ? ControlRecordType.ABORT : ControlRecordType.COMMIT
      const marker = { producerId: 1_001, producerEpoch: 4, coordinatorEpoch: 7, type }
      append(buildEndTxnMarker({ ...marker, timestampMs: timestamp }), n >> 7)
    }
    if (n % 3 === 0) log.writeStaged()
  }
  log.writeStaged()
  return values
}
