/**
 * `kafka-dump-log`, ours and the genuine one of 3.9, over the same files: what a broker has written of
 * every kind, and files made by hand, broken ones among them. Output is the same character by character;
 * of stack traces the first line is compared.
 */
import assert from 'node:assert/strict'
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { peerOrSkip, projectRoot } from '../peers/cache.ts'
import { referenceVersion } from '../peers/catalog.ts'
import { genuineDistribution } from '../peers/distribution.ts'
import { run } from '../peers/process.ts'
import { startSubject, temporaryFolder } from '../peers/subject.ts'
import { fillBroker } from './dump-log/broker-files.ts'
import {
  brokenGroupRecords,
  brokenTransactionRecords,
  clusterMetadata,
  everyFormat,
  groupMetadata,
  HandMade,
  kraftSnapshot,
  manyPartitions,
  plainRecords,
  remoteLogMetadata,
  transactionMetadata,
} from './dump-log/files.ts'

const script = join('bin', 'kafka-dump-log.sh')

type Compare = (...argv: readonly string[]) => Promise<void>

/** Both tools with the same arguments. `undefined` when there is no genuine one. */
async function comparison(t: TestContext): Promise<Compare | undefined> {
  const genuine = await peerOrSkip(t, () => genuineDistribution(referenceVersion))
  if (genuine === undefined) return undefined
  return async (...argv) => {
    const [theirs, ours] = await Promise.all(
      [genuine, projectRoot].map(root => run(join(root, script), argv)),
    )
    assert.ok(theirs !== undefined && ours !== undefined)
    assert.deepEqual(comparable(ours), comparable(theirs), argv.join(' '))
  }
}

const comparable = ({ stdout, stderr, exitCode }: Awaited<ReturnType<typeof run>>) => ({
  // A hash code of an object is random.
  stdout: stdout.replace(/\[B@[0-9a-f]+/g, '[B@#').split('\n'),
  stderr: stderr
    .split('\n')
    .filter(line => !/^\tat |^Caused by: /.test(line))
    .join('\n')
    .trimEnd(),
  exitCode,
})

function handMade(t: TestContext): HandMade {
  const folder = temporaryFolder('dump-log')
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return new HandMade(folder)
}

describe('kafka-dump-log says what the genuine one says', { concurrency: 2 }, () => {
  test("of records of Kafka's own topics, by their decoders", async t => {
    const compare = await comparison(t)
    if (compare === undefined) return
    const made = handMade(t)

    await compare('--cluster-metadata-decoder', '--files', clusterMetadata(made))
    await compare('--remote-log-metadata-decoder', '--files', remoteLogMetadata(made))
    await compare('--offsets-decoder', '--files', groupMetadata(made))
    await compare('--offsets-decoder', '--files', brokenGroupRecords(made))
    await compare('--transaction-log-decoder', '--files', transactionMetadata(made))
    await compare('--transaction-log-decoder', '--files', manyPartitions(made))
    for (const file of brokenTransactionRecords(made)) {
      await compare('--transaction-log-decoder', '--files', file)
    }
  })

  test('of snapshots of KRaft', async t => {
    const compare = await comparison(t)
    if (compare === undefined) return
    const made = handMade(t)
    const names = ['00000000000000000212-0000000007.checkpoint', 'bootstrap.checkpoint']
    const sound = names.map(name => kraftSnapshot(made, name))

    await compare('--cluster-metadata-decoder', '--files', sound.join(','))
    for (const name of ['x.checkpoint', '00000000000000000212-x.checkpoint']) {
      await compare('--files', kraftSnapshot(made, name))
    }
  })

  test('of records of every format, with every option', async t => {
    const compare = await comparison(t)
    if (compare === undefined) return
    const made = handMade(t)
    const plain = plainRecords(made)
    const formats = everyFormat(made).join(',')

    await compare('--files', formats)
    await compare('--print-data-log', '--files', formats)
    for (const option of ['--deep-iteration', '--print-data-log']) {
      await compare(option, '--files', `${plain},${plain}`)
      await compare(option, '--skip-record-metadata', '--files', plain)
    }
    await compare('--max-bytes', '100', '--files', plain)
    for (const decoder of [
      'cluster-metadata',
      'remote-log-metadata',
      'transaction-log',
      'offsets',
    ]) {
      await compare(`--${decoder}-decoder`, '--files', plain)
    }
    await compare('--offsets-decoder', '--transaction-log-decoder', '--files', plain)
  })

  test('of records read by a class', async t => {
    const compare = await comparison(t)
    if (compare === undefined) return
    const plain = plainRecords(handMade(t))
    const api = 'org.apache.kafka.tools.api'
    const decoders = ['String', 'Long', 'Integer', 'Default'].map(name => `${name}Decoder`)

    for (const name of decoders) {
      await compare('--key-decoder-class', `${api}.${name}`, '--files', plain)
      await compare('--value-decoder-class', `kafka.serializer.${name}`, '--files', plain)
    }
    await compare('--value-decoder-class', 'nope.Decoder', '--files', `${plain},${plain}`)
  })

  test('of files that are none, or not there', async t => {
    const compare = await comparison(t)
    if (compare === undefined) return
    const folder = temporaryFolder('dump-log')
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    for (const name of [
      'leader-epoch-checkpoint',
      'meta.properties',
      'x.log',
      'x.txnindex',
      'a.b',
    ]) {
      writeFileSync(join(folder, name), '0\n')
      await compare('--files', join(folder, name))
    }
    const gone = ['log', 'index', 'timeindex', 'snapshot', 'checkpoint'].map(end => `00.${end}`)
    for (const name of gone) await compare('--files', join(folder, name))
    for (const files of ['', ',', `${folder}/a.b,,`]) await compare('--files', files)
  })

  test('of all that a broker writes, whole and damaged', async t => {
    const compare = await comparison(t)
    if (compare === undefined) return
    const subject = await startSubject({ overrides: { 'log.index.interval.bytes': '200' } })
    t.after(() => subject.dispose())
    await fillBroker(subject)
    await subject.stop()
    const copy = temporaryFolder('dump-log')
    t.after(() => rmSync(copy, { recursive: true, force: true }))
    for (const logDir of subject.logDirs) cpSync(logDir, copy, { recursive: true })
    const all = filesIn(copy, /\.(log|index|timeindex|txnindex|snapshot)$/)
    for (const ending of ['.txnindex', '.snapshot', '.timeindex']) {
      assert.ok(
        all.some(name => name.endsWith(ending)),
        `a file ending in ${ending}`,
      )
    }

    for (const options of [
      [],
      ['--print-data-log'],
      ['--verify-index-only'],
      ['--index-sanity-check'],
    ]) {
      await compare(...options, '--files', all.join(','))
    }
    await compare('--offsets-decoder', '--files', filesIn(copy, /__consumer_offsets.*\.log$/).join(',')) // prettier-ignore
    await compare('--transaction-log-decoder', '--files', filesIn(copy, /__transaction_state.*\.log$/).join(',')) // prettier-ignore
    for (const path of damage(
      filesIn(copy, /orders-0.(0{20}\.(log|index|timeindex)|\d{19}[1-9]\.snapshot)$/),
    )) {
      for (const options of [[], ['--deep-iteration'], ['--index-sanity-check']]) {
        await compare(...options, '--files', path)
      }
    }
  })
})

const filesIn = (folder: string, wanted: RegExp): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => wanted.test(name))
    .toSorted()
    .map(name => join(folder, name))

/** Each file damaged in its own way: cut in the middle, or a byte turned. */
function* damage(files: readonly string[]): Generator<string> {
  for (const path of files) {
    const sound = readFileSync(path)
    for (const damaged of [sound.subarray(0, sound.length - CUT_BYTES), turned(sound)]) {
      writeFileSync(path, damaged)
      yield path
    }
    writeFileSync(path, sound)
  }
}

const CUT_BYTES = 7

function turned(sound: Buffer): Buffer {
  const damaged = Buffer.from(sound)
  const at = damaged.length - 3
  damaged[at] = (damaged[at] ?? 0) ^ 0x55
  return damaged
}
