/**
 * Builds a batch v2 record by record: for the client, for the internal topics of the broker, and
 * where a produced set has to be written anew. The layout is drawn in batch.ts and batch-walk.ts.
 */
import assert from 'node:assert/strict'
import {
  compress,
  sizeOfVarint,
  sizeOfVarlong,
  Writer,
  writeInt64,
  writeVarint,
  writeVarlong,
} from '../bytes/index.ts'
import * as v2 from './batch.ts'
import { NO_HEADERS, type NewRecord, type RecordHeader } from './record.ts'

export interface BatchOptions {
  /** Number of a `CompressionCodec`; default none. */
  readonly codec?: number
  readonly level?: number | undefined
  readonly baseOffset?: number
  readonly leaderEpoch?: number
  /** Given: all records carry this time, and the batch says LogAppendTime. */
  readonly logAppendTimeMs?: number | undefined
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly isTransactional?: boolean
  readonly isControl?: boolean
  /** Bytes to have ready, if it is known how large the batch gets before compression. */
  readonly expectedBytes?: number
}

export class BatchBuilder {
  /** Records so far. */
  recordCount = 0

  readonly #options: BatchOptions
  readonly #writer: Writer
  readonly #baseOffset: number
  #lastOffset: number
  #baseTimestamp = v2.NO_TIMESTAMP
  #maxTimestamp = v2.NO_TIMESTAMP

  constructor(options: BatchOptions = {}) {
    this.#options = options
    this.#writer = new Writer(options.expectedBytes ?? 1024)
    this.#baseOffset = options.baseOffset ?? 0
    this.#lastOffset = this.#baseOffset - 1
    this.#writer.bytes(Buffer.alloc(v2.BATCH_OVERHEAD))
  }

  /** Bytes of the batch if it were closed now without compression. */
  get sizeBytes(): number {
    return this.#writer.sizeBytes
  }

  /** Bytes that `append` of this record will add, before compression. */
  sizeOfRecord(record: NewRecord): number {
    const timestampDelta = this.#timestampDelta(record.timestamp ?? v2.NO_TIMESTAMP)
    const bodyBytes = prefixBytes(timestampDelta, this.recordCount) + contentBytes(record)
    return sizeOfVarint(bodyBytes) + bodyBytes
  }

  /** Appends with the next offset, or with `offset`, which may leave a gap but never go back. */
  append(record: NewRecord, offset = this.#lastOffset + 1): void {
    const timestamp = record.timestamp ?? v2.NO_TIMESTAMP
    this.#beginRecord(timestamp, offset, contentBytes(record))
    writeBytes(this.#writer, record.key ?? null)
    writeBytes(this.#writer, record.value ?? null)
    writeHeaders(this.#writer, record.headers ?? NO_HEADERS)
  }

  /**
   * Appends a record whose key, value and headers are already encoded: `content` is what follows
   * the offset in a record v2. For converting, where nothing of it has to be looked at.
   */
  appendEncoded(timestamp: number, content: Buffer, offset = this.#lastOffset + 1): void {
    this.#beginRecord(timestamp, offset, content.length)
    this.#writer.bytes(content)
  }

  /** Compresses and seals. The builder must not be used afterwards. */
  close(): Buffer {
    assert(this.recordCount > 0, 'a batch has at least one record')
    const plain = this.#writer.finish()
    const codec = this.#options.codec ?? 0
    const batch = codec === 0 ? plain : this.#compressed(plain, codec)
    this.#writeHeader(batch)
    return batch
  }

  #timestampDelta(timestamp: number): number {
    return this.recordCount === 0 ? 0 : timestamp - this.#baseTimestamp
  }

  #beginRecord(timestamp: number, offset: number, contentSizeBytes: number): void {
    assert(offset > this.#lastOffset, 'offsets of a batch ascend')
    if (this.recordCount === 0) this.#baseTimestamp = timestamp
    if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp
    const timestampDelta = timestamp - this.#baseTimestamp
    const offsetDelta = offset - this.#baseOffset
    const writer = this.#writer
    writeVarint(writer, prefixBytes(timestampDelta, offsetDelta) + contentSizeBytes)
    writer.uint8(0)
    writeVarlong(writer, timestampDelta)
    writeVarint(writer, offsetDelta)
    this.#lastOffset = offset
    this.recordCount += 1
  }

  #compressed(plain: Buffer, codec: number): Buffer {
    const { level } = this.#options
    const options = level === undefined ? {} : { level }
    const records = compress(codec, plain.subarray(v2.BATCH_OVERHEAD), options)
    const batch = Buffer.allocUnsafe(v2.BATCH_OVERHEAD + records.length)
    records.copy(batch, v2.BATCH_OVERHEAD)
    return batch
  }

  #writeHeader(batch: Buffer): void {
    const options = this.#options
    writeInt64(batch, v2.BASE_OFFSET_AT, this.#baseOffset)
    batch.writeInt32BE(batch.length - v2.LOG_OVERHEAD, v2.LENGTH_AT)
    batch.writeInt32BE(options.leaderEpoch ?? v2.NO_LEADER_EPOCH, v2.PARTITION_LEADER_EPOCH_AT)
    batch.writeInt8(2, v2.MAGIC_AT)
    batch.writeInt16BE(attributesOf(options), v2.ATTRIBUTES_AT)
    batch.writeInt32BE(this.#lastOffset - this.#baseOffset, v2.LAST_OFFSET_DELTA_AT)
    writeInt64(batch, v2.BASE_TIMESTAMP_AT, this.#baseTimestamp)
    writeInt64(batch, v2.MAX_TIMESTAMP_AT, options.logAppendTimeMs ?? this.#maxTimestamp)
    writeInt64(batch, v2.PRODUCER_ID_AT, options.producerId ?? v2.NO_PRODUCER_ID)
    batch.writeInt16BE(options.producerEpoch ?? v2.NO_PRODUCER_EPOCH, v2.PRODUCER_EPOCH_AT)
    batch.writeInt32BE(options.baseSequence ?? v2.NO_SEQUENCE, v2.BASE_SEQUENCE_AT)
    batch.writeInt32BE(this.recordCount, v2.RECORD_COUNT_AT)
    batch.writeUInt32BE(v2.computeCrc(batch), v2.CRC_AT)
  }
}

function attributesOf(options: BatchOptions): number {
  let attributes = options.codec ?? 0
  if (options.logAppendTimeMs !== undefined) attributes |= v2.Attribute.LOG_APPEND_TIME
  if (options.isTransactional === true) attributes |= v2.Attribute.TRANSACTIONAL
  if (options.isControl === true) attributes |= v2.Attribute.CONTROL
  return attributes
}

/** Attributes, timestamp delta and offset delta. */
function prefixBytes(timestampDelta: number, offsetDelta: number): number {
  return 1 + sizeOfVarlong(timestampDelta) + sizeOfVarint(offsetDelta)
}

function contentBytes({ key, value, headers = NO_HEADERS }: NewRecord): number {
  let sizeBytes = sizeOfBytes(key ?? null) + sizeOfBytes(value ?? null)
  sizeBytes += sizeOfVarint(headers.length)
  for (const header of headers) {
    const keyBytes = Buffer.byteLength(header.key)
    sizeBytes += sizeOfVarint(keyBytes) + keyBytes + sizeOfBytes(header.value)
  }
  return sizeBytes
}

function sizeOfBytes(bytes: Buffer | null): number {
  return bytes === null ? 1 : sizeOfVarint(bytes.length) + bytes.length
}

function writeBytes(writer: Writer, bytes: Buffer | null): void {
  if (bytes === null) {
    writeVarint(writer, -1)
    return
  }
  writeVarint(writer, bytes.length)
  writer.bytes(bytes)
}

function writeHeaders(writer: Writer, headers: readonly RecordHeader[]): void {
  writeVarint(writer, headers.length)
  for (const header of headers) {
    const keyBytes = Buffer.byteLength(header.key)
    writeVarint(writer, keyBytes)
    writer.utf8(header.key, keyBytes)
    writeBytes(writer, header.value)
  }
}
