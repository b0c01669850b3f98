/** Moves of replicas: between brokers (KIP-455), and between the log directories of a broker (KIP-113). */
import {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
  AlterReplicaLogDirsRequest,
  AlterReplicaLogDirsResponse,
} from '../../protocol/index.ts'
import { apiCall } from '../connection/api-call.ts'
import { failure, KafkaError, outcomeOf, type Outcome } from '../errors.ts'
import { byTopic, groupBy, nameOf, type TopicPartition } from '../topic-partition.ts'
import {
  ask,
  controllerId,
  isForAnotherController,
  settle,
  type AdminCallOptions,
  type AdminContext,
} from './context.ts'
import type { PartitionOutcome } from './leaders.ts'

const alterReassignmentsCall = apiCall(
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
)
const alterLogDirsCall = apiCall(AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse)

export interface ReassignmentToMake extends TopicPartition {
  /** The preferred leader first; `cancel` takes back a reassignment that is under way. */
  readonly replicas: readonly number[] | 'cancel'
}

/** On return they have begun, not ended. From Kafka 2.4 on. */
export async function alterPartitionReassignments(
  context: AdminContext,
  reassignments: readonly ReassignmentToMake[],
  options: AdminCallOptions = {},
): Promise<readonly PartitionOutcome<undefined>[]> {
  const byName = new Map(reassignments.map(one => [nameOf(one), one]))
  const outcomes = await settle<string, undefined>(
    context,
    {
      ...options,
      name: 'alterPartitionReassignments',
      keys: [...byName.keys()],
      retries: isForAnotherController,
    },
    async (names, { remainingMs }) => {
      const wanted = names.flatMap(name => byName.get(name) ?? [])
      const answer = await context.cluster.send(
        await controllerId(context),
        alterReassignmentsCall,
        () => ({
          timeoutMs: Math.ceil(remainingMs()),
          topics: [...byTopic(wanted)].map(([name, items]) => ({
            name,
            partitions: items.map(({ partition, replicas }) => ({
              partitionIndex: partition,
              replicas: replicas === 'cancel' ? null : [...replicas],
            })),
          })),
        }),
      )
      const whole = outcomeOf(answer.errorCode, answer.errorMessage, undefined)
      if (!whole.ok) return new Map(names.map(name => [name, whole]))
      return new Map(
        answer.responses.flatMap(({ name: topic, partitions }) =>
          partitions.map(({ partitionIndex: partition, errorCode, errorMessage }) => [
            nameOf({ topic, partition }),
            outcomeOf(errorCode, errorMessage, undefined),
          ]),
        ),
      )
    },
  )
  return reassignments.map(({ topic, partition }) => ({
    topic,
    partition,
    ...(outcomes.get(nameOf({ topic, partition })) ?? unanswered()),
  }))
}

export interface ReplicaOnBroker extends TopicPartition {
  readonly brokerId: number
}

export interface LogDirMove extends ReplicaOnBroker {
  /** Where the replica is to lie. */
  readonly logDir: string
}

/** Each with its move. A replica that is not there yet fails with REPLICA_NOT_AVAILABLE, and will lie there once it is. */
export async function alterReplicaLogDirs(
  context: AdminContext,
  moves: readonly LogDirMove[],
  options: AdminCallOptions = {},
): Promise<readonly { readonly move: LogDirMove; readonly outcome: Outcome<undefined> }[]> {
  const call = { ...options, name: 'alterReplicaLogDirs' }
  await ask(context, call, () => context.cluster.fetchMetadata({ topics: [] }))
  const groups = [...groupBy(moves, ({ brokerId }) => brokerId)]
  const answers = groups.map(async ([brokerId, group]) => {
    const outcomes = await ask(context, call, () => moveOn(context, brokerId, group)).catch(
      (error: unknown) => new Map(group.map(move => [nameOf(move), failure(error)])),
    )
    return group.map(move => ({ move, outcome: outcomes.get(nameOf(move)) ?? unanswered() }))
  })
  return (await Promise.all(answers)).flat()
}

async function moveOn(
  { cluster }: AdminContext,
  brokerId: number,
  moves: readonly LogDirMove[],
): Promise<ReadonlyMap<string, Outcome<undefined>>> {
  const { results } = await cluster.send(brokerId, alterLogDirsCall, () => ({
    dirs: [...groupBy(moves, ({ logDir }) => logDir)].map(([path, group]) => ({
      path,
      topics: [...byTopic(group)].map(([name, items]) => ({
        name,
        partitions: items.map(({ partition }) => partition),
      })),
    })),
  }))
  return new Map(
    results.flatMap(({ topicName: topic, partitions }) =>
      partitions.map(({ partitionIndex: partition, errorCode }) => [
        nameOf({ topic, partition }),
        outcomeOf(errorCode, null, undefined),
      ]),
    ),
  )
}

const unanswered = () =>
  failure(new KafkaError('UNKNOWN_SERVER_ERROR', 'no answer for the partition'))
