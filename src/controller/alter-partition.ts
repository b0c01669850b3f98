/** What a leader may change of its ISR (AlterPartition: KIP-497, KIP-704, KIP-841, KIP-903). */
import { ErrorCode } from '../protocol/index.ts'
import { Draft, presenceIn } from './draft.ts'
import type { ControllerDecision, EventOf, IsrChange, PartitionKey } from './events.ts'
import type { ControllerSettings, ControllerState, PartitionState } from './state.ts'

export function decideAlterPartition(
  state: ControllerState,
  { brokerId, changes }: EventOf<'alter-partition'>,
  settings: ControllerSettings,
): ControllerDecision {
  const draft = new Draft(presenceIn(state), settings)
  const results: (PartitionKey & { result: PartitionState | ErrorCode })[] = []
  for (const change of changes) {
    const { topic, partition } = change
    const held = state.topics.get(topic)
    const before = held?.partitions.get(partition)
    if (held === undefined || before === undefined) {
      results.push({ topic, partition, result: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION })
      continue
    }
    const refusal = refuse(state, brokerId, before, change)
    if (refusal !== undefined) {
      results.push({ topic, partition, result: refusal })
      continue
    }
    const isSame = isAlreadySo(brokerId, before, change)
    const after = isSame ? before : accepted(before, change)
    results.push({ topic, partition, result: after })
    if (!isSame) draft.writeOnly({ topic, assignment: held.assignment, partition }, after)
  }
  return { ...draft.decision([]), reply: { type: 'alter-partition', results } }
}

function accepted(before: PartitionState, change: IsrChange): PartitionState {
  return {
    ...before,
    isr: change.isr,
    leaderRecoveryState: change.leaderRecoveryState,
    partitionEpoch: before.partitionEpoch + 1,
  }
}

/** Asked again after its answer was lost, a change is answered with what came of it. */
function isAlreadySo(brokerId: number, before: PartitionState, change: IsrChange): boolean {
  return (
    before.leader === brokerId &&
    before.leaderEpoch === change.leaderEpoch &&
    change.partitionEpoch <= before.partitionEpoch &&
    (before.leaderRecoveryState ?? 0) === change.leaderRecoveryState &&
    before.isr.length === change.isr.length &&
    before.isr.every((broker, nth) => broker === change.isr[nth])
  )
}

function refuse(
  state: ControllerState,
  brokerId: number,
  before: PartitionState,
  change: IsrChange,
): ErrorCode | undefined {
  const isAhead =
    change.partitionEpoch > before.partitionEpoch || change.leaderEpoch > before.leaderEpoch
  // The leader has heard of a controller after this one.
  if (isAhead) return ErrorCode.NOT_CONTROLLER
  if (change.leaderEpoch < before.leaderEpoch) return ErrorCode.FENCED_LEADER_EPOCH
  if (isAlreadySo(brokerId, before, change)) return undefined
  if (change.partitionEpoch < before.partitionEpoch) return ErrorCode.INVALID_UPDATE_VERSION
  const isRecovering = change.leaderRecoveryState === 1
  if (isRecovering && (change.isr.length > 1 || before.leaderRecoveryState !== 1)) {
    return ErrorCode.INVALID_REQUEST
  }
  // A set without the leader is no ISR: genuine leaders never send one.
  if (before.leader !== brokerId || !change.isr.includes(brokerId)) return ErrorCode.INVALID_REQUEST
  return change.isr.every((broker, nth) => isEligible(state, broker, change.epochs?.[nth]))
    ? undefined
    : ErrorCode.INELIGIBLE_REPLICA
}

/** Lives, is not about to stop, and is in the life that the leader has seen fetching. */
function isEligible(state: ControllerState, broker: number, epoch: bigint | undefined): boolean {
  const known = state.brokers.get(broker)
  if (known === undefined || state.shuttingDown.has(broker)) return false
  return epoch === undefined || epoch === -1n || epoch === known.epoch
}
