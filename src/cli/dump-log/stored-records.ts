/** The records of `__consumer_offsets` and `__transaction_state`, as text. */
import {
  ConsumerProtocolAssignment,
  ConsumerProtocolSubscription,
  decodeVersioned,
  GroupMetadataKey,
  GroupMetadataValue,
  messageJson,
  OffsetCommitKey,
  OffsetCommitValue,
  TransactionLogKey,
  TransactionLogValue,
  type Message,
} from '../../protocol/index.ts'
import type { Record } from '../../records/index.ts'
import { messageOf, ToolError } from '../java-text.ts'
import type { ParsedRecord } from './record-parsers.ts'

const kinds = [
  { keyMessage: OffsetCommitKey, valueMessage: OffsetCommitValue },
  { keyMessage: GroupMetadataKey, valueMessage: GroupMetadataValue },
] as const

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
    const type = key.readInt16BE()
    const kind = kinds.find(({ keyMessage }) => isIn(keyMessage, type))
    if (kind === undefined) {
      const problem = `Unknown record type ${type} at offset ${offset}, skipping.`
      return { key: problem, payload: null }
    }
    const keyText = `{"type":"${type}","data":${json(kind.keyMessage, key)}}`
    return { key: keyText, payload: value === null ? '<DELETE>' : valueJson(kind, value) }
  } catch (error) {
    return { key: `Error at offset ${offset}, skipping. ${messageOf(error)}`, payload: null }
  }
}

const isIn = ({ versions: [first, last] }: Message, number: number) =>
  number >= first && number <= last

function json(message: Message, bytes: Buffer): string {
  const [, last] = message.versions
  return messageJson(message, Math.min(bytes.readInt16BE(), last), decodeVersioned(message, bytes))
}

function valueJson({ valueMessage }: (typeof kinds)[number], value: Buffer): string {
  const data = json(valueMessage, value)
  const shown = valueMessage === GroupMetadataValue ? withMembers(data) : data
  return `{"version":"${value.readInt16BE()}","data":${shown}}`
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

/** By their number in the record. */
const states = [
  ...['Empty', 'Ongoing', 'PrepareCommit', 'PrepareAbort', 'CompleteCommit', 'CompleteAbort'],
  ...['Dead', 'PrepareEpochFence'],
]

export function parseTransactions({ key, value }: Record): ParsedRecord {
  const type = key?.readInt16BE() ?? -1
  if (key === null || !isIn(TransactionLogKey, type)) {
    return { key: `unknown::version=${type}`, payload: null }
  }
  const { transactionalId } = decodeVersioned(TransactionLogKey, key)
  return {
    key: `transaction_metadata::transactionalId=${transactionalId}`,
    payload: value === null ? '<DELETE>' : transactionText(value),
  }
}

function transactionText(value: Buffer): string {
  const metadata = decodeVersioned(TransactionLogValue, value)
  const partitions = (metadata.transactionPartitions ?? []).flatMap(({ topic, partitionIds }) =>
    partitionIds.map(partition => `${topic}-${partition}`),
  )
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
