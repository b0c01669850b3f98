/** Record batches, right and wrong ones. */
import { Writer, crc32c, writeVarint } from '../../src/bytes/index.ts'
import {
  ATTRIBUTES_AT,
  BatchBuilder,
  CRC_AT,
  RECORDS_AT,
  RECORD_COUNT_AT,
} from '../../src/records/index.ts'

/** A right batch with a record for each value. */
export function batchOf(...values: string[]): Buffer {
  const builder = new BatchBuilder({})
  for (const value of values) {
    builder.append({ timestamp: Date.now(), key: null, value: Buffer.from(value), headers: [] })
  }
  return builder.close()
}

/** A right batch that was changed; the checksum says that it is meant so. */
export function changed(change: (batch: Buffer) => void): Buffer {
  const batch = batchOf('one', 'two')
  change(batch)
  return sealed(batch)
}

/** A batch whose header is right and whose records are `records`, of codec `codec`. */
export function batchAround(records: Buffer, { codec = 0, count = 1 } = {}): Buffer {
  const header = batchOf('x').subarray(0, RECORDS_AT)
  const batch = Buffer.concat([header, records])
  batch.writeInt32BE(batch.length - 12, 8)
  batch.writeInt16BE(codec, ATTRIBUTES_AT)
  batch.writeInt32BE(count - 1, 23)
  batch.writeInt32BE(count, RECORD_COUNT_AT)
  return sealed(batch)
}

function sealed(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch.subarray(ATTRIBUTES_AT)) >>> 0, CRC_AT)
  return batch
}

/** One record, each of its lengths as wanted, however long it really is. */
export function recordBytes(
  lengths: { size?: number; key?: number; value?: number; headers?: number } = {},
): Buffer {
  const { key = -1, value = 1, headers = 0 } = lengths
  const body = new Writer()
  body.int8(0)
  for (const varint of [0, 0, key, value]) writeVarint(body, varint)
  body.bytes(Buffer.from('v'))
  writeVarint(body, headers)
  const record = new Writer()
  writeVarint(record, lengths.size ?? body.sizeBytes)
  record.bytes(body.finish())
  return record.finish()
}
