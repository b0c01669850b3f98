/** Which replicas a partition may be moved to, with the words of Kafka's controller. */
import { ErrorCode } from '../protocol/index.ts'
import type { PartitionOutcome } from './events.ts'
import { movedTo, originReplicas, type PartitionAssignment } from './partition-assignment.ts'
import type { ControllerState } from './state.ts'

/** Up to here Scala's immutable sets have a name of no particular kind. */
const LARGEST_SMALL_SET = 4

const list = (ids: readonly number[]): string => `ArrayBuffer(${ids.join(', ')})`
const set = (ids: readonly number[]): string =>
  `${ids.length > LARGEST_SMALL_SET ? 'HashSet' : 'Set'}(${ids.join(', ')})`

const invalid = (message: string): PartitionOutcome => ({
  errorCode: ErrorCode.INVALID_REPLICA_ASSIGNMENT,
  message,
})

const noReplicas: PartitionAssignment = { replicas: [], addingReplicas: [], removingReplicas: [] }

/** What is wrong with a list of replicas whatever the cluster looks like. */
export function refuseReplicas(replicas: readonly number[]): PartitionOutcome | undefined {
  if (replicas.length === 0)
    return invalid('Empty replica list specified in partition reassignment.')
  if (new Set(replicas).size !== replicas.length)
    return invalid(
      `Duplicate replica ids in partition reassignment replica list: ${list(replicas)}`,
    )
  return replicas.some(id => id < 0)
    ? invalid(`Invalid broker id in replica list: ${list(replicas)}`)
    : undefined
}

/** Brokers that are to get a replica have to live, and not be about to stop. */
export function refuseTarget(
  { brokers, shuttingDown }: ControllerState,
  current: PartitionAssignment = noReplicas,
  replicas: readonly number[],
  allowsFactorChange: boolean,
): PartitionOutcome | undefined {
  const refusal = refuseReplicas(replicas)
  if (refusal !== undefined) return refusal
  const live = [...brokers.keys()].filter(id => !shuttingDown.has(id))
  const { addingReplicas } = movedTo(current, replicas)
  if (!addingReplicas.every(id => live.includes(id)))
    return invalid(
      'Replica assignment has brokers that are not alive. Replica list: ' +
        `${list(addingReplicas)}, live broker list: ${set(live)}`,
    )
  const before = originReplicas(current).length
  if (allowsFactorChange || current === noReplicas || before === replicas.length) return undefined
  return {
    errorCode: ErrorCode.INVALID_REPLICATION_FACTOR,
    message: `The replication factor is changed from ${before} to ${replicas.length}`,
  }
}
