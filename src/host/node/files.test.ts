import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { nodeFiles } from './files.ts'

// A temporary directory of the disk: the calls to it are what these tests are about.
let root = ''
before(() => {
  root = mkdtempSync(join(tmpdir(), 'tidelog-files-'))
})
after(() => rmSync(root, { recursive: true }))

test('gathered writes beyond the kernel limit of parts arrive whole', () => {
  const parts = Array.from({ length: 2_500 }, (_, index) => Buffer.from(`part ${index};`))
  const file = nodeFiles.open(join(root, 'gathered'), 'create')

  file.writeGathered(parts, 3)

  const expected = Buffer.concat([Buffer.alloc(3), ...parts])
  assert.equal(nodeFiles.readFile(file.path).compare(expected), 0)
  file.close()
})

test('a read stops at the end of the file, and says how much it got', async () => {
  const file = nodeFiles.open(join(root, 'short'), 'create')
  file.write(Buffer.from('0123456789'), 0)
  const target = Buffer.alloc(20)

  assert.equal(file.read(target, 5, 15, 7), 3)
  assert.equal(target.toString('latin1', 5, 8), '789')
  assert.equal(file.read(target, 0, 20, 10), 0)
  assert.equal(await file.readCold(target, 0, 4, 2), 4)
  assert.equal(target.toString('latin1', 0, 4), '2345')
  file.close()
})

test('closing while a sync runs neither fails the sync nor leaks into another file', async () => {
  const file = nodeFiles.open(join(root, 'syncing'), 'create')
  file.write(Buffer.alloc(100_000), 0)

  const syncing = file.sync()
  file.close()
  const other = nodeFiles.open(join(root, 'other'), 'create')
  other.write(Buffer.from('kept'), 0)
  await syncing

  assert.equal(other.sizeBytes(), 4)
  other.close()
})

test('a closed file refuses every call instead of touching a reused descriptor', async () => {
  const file = nodeFiles.open(join(root, 'closed'), 'create')
  file.close()
  file.close()

  const message = `cannot write ${file.path}: EBADF`
  assert.throws(() => file.write(Buffer.from('x'), 0), {
    name: 'StorageError',
    code: 'EBADF',
    message,
  })
  await assert.rejects(file.sync(), { name: 'StorageError', code: 'EBADF' })
})

test('errors name operation, path and code', () => {
  const path = join(root, 'absent')

  assert.throws(() => nodeFiles.open(path, 'write'), {
    name: 'StorageError',
    code: 'ENOENT',
    path,
    message: `cannot open ${path}: ENOENT`,
  })
  assert.equal(nodeFiles.status(path), undefined)
  assert.equal(nodeFiles.status(join(root, 'short', 'below a file')), undefined)
  nodeFiles.remove(path)
})

test('a replaced file holds the new content and leaves no draft', () => {
  const path = join(root, 'replaced')
  nodeFiles.writeFile(path, 'old and longer')

  nodeFiles.replaceFile(path, 'new')

  assert.equal(nodeFiles.readFile(path).toString(), 'new')
  assert.equal(nodeFiles.status(`${path}.tmp`), undefined)
})

test('names are listed in one order everywhere, and whole trees go', async () => {
  const directory = join(root, 'tree')
  for (const name of ['b', 'a/x', 'B', 'é', '10', '9', '\uff5e', '\u{1f600}'])
    nodeFiles.makeDirectory(join(directory, name))

  assert.deepEqual(nodeFiles.list(directory), [
    '10',
    '9',
    'B',
    'a',
    'b',
    'é',
    '\u{1f600}',
    '\uff5e',
  ])
  await nodeFiles.removeTree(directory)
  await nodeFiles.removeTree(directory)
  assert.equal(nodeFiles.status(directory), undefined)
})

test('the volume has room, and no more than it is big', () => {
  const { totalBytes, usableBytes } = nodeFiles.volume(root)

  assert.ok(usableBytes > 0)
  assert.ok(usableBytes <= totalBytes)
})

test('a directory is made with its parents, and one that cannot be made is an error, not a loop', () => {
  nodeFiles.makeDirectory(join(root, 'a', 'b', 'c'))
  nodeFiles.makeDirectory(join(root, 'a', 'b', 'c'))
  symlinkSync(join(root, 'nowhere'), join(root, 'link'))

  assert.equal(nodeFiles.status(join(root, 'a', 'b', 'c'))?.isDirectory, true)
  assert.throws(() => nodeFiles.makeDirectory(join(root, 'link', 'logs')), {
    name: 'StorageError',
    code: 'EEXIST',
  })
  nodeFiles.writeFile(join(root, 'file'), '')
  for (const below of ['file/logs', 'file/deeper/logs']) {
    assert.throws(() => nodeFiles.makeDirectory(join(root, below)), { code: 'ENOTDIR' })
  }
})
