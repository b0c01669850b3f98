/** Reads the records of batches of any format, one object each: for clients, tools and loading. */
import { ProtocolError } from '../bytes/index.ts'
import * as v2 from './batch.ts'
import { batchesIn, readBatchInfo } from './batch-info.ts'
import { DEFAULT_MAX_DECOMPRESSED_BYTES, readerOf } from './batch-walk.ts'
import { messagesOf } from './message-set.ts'
import { NO_HEADERS, type Record, type RecordHeader } from './record.ts'
import type { RecordReader } from './record-reader.ts'

export interface ReadOptions {
  /** More than this out of one batch is a `ProtocolError`. */
  readonly maxDecompressedBytes?: number
}

/** The records of all whole batches in `buffer[start, end)`, control records among them. */
export function* recordsIn(
  buffer: Buffer,
  start = 0,
  end = buffer.length,
  options: ReadOptions = {},
): Generator<Record, void, undefined> {
  for (const { position } of batchesIn(buffer, start, end)) {
    yield* recordsOf(buffer, position, options)
  }
}

/**
 * The records of the batch at `position`, decompressed as they are asked for.
 *
 * @throws ProtocolError when the batch is not whole or its records are broken; checks no CRC
 */
export function* recordsOf(
  buffer: Buffer,
  position = 0,
  options: ReadOptions = {},
): Generator<Record, void, undefined> {
  const { sizeBytes, magic } = readBatchInfo(buffer, position)
  if (sizeBytes > buffer.length - position) {
    throw new ProtocolError(
      `batch of ${sizeBytes} bytes, ${buffer.length - position} left`,
      position,
    )
  }
  const maxBytes = options.maxDecompressedBytes ?? DEFAULT_MAX_DECOMPRESSED_BYTES
  if (magic === 2) yield* recordsOfV2(buffer, position, maxBytes)
  else yield* recordsOfEntry(buffer, position)
}

function* recordsOfEntry(buffer: Buffer, position: number): Generator<Record, void, undefined> {
  for (const message of messagesOf(buffer, position)) {
    if (message.codec !== 0) throw new ProtocolError('message wrapped twice', position)
    const { offset, timestamp, timestampType, key, value } = message
    yield { offset, timestamp, timestampType, key, value, headers: NO_HEADERS }
  }
}

function* recordsOfV2(buffer: Buffer, position: number, maxBytes: number) {
  const count = v2.recordCountOf(buffer, position)
  if (count < 0) throw new ProtocolError(`batch of ${count} records`, position)
  const reader = readerOf(buffer, position, { maxBytes, lz4: { linkedBlocks: 'allowed' } })
  const header: BatchFacts = {
    baseOffset: v2.baseOffsetOf(buffer, position),
    baseTimestamp: v2.baseTimestampOf(buffer, position),
    maxTimestamp: v2.maxTimestampOf(buffer, position),
    timestampType: v2.timestampTypeOf(buffer, position),
  }
  for (let index = 0; index < count; index += 1) yield readRecord(reader, header)
  if (!reader.isAtEnd()) throw new ProtocolError(`bytes follow the last of ${count} records`)
}

interface BatchFacts {
  readonly baseOffset: number
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  readonly timestampType: v2.TimestampType
}

function readRecord(reader: RecordReader, batch: BatchFacts): Record {
  const sizeBytes = reader.varint()
  const start = reader.consumedBytes
  reader.skip(1)
  const timestamp = batch.baseTimestamp + reader.varlong()
  const record: Record = {
    timestamp: batch.timestampType === 'LogAppendTime' ? batch.maxTimestamp : timestamp,
    timestampType: batch.timestampType,
    offset: batch.baseOffset + reader.varint(),
    key: readBytes(reader),
    value: readBytes(reader),
    headers: readHeaders(reader),
  }
  const readSize = reader.consumedBytes - start
  if (readSize === sizeBytes) return record
  throw new ProtocolError(`record is said to have ${sizeBytes} bytes, has ${readSize}`)
}

function readBytes(reader: RecordReader): Buffer | null {
  const sizeBytes = reader.varint()
  return sizeBytes < 0 ? null : reader.take(sizeBytes)
}

function readHeaders(reader: RecordReader): readonly RecordHeader[] {
  const count = reader.varint()
  if (count === 0) return NO_HEADERS
  if (count < 0) throw new ProtocolError(`record with ${count} headers`)
  const headers: RecordHeader[] = []
  for (let index = 0; index < count; index += 1) {
    const keyBytes = reader.varint()
    if (keyBytes < 0) throw new ProtocolError(`record header with a key of ${keyBytes} bytes`)
    const key = reader.take(keyBytes).toString()
    headers.push({ key, value: readBytes(reader) })
  }
  return headers
}
