/**
 * A private copy of a group's membership on which one decision is worked out, with the records and
 * effects that come along. The copy is what keeps `decide` from writing; `apply` puts it in place.
 */
import { ErrorCode } from '../protocol/index.ts'
import type { Decision, GroupEffect } from './decision.ts'
import type { LostEvent, StoredEvent } from './events.ts'
import { noAssignment, type Member, type MemberProtocol, type RequestId } from './member.ts'
import {
  emptyMembership,
  type InitialDelay,
  type MemberIdentity,
  type Membership,
  type Phase,
} from './membership.ts'
import type { GroupRecord } from './records.ts'
import { joinRefused, syncRefused, type JoinReply, type SyncReply } from './replies.ts'
import type { GroupSettings } from './settings.ts'
import type { GroupShard } from './shard.ts'

/** A member as it introduces itself in JoinGroup. */
export interface NewMember extends MemberIdentity {
  readonly clientId: string
  readonly clientHost: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly protocolType: string
  readonly protocols: readonly MemberProtocol[]
  readonly request: RequestId
}

export class Draft implements Membership {
  readonly groupId: string
  readonly settings: GroupSettings
  /** `__consumer_offsets-N`, for log lines. */
  readonly shardName: string
  readonly nowMs: number
  phase: Phase
  phaseSinceMs: number
  generationId: number
  protocolType: string | null
  protocolName: string | null
  leaderId: string | null
  initialDelay: InitialDelay | undefined
  subscribedTopics: ReadonlySet<string> | undefined
  readonly members: Map<string, Member>
  readonly staticMembers: Map<string, string>
  readonly pendingMembers: Set<string>
  readonly pendingSync: Set<string>
  readonly effects: GroupEffect[] = []
  readonly records: GroupRecord[] = []

  /** Begins with the group's own membership, or with an empty one where there is no such group. */
  constructor(
    shard: GroupShard,
    groupId: string,
    nowMs: number,
    before: Membership = shard.groups.get(groupId)?.membership ?? emptyMembership(nowMs),
  ) {
    this.groupId = groupId
    this.settings = shard.settings
    this.shardName = shard.name
    this.nowMs = nowMs
    this.phase = before.phase
    this.phaseSinceMs = before.phaseSinceMs
    this.generationId = before.generationId
    this.protocolType = before.protocolType
    this.protocolName = before.protocolName
    this.leaderId = before.leaderId
    this.initialDelay = before.initialDelay
    this.subscribedTopics = before.subscribedTopics
    this.members = new Map(before.members)
    this.staticMembers = new Map(before.staticMembers)
    this.pendingMembers = new Set(before.pendingMembers)
    this.pendingSync = new Set(before.pendingSync)
  }

  enter(phase: Phase): void {
    this.phase = phase
    this.phaseSinceMs = this.nowMs
  }

  /** Adds a member that waits for the rebalance. The first one of a group leads it and says what the group is for. */
  add(newcomer: NewMember): void {
    const { request, protocolType, ...about } = newcomer
    if (this.members.size === 0) this.protocolType = protocolType
    this.leaderId ??= newcomer.memberId
    this.members.set(newcomer.memberId, {
      ...about,
      assignment: noAssignment,
      joining: request,
      syncing: undefined,
      isNew: true,
    })
    this.pendingMembers.delete(newcomer.memberId)
    if (newcomer.groupInstanceId !== null) {
      this.staticMembers.set(newcomer.groupInstanceId, newcomer.memberId)
    }
  }

  change(memberId: string, fields: Partial<Member>): void {
    const member = this.members.get(memberId)
    if (member !== undefined) this.members.set(memberId, { ...member, ...fields })
  }

  /** A member that joins again waits for the rebalance; a JoinGroup that it gave up on is told to come back. */
  joinAgain(
    memberId: string,
    given: Pick<Member, 'protocols' | 'sessionTimeoutMs' | 'rebalanceTimeoutMs'>,
    request: RequestId,
  ): void {
    this.answerJoin(memberId, joinRefused(ErrorCode.REBALANCE_IN_PROGRESS, memberId))
    const { protocols, sessionTimeoutMs, rebalanceTimeoutMs } = given
    this.change(memberId, { protocols, sessionTimeoutMs, rebalanceTimeoutMs, joining: request })
  }

  /** Removes a member, or an id that was only handed out. Whatever it waits for is answered: it is unknown. */
  remove(memberId: string): void {
    this.answerJoin(memberId, joinRefused(ErrorCode.UNKNOWN_MEMBER_ID, ''))
    this.answerSync(memberId, syncRefused(ErrorCode.UNKNOWN_MEMBER_ID))
    const instanceId = this.members.get(memberId)?.groupInstanceId ?? null
    if (instanceId !== null) this.staticMembers.delete(instanceId)
    this.members.delete(memberId)
    this.pendingMembers.delete(memberId)
    this.receiveSync(memberId)
    if (this.leaderId === memberId) this.leaderId = this.members.keys().next().value ?? null
    this.disarmSession(memberId)
  }

  /**
   * Gives a static member a new id, because its process came back (KIP-345), and keeps the rest,
   * its place in the order too. Whoever still waits under the old id is fenced.
   */
  replaceStatic(formerId: string, memberId: string): void {
    this.answerJoin(formerId, joinRefused(ErrorCode.FENCED_INSTANCE_ID, formerId))
    this.answerSync(formerId, syncRefused(ErrorCode.FENCED_INSTANCE_ID))
    const everybody = [...this.members.values()]
    this.members.clear()
    for (const member of everybody) {
      const kept = member.memberId === formerId ? { ...member, memberId } : member
      this.members.set(kept.memberId, kept)
      if (kept.memberId === memberId && kept.groupInstanceId !== null) {
        this.staticMembers.set(kept.groupInstanceId, memberId)
      }
    }
    if (this.leaderId === formerId) this.leaderId = memberId
    if (this.pendingSync.delete(formerId)) this.pendingSync.add(memberId)
    this.disarmSession(formerId)
  }

  /** Answers the JoinGroup that the member waits with, if it does. */
  answerJoin(memberId: string, reply: JoinReply): void {
    const request = this.members.get(memberId)?.joining
    if (request === undefined) return
    this.effects.push({ type: 'answer', request, reply })
    this.change(memberId, { joining: undefined })
  }

  /** Answers the SyncGroup that the member waits with, if it does. @returns whether it did */
  answerSync(memberId: string, reply: SyncReply): boolean {
    const request = this.members.get(memberId)?.syncing
    if (request === undefined) return false
    this.effects.push({ type: 'answer', request, reply })
    this.change(memberId, { syncing: undefined })
    return true
  }

  /** Strikes the member off the list of those who owe a SyncGroup; the last one stops the timer. */
  receiveSync(memberId: string): void {
    if (this.pendingSync.delete(memberId) && this.pendingSync.size === 0) this.disarmSync()
  }

  /** From now on the member has its session timeout, or `delayMs`, to be heard of. */
  armSession(memberId: string, delayMs = this.members.get(memberId)?.sessionTimeoutMs ?? 0): void {
    const timer = { type: 'session-expired', groupId: this.groupId, memberId } as const
    this.effects.push({ type: 'arm', timer, delayMs })
  }

  disarmSession(memberId: string): void {
    const timer = { type: 'session-expired', groupId: this.groupId, memberId } as const
    this.effects.push({ type: 'disarm', timer })
  }

  armJoin(delayMs: number): void {
    const timer = { type: 'join-expired', groupId: this.groupId } as const
    this.effects.push({ type: 'arm', timer, delayMs })
  }

  disarmJoin(): void {
    this.effects.push({ type: 'disarm', timer: { type: 'join-expired', groupId: this.groupId } })
  }

  armSync(delayMs: number): void {
    const timer = { type: 'sync-expired', groupId: this.groupId } as const
    this.effects.push({ type: 'arm', timer, delayMs })
  }

  disarmSync(): void {
    this.effects.push({ type: 'disarm', timer: { type: 'sync-expired', groupId: this.groupId } })
  }

  /** A line in Kafka's words: people search for them. */
  log(line: string): void {
    this.effects.push({ type: 'log', level: 'info', event: line, fields: {} })
  }

  /** The draft as a decision: the membership becomes what it is now. Without a reply the asker waits. */
  decide(): Decision<never>
  decide<Reply>(reply: Reply): Decision<Reply>
  decide<Reply>(reply?: Reply): Decision<Reply> {
    const { groupId, records, effects } = this
    const transitions = [{ type: 'membership', groupId, membership: this.#membership() } as const]
    const decision = { transitions, records, effects }
    return reply === undefined ? decision : { ...decision, reply }
  }

  /** The same, when the answer hangs on the records. */
  store(after: { readonly stored: StoredEvent; readonly lost: LostEvent }): Decision<never> {
    return { ...this.decide(), ...after }
  }

  #membership(): Membership {
    return {
      phase: this.phase,
      phaseSinceMs: this.phaseSinceMs,
      generationId: this.generationId,
      protocolType: this.protocolType,
      protocolName: this.protocolName,
      leaderId: this.leaderId,
      members: this.members,
      staticMembers: this.staticMembers,
      pendingMembers: this.pendingMembers,
      pendingSync: this.pendingSync,
      initialDelay: this.initialDelay,
      subscribedTopics: this.subscribedTopics,
    }
  }
}
