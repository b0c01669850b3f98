/** Our record formats against Kafka's own classes: what we write is read, what is produced is judged alike. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { join } from 'node:path'
import fc from 'fast-check'
import { codecName, compress, CompressionCodec, crc32 } from '../../src/bytes/index.ts'
import {
  BatchBuilder,
  CRC_AT,
  computeCrc,
  LENGTH_AT,
  LOG_OVERHEAD,
  produceFormats,
  readBatchInfo,
  recordsIn,
  RECORDS_AT,
  sizeOf,
  stamp,
  validateProduced,
  type NewRecord,
  type ProduceRules,
  type Record,
} from '../../src/records/index.ts'
import { buildMessageSet } from '../../src/records/message-set.ts'
import { peerOrSkip, projectRoot } from '../peers/cache.ts'
import { compileJava, mavenJars, runJava } from '../peers/maven.ts'

const VERSION = '3.9.2'
const NOW = 1_700_000_000_000
const SEED = 20_240_917
const source = join(projectRoot, 'test', 'differential', 'java', 'RecordsPeer.java')

async function classpath(): Promise<string> {
  const jars = await mavenJars(`records-${VERSION}`, [
    `org.apache.kafka:kafka-clients:${VERSION}`,
    `org.apache.kafka:kafka-storage:${VERSION}`,
  ])
  return compileJava([source], jars)
}

/** One answer for each question. */
async function ask(peer: string, questions: readonly string[]): Promise<string[]> {
  const outcome = await runJava(peer, 'RecordsPeer', [], { input: `${questions.join('\n')}\n` })
  const answers = outcome.stdout.trimEnd().split('\n')
  assert.equal(answers.length, questions.length, outcome.stderr)
  return answers
}

async function peerOf(t: TestContext): Promise<string | undefined> {
  return peerOrSkip(t, classpath)
}

const bytes: fc.Arbitrary<Buffer> = fc
  .uint8Array({ maxLength: 60 })
  .map(array => Buffer.from(array))
const repetitive: fc.Arbitrary<Buffer> = fc
  .tuple(fc.nat(200_000), fc.nat(255))
  .map(([size, value]) => Buffer.alloc(size, `line ${value} of the log, `))
const content = fc.option<Buffer>(
  fc.oneof({ weight: 8, arbitrary: bytes }, { weight: 1, arbitrary: repetitive }),
)
const newRecord = fc.record({
  timestamp: fc.integer({ min: NOW - 1000, max: NOW }),
  key: fc.option<Buffer>(bytes),
  value: content,
  headers: fc.array(fc.record({ key: fc.string({ maxLength: 8 }), value: fc.option(bytes) }), {
    maxLength: 3,
  }),
})
const newRecords = fc.array(newRecord, { minLength: 1, maxLength: 6 })

function built(records: readonly NewRecord[], codec: number, level?: number): Buffer {
  const builder = new BatchBuilder({ codec, level })
  for (const record of records) builder.append(record)
  return builder.close()
}

function oldSet(records: readonly NewRecord[], magic: 0 | 1, codec: number): Buffer {
  const messages = records.map((record, offset) => ({
    offset,
    timestamp: record.timestamp ?? -1,
    key: record.key ?? null,
    value: record.value ?? null,
  }))
  const timestampType = magic === 0 ? 'NoTimestampType' : 'CreateTime'
  return buildMessageSet(messages, { magic, codec, timestampType, baseOffset: 0 })
}

/** As the peer prints them. */
function printed(records: Iterable<Record>): string {
  const text = (value: Buffer | null) => value?.toString('base64') ?? 'null'
  return [...records]
    .map(({ offset, timestamp, timestampType, key, value, headers }) => {
      const pairs = headers.map(one => `${text(Buffer.from(one.key))}=${text(one.value)}`)
      return [offset, timestamp, timestampType, text(key), text(value), ...pairs].join(' ') + ';'
    })
    .join('')
}

test('what we write, of every format, codec and level, is read by Kafka', async t => {
  const peer = await peerOf(t)
  if (peer === undefined) return
  const levels = {
    [CompressionCodec.GZIP]: [1, 9],
    [CompressionCodec.LZ4]: [1, 12, 17],
    [CompressionCodec.ZSTD]: [-5, 1, 19],
  }
  const sets = fc
    .sample(newRecords, { seed: SEED, numRuns: 40 })
    .flatMap(records => [
      ...Object.values(CompressionCodec).map(codec => built(records, codec)),
      ...Object.entries(levels).flatMap(([codec, list]) =>
        list.map(level => built(records, Number(codec), level)),
      ),
      ...[0, 1, 2, 3].flatMap(codec => [oldSet(records, 0, codec), oldSet(records, 1, codec)]),
    ])

  const answers = await ask(
    peer,
    sets.map(set => `read ${set.toString('base64')}`),
  )

  for (const [index, set] of sets.entries()) {
    assert.equal(answers[index], printed(recordsIn(set)), set.toString('base64'))
  }
})

/** One produced set with the rules it meets. */
interface Case {
  readonly set: Buffer
  readonly produceVersion: number
  readonly target: number | 'producer'
  readonly timestampType: 'CreateTime' | 'LogAppendTime'
  readonly isCompacted: boolean
  readonly maxMessageBytes: number
}

/** Ways to spoil a set, each of them sealed again so that the checksum is not what is found. */
const damage = fc.oneof(
  { weight: 2, arbitrary: fc.constant((set: Buffer) => set) },
  {
    weight: 6,
    arbitrary: fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })).map(
      ([at, change]) =>
        (set: Buffer) =>
          flipped(set, at % set.length, change),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.nat(66), fc.integer({ min: 1, max: 255 })).map(
      ([at, change]) =>
        (set: Buffer) =>
          flipped(set, at % set.length, change),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.nat().map(cut => (set: Buffer) => cutTo(set, 20 + (cut % set.length))),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })).map(
      ([at, change]) =>
        (set: Buffer) =>
          flippedInside(set, at, change),
    ),
  },
)

function flipped(set: Buffer, at: number, change: number): Buffer {
  const copy = Buffer.from(set)
  copy[at] = (copy[at] ?? 0) ^ change
  return sealed(copy)
}

function cutTo(set: Buffer, size: number): Buffer {
  const copy = Buffer.from(set.subarray(0, size))
  if (copy.length > LOG_OVERHEAD) copy.writeInt32BE(copy.length - LOG_OVERHEAD, LENGTH_AT)
  return sealed(copy)
}

/** Spoils a record of a compressed batch before it is compressed. */
function flippedInside(set: Buffer, at: number, change: number): Buffer {
  const { magic, codec } = readBatchInfo(set)
  if (magic !== 2 || codec === 0) return flipped(set, at % set.length, change)
  const plain = Buffer.from(built(plainRecords(set), 0).subarray(RECORDS_AT))
  const spot = at % Math.min(plain.length, 300)
  plain[spot] = (plain[spot] ?? 0) ^ change
  const copy = Buffer.concat([set.subarray(0, RECORDS_AT), compress(codec, plain)])
  copy.writeInt32BE(copy.length - LOG_OVERHEAD, LENGTH_AT)
  return sealed(copy)
}

function plainRecords(set: Buffer): NewRecord[] {
  return [...recordsIn(set)]
}

function sealed(set: Buffer): Buffer {
  if (set.length < RECORDS_AT || sizeOf(set) !== set.length) return set
  const magic = set[16] ?? 0
  if (magic === 2) set.writeUInt32BE(computeCrc(set), CRC_AT)
  else set.writeUInt32BE(crc32(set, 16), LOG_OVERHEAD)
  return set
}

const produced: fc.Arbitrary<Case> = fc
  .record({
    records: newRecords,
    magic: fc.constantFrom(0 as const, 1 as const, 2 as const, 2 as const, 2 as const),
    codec: fc.nat(4),
    spoil: damage,
    produceVersion: fc.constantFrom(2, 6, 11, 11),
    target: fc.constantFrom('producer' as const, 'producer' as const, 0, 1, 4),
    timestampType: fc.constantFrom(
      'CreateTime' as const,
      'CreateTime' as const,
      'LogAppendTime' as const,
    ),
    isCompacted: fc.constantFrom(false, false, true),
    isLimited: fc.constantFrom(false, false, true),
  })
  .map(({ records, magic, codec, spoil, isLimited, ...rest }) => {
    const set = magic === 2 ? built(records, codec) : oldSet(records, magic, codec % 4)
    // Compressors differ by some bytes: a limit only where none runs.
    const maxMessageBytes = isLimited && rest.target === 0 ? 200 : 1_000_000
    return { ...rest, maxMessageBytes, set: spoil(set) }
  })

function question(one: Case): string {
  const target = one.target === 'producer' ? 'producer' : codecName(one.target)
  const words = [
    one.produceVersion,
    target,
    one.timestampType,
    one.isCompacted,
    one.maxMessageBytes,
    NOW,
  ]
  return `validate ${words.join(' ')} ${one.set.toString('base64')}`
}

function ourAnswer(one: Case): string {
  const rules: ProduceRules = {
    maxMessageBytes: one.maxMessageBytes,
    isCompacted: one.isCompacted,
    timestampType: one.timestampType,
    timestampBeforeMaxMs: Infinity,
    timestampAfterMaxMs: 3_600_000,
    codec: one.target,
    maxDecompressedBytes: 2 ** 30,
  }
  const verdict = validateProduced(
    Buffer.from(one.set),
    rules,
    produceFormats(one.produceVersion),
    NOW,
  )
  if (!verdict.accepted) return `refused ${verdict.errorCode} ${verdict.message}`
  stamp(verdict.batch, 0, { baseOffset: 0, leaderEpoch: 0 })
  return `accepted ${verdict.batch.toString('base64')}`
}

test('what is produced is accepted and refused as by Kafka, and stored alike', async t => {
  const peer = await peerOf(t)
  if (peer === undefined) return
  const cases = fc.sample(produced, { seed: SEED, numRuns: 4_000 })

  const answers = await ask(peer, cases.map(question))

  const differences = cases.flatMap((one, index) => {
    const theirs = answers[index] ?? ''
    const ours = ourAnswer(one)
    const difference = differenceBetween(theirs, ours)
    if (difference === undefined) return []
    return [`${question(one)}\n  Kafka: ${theirs}\n  we:    ${ours}\n  ${difference}`]
  })
  assert.equal(
    differences.length,
    0,
    `${differences.length}:\n${differences.slice(0, 5).join('\n')}`,
  )
  const refused = answers.filter(answer => answer.startsWith('refused')).length
  assert.ok(refused > 1_000 && refused < 3_500, `${refused} of ${cases.length} refused`)
})

/** Where we judge otherwise on purpose: what Kafka answers, what we answer, and why. */
const KNOWN_DIFFERENCES: readonly { theirs: RegExp; ours: RegExp; reason: string }[] = [
  { theirs: /^refused -1 /, ours: /^refused /, reason: 'Kafka has no code for it, we say which' },
  {
    theirs: /^refused -1 IllegalArgumentException Invalid negative (timestamp|producer epoch)/,
    ours: /^accepted /,
    reason: 'stored by Kafka as well, unless the codec of the topic differs',
  },
  {
    theirs: /^refused -1 KafkaException Failed to decompress/,
    ours: /^accepted /,
    reason: 'the zstd package does not look at bits that are reserved',
  },
  {
    theirs: /^accepted /,
    ours: /^refused 87 record \d+ is said to have/,
    reason: 'Kafka does not compare the size of a compressed record, its consumers do',
  },
  {
    theirs: /^accepted /,
    ours: /^refused 87 record \d+ has offset delta/,
    reason: 'Kafka stores uncompressed records with offsets that overlap or leave gaps',
  },
  {
    theirs: /^accepted /,
    ours: /^refused 87 producer id -?\d+ is beyond/,
    reason: 'no coordinator gives such an id',
  },
  {
    theirs: /^refused 2 /,
    ours: /^refused 87 (broken|key or value|compressed message|record batch magic)/,
    reason: 'inside of a wrapper of magic 0 or 1 Kafka looks at the checksum first, we at the form',
  },
  {
    theirs: /^refused (76|87) /,
    ours: /^refused 2 record batch of \d+ bytes/,
    reason: 'a batch too small for its header: Kafka looks at codec and offset all the same',
  },
]

function differenceBetween(theirs: string, ours: string): string | undefined {
  const [theirVerdict, theirDetail = ''] = theirs.split(' ')
  const [ourVerdict, ourDetail = ''] = ours.split(' ')
  if (theirVerdict === ourVerdict && theirDetail === ourDetail) return undefined
  const known = KNOWN_DIFFERENCES.find(one => one.theirs.test(theirs) && one.ours.test(ours))
  if (known !== undefined) return undefined
  if (theirVerdict !== 'accepted' || ourVerdict !== 'accepted') return 'verdict'
  return storedDifference(Buffer.from(theirDetail, 'base64'), Buffer.from(ourDetail, 'base64'))
}

function storedDifference(theirs: Buffer, ours: Buffer): string | undefined {
  if (theirs.equals(ours)) return undefined
  const info = (batch: Buffer) => ({ ...readBatchInfo(batch), sizeBytes: 0 })
  try {
    assert.deepEqual(info(ours), info(theirs))
    assert.equal(printed(recordsIn(ours)), printed(recordsIn(theirs)))
    return undefined
  } catch (error) {
    return String(error)
  }
}
