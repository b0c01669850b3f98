/** kcat, the command line over librdkafka: metadata, every codec, groups, headers, keys. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { join } from 'node:path'
import { peerOrSkip } from '../peers/cache.ts'
import { kcat } from '../peers/debian.ts'
import { runOk } from '../peers/process.ts'
import { startSubject, type Subject } from '../peers/subject.ts'
import { storedBatches } from './stored-batches.ts'

let subject: Subject
before(async () => {
  subject = await startSubject()
})
after(() => subject.dispose())

test('kcat sends with every codec, reads from the beginning, and resumes as a group', async t => {
  const program = await peerOrSkip(t, kcat)
  if (program === undefined) return
  const type = async (args: readonly string[], input = ''): Promise<string> => {
    const options = { env: program.env, input, timeoutMs: 30_000 }
    return (await runOk(program.command, ['-b', subject.bootstrap, ...args], options)).stdout
  }
  const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd']
  const padding = 'x'.repeat(200)

  for (const codec of codecs) {
    const lines = [1, 2].map(i => `key ${i}:${codec} ${i} ${padding}\n`)
    await type(
      ['-P', '-t', 'kcat', '-z', codec, '-K:', '-H', 'origin=kcat', '-X', 'linger.ms=50'],
      lines.join(''),
    )
  }

  const format = ['-f', '%o %k %s %h\n']
  const expected = codecs.flatMap((codec, c) =>
    [1, 2].map(i => `${2 * c + i - 1} key ${i} ${codec} ${i} ${padding} origin=kcat`),
  )
  const all = await type(['-C', '-t', 'kcat', '-o', 'beginning', '-e', '-q', ...format])
  assert.deepEqual(all.trimEnd().split('\n'), expected)

  const asGroup = ['-G', 'kcat-group', '-X', 'auto.offset.reset=earliest', '-q', ...format]
  const first = await type([...asGroup, '-c', '4', 'kcat'])
  assert.deepEqual(first.trimEnd().split('\n'), expected.slice(0, 4))
  const resumed = await type([...asGroup, '-c', '6', 'kcat'])
  assert.deepEqual(resumed.trimEnd().split('\n'), expected.slice(4))

  const stored = storedBatches(join(subject.logDirs[0] ?? '', 'kcat-0'))
  assert.deepEqual([...new Set(stored.map(batch => batch.codec))], codecs)
})

test('kcat lists the broker and the partitions of a topic', async t => {
  const program = await peerOrSkip(t, kcat)
  if (program === undefined) return
  const options = { env: program.env }
  await runOk(program.command, ['-b', subject.bootstrap, '-P', '-t', 'listed'], {
    ...options,
    input: 'one\n',
  })

  const { stdout } = await runOk(
    program.command,
    ['-b', subject.bootstrap, '-L', '-J', '-t', 'listed'],
    options,
  )

  const metadata = JSON.parse(stdout) as Record<string, unknown>
  assert.deepEqual(metadata['brokers'], [{ id: 0, name: subject.bootstrap }])
  assert.equal(metadata['controllerid'], 0)
  assert.deepEqual(metadata['topics'], [
    {
      topic: 'listed',
      partitions: [{ partition: 0, leader: 0, replicas: [{ id: 0 }], isrs: [{ id: 0 }] }],
    },
  ])
})
