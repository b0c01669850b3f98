/** Record sets with faults of frame, header, structure and format, by what is wrong with them. */
import { compress, CompressionCodec } from '../../../src/bytes/index.ts'
import {
  buildEndTxnMarker,
  computeCrc,
  ControlRecordType,
  CRC_AT,
  LENGTH_AT,
  RECORDS_AT,
  type BatchOptions,
} from '../../../src/records/index.ts'
import { buildMessageSet } from '../../../src/records/message-set.ts'
import { batch, key, modern, value, type Fault } from './faults.ts'

export const MAX_SMALL_BYTES = 200

const BASE_OFFSET_AT = 0
const MAGIC_AT = 16
const ATTRIBUTES_AT = 21
const LAST_DELTA_AT = 23
const PRODUCER_ID_AT = 43
const COUNT_AT = 57
const FIRST_RECORD_AT = RECORDS_AT

/** Three sound records, changed, with a right checksum. */
function changed(
  change: (bytes: Buffer) => Buffer | undefined,
  options: BatchOptions = {},
): Buffer {
  const timestamp = Date.now()
  const sound = batch(
    [1, 2, 3].map(() => ({ key, value, timestamp })),
    options,
  )
  return sealed(change(sound) ?? sound)
}

function sealed(bytes: Buffer): Buffer {
  bytes.writeInt32BE(bytes.length - LENGTH_AT - 4, LENGTH_AT)
  bytes.writeUInt32BE(computeCrc(bytes), CRC_AT)
  return bytes
}

const worded = [7, 8, 11] as const

/** Where genuine Kafka falls short. */
const unanswered = 'genuine Kafka never answers it: here the producer is told'
const clearer =
  'genuine Kafka stumbles and says that it does not know why: here the records are said to be invalid'
const unreadable =
  'genuine Kafka stores records that claim the offsets of others: here they are refused'

export function batchFaults(): readonly Fault[] {
  return [...frames(), ...headers(), ...contents(), ...oldFormats()]
}

function frames(): readonly Fault[] {
  const sound = changed(() => undefined)
  const turned = Buffer.from(sound)
  turned[turned.length - 1] = 0x7f
  const ofLength = (length: number) => {
    const bytes = Buffer.from(sound)
    bytes.writeInt32BE(length, LENGTH_AT)
    return bytes
  }
  return [
    { title: 'null', records: null, versions: [8], unlike: unanswered },
    { title: 'nothing', records: Buffer.alloc(0), versions: modern },
    { title: 'a few bytes', records: Buffer.alloc(10), versions: worded },
    { title: 'zeros', records: Buffer.alloc(80), versions: worded },
    { title: 'a cut batch', records: sound.subarray(0, 70), versions: modern },
    { title: 'a length of 5', records: ofLength(5), versions: worded },
    { title: 'a length of 20', records: ofLength(20), versions: worded },
    { title: 'a negative length', records: ofLength(-1), versions: worded },
    { title: 'two batches', records: Buffer.concat([sound, sound]), versions: modern },
    { title: 'a batch and a cut one', records: Buffer.concat([sound, sound.subarray(0, 30)]), versions: worded }, // prettier-ignore
    { title: 'a wrong checksum', records: turned, versions: modern },
    { title: 'a batch too large', records: batch([{ key, value: Buffer.alloc(500) }]), versions: modern, topic: 'small' }, // prettier-ignore
  ]
}

function headers(): readonly Fault[] {
  const header = (
    title: string,
    change: (bytes: Buffer) => void,
    more: Pick<Fault, 'unlike'> = {},
  ): Fault => ({
    ...more,
    title,
    records: changed(bytes => {
      change(bytes)
      return undefined
    }),
    versions: worded,
  })
  const marker = { type: ControlRecordType.COMMIT, coordinatorEpoch: 0, timestampMs: Date.now() }
  return [
    header('a base offset of 5', bytes => bytes.writeBigInt64BE(5n, BASE_OFFSET_AT)),
    header('magic 3', bytes => bytes.writeInt8(3, MAGIC_AT)),
    header('magic -1', bytes => bytes.writeInt8(-1, MAGIC_AT)),
    header('codec 5', bytes => bytes.writeInt16BE(5, ATTRIBUTES_AT), { unlike: clearer }),
    header('codec 7', bytes => bytes.writeInt16BE(7, ATTRIBUTES_AT), { unlike: clearer }),
    header('a count of 0', bytes => bytes.writeInt32BE(0, COUNT_AT)),
    header('a count of 2', bytes => bytes.writeInt32BE(2, COUNT_AT)),
    header('a count of -1', bytes => bytes.writeInt32BE(-1, COUNT_AT)),
    header('a last delta of 7', bytes => bytes.writeInt32BE(7, LAST_DELTA_AT)),
    header('count and last delta one too high', bytes => {
      bytes.writeInt32BE(4, COUNT_AT)
      bytes.writeInt32BE(3, LAST_DELTA_AT)
    }),
    header('count and last delta one too low', bytes => {
      bytes.writeInt32BE(2, COUNT_AT)
      bytes.writeInt32BE(1, LAST_DELTA_AT)
    }),
    header('a producer without a sequence', bytes => bytes.writeBigInt64BE(7n, PRODUCER_ID_AT)),
    header('a transaction of nobody', bytes => bytes.writeInt16BE(0x10, ATTRIBUTES_AT)),
    {
      title: 'a control batch',
      records: buildEndTxnMarker({ ...marker, producerId: 7, producerEpoch: 0 }),
      versions: worded,
    },
    {
      title: 'zstd before it was known',
      records: changed(() => undefined, { codec: CompressionCodec.ZSTD }),
      versions: [3, 6, 7],
    },
  ]
}

/** What is broken behind the header. The first record begins with its size, attributes and deltas. */
function contents(): readonly Fault[] {
  const content = (
    title: string,
    change: (bytes: Buffer) => Buffer | undefined,
    more: Pick<Fault, 'unlike'> = {},
  ): Fault => ({ ...more, title, records: changed(change), versions: [8] })
  const set = (at: number, byte: number) => (bytes: Buffer) => {
    bytes[FIRST_RECORD_AT + at] = byte
    return undefined
  }
  const compressedNonsense = (codec: number) => (bytes: Buffer) => {
    bytes.writeInt16BE(codec, ATTRIBUTES_AT)
    return Buffer.concat([bytes.subarray(0, RECORDS_AT), Buffer.from('no such stream at all')])
  }
  const withPlain = (codec: number, plain: Buffer) => (bytes: Buffer) => {
    bytes.writeInt16BE(codec, ATTRIBUTES_AT)
    return Buffer.concat([bytes.subarray(0, RECORDS_AT), compress(codec, plain)])
  }
  return [
    content('bytes behind the last record', bytes => Buffer.concat([bytes, Buffer.alloc(4)])),
    content('the last record cut', bytes => Buffer.from(bytes.subarray(0, bytes.length - 3))),
    content('a record size of 0', set(0, 0)),
    content('a record size too small', set(0, 10)),
    content('a record size too large', set(0, 120)),
    content('a negative record size', set(0, 5)),
    content('attributes of a record', set(1, 9)),
    content('an offset delta of 3', set(3, 6), { unlike: unreadable }),
    content('a negative offset delta', set(3, 1), { unlike: unreadable }),
    content('a key size too large', set(4, 60)),
    content('a key size of -2', set(4, 3)),
    content('a value size too large', set(6, 60)),
    content('a header count of -1', set(8, 1)),
    content('a header count of 9', set(8, 18)),
    ...[1, 2, 3, 4].map(codec =>
      content(`no stream of codec ${codec}`, compressedNonsense(codec), { unlike: clearer }),
    ),
    ...[1, 2, 3, 4].map(codec =>
      content(`no records in codec ${codec}`, withPlain(codec, Buffer.alloc(30, 0x55))),
    ),
    content('less than a record in gzip', withPlain(1, Buffer.alloc(3))),
  ]
}

function oldFormats(): readonly Fault[] {
  const message = { timestamp: Date.now(), key: null, value }
  const set = (magic: 0 | 1, codec: number, offsets: readonly number[]) =>
    buildMessageSet(
      offsets.map(offset => ({ ...message, offset })),
      { magic, codec, timestampType: 'CreateTime', baseOffset: 0 },
    )
  const broken = (bytes: Buffer) => {
    bytes[bytes.length - 1] = 0x7f
    return bytes
  }
  const old = [2] as const
  return ([0, 1] as const).flatMap((magic): Fault[] => [
    { title: `magic ${magic} today`, records: set(magic, 0, [0]), versions: [3, 8] },
    {
      title: `magic ${magic}, a wrong checksum`,
      records: broken(set(magic, 0, [0])),
      versions: old,
    },
    { title: `magic ${magic}, a wrong checksum of a wrapper`, records: broken(set(magic, 1, [0])), versions: old }, // prettier-ignore
    { title: `magic ${magic} without keys`, records: set(magic, 0, [0, 1]), versions: old, topic: 'compacted' }, // prettier-ignore
    { title: `magic ${magic} without keys, compressed`, records: set(magic, 1, [0, 1]), versions: old, topic: 'compacted' }, // prettier-ignore
    { title: `magic ${magic} too large`, records: set(magic, 0, Array.from({ length: 9 }, (_, at) => at)), versions: old, topic: 'small' }, // prettier-ignore
    { title: `magic ${magic}, inner offsets that are none`, records: set(magic, 1, [3, 9]), versions: old }, // prettier-ignore
  ])
}
