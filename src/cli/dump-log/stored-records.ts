/** The records of `__consumer_offsets` and `__transaction_state`, as text. */
import { javaHashCode } from '../../bytes/index.ts'
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
  decodeVersioned,
  GroupMetadataKey,
  GroupMetadataValue,
  messageJson,
  newGroupRecords,
  OffsetCommitKey,
  OffsetCommitValue,
  TransactionLogKey,
  TransactionLogValue,
  type Message,
} from '../../protocol/index.ts'
import type { Record } from '../../records/index.ts'
import { messageOf, ToolError } from '../java-text.ts'
import { readFailure, readProblem } from './java-read-problem.ts'
import type { ParsedRecord } from './record-parsers.ts'
import { inScalaOrder } from './scala-set.ts'

const VERSION_BYTES = 2

interface Kind {
  readonly key: Message
  readonly value: Message
}

const kinds: readonly Kind[] = [
  { key: OffsetCommitKey, value: OffsetCommitValue },
  { key: GroupMetadataKey, value: GroupMetadataValue },
  ...newGroupRecords,
]

/** @throws ToolError for a record without a key, which the topic does not have */
export function parseOffsets({ key, value, offset }: Record): ParsedRecord {
  if (key === null) {
    throw new ToolError(
      'java.lang.RuntimeException',
      `Failed to decode message at offset ${offset} using offset topic decoder (message had a ` +
        'missing key)',
    )
  }
  try {
    const type = versionOf(key, 'key')
    const kind = kinds.find(each => isIn(each.key, type))
    if (kind === undefined) {
      const problem = `Unknown record type ${type} at offset ${offset}, skipping.`
      return { key: problem, payload: null }
    }
    const read = (): string => json(kind.key, key)
    const keyText = `{"type":"${type}","data":${reading('key', type, read)}}`
    return { key: keyText, payload: value === null ? '<DELETE>' : valueJson(kind, value) }
  } catch (error) {
    return { key: `Error at offset ${offset}, skipping. ${messageOf(error)}`, payload: null }
  }
}

type Half = 'key' | 'value'

function versionOf(bytes: Buffer, half: Half): number {
  if (bytes.length < VERSION_BYTES) throw new Error(`Could not read version from ${half}'s buffer.`)
  return bytes.readInt16BE()
}

/** @throws Error in Kafka's words */
function reading(half: Half, version: number, read: () => string): string {
  try {
    return read()
  } catch (error) {
    throw new Error(
      `Could not read record with version ${version} from ${half}'s buffer due to: ` +
        `${readProblem(error)}.`,
      { cause: error },
    )
  }
}

const isIn = ({ versions: [first, last] }: Message, number: number) =>
  number >= first && number <= last

function json(message: Message, bytes: Buffer): string {
  const [, last] = message.versions
  return messageJson(message, Math.min(bytes.readInt16BE(), last), decodeVersioned(message, bytes))
}

function valueJson({ value: message }: Kind, value: Buffer): string {
  const version = versionOf(value, 'value')
  const data = reading('value', version, () => json(message, value))
  const shown = message === GroupMetadataValue ? withMembers(data) : data
  return `{"version":"${version}","data":${shown}}`
}

interface StoredMember {
  subscription: unknown
  assignment: unknown
}

/** Of consumers, what members said and got is read too; what cannot be read stays bytes. */
function withMembers(data: string): string {
  const group = JSON.parse(data) as { protocolType: string; members: StoredMember[] }
  if (group.protocolType !== 'consumer') return data
  for (const member of group.members) {
    member.subscription = readInside(ConsumerProtocolSubscription, member.subscription)
    member.assignment = readInside(ConsumerProtocolAssignment, member.assignment)
  }
  return JSON.stringify(group)
}

function readInside(message: Message, base64: unknown): unknown {
  try {
    return JSON.parse(json(message, Buffer.from(String(base64), 'base64'))) as unknown
  } catch {
    return base64
  }
}

/** As Java's TopicPartition has it. */
const hashOf = ({ topic, partition }: { topic: string; partition: number }) =>
  (Math.imul(31, 31 + partition) + javaHashCode(topic)) | 0

/** By their number in the record. */
const states = [
  ...['Empty', 'Ongoing', 'PrepareCommit', 'PrepareAbort', 'CompleteCommit', 'CompleteAbort'],
  ...['Dead', 'PrepareEpochFence'],
]

/** @throws ToolError for a record without a key, and for bytes that cannot be read */
export function parseTransactions({ key, value }: Record): ParsedRecord {
  if (key === null) {
    throw new ToolError(
      'java.lang.NullPointerException',
      'Cannot invoke "java.nio.ByteBuffer.getShort()" because "buffer" is null',
    )
  }
  try {
    const type = key.readInt16BE()
    if (!isIn(TransactionLogKey, type)) return { key: `unknown::version=${type}`, payload: null }
    const { transactionalId } = decodeVersioned(TransactionLogKey, key)
    return {
      key: `transaction_metadata::transactionalId=${transactionalId}`,
      payload: value === null ? '<DELETE>' : transactionText(value),
    }
  } catch (error) {
    throw readFailure(error)
  }
}

function transactionText(value: Buffer): string {
  const version = value.readInt16BE()
  if (!isIn(TransactionLogValue, version)) {
    throw new ToolError(
      'java.lang.IllegalStateException',
      `Unknown version ${version} from the transaction log message value`,
    )
  }
  const metadata = decodeVersioned(TransactionLogValue, value)
  const topics = (metadata.transactionPartitions ?? []).map(({ topic, partitionIds }) =>
    partitionIds.map(partition => ({ topic, partition })),
  )
  const partitions = inScalaOrder(topics, hashOf).map(one => `${one.topic}-${one.partition}`)
  const state = states[metadata.transactionStatus]
  if (state === undefined) {
    throw new ToolError(
      'java.lang.IllegalStateException',
      `Unknown transaction state id ${metadata.transactionStatus} from the transaction status message`,
    )
  }
  return (
    `producerId:${metadata.producerId},producerEpoch:${metadata.producerEpoch},` +
    `state=${state},partitions=[${partitions.join(',')}],` +
    `txnLastUpdateTimestamp=${metadata.transactionLastUpdateTimestampMs},` +
    `txnTimeoutMs=${metadata.transactionTimeoutMs}`
  )
}
