/** `--describe`: offsets and lag, members, or the state of groups. */
import type { MemberDescription, TopicPartition } from '../../client/index.ts'
import type { GroupCommand } from './group-command.ts'
import { wrapped } from './wrapped-error.ts'
import { describeKnown, type KnownGroup } from './known-groups.ts'
import { logOffsets } from './log-offsets.ts'
import { columnsText, type Column } from './table.ts'

const NOTHING = '-'

export async function describeGroups(
  command: GroupCommand,
  groupIds: readonly string[],
): Promise<void> {
  const { given } = command
  const groups = await describeKnown(command, groupIds, 1)
  const inOrder = groups.toSorted((a, b) => (a.groupId < b.groupId ? -1 : 1))
  if (given.has('members')) for (const group of inOrder) printMembers(command, group)
  else if (given.has('state')) for (const group of inOrder) printState(command, group)
  else {
    const rows = await Promise.all(inOrder.map(group => offsetRows(command, group)))
    for (const [index, group] of inOrder.entries()) printOffsets(command, group, rows[index] ?? [])
  }
}

/** Says what is special about the state. @returns whether there is more to tell */
function tellState({ print, environment }: GroupCommand, group: KnownGroup): boolean {
  const { groupId, state } = group
  const warn = (line: string) => environment.terminal.stderr.write(`\n${line}\n`)
  switch (state) {
    case 'Dead':
      print(`\nError: Consumer group '${groupId}' does not exist.\n`)
      return false
    case 'Empty':
      warn(`Consumer group '${groupId}' has no active members.`)
      return true
    case 'PreparingRebalance':
    case 'CompletingRebalance':
    case 'Assigning':
    case 'Reconciling':
      warn(`Warning: Consumer group '${groupId}' is rebalancing.`)
      return true
    case 'Stable':
    case 'Unknown':
      return true
  }
}

interface OffsetRow {
  readonly place: TopicPartition | null
  readonly currentOffset: number | null
  readonly logEndOffset: number | null
  readonly member: MemberDescription | null
}

/** Members with most partitions first, and at last the partitions that nobody reads. */
async function offsetRows(
  command: GroupCommand,
  { groupId, members, state }: KnownGroup,
): Promise<readonly OffsetRow[]> {
  if (state === 'Dead') return []
  const { admin, timeoutMs } = command
  const committed = new Map(
    (await wrapped(2, admin.listConsumerGroupOffsets(groupId, { timeoutMs })))
      .filter(one => one.committed !== null)
      .map(one => [nameOf(one), one] as const),
  )
  const assigned = members
    .filter(member => member.assignment.length > 0)
    .toSorted((a, b) => b.assignment.length - a.assignment.length)
  const taken = new Set(assigned.flatMap(member => member.assignment.map(nameOf)))
  const places = [
    ...assigned.flatMap(member => byPartition(member.assignment).map(place => ({ place, member }))),
    ...byPartition([...committed.values()].filter(one => !taken.has(nameOf(one)))).map(
      ({ topic, partition }) => ({ place: { topic, partition }, member: null }),
    ),
  ]
  const ends = await logOffsets(
    command,
    places.map(({ place }) => place),
    'latest',
  )
  return places.map(({ place, member }) => ({
    place,
    member,
    currentOffset: committed.get(nameOf(place))?.committed?.offset ?? null,
    logEndOffset: ends.get(nameOf(place))?.offset ?? null,
  }))
}

const nameOf = ({ topic, partition }: TopicPartition) => `${topic}-${partition}`
const byPartition = <T extends TopicPartition>(places: readonly T[]): T[] =>
  places.toSorted((a, b) => a.partition - b.partition)

function printOffsets(command: GroupCommand, group: KnownGroup, rows: readonly OffsetRow[]): void {
  if (!tellState(command, group) || rows.length === 0) return
  const columns: Column<OffsetRow>[] = [
    { title: 'GROUP', minWidth: 15, text: () => group.groupId },
    { title: 'TOPIC', minWidth: 15, text: row => row.place?.topic ?? NOTHING },
    { title: 'PARTITION', width: 10, text: row => orNothing(row.place?.partition) },
    { title: 'CURRENT-OFFSET', width: 15, text: row => orNothing(row.currentOffset) },
    { title: 'LOG-END-OFFSET', width: 15, text: row => orNothing(row.logEndOffset) },
    { title: 'LAG', width: 15, text: row => orNothing(lagOf(row)) },
    { title: 'CONSUMER-ID', minWidth: 15, text: row => row.member?.memberId ?? NOTHING },
    { title: 'HOST', minWidth: 15, text: row => row.member?.host ?? NOTHING },
    { title: 'CLIENT-ID', width: 0, text: row => row.member?.clientId ?? NOTHING },
  ]
  for (const line of columnsText(columns, rows)) command.print(`\n${line}`)
}

const orNothing = (value: number | null | undefined) =>
  value === null || value === undefined ? NOTHING : String(value)

function lagOf({ currentOffset, logEndOffset }: OffsetRow): number | null {
  return currentOffset === null || logEndOffset === null ? null : logEndOffset - currentOffset
}

function printMembers(command: GroupCommand, group: KnownGroup): void {
  tellState(command, group)
  const { members } = group
  const isAnyStatic = members.some(({ groupInstanceId }) => (groupInstanceId ?? '') !== '')
  const columns: Column<MemberDescription>[] = [
    { title: 'GROUP', minWidth: 15, text: () => group.groupId },
    { title: 'CONSUMER-ID', minWidth: 15, text: member => member.memberId },
    ...(isAnyStatic
      ? [
          {
            title: 'GROUP-INSTANCE-ID',
            minWidth: 17,
            text: ({ groupInstanceId }: MemberDescription) => groupInstanceId ?? '',
          },
        ]
      : []),
    { title: 'HOST', minWidth: 15, text: member => member.host },
    { title: 'CLIENT-ID', minWidth: 15, text: member => member.clientId },
    { title: '#PARTITIONS', width: 15, text: member => String(member.assignment.length) },
    {
      title: command.given.has('verbose') ? 'ASSIGNMENT' : '',
      width: 0,
      text: member => (command.given.has('verbose') ? assignmentText(member) : ''),
    },
  ]
  command.print('\n')
  for (const line of columnsText(columns, members)) command.print(`${line}\n`)
}

/** The partitions of each topic in brackets; the topics are not named. */
function assignmentText({ assignment }: MemberDescription): string {
  if (assignment.length === 0) return NOTHING
  const topics = new Map<string, string[]>()
  for (const { topic, partition } of assignment) {
    topics.set(topic, [...(topics.get(topic) ?? []), String(partition)])
  }
  const texts = Array.from(topics.values(), numbers => `(${numbers.toSorted().join(',')})`)
  return texts.toSorted().join(', ')
}

function printState(command: GroupCommand, group: KnownGroup): void {
  if (!tellState(command, group)) return
  const { host = '', port = -1, id = -1 } = group.coordinator ?? {}
  const coordinator = `${host}:${port}  (${id})`
  const width = Math.max(25, coordinator.length)
  const columns: Column<KnownGroup>[] = [
    { title: 'GROUP', width, text: ({ groupId }) => groupId },
    { title: 'COORDINATOR (ID)', width: 25, text: () => coordinator },
    { title: 'ASSIGNMENT-STRATEGY', width: 20, text: one => one.partitionAssignor },
    { title: 'STATE', width: 15, text: ({ state }) => state },
    { title: '#MEMBERS', width: 0, text: ({ members }) => String(members.length) },
  ]
  for (const line of columnsText(columns, [group])) command.print(`\n${line}`)
  command.print('\n')
}
