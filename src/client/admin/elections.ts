/** Elections of leaders on request (KIP-183, KIP-460). */
import { ElectLeadersRequest, ElectLeadersResponse, hasField } from '../../protocol/index.ts'
import { apiCall } from '../connection/api-call.ts'
import { ensureSuccess, KafkaError, outcomeOf } from '../errors.ts'
import { byTopic, type TopicPartition } from '../topic-partition.ts'
import { ask, controllerId, type AdminCallOptions, type AdminContext } from './context.ts'
import type { PartitionOutcome } from './leaders.ts'

const electLeadersCall = apiCall(ElectLeadersRequest, ElectLeadersResponse)
const hasElectionType = hasField(ElectLeadersRequest, 'electionType')

/** On the wire. */
const electionTypes = { PREFERRED: 0, UNCLEAN: 1 } as const
export type ElectionType = keyof typeof electionTypes

/**
 * Of the partitions named, or of all that need it. A partition that is led as it should be fails with
 * ELECTION_NOT_NEEDED.
 *
 * @throws KafkaError for what concerns all of them; UNSUPPORTED_VERSION for unclean elections before 2.4
 */
export async function electLeaders(
  context: AdminContext,
  type: ElectionType,
  partitions: readonly TopicPartition[] | 'all',
  options: AdminCallOptions = {},
): Promise<readonly PartitionOutcome<undefined>[]> {
  const topicPartitions =
    partitions === 'all'
      ? null
      : [...byTopic(partitions)].map(([topic, items]) => ({
          topic,
          partitions: items.map(({ partition }) => partition),
        }))
  return ask(context, { ...options, name: 'electLeaders' }, async ({ remainingMs }) => {
    const answer = await context.cluster.send(
      await controllerId(context),
      electLeadersCall,
      version => ({
        ...electionTypeIn(version, type),
        topicPartitions,
        timeoutMs: Math.ceil(remainingMs()),
      }),
    )
    ensureSuccess(answer.errorCode)
    return answer.replicaElectionResults.flatMap(({ topic, partitionResult }) =>
      partitionResult.map(({ partitionId: partition, errorCode, errorMessage }) => ({
        topic,
        partition,
        ...outcomeOf(errorCode, errorMessage, undefined),
      })),
    )
  })
}

function electionTypeIn(version: number, type: ElectionType) {
  if (hasElectionType(version)) return { electionType: electionTypes[type] }
  if (type === 'PREFERRED') return {}
  throw new KafkaError('UNSUPPORTED_VERSION', 'API v0 only supports PREFERRED election type')
}
