/** Files of every kind that `kafka-dump-log` reads, sound and broken, written by hand. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Writer, writeUnsignedVarint } from '../../../src/bytes/index.ts'
import {
  encode,
  encodeVersioned,
  GroupMetadataKey,
  GroupMetadataValue,
  KRaftVersionRecord,
  metadataRecords,
  newGroupRecords,
  OffsetCommitKey,
  OffsetCommitValue,
  remoteLogRecords,
  RemoteLogSegmentMetadataRecord,
  RemoteLogSegmentMetadataUpdateRecord,
  RemotePartitionDeleteMetadataRecord,
  SnapshotFooterRecord,
  SnapshotHeaderRecord,
  TransactionLogKey,
  TransactionLogValue,
  VotersRecord,
  type Message,
} from '../../../src/protocol/index.ts'
import { BatchBuilder, type BatchOptions, type NewRecord } from '../../../src/records/index.ts'
import { exampleOf } from '../../differential/protocol/example.ts'
import { versionsOf } from '../../fuzz/arbitrary-message.ts'
import { projectRoot } from '../../peers/cache.ts'

const TIME_MS = 1_700_000_000_000
const FIRST = '00000000000000000000'

/** Writes files under `folder` and returns where they are. */
export class HandMade {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  write(name: string, ...parts: readonly Buffer[]): string {
    const path = join(this.#folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, Buffer.concat(parts))
    return path
  }

  /** A segment of records in batches of one, in the order given. */
  segment(directory: string, records: readonly NewRecord[], options: BatchOptions = {}): string {
    const batches = records.map((record, offset) =>
      batchOf([record], { ...options, baseOffset: offset }),
    )
    return this.write(join(directory, `${FIRST}.log`), ...batches)
  }
}

export function batchOf(records: readonly NewRecord[], options: BatchOptions = {}): Buffer {
  const builder = new BatchBuilder(options)
  for (const [at, record] of records.entries())
    builder.append({ timestamp: TIME_MS + at, ...record })
  return builder.close()
}

const kinds = ['full', 'empty'] as const

/** Both examples of each version: every field set, and every field as small as may be. */
const examples = (message: Message): readonly { version: number; bytes: Buffer }[] =>
  versionsOf(message).flatMap(version =>
    kinds.map(kind => ({
      version,
      bytes: encode(message, version, exampleOf(message, version, kind)),
    })),
  )

function framed(id: number, version: number, body: Buffer, frame = 1): Buffer {
  const writer = new Writer()
  for (const number of [frame, id, version]) writeUnsignedVarint(writer, number)
  writer.bytes(body)
  return writer.finish()
}

const valueOnly = (value: Buffer | null): NewRecord => ({ key: null, value })

/** `__cluster_metadata`: each record in each version, and what is none. */
export function clusterMetadata(made: HandMade): string {
  const sound = [...metadataRecords].flatMap(([id, { message }]) =>
    examples(message).map(({ version, bytes }) => framed(id, version, bytes)),
  )
  return made.segment('metadata', [...sound, ...brokenFrames()].map(valueOnly))
}

const TOPIC_RECORD = 2

function brokenFrames(): readonly Buffer[] {
  const body = Buffer.concat([Buffer.from([2]), Buffer.from('t'), Buffer.alloc(17)])
  return [
    framed(TOPIC_RECORD, 0, body),
    framed(TOPIC_RECORD, 0, body, 0),
    framed(TOPIC_RECORD, 0, body, 2),
    framed(6, 0, body),
    framed(99, 0, body),
    framed(70_000, 0, body),
    framed(TOPIC_RECORD, 40_000, body),
    framed(TOPIC_RECORD, 9, body),
    framed(TOPIC_RECORD, 0, Buffer.concat([body, Buffer.from([1, 2])])),
    framed(TOPIC_RECORD, 0, body.subarray(0, 7)),
    Buffer.from([1]),
    Buffer.from([0x80]),
    Buffer.alloc(0),
  ]
}

/** `__remote_log_metadata`: what brokers write, and examples that no state or offset fits. */
export function remoteLogMetadata(made: HandMade): string {
  const topicIdPartition = { name: 'orders', id: 'AAAAAAAAAAAAAAAAAAAAAQ', partition: 3 }
  const remoteLogSegmentId = { topicIdPartition, id: 'AAAAAAAAAAAAAAAAAAAAAg' }
  const times = { brokerId: 1, maxTimestampMs: 17n, eventTimestampMs: 18n }
  const segment = {
    ...{ remoteLogSegmentId, startOffset: 5n, endOffset: 9n, ...times },
    segmentLeaderEpochs: [
      { leaderEpoch: 12, offset: 7n },
      { leaderEpoch: 2, offset: 5n },
    ],
    ...{ segmentSizeInBytes: 100, customMetadata: null, remoteLogSegmentState: 0 },
  }
  const ofSegment = (change: Partial<typeof segment>) =>
    framed(0, 0, encode(RemoteLogSegmentMetadataRecord, 0, { ...segment, ...change }))
  const update = { remoteLogSegmentId, ...times, customMetadata: Buffer.from('xyz') }
  const ofState = (remoteLogSegmentState: number) =>
    framed(1, 0, encode(RemoteLogSegmentMetadataUpdateRecord, 0, { ...update, remoteLogSegmentState })) // prettier-ignore
  const ofDeletion = (remotePartitionDeleteState: number) =>
    framed(2, 0, encode(RemotePartitionDeleteMetadataRecord, 0, { ...times, topicIdPartition, remotePartitionDeleteState })) // prettier-ignore
  const sound = [
    ...[0, 1, 2, 3].map(remoteLogSegmentState => ofSegment({ remoteLogSegmentState })),
    ...[0, 1, 2, 3].map(ofState),
    ...[0, 1, 2].map(ofDeletion),
  ]
  const unsound = [ofSegment({ startOffset: -1n }), ofSegment({ endOffset: 1n }), ofState(9)]
  const others = [...remoteLogRecords].flatMap(([id, message]) =>
    examples(message).map(({ version, bytes }) => framed(id, version, bytes)),
  )
  const values = [...sound, ...unsound, ...others, ofSegment({ segmentLeaderEpochs: [] })]
  return made.segment('remote', [...values, framed(7, 0, Buffer.alloc(3))].map(valueOnly))
}

const groupRecords: readonly { readonly key: Message; readonly value: Message }[] = [
  { key: OffsetCommitKey, value: OffsetCommitValue },
  { key: GroupMetadataKey, value: GroupMetadataValue },
  ...newGroupRecords,
]

/** `__consumer_offsets` with each kind of key and each version of its value, and broken ones. */
export function groupMetadata(made: HandMade): string {
  const sound = groupRecords.flatMap(({ key, value }) =>
    examples(key).flatMap(({ version, bytes }) => [
      ...examples(value).map(each => ({
        key: versioned(version, bytes),
        value: versioned(each.version, each.bytes),
      })),
      { key: versioned(version, bytes), value: null },
    ]),
  )
  const group = encodeVersioned(GroupMetadataKey, 2, { group: 'g' })
  const offset = encodeVersioned(OffsetCommitKey, 1, { group: 'g', topic: 't', partition: 1 })
  const unsound = [
    { key: versioned(99, Buffer.alloc(3)), value: null },
    { key: versioned(-1, Buffer.alloc(3)), value: null },
  ]
  const consumers = encodeVersioned(GroupMetadataValue, 3, {
    ...{ protocolType: 'consumer', generation: 4, protocol: 'range', leader: 'm' },
    members: ['', 'AAE=', 'AAAAAAAAAAAAAAA='].map((part, at) => ({
      ...{ memberId: `m${at}`, clientId: 'c', clientHost: '/h', sessionTimeout: 1 },
      subscription: Buffer.from(part, 'base64'),
      assignment: Buffer.from(part, 'base64'),
    })),
  })
  const more = [{ key: group, value: consumers }, { key: offset, value: null }, ...unsound]
  return made.segment('groups', [...sound, ...more])
}

/** What a reader stumbles over, each record for itself. */
export function brokenGroupRecords(made: HandMade): string {
  const b = (...bytes: readonly number[]) => Buffer.from(bytes)
  const group = b(0, 2, 0, 1, 65)
  return made.segment('broken-groups', [
    { key: b(0), value: b(1) },
    { key: b(0, 1, 0, 1, 65, 0, 1, 65, 0), value: b(0, 3) },
    { key: group, value: b(0) },
    { key: group, value: b(0, 9, 0, 0) },
    { key: group, value: b(0, 3, 0, 9) },
    { key: b(0, 2, 0, 9, 65), value: b(0, 3, 0, 9) },
    { key: b(255, 255, 0, 1, 65), value: b(0, 9, 0, 0) },
    { key: b(0, 2, 255, 255), value: null },
    { key: null, value: b(1) },
  ])
}

/** Each ends the tool. */
export function brokenTransactionRecords(made: HandMade): readonly string[] {
  const b = (...bytes: readonly number[]) => Buffer.from(bytes)
  const id = b(0, 0, 0, 1, 65)
  const records = [
    { key: null, value: b(1) },
    { key: b(0), value: b(1) },
    { key: b(0, 0, 0), value: b(1) },
    { key: id, value: b(1) },
    { key: id, value: b(0, 5, 0, 0, 0) },
  ]
  return records.map((record, at) => made.segment(`broken-transactions-${at}`, [record]))
}

/** A transaction over so many partitions that their set has grown. */
export function manyPartitions(made: HandMade): string {
  const key = encodeVersioned(TransactionLogKey, 0, { transactionalId: 'many' })
  const records = [3, 11, 12, 13, 23, 24, 25, 100, 300].map(count => ({
    key,
    value: encodeVersioned(TransactionLogValue, 0, {
      ...{ producerId: 7, producerEpoch: 2, transactionTimeoutMs: 60_000, transactionStatus: 1 },
      transactionPartitions: ['orders', 'payments', 'a', 'b', '__consumer_offsets'].map(
        (topic, at) => ({
          topic,
          partitionIds: Array.from({ length: Math.ceil(count / (at + 1)) }, (_, nth) => nth),
        }),
      ),
      ...{ transactionLastUpdateTimestampMs: 11, transactionStartTimestampMs: 10 },
    }),
  }))
  return made.segment('many-partitions', records)
}

const versioned = (version: number, body: Buffer) => {
  const number = Buffer.alloc(2)
  number.writeInt16BE(version)
  return Buffer.concat([number, body])
}

/** `__transaction_state` with each state. */
export function transactionMetadata(made: HandMade): string {
  const key = encodeVersioned(TransactionLogKey, 0, { transactionalId: 'jtx' })
  const states = [0, 1, 2, 3, 4, 5, 6, 7].map(transactionStatus => ({
    key,
    value: encodeVersioned(TransactionLogValue, 0, {
      ...{ producerId: 7, producerEpoch: 2, transactionTimeoutMs: 60_000, transactionStatus },
      transactionPartitions:
        transactionStatus === 0
          ? null
          : [
              { topic: 'b', partitionIds: [2, 0] },
              { topic: 'a', partitionIds: [1] },
            ],
      ...{ transactionLastUpdateTimestampMs: 11, transactionStartTimestampMs: 10 },
    }),
  }))
  const others = [
    { key, value: null },
    { key: versioned(4, Buffer.alloc(3)), value: null },
  ]
  return made.segment('transactions', [...states, ...others])
}

const CONTROL_VERSION = 0

/** A snapshot of KRaft: control records of each type around records. */
export function kraftSnapshot(made: HandMade, name: string): string {
  const control = (type: number, value: Buffer) => {
    const key = Buffer.alloc(4)
    key.writeInt16BE(CONTROL_VERSION)
    key.writeInt16BE(type, 2)
    return { key, value }
  }
  const version = { version: 0 }
  const voter = {
    ...{ voterId: 3, voterDirectoryId: 'AAAAAAAAAAAAAAAAAAAAAw' },
    endpoints: [{ name: 'CONTROLLER', host: 'h', port: 65_000 }],
    kRaftVersionFeature: { minSupportedVersion: 0, maxSupportedVersion: 1 },
  }
  const records = [
    control(3, encode(SnapshotHeaderRecord, 0, { ...version, lastContainedLogTimestamp: 12n })),
    control(5, encode(KRaftVersionRecord, 0, { ...version, kRaftVersion: 1 })),
    control(6, encode(VotersRecord, 0, { ...version, voters: [voter] })),
    control(2, Buffer.alloc(20)),
    control(9, Buffer.alloc(2)),
    control(4, encode(SnapshotFooterRecord, 0, version)),
  ]
  const batches = records.map((record, baseOffset) =>
    batchOf([record], { baseOffset, isControl: true }),
  )
  return made.write(`snapshots/${name}`, ...batches)
}

interface Fixtures {
  readonly sets: readonly { readonly name: string; readonly base64: string }[]
}

/** One segment for each record set of the fixtures: formats 0, 1 and 2 with every codec. */
export function everyFormat(made: HandMade): readonly string[] {
  const file = join(projectRoot, 'test', 'fixtures', 'records', 'genuine.json')
  const { sets } = JSON.parse(readFileSync(file, 'utf8')) as Fixtures
  return sets.map(({ name, base64 }) =>
    made.write(`formats/${name.replaceAll(' ', '-')}/${FIRST}.log`, Buffer.from(base64, 'base64')),
  )
}

/** Keys and values of many shapes, with gaps, in batches of several records. */
export function plainRecords(made: HandMade): string {
  const bytes = (length: number) => Buffer.from(Array.from({ length }, (_, at) => at * 37))
  const text = (value: string) => Buffer.from(value)
  const batches = [
    batchOf([{ key: text('k'), value: text('v') }, { value: null }, { key: text(''), value: text('') }]), // prettier-ignore
    batchOf([{ key: bytes(8), value: bytes(9) }], { baseOffset: 5 }),
    batchOf([{ key: bytes(4), value: bytes(8) }], { baseOffset: 9 }),
    batchOf(
      [
        {
          value: text('ä€😀'),
          headers: [
            { key: 'a', value: null },
            { key: 'b,c', value: text('x') },
          ],
        },
      ],
      { baseOffset: 10, producerId: 9, producerEpoch: 3, baseSequence: 2 ** 31 - 1 },
    ),
    batchOf([{ value: text('stamped') }], { baseOffset: 11, logAppendTimeMs: TIME_MS }),
  ]
  return made.write(`plain/${FIRST}.log`, ...batches)
}
