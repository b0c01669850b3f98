/**
 * What a transactional producer asks its coordinators, each request until it is answered for good.
 * Mirrors the handlers of TransactionManager; the first version of transactions (KIP-98, KIP-360,
 * KIP-447), which every broker since 0.11 speaks.
 */
import { sleep } from '../../host/index.ts'
import {
  AddOffsetsToTxnRequest,
  AddOffsetsToTxnResponse,
  AddPartitionsToTxnRequest,
  AddPartitionsToTxnResponse,
  EndTxnRequest,
  EndTxnResponse,
  ErrorCode,
  errorName,
  InitProducerIdRequest,
  InitProducerIdResponse,
  isRetriable,
  TxnOffsetCommitRequest,
  TxnOffsetCommitResponse,
} from '../../protocol/index.ts'
import { apiCall } from '../connection/api-call.ts'
import { backoffMs } from '../connection/backoff.ts'
import type { Cluster } from '../connection/cluster.ts'
import { Coordinator } from '../connection/coordinator.ts'
import {
  committingMember,
  initProducerIdBody,
  raisesEpochs,
  type CommittingMember,
} from '../connection/shapes.ts'
import { isWorthRetrying, KafkaError } from '../errors.ts'
import { byTopic, nameOf, type TopicPartition } from '../topic-partition.ts'
import type { ProducerIdentity } from './partition-queue.ts'
import type { OffsetToSend } from './producer.ts'

/** v6 is of two-phase commits (KIP-939). */
const initProducerIdCall = apiCall(InitProducerIdRequest, InitProducerIdResponse, { to: 5 })
/** v4 is for brokers (KIP-890). */
const addPartitionsCall = apiCall(AddPartitionsToTxnRequest, AddPartitionsToTxnResponse, { to: 3 })
const addOffsetsCall = apiCall(AddOffsetsToTxnRequest, AddOffsetsToTxnResponse, { to: 4 })
/** v5 of both are of the second version of transactions (KIP-890). */
const txnOffsetCommitCall = apiCall(TxnOffsetCommitRequest, TxnOffsetCommitResponse, { to: 4 })
const endTxnCall = apiCall(EndTxnRequest, EndTxnResponse, { to: 4 })

/** The transaction before is all but complete: a full pause would be longer than that takes. */
const CONCURRENT_PAUSE_MS = 20

const fencedCodes = new Set<number>([ErrorCode.INVALID_PRODUCER_EPOCH, ErrorCode.PRODUCER_FENCED])

export interface TransactionRequestsOptions {
  readonly cluster: Cluster
  readonly transactionalId: string
  readonly transactionTimeoutMs: number
  /** Whether what was begun for the transaction is to go on; else it ends with its next refusal. */
  readonly isWanted: () => boolean
}

export class TransactionRequests {
  readonly #options: TransactionRequestsOptions
  readonly #coordinator: Coordinator
  readonly #groups = new Map<string, Coordinator>()
  /** Whether the coordinator can give a higher epoch to who names the one before (KIP-360). */
  canRaiseEpoch = false

  constructor(options: TransactionRequestsOptions) {
    this.#options = options
    this.#coordinator = new Coordinator(options.cluster, 'transaction', options.transactionalId)
  }

  /** Ends what an earlier producer of this id has left open, and fences it. */
  async initProducerId(current: ProducerIdentity): Promise<ProducerIdentity> {
    const { transactionalId, transactionTimeoutMs } = this.#options
    const question = { transactionalId, transactionTimeoutMs, ...current }
    return this.#persist({ isOfTransaction: false }, async () => {
      const answer = await this.#coordinator.send(initProducerIdCall, version => {
        this.canRaiseEpoch = raisesEpochs(version)
        return initProducerIdBody(question, version)
      })
      this.#ensureDone(answer.errorCode, 'InitProducerIdResponse')
      return { producerId: answer.producerId, producerEpoch: answer.producerEpoch }
    })
  }

  /** @throws KafkaError TOPIC_AUTHORIZATION_FAILED, and KAFKA_ERROR for what partitions are refused with */
  async addPartitions(
    { producerId, producerEpoch }: ProducerIdentity,
    partitions: readonly TopicPartition[],
  ): Promise<void> {
    const v3AndBelowTopics = [...byTopic(partitions)].map(([name, items]) => ({
      name,
      partitions: items.map(({ partition }) => partition),
    }))
    await this.#persist({ isOfTransaction: true }, async () => {
      const answer = await this.#coordinator.send(addPartitionsCall, () => ({
        v3AndBelowTransactionalId: this.#options.transactionalId,
        v3AndBelowProducerId: producerId,
        v3AndBelowProducerEpoch: producerEpoch,
        v3AndBelowTopics,
      }))
      this.#ensureAdded(answer.resultsByTopicV3AndBelow)
    })
  }

  #ensureAdded(topics: AddPartitionsToTxnResponse['resultsByTopicV3AndBelow']): void {
    const refused = topics.flatMap(({ name, resultsByPartition }) =>
      resultsByPartition
        .filter(({ partitionErrorCode }) => partitionErrorCode !== ErrorCode.NONE)
        .map(({ partitionIndex, partitionErrorCode }) => ({
          topic: name,
          partition: partitionIndex,
          errorCode: partitionErrorCode,
        })),
    )
    for (const { errorCode } of refused) {
      const isOfOne = partitionCodes.has(errorCode) && !isRetriable(errorCode)
      if (!isOfOne) this.#ensureDone(errorCode, 'AddPartitionsToTxnResponse')
    }
    const isForbidden = ({ errorCode }: (typeof refused)[number]): boolean =>
      errorCode === ErrorCode.TOPIC_AUTHORIZATION_FAILED
    const forbidden = [...new Set(refused.filter(isForbidden).map(({ topic }) => topic))]
    if (forbidden.length > 0) {
      const message = `Not authorized to access topics: [${forbidden.join(', ')}]`
      throw new KafkaError('TOPIC_AUTHORIZATION_FAILED', message)
    }
    if (refused.length === 0) return
    const errors = refused.map(item => `${nameOf(item)}=${errorName(item.errorCode)}`).join(', ')
    const message = `Could not add partitions to transaction due to errors: {${errors}}`
    throw new KafkaError('KAFKA_ERROR', message)
  }

  async addOffsets(
    { producerId, producerEpoch }: ProducerIdentity,
    groupId: string,
  ): Promise<void> {
    const { transactionalId } = this.#options
    await this.#persist({ isOfTransaction: true }, async () => {
      const body = { transactionalId, producerId, producerEpoch, groupId }
      const { errorCode } = await this.#coordinator.send(addOffsetsCall, () => body)
      this.#ensureDone(errorCode, 'AddOffsetsToTxnResponse')
    })
  }

  /** To the coordinator of the group, whose offsets they are. */
  async commitOffsets(
    { producerId, producerEpoch }: ProducerIdentity,
    offsets: readonly OffsetToSend[],
    member: CommittingMember,
  ): Promise<void> {
    const coordinator = this.#coordinatorOf(member.groupId)
    const topics = txnOffsetTopics(offsets)
    const { transactionalId } = this.#options
    await this.#persist({ isOfTransaction: true }, async () => {
      const answer = await coordinator.send(txnOffsetCommitCall, version => ({
        transactionalId,
        producerId,
        producerEpoch,
        ...committingMember(member, version),
        topics,
      }))
      for (const { errorCode } of answer.topics.flatMap(({ partitions }) => partitions)) {
        coordinator.heed(errorCode)
        ensureMember(errorCode)
        this.#ensureDone(errorCode, 'TxnOffsetCommitResponse')
      }
    })
  }

  async endTransaction(
    { producerId, producerEpoch }: ProducerIdentity,
    committed: boolean,
  ): Promise<void> {
    const { transactionalId } = this.#options
    await this.#persist({ isOfTransaction: false }, async () => {
      const body = { transactionalId, producerId, producerEpoch, committed }
      const { errorCode } = await this.#coordinator.send(endTxnCall, () => body)
      this.#ensureDone(errorCode, 'EndTxnResponse')
    })
  }

  #coordinatorOf(groupId: string): Coordinator {
    let coordinator = this.#groups.get(groupId)
    if (coordinator === undefined) {
      // One group is the rule; who has thousands by turns looks for them anew.
      this.#groups.clear()
      coordinator = new Coordinator(this.#options.cluster, 'group', groupId)
      this.#groups.set(groupId, coordinator)
    }
    return coordinator
  }

  /** @throws KafkaError for an error of a coordinator; an epoch that it does not take any more is a fenced producer */
  #ensureDone(errorCode: number, response: string): void {
    if (errorCode === ErrorCode.NONE) return
    this.#coordinator.heed(errorCode)
    if (fencedCodes.has(errorCode)) throw KafkaError.of(ErrorCode.PRODUCER_FENCED)
    const error = KafkaError.of(errorCode)
    if (error.retriable || expectedCodes.has(errorCode)) throw error
    throw new KafkaError(error.code, `Unexpected error in ${response}: ${error.message}`)
  }

  /** Until it is done, refused for good, or (when it is part of a transaction) not wanted any more. */
  async #persist<T>(
    { isOfTransaction }: { readonly isOfTransaction: boolean },
    attempt: () => Promise<T>,
  ): Promise<T> {
    const { cluster, isWanted } = this.#options
    const { clock, random } = cluster.host
    for (let failures = 1; ; failures += 1) {
      cluster.ensureOpen()
      try {
        return await attempt()
      } catch (error) {
        if (!isWorthRetrying(error)) throw error
        // Without an answer it may have been done: then it is asked until that is known.
        if (isOfTransaction && error instanceof KafkaError && !isWanted()) throw error
        const isConcurrent = error instanceof KafkaError && error.code === 'CONCURRENT_TRANSACTIONS'
        const pauseMs = backoffMs(failures, cluster.settings.retryBackoff, random)
        await sleep(clock, isConcurrent ? Math.min(pauseMs, CONCURRENT_PAUSE_MS) : pauseMs)
      }
    }
  }
}

/** Told of single partitions: what else there is concerns the transaction. */
const partitionCodes = new Set<number>([
  ErrorCode.TOPIC_AUTHORIZATION_FAILED,
  ErrorCode.OPERATION_NOT_ATTEMPTED,
  ErrorCode.INVALID_TOPIC_EXCEPTION,
])

/** Kafka's own text says it all. */
const expectedCodes = new Set<number>([
  ErrorCode.CLUSTER_AUTHORIZATION_FAILED,
  ErrorCode.FENCED_INSTANCE_ID,
  ErrorCode.GROUP_AUTHORIZATION_FAILED,
  ErrorCode.INVALID_PRODUCER_ID_MAPPING,
  ErrorCode.INVALID_TXN_STATE,
  ErrorCode.TRANSACTION_ABORTABLE,
  ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
  ErrorCode.UNKNOWN_PRODUCER_ID,
  ErrorCode.UNSUPPORTED_FOR_MESSAGE_FORMAT,
])

const strangerCodes = new Set<number>([ErrorCode.UNKNOWN_MEMBER_ID, ErrorCode.ILLEGAL_GENERATION])

/** @throws KafkaError COMMIT_FAILED when the group has gone on without the member (KIP-447) */
function ensureMember(errorCode: number): void {
  if (!strangerCodes.has(errorCode)) return
  const cause = KafkaError.of(errorCode)
  const message = `Transaction offset Commit failed due to consumer group metadata mismatch: ${cause.message}`
  throw new KafkaError('COMMIT_FAILED', message, { cause })
}

function txnOffsetTopics(offsets: readonly OffsetToSend[]): TxnOffsetCommitRequest['topics'] {
  return [...byTopic(offsets)].map(([name, items]) => ({
    name,
    partitions: items.map(({ partition, offset, leaderEpoch = -1, metadata = '' }) => ({
      partitionIndex: partition,
      committedOffset: BigInt(offset),
      committedLeaderEpoch: leaderEpoch,
      committedMetadata: metadata,
    })),
  }))
}
