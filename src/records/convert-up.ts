/**
 * Makes one batch v2 of a produced set that cannot be stored as it came: messages of magic 0 or 1,
 * or another codec than the topic's. The broker stores nothing but v2.
 */
import { CompressionCodec } from '../bytes/index.ts'
import * as v2 from './batch.ts'
import { BatchBuilder, type BatchOptions } from './batch-builder.ts'
import { readerOf } from './batch-walk.ts'
import { isMessageCrcValid, messageCodecOf, type LegacyMessage } from './legacy-message.ts'
import { messagesOf } from './message-set.ts'
import { decompressing, type ProduceRules } from './produce-rules.ts'
import { RecordChecks } from './record-checks.ts'
import {
  RecordSetError,
  refuse,
  wholeBatchSize,
  type RecordsVerdict,
  type RefusedRecords,
} from './verdict.ts'

/** Writing anew holds all records of the batch in memory, so less is allowed than for checking. */
const MAX_REWRITTEN_BYTES = 128 * 1024 * 1024

/** Writes a checked batch v2 anew, with the codec the topic wants. */
export function rebuildBatch(batch: Buffer, rules: ProduceRules, nowMs: number): RecordsVerdict {
  const builder = new BatchBuilder({
    ...targetOptions(rules, v2.codecOf(batch), nowMs),
    producerId: v2.producerIdOf(batch),
    producerEpoch: v2.producerEpochOf(batch),
    baseSequence: v2.baseSequenceOf(batch),
    isTransactional: v2.isTransactional(batch),
  })
  const count = v2.recordCountOf(batch)
  const baseTimestamp = v2.baseTimestampOf(batch)
  const appendTimeMs =
    v2.timestampTypeOf(batch) === 'LogAppendTime' ? v2.maxTimestampOf(batch) : undefined
  const maxBytes = Math.min(rules.maxDecompressedBytes, MAX_REWRITTEN_BYTES)
  const reader = readerOf(batch, 0, decompressing(rules, maxBytes))
  for (let index = 0; index < count; index += 1) {
    const sizeBytes = reader.varint()
    const end = reader.consumedBytes + sizeBytes
    reader.skip(1)
    const timestamp = baseTimestamp + reader.varlong()
    reader.varint()
    builder.appendEncoded(appendTimeMs ?? timestamp, reader.take(end - reader.consumedBytes))
  }
  return sealed(builder, batch.length, rules)
}

/** Checks a set of magic 0 or 1 and converts it. `records` begins with a whole entry. */
export function convertMessageSet(
  records: Buffer,
  rules: ProduceRules,
  nowMs: number,
): RecordsVerdict {
  const entries = entriesOf(records, rules)
  if ('accepted' in entries) return entries
  const builder = new BatchBuilder(targetOptions(rules, entries.codec, nowMs))
  const magic = v2.magicOf(records)
  const conversion: Conversion = { rules, nowMs, magic, isWrapped: entries.codec !== 0, builder }
  for (const position of entries.positions) {
    const refusal = convertEntry(records, position, conversion)
    if (refusal !== undefined) return refusal
  }
  return sealed(builder, entries.validBytes, rules)
}

interface Entries {
  readonly positions: readonly number[]
  readonly codec: number
  readonly validBytes: number
}

/** The whole entries of a set, after the checks that need no look inside. */
function entriesOf(records: Buffer, rules: ProduceRules): Entries | RefusedRecords {
  const magic = v2.magicOf(records)
  const positions: number[] = []
  let codec: number = CompressionCodec.NONE
  let position = 0
  for (;;) {
    const sizeBytes = wholeBatchSize(records, position)
    if (sizeBytes === undefined) break
    if (typeof sizeBytes === 'object') return sizeBytes
    const refusal = checkEntry(records, position, sizeBytes, magic, rules)
    if (refusal !== undefined) return refusal
    codec = messageCodecOf(records, position) || codec
    positions.push(position)
    position += sizeBytes
  }
  if (codec !== CompressionCodec.NONE && positions.length > 1) {
    return refuse(RecordSetError.INVALID_RECORD, 'more than one entry in a compressed message set')
  }
  return { positions, codec, validBytes: position }
}

function checkEntry(
  records: Buffer,
  position: number,
  sizeBytes: number,
  magic: number,
  rules: ProduceRules,
): RefusedRecords | undefined {
  if (sizeBytes > rules.maxMessageBytes) {
    return refuse(
      RecordSetError.MESSAGE_TOO_LARGE,
      `message of ${sizeBytes} bytes: max.message.bytes is ${rules.maxMessageBytes}`,
    )
  }
  const entryMagic = v2.magicOf(records, position)
  if (entryMagic !== magic) {
    return refuse(
      RecordSetError.INVALID_RECORD,
      `message of magic ${entryMagic} in a set of magic ${magic}`,
    )
  }
  if (isMessageCrcValid(records, position)) return undefined
  return refuse(RecordSetError.CORRUPT_MESSAGE, `message checksum does not match at ${position}`)
}

interface Conversion {
  readonly rules: ProduceRules
  readonly nowMs: number
  readonly magic: number
  readonly isWrapped: boolean
  readonly builder: BatchBuilder
}

function convertEntry(
  records: Buffer,
  position: number,
  { rules, nowMs, magic, isWrapped, builder }: Conversion,
): RefusedRecords | undefined {
  const messages = messagesOf(records, position)
  const checks = new RecordChecks(rules, nowMs, messages[0]?.timestampType ?? 'NoTimestampType')
  for (const [index, message] of messages.entries()) {
    const refusal = isWrapped ? checkInner(message, magic) : undefined
    if (refusal !== undefined) return refusal
    const { timestamp, key, value } = message
    checks.check(index, timestamp, key?.length ?? -1, value?.length ?? -1)
    builder.append(message)
  }
  return checks.refusal()
}

function checkInner(message: LegacyMessage, magic: number): RefusedRecords | undefined {
  if (message.codec !== CompressionCodec.NONE) {
    return refuse(RecordSetError.INVALID_RECORD, 'a message inside of a wrapper is compressed')
  }
  if (message.magic !== magic) {
    return refuse(
      RecordSetError.INVALID_RECORD,
      `message of magic ${message.magic} inside of a wrapper of magic ${magic}`,
    )
  }
  if (message.isCrcValid) return undefined
  return refuse(RecordSetError.CORRUPT_MESSAGE, 'checksum of an inner message does not match')
}

function targetOptions(rules: ProduceRules, sourceCodec: number, nowMs: number): BatchOptions {
  return {
    codec: rules.codec === 'producer' ? sourceCodec : rules.codec,
    level: rules.codec === 'producer' ? undefined : rules.level,
    logAppendTimeMs: rules.timestampType === 'LogAppendTime' ? nowMs : undefined,
  }
}

function sealed(builder: BatchBuilder, validBytes: number, rules: ProduceRules): RecordsVerdict {
  const convertedRecords = builder.recordCount
  const batch = builder.close()
  if (batch.length > rules.maxMessageBytes) {
    return refuse(
      RecordSetError.MESSAGE_TOO_LARGE,
      `batch of ${batch.length} bytes after conversion: max.message.bytes is ${rules.maxMessageBytes}`,
    )
  }
  return { accepted: true, batch, validBytes, convertedRecords }
}
