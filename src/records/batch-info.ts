/**
 * What a header tells about a batch, in one shape for all formats, and the walk over the batches of
 * a buffer: recovery, fetch, replication and the dump tool look at a log through this.
 */
import { ProtocolError } from '../bytes/index.ts'
import * as v2 from './batch.ts'
import {
  MESSAGE_OVERHEAD_V0,
  MESSAGE_OVERHEAD_V1,
  messageCodecOf,
  messageTimestampOf,
  messageTimestampTypeOf,
} from './legacy-message.ts'

/** The header of one batch, or of one entry of magic 0 or 1. `-1` stands for "none" as in Kafka. */
export interface BatchInfo {
  /** Of a compressed entry of magic 0 or 1 equal to `lastOffset`: its first needs decompression. */
  readonly baseOffset: number
  readonly lastOffset: number
  readonly sizeBytes: number
  readonly magic: number
  readonly leaderEpoch: number
  readonly codec: number
  readonly timestampType: v2.TimestampType
  readonly maxTimestamp: number
  readonly isTransactional: boolean
  readonly isControl: boolean
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly lastSequence: number
  /** -1 for a compressed entry of magic 0 or 1, which does not tell. */
  readonly recordCount: number
}

/** Header bytes that `readBatchInfo` looks at, at most. */
export const MAX_HEADER_BYTES = v2.BATCH_OVERHEAD

/**
 * Size in bytes of the batch at `position`, or `undefined` when not even its first 17 bytes are
 * there (the torn end of a buffer or file).
 *
 * @throws ProtocolError for a magic that no Kafka has, or a size too small for it or over the limit.
 */
export function nextBatchSize(
  buffer: Buffer,
  position: number,
  end = buffer.length,
  maxSizeBytes = 0x7fffffff,
): number | undefined {
  if (end - position < v2.HEADER_UP_TO_MAGIC) return undefined
  const magic = v2.magicOf(buffer, position)
  if (magic < 0 || magic > 2) {
    throw new ProtocolError(`record batch magic ${magic}: 0, 1 and 2 exist`, position)
  }
  const sizeBytes = v2.sizeOf(buffer, position)
  // As Kafka, which takes the overhead of magic 0 for the least of magic 1 too.
  const least = magic === 2 ? v2.BATCH_OVERHEAD : v2.LOG_OVERHEAD + MESSAGE_OVERHEAD_V0
  if (sizeBytes < least || sizeBytes > maxSizeBytes) throw wrongSize(sizeBytes, least, maxSizeBytes)
  return sizeBytes
}

function wrongSize(sizeBytes: number, least: number, most: number): ProtocolError {
  return new ProtocolError(`record batch of ${sizeBytes} bytes: at least ${least}, at most ${most}`)
}

/**
 * Reads the header at `position`; the records need not be in the buffer, `MAX_HEADER_BYTES` (or the
 * whole batch where that is shorter) must be.
 *
 * @throws ProtocolError as `nextBatchSize`, and when the header is not all there.
 */
export function readBatchInfo(buffer: Buffer, position = 0, end = buffer.length): BatchInfo {
  const sizeBytes = nextBatchSize(buffer, position, end)
  if (sizeBytes === undefined || end - position < Math.min(sizeBytes, MAX_HEADER_BYTES)) {
    throw new ProtocolError(`record batch header cut after ${end - position} bytes`, position)
  }
  return v2.magicOf(buffer, position) === 2
    ? batchInfo(buffer, position, sizeBytes)
    : messageInfo(buffer, position, sizeBytes)
}

function batchInfo(buffer: Buffer, position: number, sizeBytes: number): BatchInfo {
  const baseOffset = v2.baseOffsetOf(buffer, position)
  return {
    baseOffset,
    lastOffset: baseOffset + v2.lastOffsetDeltaOf(buffer, position),
    sizeBytes,
    magic: 2,
    leaderEpoch: v2.leaderEpochOf(buffer, position),
    codec: v2.codecOf(buffer, position),
    timestampType: v2.timestampTypeOf(buffer, position),
    maxTimestamp: v2.maxTimestampOf(buffer, position),
    isTransactional: v2.isTransactional(buffer, position),
    isControl: v2.isControl(buffer, position),
    producerId: v2.producerIdOf(buffer, position),
    producerEpoch: v2.producerEpochOf(buffer, position),
    baseSequence: v2.baseSequenceOf(buffer, position),
    lastSequence: v2.lastSequenceOf(buffer, position),
    recordCount: v2.recordCountOf(buffer, position),
  }
}

function messageInfo(buffer: Buffer, position: number, sizeBytes: number): BatchInfo {
  const magic = v2.magicOf(buffer, position)
  const least = v2.LOG_OVERHEAD + (magic === 0 ? MESSAGE_OVERHEAD_V0 : MESSAGE_OVERHEAD_V1)
  if (sizeBytes < least) throw wrongSize(sizeBytes, least, 0x7fffffff)
  const offset = v2.baseOffsetOf(buffer, position)
  const codec = messageCodecOf(buffer, position)
  return {
    baseOffset: offset,
    lastOffset: offset,
    sizeBytes,
    magic,
    leaderEpoch: v2.NO_LEADER_EPOCH,
    codec,
    timestampType: messageTimestampTypeOf(buffer, position, magic),
    maxTimestamp: messageTimestampOf(buffer, position, magic),
    isTransactional: false,
    isControl: false,
    producerId: v2.NO_PRODUCER_ID,
    producerEpoch: v2.NO_PRODUCER_EPOCH,
    baseSequence: v2.NO_SEQUENCE,
    lastSequence: v2.NO_SEQUENCE,
    recordCount: codec === 0 ? 1 : -1,
  }
}

/** A batch and where it lies. */
export interface BatchAt {
  readonly position: number
  readonly info: BatchInfo
}

/**
 * The whole batches in `buffer[start, end)`, one after another; ends quietly before a batch that is
 * cut (a fetch may end inside one). Checks no CRC.
 *
 * @throws ProtocolError where no batch can begin.
 */
export function* batchesIn(
  buffer: Buffer,
  start = 0,
  end = buffer.length,
): Generator<BatchAt, void, undefined> {
  let position = start
  for (;;) {
    const sizeBytes = nextBatchSize(buffer, position, end)
    if (sizeBytes === undefined || sizeBytes > end - position) return
    yield { position, info: readBatchInfo(buffer, position, end) }
    position += sizeBytes
  }
}
