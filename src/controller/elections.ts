/** Elections that somebody asks for: of first replicas, and of any that lives (KIP-183, KIP-460). */
import { ErrorCode, errorText } from '../protocol/index.ts'
import { Draft, presenceIn } from './draft.ts'
import { preferFirst, repair } from './elect.ts'
import type {
  ControllerDecision,
  ElectionType,
  EventOf,
  PartitionKey,
  PartitionOutcome,
} from './events.ts'
import {
  NO_LEADER,
  type ControllerSettings,
  type ControllerState,
  type PartitionState,
} from './state.ts'

type Elected = PartitionOutcome & { readonly leader: number }

export function decideElections(
  state: ControllerState,
  { election, partitions }: EventOf<'elect-leaders'>,
  settings: ControllerSettings,
): ControllerDecision {
  const draft = new Draft(presenceIn(state), settings)
  const results = partitions.map(({ topic, partition }) => ({
    ...{ topic, partition },
    ...elect(state, draft, election, { topic, partition }),
  }))
  return { ...draft.decision([]), reply: { type: 'elections', results } }
}

/** What an old tool has asked for by a znode: nobody waits for an answer. */
export function decideRequestedElections(
  state: ControllerState,
  { partitions }: EventOf<'elections-requested'>,
  settings: ControllerSettings,
): ControllerDecision {
  const event = { type: 'elect-leaders', election: 'preferred', partitions } as const
  const { writes, records, effects } = decideElections(state, event, settings)
  return { writes: [...writes, { type: 'remove-requested-elections' }], records, effects }
}

const failed = (errorCode: ErrorCode, message = errorText(errorCode)): Elected => ({
  ...{ errorCode, message },
  leader: NO_LEADER,
})

function elect(
  state: ControllerState,
  draft: Draft,
  election: ElectionType,
  { topic, partition }: PartitionKey,
): Elected {
  const held = state.topics.get(topic)
  const replicas = held?.assignment.replicas.get(partition)
  if (held === undefined || replicas === undefined)
    return failed(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, 'The partition does not exist.')
  if (state.deletions.has(topic))
    return failed(ErrorCode.INVALID_TOPIC_EXCEPTION, 'The topic is being deleted')
  const before = held.partitions.get(partition)
  if (before !== undefined && isLedWell(state, election, before, replicas))
    return failed(ErrorCode.ELECTION_NOT_NEEDED)
  const candidates = draft.candidates(topic, partition, replicas)
  const after =
    before &&
    (election === 'preferred'
      ? preferFirst(before, candidates)
      : repair(before, { ...candidates, isUncleanAllowed: true }))
  if (before === undefined || after === undefined || after === before || after.leader === NO_LEADER)
    return nobody(election, `${topic}-${partition}`)
  draft.change({ topic, assignment: held.assignment, partition }, before, after)
  return { errorCode: ErrorCode.NONE, message: null, leader: after.leader }
}

function isLedWell(
  { brokers, shuttingDown }: ControllerState,
  election: ElectionType,
  { leader }: PartitionState,
  [preferred]: readonly number[],
): boolean {
  return election === 'preferred'
    ? leader === preferred
    : brokers.has(leader) && !shuttingDown.has(leader)
}

function nobody(election: ElectionType, place: string): Elected {
  const about = `Failed to elect leader for partition ${place} under strategy `
  return election === 'preferred'
    ? failed(
        ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE,
        `${about}PreferredReplicaPartitionLeaderElectionStrategy`,
      )
    : failed(
        ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE,
        `${about}OfflinePartitionLeaderElectionStrategy(true)`,
      )
}
