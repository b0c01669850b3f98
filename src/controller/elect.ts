/** Who leads a partition (Kafka's PartitionLeaderElectionAlgorithms and the ReplicaStateMachine's changes of the ISR). */
import { NO_LEADER, type PartitionState } from './state.ts'

/** A partition's replicas as an election sees them. */
export interface Candidates {
  readonly replicas: readonly number[]
  /** Lives, on a disk that works, and has not come again in the meantime: what it knew in memory it still knows. */
  isOnline(broker: number): boolean
  /** Online, and not about to stop. */
  mayLead(broker: number): boolean
  /** Lives, perhaps after a restart: what it had not yet written to the disk may be lost. */
  isBack(broker: number): boolean
  readonly isUncleanAllowed: boolean
}

/** The first state of a new partition: its first live replica leads, all live ones are in sync; `undefined` while none lives. */
export function firstState(
  replicas: readonly number[],
  isLive: (broker: number) => boolean,
): PartitionState | undefined {
  const isr = replicas.filter(isLive)
  const [leader] = isr
  return leader === undefined ? undefined : { leader, leaderEpoch: 0, isr, partitionEpoch: 0 }
}

/**
 * The state after brokers or disks failed: who is not there is not in sync. The first replica of the
 * assignment that is in sync leads on. Where nobody is left the last in-sync replica stays noted, as
 * only it may lead again without loss, unless loss is allowed (KIP-106, KIP-704). What stays as it
 * was is `before` itself.
 */
export function repair(before: PartitionState, candidates: Candidates): PartitionState {
  const isr = before.isr.filter(broker => candidates.isOnline(broker))
  if (before.leader !== NO_LEADER && candidates.isOnline(before.leader)) {
    return isr.length === before.isr.length ? before : next(before, before.leader, isr)
  }
  const leader = candidates.replicas.find(
    broker => candidates.mayLead(broker) && isr.includes(broker),
  )
  if (leader !== undefined) return next(before, leader, isr)
  return electLast(before, candidates)
}

function electLast(before: PartitionState, candidates: Candidates): PartitionState {
  const last = before.isr.slice(-1)
  const [keeper] = last
  if (keeper !== undefined && candidates.isBack(keeper)) return next(before, keeper, last)
  const unclean = candidates.isUncleanAllowed
    ? candidates.replicas.find(broker => candidates.isBack(broker))
    : undefined
  if (unclean !== undefined) {
    return { ...next(before, unclean, [unclean]), leaderRecoveryState: 1 }
  }
  return before.leader === NO_LEADER ? before : next(before, NO_LEADER, last)
}

/** Before `broker` stops: another in-sync replica leads, and who is about to stop is not in sync any more. */
export function withoutStopping(
  before: PartitionState,
  broker: number,
  candidates: Candidates,
): PartitionState {
  const isr = before.isr.filter(member => member !== broker)
  if (before.leader !== broker) {
    return isr.length === before.isr.length || isr.length === 0
      ? before
      : next(before, before.leader, isr)
  }
  const leader = candidates.replicas.find(
    member => candidates.mayLead(member) && isr.includes(member),
  )
  if (leader === undefined) return before
  return next(
    before,
    leader,
    isr.filter(member => candidates.mayLead(member)),
  )
}

/** The first replica of the assignment, when it is in sync, instead of whoever leads. */
export function preferFirst(before: PartitionState, candidates: Candidates): PartitionState {
  const [preferred] = candidates.replicas
  if (preferred === undefined || preferred === before.leader) return before
  const isFit = candidates.mayLead(preferred) && before.isr.includes(preferred)
  return isFit ? next(before, preferred, before.isr) : before
}

/** The same in a new epoch. */
export function renewed(before: PartitionState): PartitionState {
  return next(before, before.leader, before.isr)
}

function next(before: PartitionState, leader: number, isr: readonly number[]): PartitionState {
  return {
    ...before,
    leader,
    isr,
    leaderEpoch: before.leaderEpoch + 1,
    partitionEpoch: before.partitionEpoch + 1,
  }
}
