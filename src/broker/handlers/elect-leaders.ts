import type { ElectionType, PartitionKey } from '../../controller/index.ts'
import { isKnown, partitionOf } from '../../metadata/index.ts'
import { ElectLeadersRequest, ElectLeadersResponse, ErrorCode } from '../../protocol/index.ts'
import type { BrokerContext } from '../context.ts'
import { handler, type Handler } from '../handler.ts'
import { byTopic } from './by-topic.ts'

/** By their number on the wire (KIP-460); version 0 knows the first one only. */
const electionTypes: readonly ElectionType[] = ['preferred', 'unclean']

type Result = PartitionKey & { readonly errorCode: ErrorCode; readonly message: string | null }

/** ElectLeaders (43): elects first replicas, or any that live; answers when this broker has heard of them (KIP-183). */
export function electLeaders(broker: BrokerContext): Handler {
  return handler(ElectLeadersRequest, ElectLeadersResponse, async body => {
    const election = electionTypes[body.electionType]
    const partitions = namedIn(body) ?? allOf(broker)
    if (election === undefined) {
      const errorCode = ErrorCode.UNKNOWN_SERVER_ERROR
      const named = body.topicPartitions === null ? [] : partitions
      return answer(wordless(named, errorCode), errorCode)
    }
    const elected = await broker.controller().electLeaders(election, partitions)
    if (typeof elected === 'number') {
      const isElsewhere = elected === ErrorCode.NOT_CONTROLLER
      return answer(wordless(partitions, elected), isElsewhere ? ErrorCode.NONE : elected)
    }
    const told = await untilTold(broker, elected.results, body.timeoutMs)
    const isAsked = ({ errorCode }: Result): boolean =>
      body.topicPartitions !== null || errorCode !== ErrorCode.ELECTION_NOT_NEEDED
    return answer(told.filter(isAsked))
  })
}

/** Each once; `undefined`: all that there are. */
function namedIn({ topicPartitions }: ElectLeadersRequest): PartitionKey[] | undefined {
  if (topicPartitions === null) return undefined
  const named = topicPartitions.flatMap(({ topic, partitions }) =>
    partitions.map(partition => ({ topic, partition })),
  )
  return [...new Map(named.map(place => [`${place.topic}-${place.partition}`, place])).values()]
}

function allOf({ metadata }: BrokerContext): PartitionKey[] {
  return [...metadata.image.topics.values()].flatMap(({ name: topic, partitions }) =>
    partitions.filter(isKnown).map(({ partition }) => ({ topic, partition })),
  )
}

/** Those elected that this broker has not heard of in time are timed out. */
async function untilTold(
  { metadata }: BrokerContext,
  elected: readonly (Result & { readonly leader: number })[],
  timeoutMs: number,
): Promise<Result[]> {
  const isTold = ({ topic, partition, errorCode, leader }: (typeof elected)[number]): boolean =>
    errorCode !== ErrorCode.NONE || partitionOf(metadata.image, topic, partition)?.leader === leader
  await metadata.waitFor(() => elected.every(isTold), timeoutMs)
  return elected.map(result =>
    isTold(result) ? result : { ...result, errorCode: ErrorCode.REQUEST_TIMED_OUT, message: null },
  )
}

function wordless(partitions: readonly PartitionKey[], errorCode: ErrorCode): Result[] {
  return partitions.map(place => ({ ...place, errorCode, message: null }))
}

function answer(results: readonly Result[], errorCode: ErrorCode = ErrorCode.NONE) {
  const replicaElectionResults = byTopic(results).map(([topic, own]) => ({
    topic,
    partitionResult: own.map(({ partition, errorCode: code, message }) => ({
      ...{ partitionId: partition, errorCode: code, errorMessage: message },
    })),
  }))
  return { throttleTimeMs: 0, errorCode, replicaElectionResults }
}
