import assert from 'node:assert/strict'
import { test } from 'node:test'
import { logWorld } from '../../test/support/logs.ts'
import { CheckpointError } from './checkpoint-text.ts'
import { META_PROPERTIES, readMetaProperties, writeMetaProperties } from './meta-properties.ts'
import { OffsetCheckpoint, OffsetCheckpointName } from './offset-checkpoint.ts'
import { readTopicId, writeTopicId } from './partition-metadata.ts'

test('meta.properties of ZooKeeper mode is written, and read again', () => {
  const { files } = logWorld()
  const identity = { brokerId: 3, clusterId: 'jlVn-Qx1Th2Kt9NEJ5Yc3g', directoryId: undefined }
  assert.equal(readMetaProperties(files, '/logs'), undefined)

  writeMetaProperties(files, '/logs', identity, 0)

  assert.deepEqual(readMetaProperties(files, '/logs'), { version: 0, ...identity })
  assert.equal(
    files.readFile(`/logs/${META_PROPERTIES}`).toString(),
    '#\n#Thu, 01 Jan 1970 00:00:00 GMT\ncluster.id=jlVn-Qx1Th2Kt9NEJ5Yc3g\nversion=0\nbroker.id=3\n',
  )
})

test('that of KRaft mode is read, so that it can be refused for what it is', () => {
  const { files } = logWorld()
  const text = '#\n#Fri\nnode.id=1\ndirectory.id=abc\\=\nversion=1\ncluster.id = X\r\n'
  files.writeFile(`/logs/${META_PROPERTIES}`, text)

  assert.deepEqual(readMetaProperties(files, '/logs'), {
    version: 1,
    brokerId: 1,
    clusterId: 'X',
    directoryId: 'abc=',
  })
  files.writeFile(`/logs/${META_PROPERTIES}`, 'version=2\n')
  assert.throws(() => readMetaProperties(files, '/logs'), CheckpointError)
  files.writeFile(`/logs/${META_PROPERTIES}`, 'broker.id=x\n')
  assert.throws(() => readMetaProperties(files, '/logs'), CheckpointError)
})

test('partition.metadata is as Kafka writes it', () => {
  const { files } = logWorld()
  assert.equal(readTopicId(files, '/logs'), undefined)

  writeTopicId(files, '/logs', 'Ll8J4aCzSZ6yQxXVnp4wVg')

  const path = '/logs/partition.metadata'
  assert.equal(files.readFile(path).toString(), 'version: 0\ntopic_id: Ll8J4aCzSZ6yQxXVnp4wVg')
  assert.equal(readTopicId(files, '/logs'), 'Ll8J4aCzSZ6yQxXVnp4wVg')
  for (const text of ['', 'version: 0', 'version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAA', 'x']) {
    files.writeFile(path, text)
    assert.throws(() => readTopicId(files, '/logs'), CheckpointError, text)
  }
})

test('while a checkpoint is written the newest content waits, and only that', async () => {
  const world = logWorld()
  const { files } = world
  let writes = 0
  const counting = {
    ...files,
    status: files.status.bind(files),
    readFile: files.readFile.bind(files),
    open: files.open.bind(files),
    rename: (from: string, to: string) => {
      writes += 1
      files.rename(from, to)
    },
  }
  const checkpoint = new OffsetCheckpoint(counting, '/logs', OffsetCheckpointName.highWatermark)
  const at = (offset: number) => [{ topic: 'a-b', partition: 1, offset }]

  await Promise.all([1, 2, 3, 4].map(offset => checkpoint.write(at(offset))))

  assert.deepEqual([...checkpoint.read()], [['a-b-1', 4]])
  assert.equal(writes, 2)
})
