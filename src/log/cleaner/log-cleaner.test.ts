import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  batchesOf,
  bytesOf,
  compactedWorld,
  keyedBatch,
  name,
  put,
  rollOver,
  textsOf,
  type CompactedWorld,
  type CompactedWorldOptions,
} from '../../../test/support/compacted.ts'
import {
  buildEndTxnMarker,
  ControlRecordType,
  hasDeleteHorizon,
  baseTimestampOf,
  recordsIn,
} from '../../records/index.ts'
import { buildMessageSet } from '../../records/message-set.ts'
import { OffsetCheckpoint, OffsetCheckpointName } from '../offset-checkpoint.ts'
import type { PartitionLog } from '../partition-log.ts'

interface LogWorld extends CompactedWorld {
  readonly log: PartitionLog
}

function worldWithLog(options: CompactedWorldOptions = {}): LogWorld {
  const world = compactedWorld(options)
  return { ...world, log: world.directories.create({ ...name, topicId: undefined }) }
}

const DAY_MS = 86_400_000
const producer = { producerId: 7, producerEpoch: 0 }

function marker(type: ControlRecordType, changes: { producerId?: number } = {}): Buffer {
  return buildEndTxnMarker({
    ...{ type, coordinatorEpoch: 0, timestampMs: 1_000 },
    ...producer,
    ...changes,
  })
}

test('of each key the last record stays, at its offset', async () => {
  const { log, clean, files } = worldWithLog()
  put(log, keyedBatch([['a', '1'], ['b', '1'], ['a', '2']])) // prettier-ignore
  put(log, keyedBatch([['c', '1']]))
  put(log, keyedBatch([['b', '2'], ['d', '1']])) // prettier-ignore
  rollOver(log)

  assert.equal(await clean(), 1)

  assert.deepEqual(await textsOf(log), ['2:a=2', '3:c=1', '4:b=2', '5:d=1'])
  const [first] = await batchesOf(log)
  assert.deepEqual([first?.baseOffset, first?.lastOffset, first?.recordCount], [0, 2, 1])
  assert.deepEqual(
    files.list(log.directory).filter(file => /cleaned|swap/.test(file)),
    [],
  )
})

test('a record without a key goes: nothing can ever replace it', async () => {
  const { log, clean, lines } = worldWithLog()
  put(log, keyedBatch([[undefined, 'lost'], ['a', '1']])) // prettier-ignore
  rollOver(log)

  await clean()

  assert.deepEqual(await textsOf(log), ['1:a=1'])
  assert.ok(
    lines.includes('[kafka-log-cleaner-thread-0]: \tFound 1 invalid messages during compaction.'),
  )
})

test('the active segment, and what is not replicated, are left alone', async () => {
  const { log, clean } = worldWithLog()
  put(log, keyedBatch([['a', '1']]))
  put(log, keyedBatch([['a', '2']]))

  assert.equal(await clean(), 0)
  assert.deepEqual(await textsOf(log), ['0:a=1', '1:a=2'])

  rollOver(log)
  log.updateHighWatermark(1)
  assert.equal(await clean(), 0)
})

test('a log is cleaned when it is dirty enough, and no sooner', async () => {
  const { log, clean } = worldWithLog({ config: { minCleanableDirtyRatio: 0.5 } })
  put(log, keyedBatch([['a', 'x'.repeat(400)]]))
  put(log, keyedBatch([['b', 'x'.repeat(400)]]))
  rollOver(log)
  assert.equal(await clean(), 1, 'all of it is dirty')
  put(log, keyedBatch([['a', '2']]))
  rollOver(log)

  assert.equal(await clean(), 0, 'most of it is clean')
})

test('a log that was not dirty enough for too long is cleaned all the same', async () => {
  const { log, clean, clock } = worldWithLog({
    config: { minCleanableDirtyRatio: 1, maxCompactionLagMs: DAY_MS },
  })
  const timestamp = clock.wallMs()
  put(log, keyedBatch([['a', '1'], ['a', '2']], { timestamp })) // prettier-ignore
  rollOver(log, timestamp)
  assert.equal(await clean(), 0)

  clock.jumpWall(DAY_MS + 1_000)

  assert.equal(await clean(), 1)
  assert.deepEqual(await textsOf(log), ['1:a=2'])
})

test('records younger than min.compaction.lag.ms stay', async () => {
  const { log, clean, clock } = worldWithLog({ config: { minCompactionLagMs: DAY_MS } })
  const timestamp = clock.wallMs()
  put(log, keyedBatch([['a', '1'], ['a', '2']], { timestamp })) // prettier-ignore
  rollOver(log, timestamp)
  assert.equal(await clean(), 0)

  clock.jumpWall(DAY_MS + 1_000)

  assert.equal(await clean(), 1)
})

test('a tombstone gets a delete horizon with the first cleaning, and goes when that is past', async () => {
  const { log, clean, clock } = worldWithLog({ config: { deleteRetentionMs: DAY_MS } })
  put(log, keyedBatch([['a', '1'], ['a', undefined]], { timestamp: 5_000 })) // prettier-ignore
  rollOver(log)
  const cleanedAtMs = clock.wallMs()

  await clean()

  const bytes = await bytesOf(log)
  assert.ok(hasDeleteHorizon(bytes))
  assert.ok(baseTimestampOf(bytes) >= cleanedAtMs + DAY_MS)
  const [tombstone] = recordsIn(bytes)
  assert.deepEqual([tombstone?.offset, tombstone?.value, tombstone?.timestamp], [1, null, 5_001])

  clock.jumpWall(DAY_MS - 10_000)
  rollOver(log)
  await clean()
  assert.deepEqual(await textsOf(log), ['1:a=(none)'], 'not yet')

  clock.jumpWall(20_000)
  rollOver(log)
  await clean()
  assert.deepEqual(await textsOf(log), [])
})

test('records of an aborted transaction go; its marker stays until its own horizon is past', async () => {
  const { log, clean, clock } = worldWithLog({ config: { deleteRetentionMs: DAY_MS } })
  put(log, keyedBatch([['a', '1']]))
  put(log, keyedBatch([['a', 'aborted']], { ...producer, isTransactional: true, baseSequence: 0 }))
  put(log, marker(ControlRecordType.ABORT))
  rollOver(log)

  await clean()
  assert.deepEqual(
    (await textsOf(log)).slice(0, 1),
    ['0:a=1'],
    'an aborted record replaces nothing',
  )
  const batches = await batchesOf(log)
  assert.deepEqual(
    batches.slice(0, 3).map(({ baseOffset, recordCount }) => [baseOffset, recordCount]),
    [[0, 1], [1, 0], [2, 1]], // prettier-ignore
    'the last batch of the producer stays for its sequence, without records',
  )
  assert.equal(log.abortedTransactions(0, 10).length, 1)

  // The producer goes on: its emptied batch is not needed any more.
  put(log, keyedBatch([['b', '1']], { ...producer, isTransactional: true, baseSequence: 1 }))
  put(log, marker(ControlRecordType.COMMIT))
  const abortOffsets = async (): Promise<number[]> =>
    (await batchesOf(log))
      .filter(({ isControl, baseOffset }) => isControl && baseOffset < 5)
      .map(({ baseOffset }) => baseOffset)
  rollOver(log)
  await clean()
  rollOver(log)
  await clean()
  assert.deepEqual(await abortOffsets(), [2], 'nothing is left before it: it gets its horizon')
  clock.jumpWall(DAY_MS + 1_000)
  rollOver(log)
  await clean()
  assert.deepEqual(await abortOffsets(), [])
  assert.deepEqual(log.abortedTransactions(0, 10), [])
})

test('an undecided transaction holds the cleaner up', async () => {
  const { log, clean } = worldWithLog()
  put(log, keyedBatch([['a', '1']], { ...producer, isTransactional: true, baseSequence: 0 }))
  put(log, keyedBatch([['a', '2']]))
  rollOver(log)

  assert.equal(await clean(), 0)

  put(log, marker(ControlRecordType.COMMIT))
  rollOver(log)
  assert.equal(await clean(), 1)
  assert.deepEqual((await textsOf(log)).slice(0, 1), ['1:a=2'])
})

test('a retry of the last batch is still known after all of its records were compacted away', async () => {
  const { log, clean, directories, files, scheduler, settled } = worldWithLog()
  const batch = keyedBatch([['a', '1']], { ...producer, baseSequence: 0 })
  put(log, batch)
  put(log, keyedBatch([['a', '2']]))
  rollOver(log)
  await clean()
  await settled(directories.close(-1))

  // Without its snapshots the log itself must tell.
  for (const file of files.list(log.directory)) {
    if (file.endsWith('.snapshot')) files.remove(`${log.directory}/${file}`)
  }
  files.remove('/logs/.kafka_cleanshutdown')
  files.remove('/logs/recovery-point-offset-checkpoint')
  const again = compactedWorld({ files, scheduler })
  await again.settled(again.directories.load())
  const reopened = again.directories.get(name)
  const outcome = reopened?.appendAsLeader(batch, 0, { leaderEpoch: 0, appendTimeMs: -1 })
  assert.deepEqual([outcome?.isDuplicate, outcome?.baseOffset], [true, 0])
})

test('compressed batches are written anew with their codec', async () => {
  const { log, clean } = worldWithLog()
  for (const codec of [1, 2, 3, 4]) {
    put(log, keyedBatch([['a', `${codec}`], [`only-${codec}`, '1']], { codec })) // prettier-ignore
  }
  rollOver(log)

  await clean()

  assert.deepEqual(await textsOf(log), [
    '1:only-1=1',
    '3:only-2=1',
    '5:only-3=1',
    '6:a=4',
    '7:only-4=1',
  ])
  const batches = await batchesOf(log)
  assert.deepEqual(
    batches.slice(0, 4).map(({ codec }) => codec),
    [1, 2, 3, 4],
  )
})

test('messages of magic 0 and 1 keep format, codec and offsets', async () => {
  const { log, clean } = worldWithLog()
  const message = (offset: number, key: string, value: string) => ({
    ...{ offset, timestamp: 1_000 + offset },
    ...{ key: Buffer.from(key), value: Buffer.from(value) },
  })
  const messages = (offset: number) => [
    message(offset, 'a', `${offset}`),
    message(offset + 1, `only-${offset}`, '1'),
    message(offset + 2, 'a', `${offset + 2}`),
  ]
  let offset = 0
  for (const magic of [0, 1] as const) {
    for (const codec of [0, 1]) {
      const timestampType = magic === 0 ? 'NoTimestampType' : 'CreateTime'
      const options = { magic, codec, timestampType, baseOffset: offset } as const
      log.appendAsFollower(buildMessageSet(messages(offset), options))
      offset += 3
    }
  }
  log.writeStaged()
  rollOver(log)

  await clean()

  assert.deepEqual(await textsOf(log), [
    '1:only-0=1',
    '4:only-3=1',
    '7:only-6=1',
    '10:only-9=1',
    '11:a=11',
  ])
  const batches = await batchesOf(log)
  assert.deepEqual(
    batches.slice(0, 4).map(({ magic, codec, lastOffset }) => [magic, codec, lastOffset]),
    [[0, 0, 1], [0, 1, 4], [1, 0, 7], [1, 1, 11]], // prettier-ignore
  )
})

test('small segments become one, within segment.bytes', async () => {
  const { log, clean } = worldWithLog()
  for (let n = 0; n < 40; n += 1) put(log, keyedBatch([['a', `${n}`.padEnd(200, 'x')]]))
  rollOver(log)
  const before = log.segmentCount

  await clean()
  put(log, keyedBatch([['a', 'new']]))
  rollOver(log)
  await clean()

  assert.ok(log.segmentCount < before / 2, `${before} segments, then ${log.segmentCount}`)
})

test('a map that is too small cleans as far as it knows, and goes on from there', async () => {
  const { log, clean } = worldWithLog({ settings: { dedupeBufferBytes: 24 * 4, loadFactor: 1 } })
  for (let n = 0; n < 12; n += 1) put(log, keyedBatch([[`key-${n % 6}`, `${n}`]]))
  rollOver(log)

  const cleanings = await clean()

  assert.ok(cleanings > 1, `${cleanings} cleanings`)
  assert.deepEqual(
    await textsOf(log),
    [6, 7, 8, 9, 10, 11].map(offset => `${offset}:key-${offset - 6}=${offset}`),
  )
})

test('where the cleaner is stands in cleaner-offset-checkpoint, and is taken up after a restart', async () => {
  const { log, clean, files, directories, settled, scheduler } = worldWithLog()
  put(log, keyedBatch([['a', '1'], ['a', '2']])) // prettier-ignore
  rollOver(log)
  const dirtyFrom = log.activeSegmentBaseOffset
  await clean()

  const checkpoint = new OffsetCheckpoint(files, '/logs', OffsetCheckpointName.cleaner)
  assert.deepEqual([...checkpoint.read()], [['orders-0', dirtyFrom]])

  await settled(directories.close(-1))
  const again = compactedWorld({ files, scheduler })
  await again.settled(again.directories.load())
  assert.equal(again.directories.get(name)?.compaction.firstDirtyOffset, dirtyFrom)
  assert.equal(await again.clean(), 0, 'nothing is dirty')
})

test('a log that was cut below what is clean is dirty from there on', async () => {
  const { log, clean, settled } = worldWithLog()
  for (let n = 0; n < 20; n += 1) put(log, keyedBatch([[`k-${n}`, 'x'.repeat(200)]]))
  rollOver(log)
  await clean()

  await settled(log.truncateTo(6))

  const { firstDirtyOffset } = log.compaction
  assert.ok(firstDirtyOffset !== undefined && firstDirtyOffset <= 6)
})

test('a log that is cut while it is cleaned keeps nothing of the cleaning', async () => {
  const { log, cleaner, settled, files, scheduler } = worldWithLog()
  for (let n = 0; n < 30; n += 1) put(log, keyedBatch([[`k-${n % 3}`, `${n}`.padEnd(200, 'x')]]))
  rollOver(log)
  const before = await textsOf(log)

  const cleaning = cleaner.cleanFilthiest()
  const isWriting = (): boolean => files.list(log.directory).some(file => file.endsWith('.cleaned'))
  await scheduler.runUntil(isWriting, 60_000)
  await settled(log.truncateTo(9))
  await settled(cleaning)

  assert.deepEqual(await textsOf(log), before.slice(0, 9))
  assert.deepEqual(
    files.list(log.directory).filter(file => /cleaned|swap/.test(file)),
    [],
  )
})

test('a log with a damaged batch is marked, left as it is, and not tried again', async () => {
  const { log, clean, files, lines, cleaner } = worldWithLog()
  put(log, keyedBatch([['a', '1']]))
  put(log, keyedBatch([['a', '2']]))
  rollOver(log)
  const file = files.open(`${log.directory}/00000000000000000000.log`, 'write')
  file.write(Buffer.from('!'), 70)
  file.close()

  assert.equal(await clean(), 0)

  assert.ok(cleaner.isUncleanable(log))
  assert.ok(lines.some(line => line.includes('Marking its partition (orders-0) as uncleanable')))
  assert.deepEqual(
    files.list(log.directory).filter(file => /cleaned|swap|deleted/.test(file)),
    [],
  )
})

test('compact and delete: retention takes old segments of a compacted log too', async () => {
  const { log, cleaner, clock, scheduler, settled } = worldWithLog({
    config: { deletesOldSegments: true, retentionMs: DAY_MS },
    settings: { backoffMs: 100 },
  })
  const timestamp = clock.wallMs()
  put(log, keyedBatch([['a', '1']], { timestamp }))
  rollOver(log, timestamp)
  const { activeSegmentBaseOffset } = log

  cleaner.start()
  clock.jumpWall(DAY_MS + 1_000)
  await scheduler.runUntil(() => log.logStartOffset > 0, 60_000)
  await settled(cleaner.stop())

  assert.ok(log.logStartOffset >= activeSegmentBaseOffset)
})

test('the cleaner reports as Kafka does', async () => {
  const { log, clean, lines } = worldWithLog()
  put(log, keyedBatch([['a', '1'], ['a', '2']])) // prettier-ignore
  rollOver(log)

  await clean()

  const end = log.activeSegmentBaseOffset
  const swap =
    /^Cleaner 0: Swapping in cleaned segment LogSegment\(baseOffset=0, size=\d+, lastModifiedTime=\d+, largestRecordTimestamp=\d+\) for segment\(s\) List\(LogSegment\(.*\)\) in log Log\(dir=\/logs\/orders-0, /
  assert.deepEqual(
    lines.filter(line => line.startsWith('Cleaner 0')).map(line => line.replace(/\(.*/, '(')),
    [
      'Cleaner 0: Beginning cleaning of log orders-0',
      'Cleaner 0: Building offset map for orders-0...',
      `Cleaner 0: Building offset map for log orders-0 for 1 segments in offset range [0, ${end}).`,
      'Cleaner 0: Offset map for log orders-0 complete.',
      'Cleaner 0: Cleaning log orders-0 (',
      'Cleaner 0: Cleaning LogSegment(',
      'Cleaner 0: Swapping in cleaned segment LogSegment(',
    ].map(line => line.replace(/\(.*/, '(')),
  )
  assert.ok(lines.some(line => swap.test(line)))
  assert.ok(lines.includes('[kafka-log-cleaner-thread-0]: '))
})
