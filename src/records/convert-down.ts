/**
 * Converts stored batches for consumers of before 0.11 (Fetch v0-v3), as Kafka up to 3.9 does:
 * each batch becomes a message set with the same codec; headers, and for magic 0 timestamps, go.
 */
import { CompressionCodec } from '../bytes/index.ts'
import { batchesIn, type BatchInfo } from './batch-info.ts'
import { buildMessageSet, MAX_WRAPPER_BYTES } from './message-set.ts'
import type { Record } from './record.ts'
import { recordsOf } from './records-of.ts'

/** All records of a batch are held at once: a wrapper is compressed as a whole. */
const IN_MEMORY = { maxDecompressedBytes: MAX_WRAPPER_BYTES }

export interface DownConversion {
  readonly toMagic: 0 | 1
  /** Offset that was asked for: earlier records of uncompressed batches are left out. */
  readonly firstOffset: number
}

/**
 * The whole batches in `buffer`, control batches left out, in pieces that follow one another;
 * batches that are old enough are views. `undefined` when a batch is compressed with zstd, which
 * old clients do not know: the fetch of this partition is answered UNSUPPORTED_COMPRESSION_TYPE (76).
 *
 * @throws ProtocolError when a batch is broken, or decompresses to more than `MAX_WRAPPER_BYTES`
 */
export function convertDown(buffer: Buffer, conversion: DownConversion): Buffer[] | undefined {
  const pieces: Buffer[] = []
  for (const { position, info } of batchesIn(buffer)) {
    if (info.isControl) continue
    if (info.codec === CompressionCodec.ZSTD) return undefined
    if (info.magic <= conversion.toMagic) {
      pieces.push(buffer.subarray(position, position + info.sizeBytes))
      continue
    }
    const set = convertBatch(buffer, position, info, conversion)
    if (set !== undefined) pieces.push(set)
  }
  return pieces
}

function convertBatch(
  buffer: Buffer,
  position: number,
  info: BatchInfo,
  { toMagic, firstOffset }: DownConversion,
): Buffer | undefined {
  const records: Record[] = []
  for (const record of recordsOf(buffer, position, IN_MEMORY)) {
    // What is compressed stays together: its size is that of the whole (KAFKA-5443).
    if (info.codec !== CompressionCodec.NONE || record.offset >= firstOffset) records.push(record)
  }
  const [first] = records
  if (first === undefined) return undefined
  return buildMessageSet(records, {
    magic: toMagic,
    codec: info.codec,
    timestampType: info.timestampType,
    baseOffset: first.offset,
  })
}
