/**
 * Who is in a classic group and how far its rebalance is: the part of a group that lives in memory
 * only, save for what the leader's assignment stores of it. A value: decisions work on a `Draft`
 * and hand over the next one. Mirrors `GroupMetadata`.
 */
import { ErrorCode } from '../protocol/index.ts'
import { offers, type Member, type MemberProtocol } from './member.ts'

/**
 * - Empty: no members; lingers for its offsets.
 * - PreparingRebalance: waits until every member has joined again.
 * - CompletingRebalance: has a new generation, waits for the leader's assignment.
 * - Stable: everybody may fetch an assignment.
 * - Dead: its tombstones are on their way.
 */
export type Phase = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead'

/** The rebalance of a group that was empty waits a while for company, and longer while more come (KIP-134). */
export interface InitialDelay {
  readonly delayMs: number
  /** What may be waited after this delay. */
  readonly remainingMs: number
  /** Somebody came since the delay began. */
  readonly hasCompany: boolean
}

export interface Membership {
  readonly phase: Phase
  /** Wall time of the last change of phase; -1 when an old record did not say. */
  readonly phaseSinceMs: number
  /** Counts rebalances; 0 before the first. Never goes back. */
  readonly generationId: number
  /** `consumer`, `connect`, ...; null in a group that only keeps offsets. */
  readonly protocolType: string | null
  /** The way of assigning that this generation chose. */
  readonly protocolName: string | null
  readonly leaderId: string | null
  /** By member id, in the order of joining. */
  readonly members: ReadonlyMap<string, Member>
  /** Member ids by `group.instance.id`. */
  readonly staticMembers: ReadonlyMap<string, string>
  /** Ids handed out with MEMBER_ID_REQUIRED and not used yet (KIP-394); a rebalance waits for them. */
  readonly pendingMembers: ReadonlySet<string>
  /** Members of this generation that have not asked for their assignment. */
  readonly pendingSync: ReadonlySet<string>
  readonly initialDelay: InitialDelay | undefined
  /** Topics that a consumer group reads; undefined when its metadata does not tell. */
  readonly subscribedTopics: ReadonlySet<string> | undefined
}

export function emptyMembership(nowMs: number): Membership {
  return {
    phase: 'Empty',
    phaseSinceMs: nowMs,
    generationId: 0,
    protocolType: null,
    protocolName: null,
    leaderId: null,
    members: new Map(),
    staticMembers: new Map(),
    pendingMembers: new Set(),
    pendingSync: new Set(),
    initialDelay: undefined,
    subscribedTopics: undefined,
  }
}

export function awaitingJoin(membership: Membership): number {
  let count = 0
  for (const member of membership.members.values()) if (member.joining !== undefined) count += 1
  return count
}

export function haveAllJoined(membership: Membership): boolean {
  if (membership.pendingMembers.size > 0) return false
  for (const member of membership.members.values()) if (member.joining === undefined) return false
  return true
}

/** The longest that any member wants to wait for a rebalance. */
export function rebalanceTimeoutMsOf(membership: Membership): number {
  let longestMs = 0
  for (const member of membership.members.values()) {
    longestMs = Math.max(longestMs, member.rebalanceTimeoutMs)
  }
  return longestMs
}

/** Whether a member with these protocols fits: same type, and one protocol at least that all offer. */
export function fits(
  membership: Membership,
  protocolType: string,
  protocols: readonly MemberProtocol[],
): boolean {
  if (membership.phase === 'Empty') return protocolType !== '' && protocols.length > 0
  if (membership.protocolType !== protocolType) return false
  return protocols.some(protocol => isOfferedByAll(membership, protocol.name))
}

function isOfferedByAll(membership: Membership, protocolName: string): boolean {
  for (const member of membership.members.values()) if (!offers(member, protocolName)) return false
  return true
}

/**
 * The protocol of the next generation: each member votes for the first of its own that all offer;
 * the most votes win, and among equals the one that was voted for first.
 */
export function electProtocol(membership: Membership): string | null {
  const members = [...membership.members.values()]
  const candidates = new Set(
    members[0]?.protocols
      .map(protocol => protocol.name)
      .filter(name => isOfferedByAll(membership, name)),
  )
  const votes = new Map<string, number>()
  for (const { protocols } of members) {
    const choice = protocols.find(protocol => candidates.has(protocol.name))
    if (choice !== undefined) votes.set(choice.name, (votes.get(choice.name) ?? 0) + 1)
  }
  let winner: string | null = null
  let most = 0
  for (const [name, count] of votes) {
    if (count > most) [winner, most] = [name, count]
  }
  return winner
}

export interface MemberIdentity {
  readonly memberId: string
  readonly groupInstanceId: string | null
}

/**
 * Whether the group knows the member by what it says of itself: a static id must belong to this very
 * member id, else another process has taken the id over and this one is fenced (KIP-345).
 */
export function checkIdentity(membership: Membership, identity: MemberIdentity): ErrorCode {
  if (identity.groupInstanceId !== null) {
    const owner = membership.staticMembers.get(identity.groupInstanceId)
    if (owner === undefined) return ErrorCode.UNKNOWN_MEMBER_ID
    if (owner !== identity.memberId) return ErrorCode.FENCED_INSTANCE_ID
  }
  return membership.members.has(identity.memberId) ? ErrorCode.NONE : ErrorCode.UNKNOWN_MEMBER_ID
}
