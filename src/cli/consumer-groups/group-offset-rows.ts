/** What a group has read of each partition, and who reads it now. */
import type { Admin, GroupDescription } from '../../client/index.ts'
import type { OffsetRow } from './group-tables.ts'

/** Partitions that somebody reads, the member with the most first, then those with offsets alone. */
export async function offsetRows(
  admin: Admin,
  { groupId, members }: GroupDescription,
  timeoutMs: number,
): Promise<OffsetRow[]> {
  const committed = await admin.listConsumerGroupOffsets(groupId, { timeoutMs })
  const offsets = new Map(committed.map(item => [keyOf(item), item.committed?.offset]))
  const assigned = members
    .filter(({ assignment }) => assignment.length > 0)
    .toSorted((one, other) => other.assignment.length - one.assignment.length)
    .flatMap(({ assignment, memberId, host, clientId }) =>
      assignment.map(partition => ({
        ...partition,
        reader: { consumerId: memberId, host, clientId },
      })),
    )
  const known = new Set(assigned.map(keyOf))
  const others = committed
    .filter(item => !known.has(keyOf(item)))
    .map(({ topic, partition }) => ({ topic, partition, reader: undefined }))
  const wanted = [...assigned, ...others]
  if (wanted.length === 0) return []

  const ends = await admin.listOffsets(
    wanted.map(({ topic, partition }) => ({ topic, partition, spec: 'latest' as const })),
    { timeoutMs },
  )
  const endOffsets = new Map(
    ends.map(item => [keyOf(item), item.ok ? item.value.offset : undefined]),
  )
  return wanted.map(item => ({
    group: groupId,
    topic: item.topic,
    partition: item.partition,
    currentOffset: offsets.get(keyOf(item)),
    logEndOffset: endOffsets.get(keyOf(item)),
    consumerId: item.reader?.consumerId,
    host: item.reader?.host,
    clientId: item.reader?.clientId,
  }))
}

function keyOf({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}/${partition}`
}
