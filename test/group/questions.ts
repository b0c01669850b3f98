/** Questions for the group machine with everything filled in, of which a test states what matters. */
import { strict as assert } from 'node:assert'
import type {
  CommitOffsets,
  Heartbeat,
  JoinGroup,
  LeaveGroup,
  OffsetToCommit,
  SyncGroup,
} from '../../src/group/index.ts'
import { ErrorCode } from '../../src/protocol/index.ts'
import type { Rig } from './rig.ts'
import { subscription } from './scenario.ts'

type Fields<Event> = Partial<Omit<Event, 'type'>>

export const SESSION_MS = 10_000
export const REBALANCE_MS = 60_000

/** From a client before KIP-394: it is a member at once. */
export function joinGroup(fields: Fields<JoinGroup> = {}): JoinGroup {
  return {
    type: 'join-group',
    groupId: 'g',
    request: 1,
    uuid: 'uuid',
    memberId: '',
    groupInstanceId: null,
    clientId: 'client',
    clientHost: '/127.0.0.1',
    sessionTimeoutMs: SESSION_MS,
    rebalanceTimeoutMs: REBALANCE_MS,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: subscription(['t']) }],
    reason: null,
    canRejoinWithId: false,
    canSkipAssignment: true,
    ...fields,
  }
}

export function syncGroup(fields: Fields<SyncGroup> = {}): SyncGroup {
  return {
    type: 'sync-group',
    groupId: 'g',
    request: 1,
    memberId: '',
    groupInstanceId: null,
    generationId: 1,
    protocolType: null,
    protocolName: null,
    assignments: [],
    ...fields,
  }
}

export function heartbeat(fields: Fields<Heartbeat> = {}): Heartbeat {
  return {
    type: 'heartbeat',
    groupId: 'g',
    memberId: '',
    groupInstanceId: null,
    generationId: 1,
    ...fields,
  }
}

export function leaveGroup(...memberIds: string[]): LeaveGroup {
  const members = memberIds.map(memberId => ({ memberId, groupInstanceId: null, reason: null }))
  return { type: 'leave-group', groupId: 'g', members }
}

export function commitOffsets(fields: Fields<CommitOffsets> = {}): CommitOffsets {
  return {
    type: 'commit-offsets',
    groupId: 'g',
    memberId: '',
    groupInstanceId: null,
    generationId: -1,
    retentionMs: -1n,
    offsets: [offset()],
    knowsGroupIdNotFound: false,
    producer: undefined,
    ...fields,
  }
}

export function offset(fields: Partial<OffsetToCommit> = {}): OffsetToCommit {
  return {
    topic: 't',
    partition: 0,
    offset: 5n,
    leaderEpoch: -1,
    metadata: null,
    commitTimestamp: -1n,
    ...fields,
  }
}

/** Asks for a rebalance in which `clientIds` join the empty group g; their ids are `client-uuid`. */
export function joinAll(
  rig: Rig,
  clientIds: readonly string[],
  fields: Fields<JoinGroup> = {},
): void {
  for (const clientId of clientIds) {
    rig.ask(joinGroup({ ...fields, clientId, request: rig.nextRequest }))
  }
  rig.advance(2 * rig.settings.initialRebalanceDelayMs)
}

/** A stable group g in generation 1: the first of `clientIds` leads, each is assigned its own name. */
export function makeStable(
  rig: Rig,
  clientIds: readonly string[],
  fields: Fields<JoinGroup> = {},
): void {
  joinAll(rig, clientIds, fields)
  const [leader, ...followers] = clientIds.map(clientId => `${clientId}-uuid`)
  const assignments = clientIds.map(clientId => ({
    memberId: `${clientId}-uuid`,
    assignment: Buffer.from(clientId),
  }))
  for (const memberId of followers) rig.ask(syncGroup({ memberId, request: rig.nextRequest }))
  const request = rig.nextRequest
  const reply = rig.ask(syncGroup({ memberId: leader ?? '', request, assignments }))
  assert.equal(reply?.errorCode, ErrorCode.NONE)
}
