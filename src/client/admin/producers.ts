/** What partitions remember of their producers (KIP-664). */
import {
  DescribeProducersRequest,
  DescribeProducersResponse,
  ErrorCode,
} from '../../protocol/index.ts'
import { apiCall } from '../connection/api-call.ts'
import { failure, KafkaError, success, type Outcome } from '../errors.ts'
import { byTopic, nameOf, type TopicPartition } from '../topic-partition.ts'
import { settle, type AdminCallOptions, type AdminContext } from './context.ts'
import { askLeaders, type PartitionOutcome } from './leaders.ts'

const describeProducersCall = apiCall(DescribeProducersRequest, DescribeProducersResponse)
const NAME = 'describeProducers'

export interface ProducerState {
  readonly producerId: number
  readonly producerEpoch: number
  /** -1: none is remembered. */
  readonly lastSequence: number
  /** Milliseconds since 1970; -1: none. */
  readonly lastTimestamp: number
  /** Of the newest marker. */
  readonly coordinatorEpoch: number | undefined
  /** Of the transaction that is open. */
  readonly transactionStartOffset: number | undefined
}

export interface DescribeProducersOptions extends AdminCallOptions {
  /** Ask this replica; default: the leader of each partition. */
  readonly brokerId?: number | undefined
}

export async function describeProducers(
  context: AdminContext,
  partitions: readonly TopicPartition[],
  { brokerId, ...options }: DescribeProducersOptions = {},
): Promise<readonly PartitionOutcome<readonly ProducerState[]>[]> {
  const call = { ...options, retries: isPassing(brokerId) }
  if (brokerId === undefined) {
    return askLeaders(context, {
      ...call,
      name: `${NAME}(api=METADATA)`,
      partitions,
      askLeader: (leaderId, items) => askBroker(context, leaderId, items, undefined),
    })
  }
  const byName = new Map(partitions.map(item => [nameOf(item), item]))
  const outcomes = await settle<string, readonly ProducerState[]>(
    context,
    { ...call, name: NAME, keys: [...byName.keys()] },
    async names => {
      await context.cluster.fetchMetadata({ topics: [] })
      const items = names.flatMap(name => byName.get(name) ?? [])
      return askBroker(context, brokerId, items, brokerId)
    },
  )
  return partitions.flatMap(({ topic, partition }) => {
    const outcome = outcomes.get(nameOf({ topic, partition }))
    return outcome === undefined ? [] : [{ topic, partition, ...outcome }]
  })
}

/** A broker that was asked for by its id is not exchanged for another. */
function isPassing(brokerId: number | undefined): (error: KafkaError) => boolean {
  return ({ errorCode }) =>
    errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION ||
    errorCode === ErrorCode.LEADER_NOT_AVAILABLE ||
    (errorCode === ErrorCode.NOT_LEADER_OR_FOLLOWER && brokerId === undefined)
}

async function askBroker(
  context: AdminContext,
  brokerId: number,
  partitions: readonly TopicPartition[],
  chosenId: number | undefined,
): Promise<ReadonlyMap<string, Outcome<readonly ProducerState[]>>> {
  const answer = await context.cluster.send(brokerId, describeProducersCall, () => ({
    topics: [...byTopic(partitions)].map(([name, items]) => ({
      name,
      partitionIndexes: items.map(({ partition }) => partition),
    })),
  }))
  const described = answer.topics.flatMap(({ name, partitions: items }) =>
    items.map(item => {
      const place = { topic: name, partition: item.partitionIndex }
      return [nameOf(place), outcomeFor(place, item, chosenId)] as const
    }),
  )
  return new Map(described)
}

type Described = DescribeProducersResponse['topics'][number]['partitions'][number]

function outcomeFor(
  place: TopicPartition,
  { errorCode, errorMessage, activeProducers }: Described,
  chosenId: number | undefined,
): Outcome<readonly ProducerState[]> {
  if (errorCode === ErrorCode.NONE) return success(activeProducers.map(stateOf))
  const error = KafkaError.of(errorCode, errorMessage)
  if (isPassing(chosenId)(error)) return failure(error)
  return failure(new KafkaError(error.code, wordsFor(place, error, chosenId)))
}

function wordsFor(place: TopicPartition, error: KafkaError, chosenId: number | undefined): string {
  const subject = `Failed to describe active producers for partition ${nameOf(place)}`
  const { code, message } = error
  if (code === 'NOT_LEADER_OR_FOLLOWER') return `${subject} on brokerId ${chosenId ?? -1}`
  if (code === 'TOPIC_AUTHORIZATION_FAILED') {
    return `${subject} due to authorization failure on topic \`${place.topic}\``
  }
  if (code !== 'INVALID_TOPIC_EXCEPTION') return `${subject} due to unexpected error`
  return (
    `Failed to fetch metadata for partition ${nameOf(place)} due to invalid topic error: ` + message
  )
}

function stateOf(producer: Described['activeProducers'][number]): ProducerState {
  const { coordinatorEpoch, currentTxnStartOffset } = producer
  return {
    producerId: producer.producerId,
    producerEpoch: producer.producerEpoch,
    lastSequence: producer.lastSequence,
    lastTimestamp: producer.lastTimestamp,
    coordinatorEpoch: coordinatorEpoch < 0 ? undefined : coordinatorEpoch,
    transactionStartOffset: currentTxnStartOffset < 0 ? undefined : currentTxnStartOffset,
  }
}
