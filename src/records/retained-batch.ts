/**
 * What compaction leaves of a batch v2. Its offsets, sequences, epochs and codec stay: a reader finds
 * each record where it was, and the last sequence of its producer is still told.
 */
import { compress, Writer, writeInt64, writeVarint } from '../bytes/index.ts'
import * as v2 from './batch.ts'
import { varlongAt, type RecordSpans } from './record-spans.ts'

/** Which records of a batch stay, by their place in it. */
export class RetainedRecords {
  count = 0
  bytes = 0
  hasTombstones = false
  #flags = new Uint8Array(1_024)

  /** Begins with a batch of so many records, of which none stays. */
  begin(recordCount: number): void {
    if (recordCount > this.#flags.length) this.#flags = new Uint8Array(recordCount * 2)
    else this.#flags.fill(0, 0, recordCount)
    this.count = this.bytes = 0
    this.hasTombstones = false
  }

  /** The record at this place, on which `spans` stands, stays. */
  keep(place: number, spans: RecordSpans): void {
    this.#flags[place] = 1
    this.count += 1
    this.bytes += spans.end - spans.start
    if (spans.valueBytes < 0) this.hasTombstones = true
  }

  has(place: number): boolean {
    return this.#flags[place] === 1
  }
}

export interface RetainedBatch {
  /** Holds the batch, at `position`. */
  readonly batch: Buffer
  readonly position: number
  /** Opened on the batch. */
  readonly spans: RecordSpans
  /** At least one. */
  readonly retained: RetainedRecords
  /**
   * Given: from then on tombstones and markers of the batch may go. It takes the place of the base
   * timestamp, and the records count their times from it (KIP-534).
   */
  readonly horizonMs?: number | undefined
}

/** The batch with nothing but the records that stay. */
export function retainedBatch(what: RetainedBatch): Buffer {
  const { batch, position, horizonMs } = what
  const plain = horizonMs === undefined ? copied(what) : countedAnew(what, horizonMs)
  const codec = v2.codecOf(batch, position)
  const kept = codec === 0 ? plain : compressed(plain, codec)
  batch.copy(kept, 0, position, position + v2.BATCH_OVERHEAD)
  if (v2.timestampTypeOf(batch, position) === 'CreateTime') writeMaxTimestamp(kept, what)
  if (horizonMs !== undefined) {
    kept.writeInt16BE(v2.attributesOf(kept) | v2.Attribute.DELETE_HORIZON, v2.ATTRIBUTES_AT)
    writeInt64(kept, v2.BASE_TIMESTAMP_AT, horizonMs)
  }
  return sealed(kept, what.retained.count)
}

/** The records as they are, behind room for the header. */
function copied({ spans, retained }: RetainedBatch): Buffer {
  const target = Buffer.allocUnsafe(v2.BATCH_OVERHEAD + retained.bytes)
  let at = v2.BATCH_OVERHEAD
  spans.rewind()
  for (let place = 0; spans.next(); place += 1) {
    if (!retained.has(place)) continue
    at += spans.bytes.copy(target, at, spans.start, spans.end)
  }
  return target
}

/** The records with their times counted from the delete horizon. */
function countedAnew(what: RetainedBatch, horizonMs: number): Buffer {
  const { spans, retained } = what
  const writer = new Writer(v2.BATCH_OVERHEAD + retained.bytes + 16 * retained.count)
  writer.bytes(Buffer.alloc(v2.BATCH_OVERHEAD))
  spans.rewind()
  for (let place = 0; spans.next(); place += 1) {
    if (!retained.has(place)) continue
    const timestampDelta = zigzag(timestampOf(what) - BigInt(horizonMs))
    const offsetDelta = zigzag(BigInt(spans.offsetDelta))
    const content = spans.bytes.subarray(spans.contentAt, spans.end)
    writeVarint(writer, 1 + timestampDelta.length + offsetDelta.length + content.length)
    writer.uint8(0)
    writer.bytes(timestampDelta)
    writer.bytes(offsetDelta)
    writer.bytes(content)
  }
  return writer.finish()
}

/** Of the record that the spans stand on. */
function timestampOf(what: RetainedBatch): bigint {
  const { batch, position, spans } = what
  return v2.timestampTypeOf(batch, position) === 'LogAppendTime'
    ? batch.readBigInt64BE(position + v2.MAX_TIMESTAMP_AT)
    : createTime(what, spans.timestampDeltaAt)
}

/** A producer may have sent any int64. */
function createTime({ batch, position, spans }: RetainedBatch, deltaAt: number): bigint {
  const base = batch.readBigInt64BE(position + v2.BASE_TIMESTAMP_AT)
  return BigInt.asIntN(64, base + varlongAt(spans.bytes, deltaAt))
}

/** The largest timestamp of the records that stay. */
function writeMaxTimestamp(kept: Buffer, what: RetainedBatch): void {
  const { spans, retained } = what
  let largestDelta = -Infinity
  let largestAt = 0
  spans.rewind()
  for (let place = 0; spans.next(); place += 1) {
    if (!retained.has(place) || spans.timestampDelta <= largestDelta) continue
    largestDelta = spans.timestampDelta
    largestAt = spans.timestampDeltaAt
  }
  kept.writeBigInt64BE(createTime(what, largestAt), v2.MAX_TIMESTAMP_AT)
}

/** The header alone of the batch at `position`: its offsets, its times, its producer's sequence. */
export function emptiedBatch(batch: Buffer, position: number): Buffer {
  const { CODEC_MASK, DELETE_HORIZON } = v2.Attribute
  const header = Buffer.from(batch.subarray(position, position + v2.BATCH_OVERHEAD))
  header.writeInt16BE(v2.attributesOf(header) & ~CODEC_MASK & ~DELETE_HORIZON, v2.ATTRIBUTES_AT)
  writeInt64(header, v2.BASE_TIMESTAMP_AT, v2.NO_TIMESTAMP)
  return sealed(header, 0)
}

function compressed(plain: Buffer, codec: number): Buffer {
  const records = compress(codec, plain.subarray(v2.BATCH_OVERHEAD))
  const batch = Buffer.allocUnsafe(v2.BATCH_OVERHEAD + records.length)
  records.copy(batch, v2.BATCH_OVERHEAD)
  return batch
}

function sealed(batch: Buffer, recordCount: number): Buffer {
  batch.writeInt32BE(batch.length - v2.LOG_OVERHEAD, v2.LENGTH_AT)
  batch.writeInt32BE(recordCount, v2.RECORD_COUNT_AT)
  batch.writeUInt32BE(v2.computeCrc(batch), v2.CRC_AT)
  return batch
}

function zigzag(value: bigint): Buffer {
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
  const bytes: number[] = []
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  bytes.push(Number(rest))
  return Buffer.from(bytes)
}
