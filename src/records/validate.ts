/**
 * Checks a produced record set as strictly as Kafka's LogValidator, in one pass over the received
 * bytes where they can be stored as they are, and converts them where they cannot.
 */
import { CodecUnavailableError, ProtocolError, codecName } from '../bytes/index.ts'
import * as v2 from './batch.ts'
import { readerOf, walkRecords } from './batch-walk.ts'
import { convertMessageSet, rebuildBatch } from './convert-up.ts'
import { decompressing, type ProduceFormats, type ProduceRules } from './produce-rules.ts'
import { RecordChecks } from './record-checks.ts'
import {
  RecordSetError,
  refuse,
  refuseRequest,
  wholeBatchSize,
  type RecordsVerdict,
  type RefusedRecords,
} from './verdict.ts'

/**
 * Decides over the records of one partition in a Produce request. An accepted batch may be changed
 * in place (timestamp type, max timestamp, CRC); its base offset and leader epoch are the caller's
 * to stamp. Synchronous: compressed batches are decompressed piece by piece within the call.
 */
export function validateProduced(
  records: Buffer | null,
  rules: ProduceRules,
  formats: ProduceFormats,
  nowMs: number,
): RecordsVerdict {
  try {
    if (records === null) return refuseRequest(RecordSetError.INVALID_RECORD, 'no records')
    return validateSet(records, rules, formats, nowMs)
  } catch (error) {
    if (error instanceof ProtocolError) return refuse(RecordSetError.INVALID_RECORD, error.message)
    if (error instanceof CodecUnavailableError) {
      return refuse(RecordSetError.UNSUPPORTED_COMPRESSION_TYPE, error.message)
    }
    throw error
  }
}

function validateSet(
  records: Buffer,
  rules: ProduceRules,
  formats: ProduceFormats,
  nowMs: number,
): RecordsVerdict {
  const sizeBytes = wholeBatchSize(records, 0)
  if (typeof sizeBytes === 'object') return sizeBytes
  if (sizeBytes === undefined) {
    return refuseRequest(RecordSetError.INVALID_RECORD, `no whole batch in ${records.length} bytes`)
  }
  const magic = v2.magicOf(records)
  if (magic === 2) {
    const batch = onlyBatch(records, sizeBytes)
    if (!Buffer.isBuffer(batch)) return batch
    const refusal = checkIntegrity(batch, rules, formats) ?? checkHeader(batch)
    return refusal ?? validateRecords(batch, rules, nowMs)
  }
  if (!formats.isV2Required) return convertMessageSet(records, rules, nowMs)
  return refuseRequest(
    RecordSetError.INVALID_RECORD,
    `batch of magic ${magic}: this version of Produce carries magic 2`,
  )
}

/** The first batch, when no other follows it; a part of one is trimmed as Kafka trims it. */
function onlyBatch(records: Buffer, sizeBytes: number): Buffer | RefusedRecords {
  if (sizeBytes < records.length) {
    const second = wholeBatchSize(records, sizeBytes)
    if (typeof second === 'object') return second
    if (second !== undefined) {
      return refuseRequest(RecordSetError.INVALID_RECORD, 'more than one batch for one partition')
    }
  }
  return sizeBytes === records.length ? records : records.subarray(0, sizeBytes)
}

function checkIntegrity(
  batch: Buffer,
  rules: ProduceRules,
  formats: ProduceFormats,
): RefusedRecords | undefined {
  if (!formats.isZstdAllowed && codecName(v2.codecOf(batch)) === 'zstd') {
    return refuseRequest(
      RecordSetError.UNSUPPORTED_COMPRESSION_TYPE,
      'this version of Produce does not carry zstd (KIP-110)',
    )
  }
  const baseOffset = v2.baseOffsetOf(batch)
  if (baseOffset !== 0) {
    return refuse(RecordSetError.INVALID_RECORD, `base offset ${baseOffset} of a produced batch`)
  }
  if (batch.length > rules.maxMessageBytes) {
    return refuse(
      RecordSetError.MESSAGE_TOO_LARGE,
      `batch of ${batch.length} bytes: max.message.bytes is ${rules.maxMessageBytes}`,
    )
  }
  if (v2.isCrcValid(batch)) return undefined
  return refuse(
    RecordSetError.CORRUPT_MESSAGE,
    `batch checksum is ${v2.crcOf(batch)}, its bytes give ${v2.computeCrc(batch)}`,
  )
}

function checkHeader(batch: Buffer): RefusedRecords | undefined {
  const count = v2.recordCountOf(batch)
  const lastOffsetDelta = v2.lastOffsetDeltaOf(batch)
  const invalid = (message: string) => refuse(RecordSetError.INVALID_RECORD, message)
  if (count <= 0 || count !== lastOffsetDelta + 1) {
    return invalid(`batch of ${count} records with last offset delta ${lastOffsetDelta}`)
  }
  if (v2.isControl(batch)) return invalid('a client must not write control records')
  const producerId = v2.producerIdOf(batch)
  const baseSequence = v2.baseSequenceOf(batch)
  if (producerId > v2.NO_PRODUCER_ID && baseSequence < 0) {
    return invalid(`base sequence ${baseSequence} of producer id ${producerId}`)
  }
  if (codecName(v2.codecOf(batch)) === undefined) {
    return invalid(`compression codec ${v2.codecOf(batch)}: 0 to 4 exist`)
  }
  return undefined
}

function validateRecords(batch: Buffer, rules: ProduceRules, nowMs: number): RecordsVerdict {
  const checks = new RecordChecks(rules, nowMs, v2.timestampTypeOf(batch))
  walkRecords(readerOf(batch, 0, decompressing(rules)), batch, checks)
  const refusal = checks.refusal()
  if (refusal !== undefined) return refusal
  const isOfCodec = rules.codec === 'producer' || rules.codec === v2.codecOf(batch)
  if (!isOfCodec) return rebuildBatch(batch, rules, nowMs)
  const type = rules.timestampType
  v2.stampMaxTimestamp(batch, 0, type === 'LogAppendTime' ? nowMs : checks.maxTimestamp, type)
  return {
    accepted: true,
    batch,
    validBytes: batch.length,
    convertedRecords: 0,
  }
}
