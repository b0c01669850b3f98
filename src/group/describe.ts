/** Reads groups for DescribeGroups and ListGroups. */
import { ErrorCode } from '../protocol/index.ts'
import { metadataFor, noAssignment } from './member.ts'
import type { Phase } from './membership.ts'
import type { GroupShard } from './shard.ts'

export interface GroupDescription {
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null
  readonly groupId: string
  /** A `Phase`, or empty with an error. */
  readonly groupState: Phase | ''
  readonly protocolType: string
  /** The way of assigning; empty unless the group is stable. */
  readonly protocolData: string
  readonly members: readonly MemberDescription[]
}

export interface MemberDescription {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  /** Empty, like the assignment, unless the group is stable. */
  readonly memberMetadata: Buffer
  readonly memberAssignment: Buffer
}

/** A group that does not exist is Dead; from version 6 of the API on that is an error too (KIP-1043). */
export function describeGroup(
  shard: GroupShard,
  groupId: string,
  { knowsGroupIdNotFound }: { readonly knowsGroupIdNotFound: boolean },
): GroupDescription {
  const group = shard.groups.get(groupId)?.membership
  if (group === undefined) {
    const absent = { groupId, groupState: 'Dead', protocolType: '', protocolData: '' } as const
    const error = knowsGroupIdNotFound
      ? { errorCode: ErrorCode.GROUP_ID_NOT_FOUND, errorMessage: `Group ${groupId} not found.` }
      : { errorCode: ErrorCode.NONE, errorMessage: null }
    return { ...absent, ...error, members: [] }
  }
  const protocolName = group.phase === 'Stable' ? group.protocolName : null
  return {
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    groupId,
    groupState: group.phase,
    protocolType: group.protocolType ?? '',
    protocolData: protocolName ?? '',
    members: [...group.members.values()].map(member => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: protocolName === null ? noAssignment : metadataFor(member, protocolName),
      memberAssignment: protocolName === null ? noAssignment : member.assignment,
    })),
  }
}

/** When the coordinator cannot tell. */
export function describeRefused(groupId: string, errorCode: ErrorCode): GroupDescription {
  return {
    errorCode,
    errorMessage: null,
    groupId,
    groupState: '',
    protocolType: '',
    protocolData: '',
    members: [],
  }
}

export interface GroupFilter {
  /** Names of phases in any case (KIP-518); empty: all. */
  readonly states: readonly string[]
  /** Types of groups in any case (KIP-848); empty: all. */
  readonly types: readonly string[]
}

export interface GroupOverview {
  readonly groupId: string
  readonly protocolType: string
  readonly groupState: Phase
  readonly groupType: typeof GROUP_TYPE
}

const GROUP_TYPE = 'classic'

export function listGroups(shard: GroupShard, { states, types }: GroupFilter): GroupOverview[] {
  if (types.length > 0 && !types.some(type => type.toLowerCase() === GROUP_TYPE)) return []
  const wanted = new Set(states.map(state => state.toLowerCase()))
  const groups: GroupOverview[] = []
  for (const { groupId, membership } of shard.groups.values()) {
    const { phase, protocolType } = membership
    if (wanted.size > 0 && !wanted.has(phase.toLowerCase())) continue
    groups.push({
      groupId,
      protocolType: protocolType ?? '',
      groupState: phase,
      groupType: GROUP_TYPE,
    })
  }
  return groups
}
