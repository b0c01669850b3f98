import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  append,
  batchOf,
  DIRECTORY,
  logWorld,
  newLog,
  readAll,
  recordTexts,
  reopen,
  type LogWorld,
} from '../../test/support/logs.ts'
import { batchesIn } from '../records/index.ts'
import type { PartitionLog } from './partition-log.ts'

const SEGMENT_BYTES = 400

/** A log of three segments with two epochs and a producer, and the content of its files. */
function history(): { files: Map<string, Buffer>; bytes: Buffer } {
  const world = logWorld()
  const log = newLog(world, { segmentBytes: SEGMENT_BYTES, indexIntervalBytes: 100 })
  const timestamp = world.clock.wallMs()
  for (let n = 0; n < 12; n += 1) {
    const values = Array.from({ length: 1 + (n % 3) }, (_, index) => `${n}.${index}`)
    const producer = { producerId: 5, producerEpoch: 0, baseSequence: sequenceOf(n), timestamp }
    append(log, batchOf(values, n % 2 === 0 ? producer : { timestamp }), n < 6 ? 0 : 3)
  }
  const bytes = readAll(log)
  return { files: contentOf(world), bytes }
}

/** Sequences of the batches 0, 2, 4 ..., whose sizes are 1, 3, 2, 1, 3, 2 ... */
function sequenceOf(n: number): number {
  let sequence = 0
  for (let before = 0; before < n; before += 2) sequence += 1 + (before % 3)
  return sequence
}

function contentOf({ files }: LogWorld): Map<string, Buffer> {
  return new Map(files.list(DIRECTORY).map(name => [name, files.readFile(`${DIRECTORY}/${name}`)]))
}

function worldWith(files: ReadonlyMap<string, Buffer>): LogWorld {
  const world = logWorld()
  world.files.makeDirectory(DIRECTORY)
  for (const [name, content] of files) world.files.writeFile(`${DIRECTORY}/${name}`, content)
  return world
}

/** The files as they would be if the log's bytes ended at `cut`, its last file going on with `tail`. */
function cutAt(files: ReadonlyMap<string, Buffer>, cut: number, tail: Buffer): Map<string, Buffer> {
  const kept = new Map(files)
  let start = 0
  for (const name of [...files.keys()].filter(name => name.endsWith('.log'))) {
    const content = files.get(name) ?? Buffer.alloc(0)
    const end = Math.max(Math.min(content.length, cut - start), 0)
    if (start > cut) {
      for (const ending of ['.log', '.index', '.timeindex', '.snapshot']) {
        kept.delete(name.replace('.log', ending))
      }
    } else if (end < content.length) kept.set(name, Buffer.concat([content.subarray(0, end), tail]))
    start += content.length
  }
  return kept
}

/** Bytes of the batches that are whole when `tail` follows the first `cut` bytes: it may begin as they go on. */
function wholeBefore(bytes: Buffer, cut: number, tail = Buffer.alloc(0)): Buffer {
  let end = 0
  for (const { position, info } of batchesIn(bytes)) {
    const next = position + info.sizeBytes
    const missing = bytes.subarray(cut, next)
    if (position > cut || !missing.equals(tail.subarray(0, Math.max(next - cut, 0)))) break
    end = next
  }
  return bytes.subarray(0, end)
}

const config = { segmentBytes: SEGMENT_BYTES, indexIntervalBytes: 100 }

/** What must hold of a recovered log that should have exactly these bytes. */
async function check(log: PartitionLog, expected: Buffer, what: string): Promise<void> {
  assert.equal(log.damage, undefined, what)
  const texts = recordTexts(expected)
  assert.deepEqual(recordTexts(readAll(log)), texts, what)
  assert.equal(log.logEndOffset, texts.length, `${what}: no gap, no repetition`)
  for (let offset = 0; offset < log.logEndOffset; offset += 5) {
    assert.deepEqual(readAll(log, offset, 1), readAll(log, offset, 10_000), `${what}: ${offset}`)
  }
  const whole = [...batchesIn(expected)].filter(({ info }) => info.producerId === 5)
  const last = whole.at(-1)?.info
  assert.equal(log.producers.get(5)?.lastSequence, last?.lastSequence, `${what}: producer`)
  assert.equal(append(log, batchOf(['next']), 9), texts.length)
  await log.close()
}

describe('recovery', () => {
  const { files, bytes } = history()

  test('cut at any byte, exactly the whole batches before the cut are there', async () => {
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const log = await reopen(worldWith(cutAt(files, cut, Buffer.alloc(0))), { config })
      await check(log, wholeBefore(bytes, cut), `cut at ${cut}`)
    }
  })

  test('the same where zeros follow the cut, as in a file that was extended before it was written', async () => {
    const zeros = Buffer.alloc(300)
    for (let cut = 0; cut <= bytes.length; cut += 3) {
      const log = await reopen(worldWith(cutAt(files, cut, zeros)), { config })
      await check(log, wholeBefore(bytes, cut, zeros), `zeros from ${cut}`)
    }
  })

  test('the same where other bytes follow', async () => {
    const garbage = Buffer.from('\x00\x02\xff\x02 what a disk had there before \x02'.repeat(9))
    for (let cut = 0; cut <= bytes.length; cut += 7) {
      const log = await reopen(worldWith(cutAt(files, cut, garbage)), { config })
      await check(log, wholeBefore(bytes, cut, garbage), `garbage from ${cut}`)
    }
  })

  test('from a recovery point only what lies behind it is scanned, with the same outcome', async () => {
    for (const recoveryPoint of [1, 9, 20]) {
      const log = await reopen(worldWith(files), { config, recoveryPoint })
      await check(log, bytes, `recovery point ${recoveryPoint}`)
    }
  })

  test('indexes, snapshots and epochs that are missing, empty, zeroed or cut come back', async () => {
    const spoil = {
      missing: () => undefined,
      empty: () => Buffer.alloc(0),
      zeroed: (content: Buffer) => Buffer.alloc(content.length),
      cut: (content: Buffer) => content.subarray(0, content.length - 3),
    }
    for (const [how, change] of Object.entries(spoil)) {
      for (const wasClean of [false, true]) {
        const spoilt = new Map(files)
        for (const [name, content] of files) {
          if (/index$|snapshot$|epoch-checkpoint$/.test(name)) {
            const changed = change(content)
            if (changed === undefined) spoilt.delete(name)
            else spoilt.set(name, changed)
          }
        }
        const log = await reopen(worldWith(spoilt), { config, wasClean })
        assert.deepEqual(readAll(log), bytes, how)
        if (!wasClean) await check(log, bytes, how)
      }
    }
  })

  test('a flipped bit with whole batches behind it is no torn tail: nothing is cut, and it is told', async () => {
    for (const name of [...files.keys()].filter(name => name.endsWith('.log'))) {
      const damaged = new Map(files)
      const content = Buffer.from(files.get(name) ?? Buffer.alloc(0))
      content[80] = (content[80] ?? 0) ^ 4
      damaged.set(name, content)
      const world = worldWith(damaged)

      const log = await reopen(world, { config })

      assert.ok(log.damage !== undefined, name)
      const { offset } = log.damage
      assert.ok(offset >= Number(name.slice(0, 20)) && offset < Number(name.slice(0, 20)) + 4)
      assert.deepEqual(contentOf(world).get(name), content, 'the file is as it was')
      assert.equal(log.logEndOffset, offset)
      assert.equal(recordTexts(readAll(log)).length, offset, 'what lies before is served')
      const refused = log.appendAsLeader(batchOf(['x']), 0, { leaderEpoch: 9, appendTimeMs: -1 })
      assert.equal(refused.errorCode, 56)
    }
  })

  test('what is damaged is dropped when told to, and the log goes on from there', async () => {
    const damaged = new Map(files)
    const name = '00000000000000000000.log'
    const content = Buffer.from(files.get(name) ?? Buffer.alloc(0))
    content[200] = (content[200] ?? 0) ^ 4
    damaged.set(name, content)
    const world = worldWith(damaged)
    const log = await reopen(world, { config })
    const { offset } = log.damage ?? { offset: -1 }
    const before = readAll(log)

    await log.dropDamaged()

    assert.equal(log.damage, undefined)
    await check(log, before, 'dropped')
    assert.ok(offset > 0)
    assert.deepEqual(recordTexts(readAll(await reopen(world, { config }))).at(-1), `${offset}:next`)
  })
})

test('zeros in the indexes of a segment that ends at the recovery point are found: retention would take it for ancient', async () => {
  const { files } = history()
  const [first = '', second = ''] = [...files.keys()].filter(name => name.endsWith('.timeindex'))
  const recoveryPoint = Number.parseInt(second, 10)
  const whole = files.get(first) ?? Buffer.alloc(0)
  const broken = {
    'at the end': Buffer.concat([whole, Buffer.alloc(120)]),
    'all of it': Buffer.alloc(whole.length),
    'in the middle': Buffer.concat([whole.subarray(0, 12), Buffer.alloc(12), whole.subarray(12)]),
    'nothing there': Buffer.alloc(0),
  }
  for (const [what, timeIndex] of Object.entries(broken)) {
    const positions = files.get(first.replace('timeindex', 'index')) ?? Buffer.alloc(0)
    const offsetIndex = Buffer.concat([positions, Buffer.alloc(80)])
    const world = worldWith(
      new Map([
        ...files,
        [first, timeIndex],
        ...(what === 'at the end'
          ? [[first.replace('timeindex', 'index'), offsetIndex] as const]
          : []),
      ]),
    )

    await reopen(world, {
      recoveryPoint,
      config: { segmentBytes: SEGMENT_BYTES, indexIntervalBytes: 100 },
    })

    const content = contentOf(world)
    assert.deepEqual(content.get(first), whole, what)
    assert.deepEqual(content.get(first.replace('timeindex', 'index')), positions, what)
  }
})
