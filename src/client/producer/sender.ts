/** Sends batches to the leaders of their partitions, and deals with the answers. Mirrors Sender. */
import type { Timer } from '../../host/index.ts'
import {
  ErrorCode,
  errorName,
  isRetriable,
  ProduceRequest,
  ProduceResponse,
} from '../../protocol/index.ts'
import { apiCall } from '../connection/api-call.ts'
import type { BrokerConnection } from '../connection/broker-connection.ts'
import { backoffMs } from '../connection/backoff.ts'
import type { Cluster } from '../connection/cluster.ts'
import { partitionIn } from '../connection/cluster-view.ts'
import type { MetadataCache } from '../connection/metadata-cache.ts'
import { produceObstacle, produceRecords } from '../connection/shapes.ts'
import { isWorthRetrying, KafkaError, toKafkaError } from '../errors.ts'
import { byTopic, nameOf } from '../topic-partition.ts'
import type { Accumulator } from './accumulator.ts'
import type { BrokerPace } from './broker-pace.ts'
import { Identity } from './identity.ts'
import type { PartitionQueue } from './partition-queue.ts'
import type { ProducerBatch } from './producer-batch.ts'
import { Transactions, UNANSWERED } from './transactions.ts'

/** v13 names topics by id (KIP-516). */
const plainProduceCall = apiCall(ProduceRequest, ProduceResponse, { to: 12 })
/** v3 is the first with transactions (KIP-98), v12 is of their second version (KIP-890). */
const transactionalProduceCall = apiCall(ProduceRequest, ProduceResponse, { from: 3, to: 11 })

export interface SenderOptions {
  readonly cluster: Cluster
  readonly metadata: MetadataCache
  readonly acks: -1 | 0 | 1
  /** Further attempts after the first. */
  readonly retries: number
  readonly maxInFlightPerBroker: number
  readonly maxRequestBytes: number
  /** `undefined`: batches carry no sequences. */
  readonly identity: Identity | Transactions | undefined
  readonly pace: BrokerPace
  /** Of a producer with transactions. */
  readonly transactionalId: string | null
}

interface Shipment {
  readonly queue: PartitionQueue
  readonly batch: ProducerBatch
  /** Which sending of the batch it is, once it is one. */
  readonly number?: number
}

/** Whether this sending of the batch still counts: it was not taken back, to be sent to another leader. */
function isUnderWay({ queue, batch, number }: Shipment): boolean {
  return queue.inFlight.has(batch) && batch.sending?.number === number
}

type Answered = ProduceResponse['responses'][number]['partitionResponses'][number]

export class Sender {
  readonly #options: SenderOptions
  readonly #accumulator: Accumulator
  readonly #transactions: Transactions | undefined
  readonly #produceCall: typeof plainProduceCall
  /** Requests under way by broker. */
  readonly #underWay = new Map<number, number>()
  #sendings = 0
  #isScheduled = false
  #isClosed = false
  #wakeTimer: Timer | undefined

  constructor(options: SenderOptions, accumulator: Accumulator) {
    this.#options = options
    this.#accumulator = accumulator
    this.#transactions = options.identity instanceof Transactions ? options.identity : undefined
    this.#produceCall =
      this.#transactions === undefined ? plainProduceCall : transactionalProduceCall
  }

  /** Looks at the end of this turn whether something can be sent. */
  schedule(): void {
    if (this.#isScheduled || this.#isClosed) return
    this.#isScheduled = true
    this.#options.cluster.host.clock.soon(() => {
      this.#isScheduled = false
      if (!this.#isClosed) this.#sendWhatIsReady()
    })
  }

  close(): void {
    this.#isClosed = true
    this.#wakeTimer?.cancel()
  }

  #sendWhatIsReady(): void {
    const { cluster, identity, maxInFlightPerBroker, pace } = this.#options
    const ready = this.#readyByLeader()
    if (ready.size === 0) return
    const who = identity?.current
    if (identity !== undefined && who === undefined) return
    for (const [leaderId, shipments] of ready) {
      const rest = [...shipments]
      const canTake = this.#countOf(leaderId) < maxInFlightPerBroker
      pace.sawReady(leaderId, cluster.host.clock.monotonicMs(), canTake)
      while (rest.length > 0 && this.#countOf(leaderId) < maxInFlightPerBroker) {
        const request = this.#takeForRequest(rest).map(({ queue, batch }) => {
          queue.send(batch, who)
          const number = (this.#sendings += 1)
          batch.sending = { leaderId, number }
          return { queue, batch, number }
        })
        this.#ship(leaderId, request)
        // The next batch of the same partition may go behind it at once.
        this.schedule()
      }
    }
  }

  #countOf(leaderId: number): number {
    return this.#underWay.get(leaderId) ?? 0
  }

  /** At most one batch a partition, and as many as fit into `max.request.size`; one always does. */
  #takeForRequest(shipments: Shipment[]): Shipment[] {
    let sizeBytes = 0
    let count = 0
    for (const { batch } of shipments) {
      sizeBytes += batch.plainBytes
      if (count > 0 && sizeBytes > this.#options.maxRequestBytes) break
      count += 1
    }
    return shipments.splice(0, count)
  }

  #readyByLeader(): Map<number, Shipment[]> {
    const { cluster, metadata } = this.#options
    const nowMs = cluster.host.clock.monotonicMs()
    const ready = new Map<number, Shipment[]>()
    let isLeaderMissing = false
    let nextMs = Infinity
    for (const queue of this.#accumulator.queues) {
      const { topic, partition } = queue.topicPartition
      const leaderId = partitionIn(metadata.view, topic, partition)?.leaderId ?? -1
      if (leaderId >= 0) queue.recall(leaderId)
      this.#resetIfDue(queue)
      const notBeforeMs = queue.waiting[0]?.notBeforeMs ?? 0
      if (notBeforeMs > nowMs) nextMs = Math.min(nextMs, notBeforeMs)
      const batch = queue.next(nowMs, this.#accumulator.isFlushing)
      if (batch === undefined) continue
      if (this.#transactions?.isIncluded(queue.topicPartition) === false) continue
      if (leaderId < 0) {
        isLeaderMissing = true
        // It is in use, however long ago the last record came.
        metadata.usable(topic)
      } else ready.set(leaderId, [...(ready.get(leaderId) ?? []), { queue, batch }])
    }
    if (isLeaderMissing) metadata.refreshSoon()
    if (nextMs < Infinity) this.#wakeAt(nextMs)
    return ready
  }

  #wakeAt(momentMs: number): void {
    const { clock } = this.#options.cluster.host
    this.#wakeTimer?.cancel()
    const delayMs = Math.max(momentMs - clock.monotonicMs(), 0)
    this.#wakeTimer = clock.after(delayMs, () => this.schedule(), { holdsProcess: true })
  }

  #resetIfDue(queue: PartitionQueue): void {
    if (!queue.needsReset || queue.inFlight.size > 0) return
    const { identity } = this.#options
    if (identity instanceof Identity) {
      // What was sent and not answered may be stored: under another number it would be stored twice.
      if (queue.isUndecided) return
      queue.reset()
      identity.raiseEpoch()
    } else {
      this.#giveUpSent(queue)
    }
  }

  /** In a transaction nothing comes again under another number: it is aborted, and the epoch raised then. */
  #giveUpSent(queue: PartitionQueue): void {
    const error = new KafkaError(
      'KAFKA_ERROR',
      `${UNANSWERED} It is safe to abort the transaction and continue.`,
    )
    for (const batch of queue.waiting.filter(({ stamp }) => stamp !== undefined)) {
      this.#accumulator.abandon(batch, () => error)
    }
    queue.reset()
  }

  /** The order of the partition is broken: whether the broker has stored something is not known. */
  lose(queue: PartitionQueue): void {
    queue.needsReset = true
    this.#transactions?.sequenceLost()
  }

  #ship(leaderId: number, shipments: readonly Shipment[]): void {
    this.#underWay.set(leaderId, this.#countOf(leaderId) + 1)
    this.#exchange(leaderId, shipments)
      .catch((error: unknown) => this.#failRequest(shipments, error))
      .finally(() => {
        this.#underWay.set(leaderId, this.#countOf(leaderId) - 1)
        this.schedule()
      })
      .catch((error: unknown) => this.#options.cluster.log.error('send failed', { error }))
  }

  async #exchange(leaderId: number, taken: readonly Shipment[]): Promise<void> {
    const { cluster, acks } = this.#options
    const connection = await cluster.connectionTo(leaderId).catch((error: unknown) => {
      // Nothing was sent, so that it is no attempt: only delivery.timeout.ms ends the waiting.
      for (const { batch } of taken.filter(isUnderWay)) batch.attempts -= 1
      throw error
    })
    const shipments = this.#understood(connection, taken.filter(isUnderWay))
    if (shipments.length === 0) return
    const body = this.#bodyOf(connection, shipments)
    if (acks === 0) {
      connection.sendOneWay(this.#produceCall, () => body)
      for (const { queue, batch } of shipments) this.#succeed(queue, batch, -1, -1)
      return
    }
    const { body: answer, correlationId } = await connection.send(this.#produceCall, () => body)
    const byName = new Map(
      answer.responses.flatMap(({ name, partitionResponses }) =>
        partitionResponses.map(each => [nameOf({ topic: name, partition: each.index }), each]),
      ),
    )
    for (const { queue, batch } of shipments.filter(isUnderWay)) {
      const answered = byName.get(nameOf(queue.topicPartition))
      if (answered === undefined)
        this.#failBatch(queue, batch, new KafkaError('UNKNOWN_SERVER_ERROR'))
      else this.#settle(queue, batch, answered, correlationId)
    }
  }

  /** Those that the broker can take; the others fail at once. */
  #understood(connection: BrokerConnection, shipments: readonly Shipment[]): readonly Shipment[] {
    const version = connection.versionOf(this.#produceCall)
    return shipments.filter(({ queue, batch }) => {
      const obstacle = produceObstacle(batch, version)
      if (obstacle !== undefined) this.#failBatch(queue, batch, obstacle)
      return obstacle === undefined
    })
  }

  #bodyOf(connection: BrokerConnection, shipments: readonly Shipment[]) {
    const { cluster, acks, transactionalId } = this.#options
    const version = connection.versionOf(this.#produceCall)
    const items = shipments.map(({ queue, batch }) => ({ ...queue.topicPartition, batch }))
    return {
      ...(transactionalId === null ? {} : { transactionalId }),
      acks,
      timeoutMs: cluster.settings.requestTimeoutMs,
      topicData: [...byTopic(items)].map(([name, group]) => ({
        name,
        partitionData: group.map(({ partition, batch }) => ({
          index: partition,
          records: produceRecords(batch.bytes(), version),
        })),
      })),
    }
  }

  #settle(
    queue: PartitionQueue,
    batch: ProducerBatch,
    answered: Answered,
    correlationId: number,
  ): void {
    const { errorCode, baseOffset, logAppendTimeMs } = answered
    if (errorCode === ErrorCode.NONE || errorCode === ErrorCode.DUPLICATE_SEQUENCE_NUMBER) {
      this.#succeed(queue, batch, baseOffset, logAppendTimeMs)
    } else if (
      errorCode === ErrorCode.MESSAGE_TOO_LARGE &&
      batch.recordCount > 1 &&
      !batch.isDone
    ) {
      queue.inFlight.delete(batch)
      this.#accumulator.split(queue, batch)
    } else if (this.#mayRetry(queue, batch, errorCode)) {
      this.#warnOfRetry(batch, errorCode, correlationId)
      this.#putBack(queue, batch)
      this.#options.metadata.refreshSoon()
    } else {
      queue.inFlight.delete(batch)
      if (batch.stamp !== undefined) this.lose(queue)
      batch.fail(index => errorOfRecord(answered, index))
    }
  }

  #succeed(
    queue: PartitionQueue,
    batch: ProducerBatch,
    baseOffset: number,
    logAppendTimeMs: number,
  ): void {
    queue.inFlight.delete(batch)
    queue.acknowledge(batch)
    batch.succeed(baseOffset, logAppendTimeMs)
  }

  #mayRetry(queue: PartitionQueue, batch: ProducerBatch, errorCode: number): boolean {
    if (batch.isDone || batch.attempts > this.#options.retries) return false
    if (isRetriable(errorCode)) return true
    if (batch.stamp === undefined || !sequenceErrors.has(errorCode)) return false
    // Refused because of one before it, which comes again; else the broker has lost its place.
    const isBehindAnother =
      errorCode === ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER && !queue.isNextExpected(batch)
    if (isBehindAnother && !queue.needsReset) return true
    if (this.#transactions !== undefined) return false
    queue.loseFrom(batch)
    return true
  }

  #warnOfRetry(batch: ProducerBatch, errorCode: number, correlationId: number): void {
    const left = this.#options.retries - batch.attempts
    this.#options.cluster.log
      .named('org.apache.kafka.clients.producer.internals.Sender')
      .warn(
        `Got error produce response with correlation id ${correlationId} on topic-partition ` +
          `${nameOf(batch.topicPartition)}, retrying (${left} attempts left). Error: ${errorName(errorCode)}`,
      )
  }

  #putBack(queue: PartitionQueue, batch: ProducerBatch): void {
    const { clock, random } = this.#options.cluster.host
    queue.inFlight.delete(batch)
    const pauseMs = backoffMs(
      Math.max(batch.attempts, 1),
      this.#options.cluster.settings.retryBackoff,
      random,
    )
    batch.notBeforeMs = clock.monotonicMs() + pauseMs
    queue.putBack([batch])
  }

  /** The whole request failed: whether the broker has stored its batches is not known. */
  #failRequest(shipments: readonly Shipment[], error: unknown): void {
    const isLost = isWorthRetrying(error) && !this.#isClosed
    for (const { queue, batch } of shipments.filter(isUnderWay)) {
      if (isLost && !batch.isDone && batch.attempts <= this.#options.retries) {
        this.#putBack(queue, batch)
      } else {
        this.#failBatch(queue, batch, toKafkaError(error))
      }
    }
    this.#options.metadata.refreshSoon()
  }

  #failBatch(queue: PartitionQueue, batch: ProducerBatch, error: KafkaError): void {
    queue.inFlight.delete(batch)
    if (batch.stamp !== undefined) this.lose(queue)
    batch.fail(() => error)
  }
}

/** The broker and this producer disagree about the place of a batch. */
const sequenceErrors = new Set<number>([
  ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
  ErrorCode.UNKNOWN_PRODUCER_ID,
])

/** A record that made the batch fail is told why; the others, that they failed with it (KIP-467). */
function errorOfRecord(
  { errorCode, errorMessage, recordErrors }: Answered,
  index: number,
): KafkaError {
  if (recordErrors.length === 0) return KafkaError.of(errorCode, errorMessage)
  const own = recordErrors.find(({ batchIndex }) => batchIndex === index)
  if (own !== undefined) return KafkaError.of(errorCode, own.batchIndexErrorMessage ?? errorMessage)
  return new KafkaError(
    'KAFKA_ERROR',
    'Failed to append record because it was part of a batch which had one more more invalid records',
  )
}
