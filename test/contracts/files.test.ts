/**
 * The memory disk answers as a real one: the same random operations on both give the same results,
 * the same contents and the same error codes. Runs in a temporary directory.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import {
  StorageError,
  type FileHandle,
  type FileSystem,
  type OpenMode,
} from '../../src/host/index.ts'
import { nodeClock, nodeHost } from '../../src/host/node/index.ts'
import { MemoryFiles } from '../../src/sim/index.ts'

let scratch = ''
before(() => {
  scratch = mkdtempSync(join(tmpdir(), 'tidelog-contract-'))
})
after(() => rmSync(scratch, { recursive: true }))

/** One operation; what it returns, or the code it fails with, is compared. */
type Operation = (disk: Disk) => unknown

/** A file system below one directory, with the handles that the operations opened. */
interface Disk {
  readonly files: FileSystem
  readonly handles: FileHandle[]
  at(path: string): string
}

function diskOf(files: FileSystem, root: string): Disk {
  files.makeDirectory(root)
  return { files, handles: [], at: path => `${root}/${path}` }
}

const handleOf = (disk: Disk, index: number): FileHandle | undefined =>
  disk.handles[index % Math.max(1, disk.handles.length)]

// Few names and small numbers, so that operations meet each other.
const path = fc.constantFrom('a', 'b', 'd', 'd/a', 'd/e', 'd/e/a', 'a/below')
const mode = fc.constantFrom<OpenMode>('read', 'write', 'create')
const position = fc.oneof(fc.nat(300), fc.constantFrom(4_095, 65_530, 65_536, 131_000))
const bytes = fc
  .tuple(fc.nat(255), fc.oneof(fc.nat(300), fc.constantFrom(65_537)))
  .map(([value, length]) => Buffer.alloc(length, value))
const handle = fc.nat(7)

const operation: fc.Arbitrary<[name: string, operation: Operation]> = fc.oneof(
  fc.tuple(path, mode).map(([where, how]): [string, Operation] => [
    `open ${where} to ${how}`,
    disk => {
      // Linux opens a directory for reading and refuses the read; nobody needs either.
      if (disk.files.status(disk.at(where))?.isDirectory === true) return
      disk.handles.push(disk.files.open(disk.at(where), how))
    },
  ]),
  fc
    .tuple(handle, bytes, position)
    .map(([index, content, at]): [string, Operation] => [
      `write ${content.length} bytes at ${at} of #${index}`,
      disk => handleOf(disk, index)?.write(content, at),
    ]),
  fc
    .tuple(handle, fc.array(bytes, { maxLength: 4 }), position)
    .map(([index, parts, at]): [string, Operation] => [
      `write ${parts.length} parts at ${at} of #${index}`,
      disk => handleOf(disk, index)?.writeGathered(parts, at),
    ]),
  fc.tuple(handle, position, fc.nat(70_000)).map(([index, at, length]): [string, Operation] => [
    `read ${length} bytes at ${at} of #${index}`,
    disk => {
      const target = Buffer.alloc(length + 2, 0xff)
      return [handleOf(disk, index)?.read(target, 1, length, at), target]
    },
  ]),
  fc
    .tuple(handle, position)
    .map(([index, size]): [string, Operation] => [
      `truncate #${index} to ${size}`,
      disk => handleOf(disk, index)?.truncate(size),
    ]),
  handle.map((index): [string, Operation] => [
    `size of #${index}`,
    disk => handleOf(disk, index)?.sizeBytes(),
  ]),
  handle.map((index): [string, Operation] => [
    `close #${index}`,
    disk => handleOf(disk, index)?.close(),
  ]),
  fc
    .tuple(path, bytes)
    .map(([where, content]): [string, Operation] => [
      `write file ${where}`,
      disk => disk.files.writeFile(disk.at(where), content),
    ]),
  fc
    .tuple(path, bytes)
    .map(([where, content]): [string, Operation] => [
      `replace ${where}`,
      disk => disk.files.replaceFile(disk.at(where), content),
    ]),
  path.map((where): [string, Operation] => [
    `read ${where}`,
    disk => disk.files.readFile(disk.at(where)),
  ]),
  path.map((where): [string, Operation] => [
    `make ${where}`,
    disk => disk.files.makeDirectory(disk.at(where)),
  ]),
  path.map((where): [string, Operation] => [
    `list ${where}`,
    disk => disk.files.list(disk.at(where)),
  ]),
  path.map((where): [string, Operation] => [
    `remove ${where}`,
    disk => disk.files.remove(disk.at(where)),
  ]),
  path.map((where): [string, Operation] => [
    `sync directory ${where}`,
    disk => disk.files.syncDirectory(disk.at(where)),
  ]),
  path.map((where): [string, Operation] => [
    `status of ${where}`,
    disk => {
      const status = disk.files.status(disk.at(where))
      // A directory's size is the file system's own business.
      return status && [status.isDirectory, status.isDirectory || status.sizeBytes]
    },
  ]),
  fc
    .tuple(path, path)
    .map(([from, to]): [string, Operation] => [
      `rename ${from} to ${to}`,
      disk => disk.files.rename(disk.at(from), disk.at(to)),
    ]),
)

function outcomeOf(disk: Disk, action: Operation): unknown {
  try {
    return action(disk) ?? 'done'
  } catch (error) {
    if (!(error instanceof StorageError)) throw error
    return error.code
  }
}

test('random operations on the memory disk and on a real one give the same results', () => {
  const { files } = nodeHost()
  let run = 0

  fc.assert(
    fc.property(fc.array(operation, { minLength: 1, maxLength: 40 }), operations => {
      const real = diskOf(files, join(scratch, `${run++}`))
      const memory = diskOf(new MemoryFiles({ clock: nodeClock }), '/root')
      try {
        for (const [name, action] of operations) {
          assert.deepEqual(outcomeOf(memory, action), outcomeOf(real, action), name)
        }
      } finally {
        for (const opened of real.handles) opened.close()
      }
    }),
    { numRuns: 150 },
  )
})

test('a removed tree is gone on both, whatever was in it', async () => {
  for (const files of [nodeHost().files, new MemoryFiles({ clock: nodeClock })]) {
    const disk = diskOf(files, join(scratch, 'tree'))
    files.makeDirectory(disk.at('d/e/f'))
    files.writeFile(disk.at('d/e/a'), 'x')

    await files.removeTree(disk.at('d'))
    await files.removeTree(disk.at('d'))

    assert.deepEqual(files.list(disk.at('')), [])
  }
})
