/**
 * The records of `__transaction_state` to bytes and back. Version 0 of the value is written: version 1
 * belongs to the feature `transaction.version`, which a cluster with ZooKeeper cannot have. Both are read.
 */
import { ProtocolError } from '../bytes/index.ts'
import {
  decode,
  encodeVersioned,
  TransactionLogKey,
  TransactionLogValue,
} from '../protocol/index.ts'
import { noPartitions, type PartitionSet } from './partition-set.ts'
import { phaseNumber, phases, type Phase } from './phase.ts'
import type { TransactionRecord } from './records.ts'
import { NO_PRODUCER_EPOCH, NO_PRODUCER_ID, type TransactionMetadata } from './transaction.ts'

const KEY_VERSION = 0
const VALUE_VERSION = 0
const VERSION_BYTES = 2

export function encodeRecord({ transactionalId, metadata }: TransactionRecord): {
  readonly key: Buffer
  readonly value: Buffer | null
} {
  return {
    key: encodeVersioned(TransactionLogKey, KEY_VERSION, { transactionalId }),
    value: metadata === null ? null : encodeMetadata(metadata),
  }
}

function encodeMetadata(metadata: TransactionMetadata): Buffer {
  const isEmpty = metadata.phase === 'Empty'
  return encodeVersioned(TransactionLogValue, VALUE_VERSION, {
    producerId: metadata.producerId,
    producerEpoch: metadata.producerEpoch,
    transactionTimeoutMs: metadata.timeoutMs,
    transactionStatus: phaseNumber(metadata.phase),
    transactionPartitions: isEmpty ? null : topicsOf(metadata.partitions),
    transactionLastUpdateTimestampMs: metadata.lastUpdateMs,
    transactionStartTimestampMs: metadata.startMs,
  })
}

function topicsOf(set: PartitionSet): { topic: string; partitionIds: number[] }[] {
  return [...set].map(([topic, partitions]) => ({ topic, partitionIds: [...partitions] }))
}

/**
 * The record, or undefined for a kind of key that is not known here. Keeps no view of the bytes.
 *
 * @throws ProtocolError for bytes that break their format, a missing key, an unknown value version or phase
 */
export function decodeRecord(bytes: {
  readonly key: Buffer | null
  readonly value: Buffer | null
}): TransactionRecord | undefined {
  const { key, value } = bytes
  if (key === null) throw new ProtocolError('a transaction record has no key')
  if (versionOf(key) !== KEY_VERSION) return undefined
  const { transactionalId } = decode(TransactionLogKey, KEY_VERSION, key.subarray(VERSION_BYTES))
  const metadata = value === null ? null : decodeMetadata(transactionalId, value)
  return { type: 'stored', transactionalId, metadata }
}

function decodeMetadata(transactionalId: string, bytes: Buffer): TransactionMetadata {
  const version = versionOf(bytes)
  const [first, last] = TransactionLogValue.versions
  if (version < first || version > last) {
    throw new ProtocolError(
      `TransactionLogValue has version ${version}: ${first} to ${last} are known`,
      0,
    )
  }
  const value = decode(TransactionLogValue, version, bytes.subarray(VERSION_BYTES))
  return {
    transactionalId,
    producerId: value.producerId,
    producerEpoch: value.producerEpoch,
    timeoutMs: value.transactionTimeoutMs,
    phase: phaseOf(value.transactionStatus),
    partitions: setOf(value.transactionPartitions ?? []),
    startMs: value.transactionStartTimestampMs,
    lastUpdateMs: value.transactionLastUpdateTimestampMs,
    previousProducerId: NO_PRODUCER_ID,
    lastProducerEpoch: NO_PRODUCER_EPOCH,
  }
}

function setOf(
  topics: readonly { readonly topic: string; readonly partitionIds: readonly number[] }[],
): PartitionSet {
  if (topics.length === 0) return noPartitions
  return new Map(topics.map(({ topic, partitionIds }) => [topic, new Set(partitionIds)]))
}

function phaseOf(status: number): Phase {
  const phase = phases[status]
  if (phase !== undefined) return phase
  throw new ProtocolError(`transaction status ${status}: 0 to ${phases.length - 1} exist`)
}

function versionOf(bytes: Buffer): number {
  if (bytes.length >= VERSION_BYTES) return bytes.readInt16BE()
  throw new ProtocolError(`version in ${bytes.length} bytes: ${VERSION_BYTES} needed`, 0)
}
