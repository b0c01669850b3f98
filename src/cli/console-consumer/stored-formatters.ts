/**
 * What the console consumer prints of the records of `__consumer_offsets`: JSON by the classes of
 * today, and the text of before Kafka 3.9 by the names that the classes had then.
 */
import type { ConsumerRecord } from '../../client/index.ts'
import {
  decodeVersioned,
  GroupMetadataKey,
  GroupMetadataValue,
  messageJson,
  OffsetCommitKey,
  OffsetCommitValue,
  type Message,
  type MessageOf,
} from '../../protocol/index.ts'

type Print = (record: ConsumerRecord) => string

/** Only offsets, or only groups: a record of the other kind prints nothing. */
export const offsetsJson: Print = jsonOf(OffsetCommitKey, OffsetCommitValue, GroupMetadataKey)
export const groupsJson: Print = jsonOf(GroupMetadataKey, GroupMetadataValue, OffsetCommitKey)

/** One object behind the other, without an end of line; a kind that nobody knows is `unknown`. */
function jsonOf(key: Message, value: Message, other: Message): Print {
  return record => {
    if (record.key === null || has(other, record.key)) return ''
    const isKnown = has(key, record.key)
    const keyText = versionedJson(isKnown ? key : null, record.key)
    const valueText =
      record.value === null ? 'null' : versionedJson(isKnown ? value : null, record.value)
    return `{"key":${keyText},"value":${valueText}}`
  }
}

function versionedJson(message: Message | null, bytes: Buffer): string {
  const version = versionOf(bytes)
  const data =
    message !== null && has(message, bytes)
      ? messageJson(message, version, decodeVersioned(message, bytes))
      : '"unknown"'
  return `{"version":${version},"data":${data}}`
}

function has({ versions: [first, last] }: Message, bytes: Buffer): boolean {
  const version = versionOf(bytes)
  return version >= first && version <= last
}

/** Too short for a version is none that anybody knows. */
const versionOf = (bytes: Buffer) => (bytes.length < 2 ? -1 : bytes.readInt16BE())

export const offsetsText: Print = ({ key, value }) => {
  if (key === null || !has(OffsetCommitKey, key)) return ''
  const { group, topic, partition } = decodeVersioned(OffsetCommitKey, key)
  const committed = value === null ? 'NULL' : offsetText(decodeVersioned(OffsetCommitValue, value))
  return `[${group},${topic},${partition}]::${committed}\n`
}

function offsetText(committed: MessageOf<typeof OffsetCommitValue>): string {
  const { offset, leaderEpoch, metadata, commitTimestamp, expireTimestamp } = committed
  return (
    `OffsetAndMetadata(offset=${offset}, ` +
    `leaderEpoch=${leaderEpoch < 0 ? 'Optional.empty' : `Optional[${leaderEpoch}]`}, ` +
    `metadata=${metadata}, commitTimestamp=${commitTimestamp}, ` +
    `expireTimestamp=${expireTimestamp === -1n ? 'None' : `Some(${expireTimestamp})`})`
  )
}

export const groupsText: Print = ({ key, value }) => {
  if (key === null || !has(GroupMetadataKey, key)) return ''
  const { group } = decodeVersioned(GroupMetadataKey, key)
  const text =
    value === null ? 'NULL' : groupText(group, decodeVersioned(GroupMetadataValue, value))
  return `${group}::${text}\n`
}

type StoredGroup = MessageOf<typeof GroupMetadataValue>

const option = (text: string | null) => (text === null || text === '' ? 'None' : `Some(${text})`)

function groupText(groupId: string, group: StoredGroup): string {
  const members = group.members.map(member => `${member.memberId} -> ${memberText(member, group)}`)
  return (
    `GroupMetadata(groupId=${groupId}, generation=${group.generation}, ` +
    `protocolType=${option(group.protocolType)}, ` +
    `currentState=${members.length === 0 ? 'Empty' : 'Stable'}, ` +
    `members=HashMap(${members.join(', ')}))`
  )
}

function memberText(member: StoredGroup['members'][number], { protocol }: StoredGroup): string {
  // Before KIP-62 the session timeout was both.
  const rebalanceTimeout =
    member.rebalanceTimeout === -1 ? member.sessionTimeout : member.rebalanceTimeout
  return (
    `MemberMetadata(memberId=${member.memberId}, ` +
    `groupInstanceId=${option(member.groupInstanceId)}, clientId=${member.clientId}, ` +
    `clientHost=${member.clientHost}, sessionTimeoutMs=${member.sessionTimeout}, ` +
    `rebalanceTimeoutMs=${rebalanceTimeout}, supportedProtocols=List(${protocol ?? ''}))`
  )
}
