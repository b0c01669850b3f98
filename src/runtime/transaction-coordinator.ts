/**
 * The transaction coordinator of a broker: the transactional ids of all partitions of
 * `__transaction_state` that this broker leads. The handlers ask it; the replica room tells it which
 * partitions it leads; `writeMarkers` carries its decisions to the partitions. Mirrors `TransactionCoordinator`.
 */
import type { Clock, Log, Timer } from '../host/index.ts'
import { TRANSACTION_STATE_TOPIC } from '../metadata/index.ts'
import { ErrorCode } from '../protocol/index.ts'
import {
  checkQuestion,
  describeRefused,
  describeTransaction,
  isPreparing,
  listTransactions,
  refused,
  transactionPartition,
  unknownStates,
  verifyPartition,
  type AddPartitions,
  type ClientEvent,
  type EndTransaction,
  type InitProducerId,
  type InitReply,
  type MarkersAnswered,
  type Reply,
  type TransactionDescription,
  type TransactionEvent,
  type TransactionFilter,
  type TransactionOverview,
  type TransactionSettings,
  type VerifyPartition,
  type WriteMarkers,
} from '../txn/index.ts'
import { Completions } from './completions.ts'
import { MachineRuntime } from './machine-runtime.ts'
import type { PartitionLog } from './partition-log.ts'
import { nextTurn } from './replay.ts'
import { isRefusal, Shards, type ShardTexts } from './shards.ts'
import { transactionMachine, type TransactionTypes } from './transaction-machine.ts'

export type MarkerResults = MarkersAnswered['results']

export interface TransactionCoordinatorOptions {
  readonly settings: TransactionSettings
  readonly log: PartitionLog
  readonly clock: Clock
  readonly logger: Log
  /** Of loading, which people look for under another name. */
  readonly loadLogger: Log
  /** Partitions of `__transaction_state`: of the topic if it exists, else as configured. */
  readonly partitionCount: () => number
  /** An id that no producer has had. @throws when none can be had now */
  readonly nextProducerId: () => Promise<number>
  /** Tells the partitions of a transaction how it has ended; resolves with what came of each. */
  readonly writeMarkers: (markers: WriteMarkers, coordinatorEpoch: number) => Promise<MarkerResults>
  /** `request.timeout.ms`: how long a record may take to be durable. */
  readonly appendTimeoutMs: number
  /** Below `max.message.bytes` of the topic. */
  readonly maxBatchBytes: number
  /** `transaction.abort.timed.out.transaction.cleanup.interval.ms`. */
  readonly timeoutCheckMs: number
  /** `transaction.remove.expired.transaction.cleanup.interval.ms`. */
  readonly expiryCheckMs: number
}

type Ask<Event> = Omit<Event, 'type' | 'freshProducerId'>

/**
 * How long a transaction may wait for the end of the one before, rather than be told CONCURRENT_TRANSACTIONS:
 * Java's producer would ask again after 20 ms only, where the markers take one or two.
 */
const COMPLETION_PATIENCE_MS = 100

/** Transactions looked at in one turn of the event loop. */
const TRANSACTIONS_PER_TURN = 500

const texts: ShardTexts<TransactionTypes['state']> = {
  elected: (partition, epoch) =>
    `Elected as the txn coordinator for partition ${partition} at epoch ${epoch}`,
  resigned: (partition, epoch) =>
    `Resigned as the txn coordinator for partition ${partition} at epoch ${epoch === undefined ? 'None' : `Some(${epoch})`}`,
  loading: (partition, epoch) =>
    `Loading transaction metadata from ${TRANSACTION_STATE_TOPIC}-${partition} at epoch ${epoch}`,
  loaded: ({ partition, leaderEpoch, timeMs, state }) => [
    `Finished loading ${state.transactions.size} transaction metadata from ${TRANSACTION_STATE_TOPIC}-${partition} in ${timeMs} milliseconds, of which 0 milliseconds was spent in the scheduler.`,
    `Completed loading transaction metadata from ${TRANSACTION_STATE_TOPIC}-${partition} for coordinator epoch ${leaderEpoch}`,
  ],
}

export interface ListTransactionsReply {
  /** COORDINATOR_LOAD_IN_PROGRESS: then nothing is listed, as some would be missing. */
  readonly errorCode: ErrorCode
  readonly unknownStates: readonly string[]
  readonly transactions: readonly TransactionOverview[]
}

export class TransactionCoordinator {
  readonly #options: TransactionCoordinatorOptions
  readonly #shards: Shards<TransactionTypes>
  readonly #completions: Completions
  #checks: Timer[] = []
  readonly #checking = new Set<string>()

  constructor(options: TransactionCoordinatorOptions) {
    this.#options = options
    const { settings, logger, loadLogger, clock } = options
    this.#completions = new Completions(clock)
    this.#shards = new Shards<TransactionTypes>({
      logger,
      loadLogger,
      texts,
      open: (partition, leaderEpoch) => {
        const machine = transactionMachine(settings)
        const shard: MachineRuntime<TransactionTypes> = new MachineRuntime({
          ...options,
          ...{ machine, partition },
          codec: 0,
          perform: markers => void this.#write(shard, markers, leaderEpoch),
          onApplied: ({ transactionalId }) => this.#completions.complete(transactionalId),
        })
        return shard
      },
    })
  }

  /** Begins to look from time to time for transactions that last too long and ids that are not used any more. */
  start(): void {
    const { clock, logger, timeoutCheckMs, expiryCheckMs } = this.#options
    logger.info('Starting up.')
    this.#checks = [
      clock.every(timeoutCheckMs, () => void this.#tellAll('check-timeout')),
      clock.every(expiryCheckMs, () => void this.#tellAll('check-expiry')),
    ]
    logger.info('Startup complete.')
  }

  close(): void {
    if (this.#shards.isClosed) return
    const { logger } = this.#options
    logger.info('Shutting down.')
    for (const timer of this.#checks) timer.cancel()
    this.#shards.close()
    this.#completions.close()
    logger.info('Shutdown complete.')
  }

  /** The partition of `__transaction_state` whose leader coordinates the id. */
  partitionFor(transactionalId: string): number {
    return transactionPartition(transactionalId, this.#options.partitionCount())
  }

  /** This broker leads the partition now. Resolves when its transactions are served, or given up meanwhile. */
  onElection(partition: number, leaderEpoch: number): Promise<void> {
    return this.#shards.elect(partition, leaderEpoch)
  }

  /** This broker does not lead the partition any more; without an epoch, because the partition is gone. */
  onResignation(partition: number, leaderEpoch?: number): void {
    this.#shards.resign(partition, leaderEpoch)
  }

  /** The id and epoch of a transactional producer. */
  async initProducerId(ask: Ask<InitProducerId>): Promise<InitReply> {
    const reply = await this.#initProducerId(ask)
    const { transactionalId } = ask
    const { errorCode, producerId, producerEpoch } = reply
    const { logger } = this.#options
    if (errorCode === ErrorCode.NONE) {
      const place = `${TRANSACTION_STATE_TOPIC}-${this.partitionFor(transactionalId)}`
      logger.info(
        `Initialized transactionalId ${transactionalId} with producerId ${producerId} and producer epoch ${producerEpoch} on partition ${place}`,
      )
    }
    return reply
  }

  async #initProducerId(ask: Ask<InitProducerId>): Promise<InitReply> {
    const type = 'init-producer-id'
    const first = await this.#ask({ ...ask, type, freshProducerId: undefined })
    if (!first.needsProducerId) return first
    let freshProducerId: number
    try {
      freshProducerId = await this.#options.nextProducerId()
    } catch (error) {
      this.#options.logger.error('no producer id can be had', { error })
      return refused(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)
    }
    return this.#ask({ ...ask, type, freshProducerId })
  }

  /** Also for the offsets of a group. Waits a little where the markers of the transaction before are on their way. */
  async addPartitions(ask: Ask<AddPartitions>): Promise<Reply> {
    const question = { ...ask, type: 'add-partitions' } as const
    const reply = await this.#ask(question)
    if (reply.errorCode !== ErrorCode.CONCURRENT_TRANSACTIONS) return reply
    const { transactionalId } = ask
    if (!this.#isBeingCompleted(transactionalId)) return reply
    const isDue = await this.#completions.wait(transactionalId, COMPLETION_PATIENCE_MS)
    return isDue ? this.#ask(question) : reply
  }

  #isBeingCompleted(transactionalId: string): boolean {
    const shard = this.#shards.at(this.partitionFor(transactionalId))
    if (isRefusal(shard)) return false
    const transaction = shard.state.transactions.get(transactionalId)
    return transaction !== undefined && isPreparing(transaction.phase)
  }

  endTransaction(ask: Ask<EndTransaction>): Promise<Reply> {
    return this.#ask({ ...ask, type: 'end-transaction' })
  }

  /**
   * Whether a batch may be appended to a partition as part of the transaction (KIP-890). Answered at once,
   * so that nothing can come between this and the append.
   */
  verify(question: VerifyPartition): ErrorCode {
    const { transactionalId } = question
    if (transactionalId === '') return ErrorCode.INVALID_REQUEST
    const shard = this.#shards.at(this.partitionFor(transactionalId))
    return isRefusal(shard) ? shard : verifyPartition(shard.state, question)
  }

  describe(transactionalId: string): TransactionDescription {
    const invalid = transactionalId === '' ? ErrorCode.INVALID_REQUEST : undefined
    const shard = invalid ?? this.#shards.at(this.partitionFor(transactionalId))
    if (isRefusal(shard)) return describeRefused(transactionalId, shard)
    return describeTransaction(shard.state, transactionalId)
  }

  /** The transactional ids that this broker coordinates. */
  list(filter: TransactionFilter): ListTransactionsReply {
    const shards = this.#shards.all
    const isLoading = shards.some(
      ({ unavailable }) => unavailable === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
    )
    const errorCode = this.#shards.isClosed
      ? ErrorCode.COORDINATOR_NOT_AVAILABLE
      : isLoading
        ? ErrorCode.COORDINATOR_LOAD_IN_PROGRESS
        : ErrorCode.NONE
    if (errorCode !== ErrorCode.NONE) return { errorCode, unknownStates: [], transactions: [] }
    const nowMs = this.#options.clock.wallMs()
    return {
      errorCode,
      unknownStates: unknownStates(filter.states),
      transactions: shards.flatMap(({ state }) => listTransactions(state, filter, nowMs)),
    }
  }

  async #ask(question: ClientEvent): Promise<InitReply> {
    const invalid = checkQuestion(question, this.#options.settings)
    if (invalid !== ErrorCode.NONE) return refused(invalid)
    const shard = this.#shards.at(this.partitionFor(question.transactionalId))
    return isRefusal(shard) ? refused(shard) : shard.ask(() => question)
  }

  async #write(
    shard: MachineRuntime<TransactionTypes>,
    markers: WriteMarkers,
    leaderEpoch: number,
  ): Promise<void> {
    const { transactionalId, producerId, producerEpoch } = markers
    const results = await this.#options.writeMarkers(markers, leaderEpoch)
    const about = { transactionalId, producerId, producerEpoch }
    // What was found prepared is marked while the rest is still loading.
    await shard.loaded()
    shard.tell({ type: 'markers-answered', ...about, results })
  }

  /** Tells every transaction in turn, in slices; a round that is still under way is not begun again. */
  async #tellAll(type: 'check-timeout' | 'check-expiry'): Promise<void> {
    if (this.#checking.has(type)) return
    this.#checking.add(type)
    try {
      let told = 0
      for (const shard of this.#shards.all) {
        for (const transactionalId of [...shard.state.transactions.keys()]) {
          const event: TransactionEvent = { type, transactionalId }
          shard.tell(event)
          told += 1
          if (told % TRANSACTIONS_PER_TURN === 0) await nextTurn(this.#options.clock)
        }
      }
    } finally {
      this.#checking.delete(type)
    }
  }
}
