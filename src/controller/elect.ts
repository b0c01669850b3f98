/** Who leads a partition (Kafka's PartitionLeaderElectionAlgorithms). */
import { NO_LEADER, type PartitionState } from './state.ts'

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
 * The state after the leader was lost: the first live replica of the assignment that is in sync
 * leads on. Where nobody is left the partition has no leader, and the last in-sync replica stays
 * noted, as only it may lead again without loss.
 */
export function electAfterLoss(
  state: PartitionState,
  replicas: readonly number[],
  isLive: (broker: number) => boolean,
): PartitionState {
  const leader = replicas.find(replica => isLive(replica) && state.isr.includes(replica))
  const isr = state.isr.filter(isLive)
  if (leader === undefined && state.leader === NO_LEADER) return state
  return {
    leader: leader ?? NO_LEADER,
    leaderEpoch: state.leaderEpoch + 1,
    isr: leader === undefined ? state.isr.slice(-1) : isr,
    partitionEpoch: state.partitionEpoch + 1,
  }
}
