/** Transactions as an administrator sees them: who has one, where, and how to end one that hangs (KIP-664). */
import {
  DescribeTransactionsRequest,
  DescribeTransactionsResponse,
  ErrorCode,
  ListTransactionsRequest,
  ListTransactionsResponse,
  WriteTxnMarkersRequest,
  WriteTxnMarkersResponse,
} from '../../protocol/index.ts'
import { apiCall } from '../connection/api-call.ts'
import { listTransactionsBody } from '../connection/shapes.ts'
import { failure, KafkaError, success, unwrap, type Outcome } from '../errors.ts'
import { nameOf, type TopicPartition } from '../topic-partition.ts'
import { ask, type AdminCallOptions, type AdminContext } from './context.ts'
import { askCoordinators } from './groups.ts'
import { askLeaders } from './leaders.ts'

/** v2 may be asked by a pattern (KIP-1152), which this client does not do. */
const listTransactionsCall = apiCall(ListTransactionsRequest, ListTransactionsResponse, { to: 1 })
const describeTransactionsCall = apiCall(DescribeTransactionsRequest, DescribeTransactionsResponse)
const writeTxnMarkersCall = apiCall(WriteTxnMarkersRequest, WriteTxnMarkersResponse, { to: 1 })

const states = [
  'Ongoing',
  'PrepareAbort',
  'PrepareCommit',
  'CompleteAbort',
  'CompleteCommit',
  'Empty',
  'PrepareEpochFence',
] as const

/** As coordinators write them. */
export type TransactionState = (typeof states)[number] | 'Unknown'

const stateOf = (name: string): TransactionState =>
  states.find(state => state === name) ?? 'Unknown'

export interface TransactionListing {
  readonly transactionalId: string
  readonly producerId: number
  readonly state: TransactionState
}

export interface ListTransactionsOptions extends AdminCallOptions {
  readonly states?: readonly TransactionState[]
  readonly producerIds?: readonly number[]
  /** Only transactions that have been open for longer; from Kafka 3.8 on (KIP-994). */
  readonly longerThanMs?: number | undefined
}

/** Asks every broker; by the broker that coordinates them. @throws KafkaError when one of them fails */
export async function listTransactions(
  context: AdminContext,
  options: ListTransactionsOptions = {},
): Promise<ReadonlyMap<number, readonly TransactionListing[]>> {
  const call = { ...options, name: 'listTransactions(api=METADATA)' }
  const { brokers } = await ask(context, call, () => context.cluster.fetchMetadata({ topics: [] }))
  const entries = [...brokers.keys()].map(
    async brokerId =>
      [brokerId, await ask(context, call, () => listedBy(context, brokerId, options))] as const,
  )
  return new Map(await Promise.all(entries))
}

async function listedBy(
  { cluster }: AdminContext,
  brokerId: number,
  { states: wanted = [], producerIds = [], longerThanMs = -1 }: ListTransactionsOptions,
): Promise<readonly TransactionListing[]> {
  const { errorCode, transactionStates } = await cluster.send(
    brokerId,
    listTransactionsCall,
    version => listTransactionsBody({ states: wanted, producerIds, longerThanMs }, version),
  )
  if (errorCode !== ErrorCode.NONE) throw listingFault(errorCode, brokerId)
  return transactionStates.map(({ transactionalId, producerId, transactionState }) => ({
    transactionalId,
    producerId,
    state: stateOf(transactionState),
  }))
}

function listingFault(errorCode: number, brokerId: number): KafkaError {
  if (errorCode === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS) return KafkaError.of(errorCode)
  const isLeaving = errorCode === ErrorCode.COORDINATOR_NOT_AVAILABLE
  const { code } = KafkaError.of(errorCode)
  return isLeaving
    ? new KafkaError(
        code,
        `ListTransactions request sent to broker ${brokerId} failed because the coordinator is ` +
          'shutting down',
        { retriable: false },
      )
    : new KafkaError(
        code,
        `ListTransactions request sent to broker ${brokerId} failed with an unexpected exception`,
      )
}

export interface TransactionDescription {
  readonly coordinatorId: number
  readonly state: TransactionState
  readonly producerId: number
  readonly producerEpoch: number
  readonly timeoutMs: number
  /** Milliseconds since 1970; absent before its first partition. */
  readonly startTimeMs: number | undefined
  /** Those that are written to, and do not have their marker yet. */
  readonly partitions: readonly TopicPartition[]
}

/** By transactional id; TRANSACTIONAL_ID_NOT_FOUND for one that is unknown. */
export async function describeTransactions(
  context: AdminContext,
  transactionalIds: readonly string[],
  options: AdminCallOptions = {},
): Promise<ReadonlyMap<string, Outcome<TransactionDescription>>> {
  const name = 'describeTransactions(api=FIND_COORDINATOR)'
  const call = { ...options, name, coordinator: 'transaction' } as const
  return askCoordinators(context, transactionalIds, call, async (node, ids) => {
    const connection = await context.cluster.connectionToCoordinator(node)
    const { body } = await connection.send(describeTransactionsCall, () => ({
      transactionalIds: [...ids],
    }))
    return new Map(
      body.transactionStates.map(state => [
        state.transactionalId,
        describedTransaction(state, node.id),
      ]),
    )
  })
}

type DescribedState = DescribeTransactionsResponse['transactionStates'][number]

function describedTransaction(
  state: DescribedState,
  coordinatorId: number,
): Outcome<TransactionDescription> {
  const { errorCode, transactionalId, transactionStartTimeMs } = state
  if (errorCode !== ErrorCode.NONE) return descriptionFault(errorCode, transactionalId)
  return success({
    coordinatorId,
    state: stateOf(state.transactionState),
    producerId: state.producerId,
    producerEpoch: state.producerEpoch,
    timeoutMs: state.transactionTimeoutMs,
    startTimeMs: transactionStartTimeMs < 0 ? undefined : transactionStartTimeMs,
    partitions: state.topics.flatMap(({ topic, partitions }) =>
      partitions.map(partition => ({ topic, partition })),
    ),
  })
}

const whyNotDescribed = new Map<number, string>([
  [ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, 'failed due to authorization failure'],
  [ErrorCode.TRANSACTIONAL_ID_NOT_FOUND, 'failed because the ID could not be found'],
])

function descriptionFault(errorCode: number, transactionalId: string): Outcome<never> {
  const { code, retriable } = KafkaError.of(errorCode)
  const why = whyNotDescribed.get(errorCode) ?? 'failed due to unexpected error'
  const message = `DescribeTransactions request for transactionalId \`${transactionalId}\` ${why}`
  return failure(new KafkaError(code, message, { retriable }))
}

/** The transaction of a producer in one partition. */
export interface TransactionToAbort extends TopicPartition {
  readonly producerId: number
  readonly producerEpoch: number
  readonly coordinatorEpoch: number
}

/** Writes the marker that its coordinator does not write. @throws KafkaError */
export async function abortTransaction(
  context: AdminContext,
  transaction: TransactionToAbort,
  options: AdminCallOptions = {},
): Promise<void> {
  const { topic, partition, producerId, producerEpoch, coordinatorEpoch } = transaction
  const marker = {
    producerId,
    producerEpoch,
    coordinatorEpoch,
    transactionResult: false,
    topics: [{ name: topic, partitionIndexes: [partition] }],
  }
  const [outcome = failure(unexpectedAnswer(transaction))] = await askLeaders(context, {
    ...options,
    name: 'abortTransaction(api=METADATA)',
    partitions: [{ topic, partition }],
    retries: ({ errorCode }) => retriedErrors.has(errorCode),
    askLeader: async leaderId => {
      const answer = await context.cluster.send(leaderId, writeTxnMarkersCall, () => ({
        markers: [marker],
      }))
      return new Map([[nameOf(transaction), abortOutcome(answer, transaction)]])
    },
  })
  unwrap(outcome)
}

const retriedErrors = new Set<number>([
  ErrorCode.NOT_LEADER_OR_FOLLOWER,
  ErrorCode.LEADER_NOT_AVAILABLE,
  ErrorCode.REPLICA_NOT_AVAILABLE,
  ErrorCode.BROKER_NOT_AVAILABLE,
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
])

function abortOutcome(
  { markers }: WriteTxnMarkersResponse,
  transaction: TransactionToAbort,
): Outcome<undefined> {
  const found = markers
    .filter(({ producerId }) => producerId === transaction.producerId)
    .flatMap(({ topics }) => topics.filter(({ name }) => name === transaction.topic))
    .flatMap(({ partitions }) => partitions)
    .find(({ partitionIndex }) => partitionIndex === transaction.partition)
  if (found === undefined) return failure(unexpectedAnswer(transaction))
  if (found.errorCode === ErrorCode.NONE) return success(undefined)
  return failure(abortFault(found.errorCode, transaction))
}

const unexpectedAnswer = (transaction: TransactionToAbort) =>
  new KafkaError(
    'KAFKA_ERROR',
    `WriteTxnMarkers response included no entry for ${abortSpecText(transaction)}`,
  )

function abortFault(errorCode: number, transaction: TransactionToAbort): KafkaError {
  const { code, message, retriable } = KafkaError.of(errorCode)
  const whys: Partial<Record<string, string>> = {
    CLUSTER_AUTHORIZATION_FAILED: 'failed due to cluster authorization error',
    INVALID_PRODUCER_EPOCH: 'failed due an invalid producer epoch',
    TRANSACTION_COORDINATOR_FENCED:
      `failed since the provided coordinator epoch ${transaction.coordinatorEpoch} has been ` +
      'fenced by the active coordinator',
  }
  const why = whys[code] ?? `failed due to unexpected error: ${message}`
  const text = `WriteTxnMarkers request with ${abortSpecText(transaction)} ${why}`
  return new KafkaError(code, text, { retriable })
}

/** As Java's `AbortTransactionSpec` prints itself. */
export function abortSpecText(transaction: TransactionToAbort): string {
  const { producerId, producerEpoch, coordinatorEpoch } = transaction
  return (
    `AbortTransactionSpec(topicPartition=${nameOf(transaction)}, producerId=${producerId}, ` +
    `producerEpoch=${producerEpoch}, coordinatorEpoch=${coordinatorEpoch})`
  )
}
