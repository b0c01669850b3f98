/** The group coordinator's decisions as a machine that can be run. */
import assert from 'node:assert/strict'
import {
  apply,
  createShard,
  decide,
  decodeRecord,
  encodeRecord,
  refuse,
  type ClientEvent,
  type GroupEvent,
  type GroupRecord,
  type GroupReply,
  type GroupSettings,
  type GroupShard,
  type LostEvent,
  type RecordVersions,
  type TimerEvent,
  type Transition,
} from '../group/index.ts'
import type { Machine } from './machine.ts'

export interface GroupTypes {
  readonly state: GroupShard
  readonly event: GroupEvent
  readonly question: ClientEvent
  readonly reply: GroupReply
  readonly record: GroupRecord
  readonly transition: Transition
  readonly timer: TimerEvent
  readonly lost: LostEvent
  readonly action: never
}

export function groupMachine(
  settings: GroupSettings,
  versions: RecordVersions,
  partition: number,
): Machine<GroupTypes> {
  return {
    createState: () => createShard(settings, partition),
    decide,
    apply,
    refuse,
    lostEvent: (lost, errorCode) => ({ ...lost, errorCode }),
    loadedEvents: ({ groups }) =>
      [...groups.keys()].map(groupId => ({ type: 'group-loaded', groupId })),
    timerKey: timerKeyOf,
    encode: record => {
      assert(record.type !== 'transaction-end', 'markers are written by the log')
      return encodeRecord(record, versions)
    },
    decode: decodeRecord,
    transactionEnd: (producerId, committed) => ({ type: 'transaction-end', producerId, committed }),
  }
}

/** Unambiguous because the length of the group id stands before it. */
function timerKeyOf(timer: TimerEvent): string {
  const { type, groupId } = timer
  const memberId = type === 'session-expired' ? timer.memberId : ''
  return `${type}:${groupId.length}:${groupId}${memberId}`
}
