import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { SimClock } from './clock.ts'
import { SimDisk, type SimDiskOptions } from './disk.ts'
import { SeededRandom } from './random.ts'
import { Scheduler } from './scheduler.ts'
import type { FileSystem } from '../host/index.ts'

interface Machine {
  readonly disk: SimDisk
  readonly files: FileSystem
  readonly scheduler: Scheduler
}

function machine(seed: number, options: Partial<SimDiskOptions> = {}): Machine {
  const scheduler = new Scheduler()
  const clock = new SimClock(scheduler)
  const disk = new SimDisk({ clock, random: new SeededRandom(seed), ...options })
  return { disk, files: disk.mount(clock), scheduler }
}

const text = (files: FileSystem, path: string): string => files.readFile(path).toString('latin1')

describe('what a crash leaves of a file', () => {
  const step = fc.oneof(
    fc.record({
      do: fc.constant('write' as const),
      position: fc.nat(9_000),
      length: fc.nat(6_000),
    }),
    fc.record({
      do: fc.constant('truncate' as const),
      position: fc.nat(9_000),
      length: fc.constant(0),
    }),
    fc.record({
      do: fc.constant('sync' as const),
      position: fc.constant(0),
      length: fc.constant(0),
    }),
  )

  test('synced bytes that nobody touched since survive every crash, at their place', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), fc.integer(), (steps, seed) => {
        const { disk, files } = machine(seed)
        const file = files.open('/f', 'create')
        files.syncDirectory('/')
        // What each byte must be after a crash; undefined where an unsynced change may show.
        let certain: (number | undefined)[] = []
        for (const [index, { do: what, position, length }] of steps.entries()) {
          if (what === 'sync') {
            file.syncNow()
            certain = [...files.readFile('/f')]
          } else if (what === 'write') {
            file.write(Buffer.alloc(length, index + 1), position)
            for (let at = position; at < position + length; at++) certain[at] = undefined
          } else {
            file.truncate(position)
            certain.length = Math.min(certain.length, position)
          }
        }

        disk.crash()

        const left = files.readFile('/f')
        for (const [at, value] of certain.entries()) {
          if (value !== undefined) assert.equal(left[at], value, `byte ${at} of ${left.length}`)
        }
      }),
    )
  })

  test('a torn last write shows at any byte, and only there', () => {
    const lengths = new Set<number>()

    for (let seed = 0; seed < 300; seed++) {
      const { disk, files } = machine(seed)
      const file = files.open('/f', 'create')
      file.write(Buffer.from('synced;'), 0)
      file.syncNow()
      files.syncDirectory('/')
      file.write(Buffer.from('abcdefgh'), 7)
      disk.crash()
      const left = text(files, '/f')
      lengths.add(left.length)
      assert.match(left, /^synced;(a?b?c?d?e?f?g?h?|\0{8})$/)
      assert.ok('synced;abcdefgh'.startsWith(left) || left.endsWith('\0'))
    }

    assert.equal(lengths.size, 9, 'every cut from 7 to 15 bytes occurs')
  })

  test('the size can reach the disk without the bytes, and pages without their neighbours', () => {
    const shapes = new Set<string>()

    for (let seed = 0; seed < 200; seed++) {
      const { disk, files } = machine(seed)
      files.syncDirectory('/')
      const file = files.open('/f', 'create')
      files.syncDirectory('/')
      file.write(Buffer.alloc(3 * 4_096, 'x'), 0)
      disk.crash()
      const left = files.readFile('/f')
      shapes.add([0, 4_096, 8_192].map(at => left[at] ?? '-').join())
    }

    assert.ok(shapes.has('0,0,0'), 'size without bytes')
    assert.ok(shapes.has('0,120,120'), 'a missing first page')
    assert.ok(shapes.has('120,0,120'), 'a hole')
    assert.ok(shapes.has('-,-,-'), 'nothing')
  })

  test('a write during a sync is not covered by it', async () => {
    const { disk, files, scheduler } = machine(1)
    const file = files.open('/f', 'create')
    files.syncDirectory('/')
    file.write(Buffer.from('before'), 0)

    const syncing = file.sync()
    file.write(Buffer.from('during'), 6)
    await scheduler.runUntilIdle()
    await syncing
    disk.crash('nothing')

    assert.equal(text(files, '/f'), 'before')
  })

  test('what a failed sync had to write is lost even if a later sync succeeds, as on Linux', () => {
    const { disk, files } = machine(1)
    const file = files.open('/f', 'create')
    files.syncDirectory('/')
    file.write(Buffer.from('lost'), 0)
    disk.faults.add({ operations: ['sync'], code: 'EIO', times: 1 })

    assert.throws(() => file.syncNow(), { name: 'StorageError', code: 'EIO' })
    file.write(Buffer.from('kept'), 4)
    file.syncNow()
    assert.equal(text(files, '/f'), 'lostkept', 'the page cache still has it')
    disk.crash('nothing')

    assert.equal(text(files, '/f'), '\0\0\0\0kept')
  })

  test('what is old enough was written by the kernel itself', async () => {
    const { disk, files, scheduler } = machine(1)
    const file = files.open('/f', 'create')
    file.write(Buffer.from('old'), 0)
    await scheduler.runFor(31_000)
    file.write(Buffer.from('new'), 3)

    disk.crash('nothing')

    assert.equal(text(files, '/f'), 'old')
  })

  test('only the process dies: nothing is lost, and its locks are free', () => {
    const { disk, files } = machine(1)
    files.open('/f', 'create').write(Buffer.from('cached'), 0)
    assert.ok(files.lock('/.lock') !== undefined)
    assert.equal(files.lock('/.lock'), undefined)

    disk.processDied()

    assert.equal(text(files, '/f'), 'cached')
    assert.ok(files.lock('/.lock') !== undefined)
  })
})

describe('what a crash leaves of directories', () => {
  test('a name that was not synced can vanish, be it of a file, a directory or a new name', () => {
    const { disk, files } = machine(1)
    files.makeDirectory('/d')
    files.writeFile('/d/old', 'content')
    files.syncDirectory('/')
    files.syncDirectory('/d')
    files.open('/d/old', 'write').syncNow()

    files.rename('/d/old', '/d/new')
    files.makeDirectory('/d/e')
    files.open('/d/created', 'create').syncNow()
    disk.crash('nothing')

    assert.deepEqual(files.list('/d'), ['old'])
    assert.equal(text(files, '/d/old'), 'content')
  })

  test('changes of one name are taken back in reverse: what was there first is there again', () => {
    const { disk, files } = machine(1)
    files.writeFile('/d', 'first')
    files.open('/d', 'write').syncNow()
    files.syncDirectory('/')

    files.rename('/d', '/e')
    files.writeFile('/d', 'second')
    disk.crash('nothing')

    assert.deepEqual(files.list('/'), ['d'])
    assert.equal(text(files, '/d'), 'first')
  })

  test('a durable move between directories takes along what came before it in both', () => {
    const { disk, files } = machine(1)
    files.makeDirectory('/from')
    files.makeDirectory('/to')
    files.writeFile('/from/f', 'moved')
    files.open('/from/f', 'write').syncNow()
    for (const directory of ['/', '/from', '/to']) files.syncDirectory(directory)

    files.writeFile('/to/f', 'replaced')
    files.rename('/from/f', '/to/f')
    files.syncDirectory('/from')
    disk.crash('nothing')

    assert.deepEqual(files.list('/from'), [])
    assert.equal(text(files, '/to/f'), 'moved')
  })

  test('a removed file comes back with its content until the directory is synced', () => {
    const { disk, files } = machine(1)
    files.writeFile('/f', 'content')
    files.open('/f', 'write').syncNow()
    files.syncDirectory('/')

    files.remove('/f')
    disk.crash('nothing')
    assert.equal(text(files, '/f'), 'content')

    files.remove('/f')
    files.syncDirectory('/')
    disk.crash('nothing')
    assert.equal(files.status('/f'), undefined)
  })

  test('a replaced file is the old or the new one after every crash, never a mix or nothing', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(14), (seed, failingStep) => {
        const { disk, files } = machine(seed)
        files.replaceFile('/checkpoint', 'old')
        files.syncDirectory('/')
        disk.faults.add({ after: failingStep, code: 'EIO' })
        let isReplaced = true
        try {
          files.replaceFile('/checkpoint', 'new and longer')
        } catch {
          isReplaced = false
        }

        disk.crash()

        disk.faults.clear()
        const left = text(files, '/checkpoint')
        assert.ok(left === 'new and longer' || (!isReplaced && left === 'old'), left)
      }),
    )
  })

  test('in a journalled file system entries keep their order, and a sync of a file takes earlier ones along', () => {
    for (let seed = 0; seed < 100; seed++) {
      const { disk, files } = machine(seed, { entryOrder: 'ordered' })
      files.makeDirectory('/a')
      files.open('/a/1', 'create').syncNow()
      files.makeDirectory('/b')
      files.open('/b/2', 'create')
      files.open('/a/3', 'create')
      disk.crash()
      assert.ok(files.status('/a/1') !== undefined)
      const order = ['/b', '/b/2', '/a/3'].map(path => files.status(path) !== undefined)
      assert.deepEqual(order, [...order].sort().reverse(), 'a later entry without an earlier one')
    }
  })

  test('with independent directories a synced directory can vanish with its parent', () => {
    const { disk, files } = machine(1)
    files.makeDirectory('/d')
    files.open('/d/f', 'create').syncNow()
    files.syncDirectory('/d')

    disk.crash('nothing')

    assert.equal(files.status('/d'), undefined)
  })
})

describe('a disk that fails on order', () => {
  test('the k-th operation fails once, on the path and operation that were named', () => {
    const { disk, files } = machine(1)
    const log = files.open('/x.log', 'create')
    const other = files.open('/x.index', 'create')
    disk.faults.add({ operations: ['write'], path: /\.log$/, after: 2, times: 1, code: 'EIO' })

    const outcomes = Array.from({ length: 4 }, () => {
      other.write(Buffer.from('i'), 0)
      try {
        log.write(Buffer.from('x'), log.sizeBytes())
        return 'ok'
      } catch (error) {
        return (error as Error).message
      }
    })

    assert.deepEqual(outcomes, ['ok', 'ok', 'cannot write /x.log: EIO', 'ok'])
    assert.equal(log.sizeBytes(), 3)
  })

  test('a full disk takes the part that fits, then says ENOSPC, and takes more after a removal', () => {
    const { disk, files } = machine(1)
    files.writeFile('/old', Buffer.alloc(600))
    disk.faults.capacityBytes = 1_000
    const file = files.open('/f', 'create')

    assert.throws(() => file.write(Buffer.alloc(500, 'x'), 0), { code: 'ENOSPC' })
    assert.equal(file.sizeBytes(), 400)
    file.write(Buffer.alloc(400, 'y'), 0)
    files.remove('/old')
    file.write(Buffer.alloc(500, 'z'), 400)

    assert.equal(file.sizeBytes(), 900)
  })

  test('a read-only disk reads on and changes nothing', () => {
    const { disk, files } = machine(1)
    files.writeFile('/f', 'content')
    const file = files.open('/f', 'write')
    disk.faults.isReadOnly = true

    assert.throws(() => file.write(Buffer.from('x'), 0), { code: 'EROFS' })
    assert.throws(() => files.remove('/f'), { code: 'EROFS' })
    assert.throws(() => files.open('/f', 'create'), { code: 'EROFS' })
    assert.equal(text(files, '/f'), 'content')
    assert.deepEqual(files.list('/'), ['f'])
  })

  test('a flipped bit stays flipped, and nothing else changes', () => {
    const { disk, files } = machine(1)
    files.writeFile('/f', 'abc')

    disk.flipBit('/f', 1, 0)

    assert.equal(text(files, '/f'), 'acc')
    assert.throws(() => disk.flipBit('/f', 3, 0), { message: '/f has 3 bytes, no byte 3' })
  })
})
