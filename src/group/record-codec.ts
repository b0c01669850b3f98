/** Group records to bytes and back: written in the versions that the cluster agreed on, read in all. */
import { ProtocolError, Writer } from '../bytes/index.ts'
import { isAtLeast, type InterBrokerVersion } from '../config/index.ts'
import {
  codecOf,
  decode,
  GroupMetadataKey,
  GroupMetadataValue,
  OffsetCommitKey,
  OffsetCommitValue,
  type Message,
  type MessageInput,
} from '../protocol/index.ts'
import {
  NO_EXPIRE_TIMESTAMP,
  type CommittedOffset,
  type GroupMetadata,
  type GroupRecord,
} from './records.ts'

/** Versions of values to write. */
export interface RecordVersions {
  readonly offset: 1 | 2 | 3
  readonly metadata: 0 | 1 | 2 | 3
}

/** As brokers of all versions in the cluster can read them (`inter.broker.protocol.version`). */
export function recordVersionsFor(version: InterBrokerVersion): RecordVersions {
  return { offset: offsetVersionFor(version), metadata: metadataVersionFor(version) }
}

function offsetVersionFor(version: InterBrokerVersion): RecordVersions['offset'] {
  if (isAtLeast(version, '2.1-IV1')) return 3
  return isAtLeast(version, '2.1-IV0') ? 2 : 1
}

function metadataVersionFor(version: InterBrokerVersion): RecordVersions['metadata'] {
  if (isAtLeast(version, '2.3-IV0')) return 3
  if (isAtLeast(version, '2.1-IV0')) return 2
  return isAtLeast(version, '0.10.1-IV0') ? 1 : 0
}

/** Key versions that are written. */
const OFFSET_KEY_VERSION = 1
const GROUP_KEY_VERSION = 2

export interface EncodedRecord {
  readonly key: Buffer
  readonly value: Buffer | null
}

/** A marker has no bytes of ours: the log writes it. */
export type WritableRecord = Exclude<GroupRecord, { type: 'transaction-end' }>

export function encodeRecord(record: WritableRecord, versions: RecordVersions): EncodedRecord {
  const group = record.groupId
  if (record.type === 'metadata') {
    const { metadata } = record
    return {
      key: versioned(GroupMetadataKey, GROUP_KEY_VERSION, { group }),
      value: metadata === null ? null : encodeMetadata(metadata, versions.metadata),
    }
  }
  const { topic, partition, committed } = record
  return {
    key: versioned(OffsetCommitKey, OFFSET_KEY_VERSION, { group, topic, partition }),
    value: committed === null ? null : encodeOffset(committed, versions.offset),
  }
}

/** A retention of its own exists in version 1 only, which has no leader epoch. */
function encodeOffset(committed: CommittedOffset, version: RecordVersions['offset']): Buffer {
  const hasExpiry = committed.expireTimestamp !== NO_EXPIRE_TIMESTAMP
  return versioned(OffsetCommitValue, hasExpiry ? 1 : version, committed)
}

function encodeMetadata(metadata: GroupMetadata, version: RecordVersions['metadata']): Buffer {
  return versioned(GroupMetadataValue, version, {
    protocolType: metadata.protocolType,
    generation: metadata.generationId,
    protocol: metadata.protocolName,
    leader: metadata.leaderId,
    currentStateTimestamp: metadata.phaseSinceMs,
    members: metadata.members.map(({ rebalanceTimeoutMs, sessionTimeoutMs, ...member }) => ({
      ...member,
      rebalanceTimeout: rebalanceTimeoutMs,
      sessionTimeout: sessionTimeoutMs,
    })),
  })
}

function versioned<M extends Message>(of: M, version: number, value: MessageInput<M>): Buffer {
  const writer = new Writer()
  writer.int16(version)
  codecOf(of, version).write(writer, value)
  return writer.finish()
}

export interface RecordBytes {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly producerId?: number
}

/**
 * The record, or undefined for a kind of key that is not known here. Keeps no view of the bytes.
 *
 * @throws ProtocolError for bytes that break their format, a missing key, an unknown value version
 */
export function decodeRecord({ key, value, producerId }: RecordBytes): GroupRecord | undefined {
  if (key === null) throw new ProtocolError('a group record has no key')
  const version = versionOf(key)
  if (version >= 0 && version <= 1) {
    const { group, topic, partition } = decode(OffsetCommitKey, version, key.subarray(2))
    const committed = value === null ? null : decodeOffset(value)
    const record = { type: 'offset', groupId: group, topic, partition, committed } as const
    return producerId === undefined ? record : { ...record, producerId }
  }
  if (version === GROUP_KEY_VERSION) {
    const { group } = decode(GroupMetadataKey, version, key.subarray(2))
    return {
      type: 'metadata',
      groupId: group,
      metadata: value === null ? null : decodeMetadata(value),
    }
  }
  return undefined
}

function decodeOffset(bytes: Buffer): CommittedOffset {
  return decode(OffsetCommitValue, valueVersionOf(bytes, OffsetCommitValue), bytes.subarray(2))
}

function decodeMetadata(bytes: Buffer): GroupMetadata {
  const version = valueVersionOf(bytes, GroupMetadataValue)
  // Subscriptions and assignments stay views, of a copy that lives as long as the group.
  const value = decode(GroupMetadataValue, version, Buffer.from(bytes.subarray(2)))
  return {
    protocolType: value.protocolType,
    generationId: value.generation,
    protocolName: value.protocol,
    leaderId: value.leader,
    phaseSinceMs: value.currentStateTimestamp,
    members: value.members.map(({ rebalanceTimeout, sessionTimeout, ...member }) => ({
      ...member,
      // Before KIP-62 the session timeout was both.
      rebalanceTimeoutMs: rebalanceTimeout === -1 ? sessionTimeout : rebalanceTimeout,
      sessionTimeoutMs: sessionTimeout,
    })),
  }
}

function versionOf(bytes: Buffer): number {
  if (bytes.length < 2) throw new ProtocolError(`version in ${bytes.length} bytes: 2 needed`, 0)
  return bytes.readInt16BE()
}

function valueVersionOf(bytes: Buffer, { name, versions: [first, last] }: Message): number {
  const version = versionOf(bytes)
  if (version >= first && version <= last) return version
  throw new ProtocolError(`${name} has version ${version}: ${first} to ${last} are known`, 0)
}
