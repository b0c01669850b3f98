import assert from 'node:assert/strict'
import { test } from 'node:test'
import { append, batchOf, DIRECTORY, logWorld, newLog, reopen } from '../../test/support/logs.ts'
import type { FileSystem } from '../host/index.ts'
import { buildEndTxnMarker, ControlRecordType } from '../records/index.ts'
import { SeededRandom, SimDisk } from '../sim/index.ts'

const producer = { producerId: 7, producerEpoch: 0 }

test('a flush comes to an end when the segment before ended just where the last flush did', async () => {
  const world = logWorld()
  const log = newLog(world, { segmentBytes: 150 })
  append(log, batchOf(['x'.repeat(60)]))
  await log.flush()
  append(log, batchOf(['x'.repeat(60)]))
  assert.equal(log.activeSegmentBaseOffset, 1)

  await log.flush()

  assert.equal(log.recoveryPoint, 2)
})

test('what is below the recovery point has its aborted transactions on the disk too', async () => {
  const { clock, scheduler } = logWorld()
  const disk = new SimDisk({ clock, random: new SeededRandom(3) })
  const world = logWorld(disk.mount(clock), scheduler)
  world.files.syncDirectory('/')
  const log = newLog(world)
  append(log, batchOf(['aborted'], { ...producer, isTransactional: true, baseSequence: 0 }))
  const type = ControlRecordType.ABORT
  append(log, buildEndTxnMarker({ ...producer, type, coordinatorEpoch: 0, timestampMs: 1_000 }))
  let isDone = false
  const flushed = log.flush().then(() => (isDone = true))
  await scheduler.runUntil(() => isDone, 10_000)
  await flushed
  const { recoveryPoint } = log

  disk.crash('nothing')

  assert.ok(disk.mount(clock).list(DIRECTORY).includes('00000000000000000000.txnindex'))
  assert.equal(recoveryPoint, 2)
})

test('what is flushed after a kill is on the disk with its directory, which nobody may have flushed before', async () => {
  const { clock, scheduler } = logWorld()
  const disk = new SimDisk({ clock, random: new SeededRandom(3) })
  const world = logWorld(disk.mount(clock), scheduler)
  world.files.syncDirectory('/')
  append(newLog(world), batchOf(['written before the kill']))
  disk.processDied()
  let isDone = false
  const flushed = reopen(world)
    .then(log => log.flush())
    .then(() => (isDone = true))
  await scheduler.runUntil(() => isDone, 10_000)
  await flushed

  disk.crash('nothing')

  assert.ok(disk.mount(clock).list(DIRECTORY).includes('00000000000000000000.log'))
})

test('zeros in the indexes of a log that was closed are noticed, and the indexes made anew', async () => {
  const world = logWorld()
  const log = newLog(world)
  for (const value of ['one', 'two', 'three']) append(log, batchOf([value.padEnd(300)]))
  await log.close()
  const { recoveryPoint } = log
  const written = indexBytes(world.files)
  for (const name of Object.keys(written)) {
    const handle = world.files.open(`${DIRECTORY}/${name}`, 'write')
    handle.truncate(0)
    handle.truncate(1_200)
    handle.close()
  }

  const again = await reopen(world, { recoveryPoint, wasClean: true })
  await again.close()

  assert.deepEqual(indexBytes(world.files), written)
})

/** The content of all indexes, by name. */
function indexBytes(files: FileSystem): Record<string, string> {
  const names = files.list(DIRECTORY).filter(name => name.endsWith('index'))
  assert.ok(names.length > 0)
  return Object.fromEntries(
    names.map(name => [name, files.readFile(`${DIRECTORY}/${name}`).toString('hex')]),
  )
}
