/**
 * Walks the records of a batch v2 without making anything of them: is their structure whole, are
 * their offsets consecutive, do they keep the rules? The hot path of Produce.
 *
 * | bytes  | record, magic 2                                                        |
 * |--------|------------------------------------------------------------------------|
 * | varint | length of all that follows                                             |
 * | 1      | attributes, unused                                                     |
 * | varint | timestamp, minus the base timestamp of the batch (up to 64 bits)       |
 * | varint | offset, minus the base offset of the batch                             |
 * | varint | length of the key, below 0: null; the key                              |
 * | varint | length of the value, below 0: null; the value                          |
 * | varint | number of headers; of each: key length, key, value length, value       |
 */
import { decompress, ProtocolError, type DecompressOptions } from '../bytes/index.ts'
import * as v2 from './batch.ts'
import type { RecordChecks } from './record-checks.ts'
import { RecordReader } from './record-reader.ts'

/** What one batch may decompress to, unless told otherwise. */
export const DEFAULT_MAX_DECOMPRESSED_BYTES = 1024 * 1024 * 1024

/** A reader over the records of the batch at `position`, decompressed piece by piece. */
export function readerOf(
  buffer: Buffer,
  position: number,
  options: DecompressOptions,
): RecordReader {
  const start = position + v2.RECORDS_AT
  const end = position + v2.sizeOf(buffer, position)
  const codec = v2.codecOf(buffer, position)
  if (codec === 0) return RecordReader.overBuffer(buffer, start, end)
  return RecordReader.overPieces(decompress(codec, buffer.subarray(start, end), options))
}

/**
 * Walks all records that the batch header counts and makes sure that nothing follows them.
 *
 * @throws ProtocolError when the structure is broken or the offset deltas are not 0, 1, 2 ...
 */
export function walkRecords(reader: RecordReader, batch: Buffer, checks: RecordChecks): void {
  const count = v2.recordCountOf(batch)
  const baseTimestamp = v2.baseTimestampOf(batch)
  const isAppendTime = v2.timestampTypeOf(batch) === 'LogAppendTime'
  const appendTime = v2.maxTimestampOf(batch)
  for (let index = 0; index < count; index += 1) {
    const sizeBytes = reader.varint()
    const start = reader.consumedBytes
    reader.skip(1)
    const timestamp = baseTimestamp + reader.varlong()
    const offsetDelta = reader.varint()
    if (offsetDelta !== index) {
      throw new ProtocolError(`record ${index} has offset delta ${offsetDelta}`)
    }
    const keyBytes = reader.varint()
    if (keyBytes > 0) reader.skip(keyBytes)
    const valueBytes = reader.varint()
    if (valueBytes > 0) reader.skip(valueBytes)
    const headerCount = reader.varint()
    if (headerCount !== 0) skipHeaders(reader, headerCount)
    if (reader.consumedBytes - start !== sizeBytes) {
      throw new ProtocolError(
        `record ${index} is said to have ${sizeBytes} bytes, has ${reader.consumedBytes - start}`,
      )
    }
    checks.check(index, isAppendTime ? appendTime : timestamp, keyBytes, valueBytes)
  }
  if (!reader.isAtEnd()) throw new ProtocolError(`bytes follow the last of ${count} records`)
}

function skipHeaders(reader: RecordReader, count: number): void {
  if (count < 0) throw new ProtocolError(`record with ${count} headers`)
  for (let index = 0; index < count; index += 1) {
    const keyBytes = reader.varint()
    if (keyBytes < 0) throw new ProtocolError(`record header with a key of ${keyBytes} bytes`)
    reader.skip(keyBytes)
    const valueBytes = reader.varint()
    if (valueBytes > 0) reader.skip(valueBytes)
  }
}
