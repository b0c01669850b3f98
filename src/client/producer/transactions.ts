/**
 * The transactions of one producer: in which state it is, which partitions are part of the present
 * one, who it is to the brokers. Mirrors TransactionManager (KIP-98, KIP-360, KIP-447).
 *
 * What is asked of coordinators goes one after the other, in the order of the calls.
 */
import { NO_PRODUCER_ID } from '../../records/index.ts'
import type { Cluster } from '../connection/cluster.ts'
import { within } from '../connection/retry.ts'
import type { CommittingMember } from '../connection/shapes.ts'
import { KafkaError, toKafkaError } from '../errors.ts'
import { nameOf, type TopicPartition } from '../topic-partition.ts'
import type { ProducerIdentity } from './partition-queue.ts'
import type { OffsetToSend } from './producer.ts'
import { TransactionRequests } from './transaction-requests.ts'
import {
  ensureStep,
  gravityOfAnswer,
  gravityOfSend,
  type Gravity,
  type TransactionState,
} from './transaction-state.ts'

const NOBODY: ProducerIdentity = { producerId: NO_PRODUCER_ID, producerEpoch: -1 }

export interface TransactionsOptions {
  readonly cluster: Cluster
  readonly transactionalId: string
  readonly transactionTimeoutMs: number
  readonly maxBlockMs: number
  /** Sends all records of the transaction, and resolves when each is done, well or not. */
  readonly flush: () => Promise<void>
  /** Resolves when each record that was put into a batch is done. */
  readonly settle: () => Promise<void>
  /** Fails the records that were never sent. */
  readonly abandonUnsent: (error: KafkaError) => void
  /** Fails all records. */
  readonly failAll: (error: KafkaError) => void
  /** Batches of more partitions may be sent. */
  readonly onReady: () => void
}

/** A call that has not been answered to its caller; after a timeout the same call waits for it again. */
interface Pending {
  readonly operation: string
  readonly promise: Promise<void>
}

export class Transactions {
  readonly #options: TransactionsOptions
  readonly #requests: TransactionRequests
  #state: TransactionState = 'UNINITIALIZED'
  #identity: ProducerIdentity | undefined
  #lastError: KafkaError | undefined
  #pending: Pending | undefined
  /** The request before, done or failed. */
  #tail: Promise<unknown> = Promise.resolve()
  /** Counts transactions: a record that had to wait may come too late for its own. */
  #number = 0
  /** Names of partitions that have records in the transaction. */
  readonly #partitions = new Set<string>()
  /** Of these, what the coordinator knows of. */
  readonly #added = new Set<string>()
  #toAdd: TopicPartition[] = []
  /** The coordinator has a transaction, which must be ended. */
  #isStarted = false
  #isRaiseNeeded = false

  constructor(options: TransactionsOptions) {
    this.#options = options
    const isWanted = (): boolean => this.#isOpen
    this.#requests = new TransactionRequests({ ...options, isWanted })
  }

  get state(): TransactionState {
    return this.#state
  }

  /** `undefined` before `init`. */
  get current(): ProducerIdentity | undefined {
    return this.#identity
  }

  get #isOpen(): boolean {
    return this.#state === 'IN_TRANSACTION' || this.#state === 'COMMITTING_TRANSACTION'
  }

  async init(): Promise<void> {
    await this.#transit({ operation: 'initTransactions', awaiting: 'InitProducerId' }, () => {
      this.#ensureUnharmed()
      this.#become('INITIALIZING')
      return this.#inTurn(async () => {
        this.#identity = await this.#requests.initProducerId(NOBODY)
        this.#become('READY')
      })
    })
  }

  begin(): void {
    this.#ensureNothingPending('beginTransaction')
    this.#ensureUnharmed()
    this.#become('IN_TRANSACTION')
    this.#number += 1
  }

  async sendOffsets(offsets: readonly OffsetToSend[], member: CommittingMember): Promise<void> {
    this.#ensureNothingPending('sendOffsetsToTransaction')
    this.#ensureUnharmed()
    if (this.#state !== 'IN_TRANSACTION') {
      const message = `Cannot send offsets if a transaction is not in progress (currentState= ${this.#state})`
      throw new KafkaError('ILLEGAL_STATE', message)
    }
    ensureOffsets(offsets)
    if (offsets.length === 0) return
    const sending = this.#inTurn(async () => {
      const identity = this.#identity ?? NOBODY
      await this.#requests.addOffsets(identity, member.groupId)
      this.#isStarted = true
      await this.#requests.commitOffsets(identity, offsets, member)
    }).catch((error: unknown) => this.#refused(error))
    await this.#wait('sendOffsetsToTransaction', sending)
  }

  async commit(): Promise<void> {
    const names = { operation: 'commitTransaction', awaiting: 'EndTxn(true)' }
    await this.#transit(names, async () => {
      this.#ensureUnharmed()
      this.#become('COMMITTING_TRANSACTION')
      await this.#options.flush()
      await this.#inTurn(async () => {
        // A record that could not be sent has spoilt it meanwhile.
        this.#ensureUnharmed()
        if (this.#isStarted) await this.#requests.endTransaction(this.#identity ?? NOBODY, true)
        this.#complete()
      })
    })
  }

  async abort(): Promise<void> {
    await this.#transit({ operation: 'abortTransaction', awaiting: 'EndTxn(false)' }, async () => {
      if (this.#state !== 'ABORTABLE_ERROR') this.#ensureUnharmed()
      this.#become('ABORTING_TRANSACTION')
      // Nothing can be ended under an id that the coordinator does not know any more.
      const hasLostId = this.#lastError?.code === 'INVALID_PRODUCER_ID_MAPPING'
      this.#toAdd = []
      this.#options.abandonUnsent(aborted())
      await this.#options.settle()
      await this.#inTurn(async () => {
        if (this.#state === 'FATAL_ERROR') this.#ensureUnharmed()
        const identity = this.#identity ?? NOBODY
        if (this.#isStarted && !hasLostId) await this.#endByAbort(identity)
        if (this.#isRaiseNeeded) this.#identity = await this.#requests.initProducerId(identity)
        this.#complete()
      })
    })
  }

  async #endByAbort(identity: ProducerIdentity): Promise<void> {
    try {
      await this.#requests.endTransaction(identity, false)
    } catch (error) {
      const isForgotten = error instanceof KafkaError && gravityOfAnswer(error) === 'lost id'
      if (!isForgotten || !this.#requests.canRaiseEpoch) throw error
      this.#isRaiseNeeded = true
    }
  }

  /** For closing: what is open is aborted, what is being ended is waited for; at most `max.block.ms` each. */
  async finish(): Promise<void> {
    const pending = this.#state === 'INITIALIZING' ? undefined : this.#pending
    if (pending !== undefined) await this.#wait(pending.operation, pending.promise)
    if (this.#state === 'IN_TRANSACTION' || this.#state === 'ABORTABLE_ERROR') await this.abort()
  }

  /** @returns the number of the transaction in which the record is. @throws KafkaError when there is none */
  ensureMaySend(): number {
    if (this.#lastError !== undefined) {
      const message =
        'Cannot perform send because at least one previous transactional or idempotent request ' +
        'has failed with errors.'
      throw this.#raised(message)
    }
    if (this.#identity === undefined) {
      const message =
        "Cannot perform a 'send' before completing a call to initTransactions when transactions are enabled."
      throw new KafkaError('ILLEGAL_STATE', message)
    }
    if (this.#state !== 'IN_TRANSACTION') {
      throw new KafkaError('ILLEGAL_STATE', `Cannot call send in state ${this.#state}`)
    }
    return this.#number
  }

  /** Why a record that had to wait comes too late: the transaction in which it was sent is over. */
  obstacleTo(number: number): KafkaError | undefined {
    if (number === this.#number && this.#isOpen) return undefined
    return this.#lastError ?? aborted()
  }

  /** A record of the partition waits to be sent. */
  include(topicPartition: TopicPartition): void {
    const name = nameOf(topicPartition)
    if (this.#partitions.has(name)) return
    this.#partitions.add(name)
    // What follows before the coordinator is free goes with it.
    if (this.#toAdd.push(topicPartition) > 1) return
    this.#inTurn(() => this.#addPartitions()).catch((error: unknown) => {
      this.#harm(toKafkaError(error), gravityOfAnswer)
    })
  }

  async #addPartitions(): Promise<void> {
    const partitions = this.#toAdd
    this.#toAdd = []
    if (partitions.length === 0 || !this.#isOpen) return
    await this.#requests.addPartitions(this.#identity ?? NOBODY, partitions)
    this.#isStarted = true
    for (const partition of partitions) this.#added.add(nameOf(partition))
    this.#options.onReady()
  }

  /** Whether the partition takes batches: it is part of the transaction. */
  isIncluded(topicPartition: TopicPartition): boolean {
    return this.#state !== 'FATAL_ERROR' && this.#added.has(nameOf(topicPartition))
  }

  /** A record of this transaction was given up: it cannot be committed any more. */
  sendFailed(error: KafkaError, number: number): void {
    if (number === this.#number) this.#harm(error, gravityOfSend)
  }

  /** Whether the broker has a batch is not known: numbering can go on only under another epoch. */
  sequenceLost(): void {
    this.#isRaiseNeeded = true
    if (this.#requests.canRaiseEpoch) return
    this.#fail(new KafkaError('KAFKA_ERROR', `${UNANSWERED} It isn't safe to continue.`))
  }

  #harm(error: KafkaError, gravityOf: (error: KafkaError) => Gravity): void {
    if (error.code === 'CLIENT_CLOSED') return
    const gravity = gravityOf(error)
    if (gravity === 'lost id') this.#isRaiseNeeded = true
    if (gravity === 'fatal' || (gravity === 'lost id' && !this.#requests.canRaiseEpoch)) {
      this.#fail(error)
    } else if (this.#isOpen) {
      this.#lastError = error
      this.#become('ABORTABLE_ERROR')
      this.#options.abandonUnsent(error)
    }
  }

  #fail(error: KafkaError): void {
    if (this.#state === 'FATAL_ERROR') return
    this.#lastError = error
    this.#become('FATAL_ERROR')
    this.#options.failAll(error)
  }

  /** @throws KafkaError always: what the error has come to */
  #refused(refusal: unknown): never {
    const error = toKafkaError(refusal)
    this.#harm(error, gravityOfAnswer)
    throw new KafkaError(error.code, error.message, {
      cause: error,
      retriable: false,
      fatal: this.#state === 'FATAL_ERROR' || error.code === 'CLIENT_CLOSED',
    })
  }

  #become(state: TransactionState): void {
    ensureStep(this.#options.transactionalId, { from: this.#state, to: state })
    this.#state = state
  }

  #complete(): void {
    this.#become('READY')
    this.#lastError = undefined
    this.#isStarted = false
    this.#isRaiseNeeded = false
    this.#toAdd = []
    this.#partitions.clear()
    this.#added.clear()
  }

  #ensureUnharmed(): void {
    const error = this.#lastError
    if (error === undefined) return
    const { producerId, producerEpoch } = this.#identity ?? NOBODY
    const who =
      `Producer with transactionalId '${this.#options.transactionalId}' and ` +
      `ProducerIdAndEpoch(producerId=${producerId}, epoch=${producerEpoch})`
    if (error.code === 'PRODUCER_FENCED') {
      throw this.#raised(`${who} has been fenced by another producer with the same transactionalId`)
    }
    if (error.code === 'INVALID_PRODUCER_EPOCH') {
      throw this.#raised(`${who} attempted to produce with an old epoch`)
    }
    throw this.#raised('Cannot execute transactional method because we are in an error state')
  }

  /** The error that harmed the transaction, for a call that cannot be done because of it. */
  #raised(message: string): KafkaError {
    const code = this.#lastError?.code ?? 'KAFKA_ERROR'
    const fatal = this.#state === 'FATAL_ERROR'
    return new KafkaError(code, message, { cause: this.#lastError, retriable: false, fatal })
  }

  #ensureNothingPending(operation: string): void {
    const pending = this.#pending
    if (pending === undefined || pending.operation === operation) return
    throw new KafkaError(
      'ILLEGAL_STATE',
      `Cannot attempt operation \`${operation}\` because the previous call to ` +
        `\`${pending.operation}\` timed out and must be retried`,
    )
  }

  /** Begins what `run` does, or waits again for what an earlier call of the same name has begun. */
  async #transit(
    { operation, awaiting }: { readonly operation: string; readonly awaiting: string },
    run: () => Promise<void>,
  ): Promise<void> {
    this.#ensureNothingPending(operation)
    const pending = this.#pending ?? { operation, promise: this.#running(run) }
    this.#pending = pending
    await this.#wait(awaiting, pending.promise, () => {
      if (this.#pending === pending) this.#pending = undefined
    })
  }

  async #running(run: () => Promise<void>): Promise<void> {
    try {
      await run()
    } catch (error) {
      // A call in the wrong state has begun nothing, and changes nothing.
      if (isMisuse(error) || hasFailed(this.#state)) throw error
      const failure = toKafkaError(error)
      const isLastResort = this.#state !== 'COMMITTING_TRANSACTION'
      if (isLastResort && failure.code !== 'CLIENT_CLOSED') this.#fail(failure)
      this.#refused(failure)
    }
  }

  /** @throws KafkaError REQUEST_TIMED_OUT after `max.block.ms`; then it goes on, and may be waited for again */
  async #wait(awaiting: string, promise: Promise<void>, onSettled?: () => void): Promise<void> {
    const { cluster, maxBlockMs } = this.#options
    const call = { isSettled: false }
    const settle = (): void => void (call.isSettled = true)
    promise.then(settle, settle)
    try {
      await within(cluster.host, promise, maxBlockMs)
    } catch (error) {
      if (call.isSettled) throw error
      const message = `Timeout expired after ${maxBlockMs}ms while awaiting ${awaiting}`
      throw new KafkaError('REQUEST_TIMED_OUT', message, { cause: error })
    } finally {
      if (call.isSettled) onSettled?.()
    }
  }

  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(action)
    this.#tail = result.catch(() => undefined)
    return result
  }
}

export const UNANSWERED =
  "The client hasn't received acknowledgment for some previously sent messages and can no longer retry them."

function aborted(): KafkaError {
  return new KafkaError('TRANSACTION_ABORTED', 'Failing batch since transaction was aborted')
}

function hasFailed(state: TransactionState): boolean {
  return state === 'ABORTABLE_ERROR' || state === 'FATAL_ERROR'
}

function isMisuse(error: unknown): boolean {
  return error instanceof KafkaError && error.code === 'ILLEGAL_STATE'
}

/** @throws KafkaError INVALID_ARGUMENT */
function ensureOffsets(offsets: readonly OffsetToSend[]): void {
  for (const { offset } of offsets) {
    if (!Number.isSafeInteger(offset) || offset < 0) {
      throw new KafkaError('INVALID_ARGUMENT', `Invalid negative offset ${offset}`)
    }
  }
}
