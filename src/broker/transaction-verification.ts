/**
 * Asks the coordinator whether a partition is in a transaction before anything of it is appended
 * (KIP-890, part 1): a batch that comes after the end of its transaction would hold up every
 * read_committed reader for good. Where this broker is the coordinator the append follows in the same turn of
 * the event loop; where another one is asked, what has been ended meanwhile is noticed (the guard of KIP-890).
 */
import { readInt64 } from '../bytes/index.ts'
import { GROUP_METADATA_TOPIC, TRANSACTION_STATE_TOPIC, partitionOf } from '../metadata/index.ts'
import { ErrorCode, errorName } from '../protocol/index.ts'
import {
  BATCH_OVERHEAD,
  baseSequenceOf,
  isTransactional,
  magicOf,
  PRODUCER_ID_AT,
  producerEpochOf,
} from '../records/index.ts'
import {
  refusedAppend,
  type Partition,
  type PartitionAppend,
  type Replicas,
} from '../replica/index.ts'
import type { GroupCoordinator, TransactionCoordinator } from '../runtime/index.ts'
import type { RemoteTransactions } from './cluster/index.ts'
import type { MetadataCache } from './metadata-cache.ts'
import type { RunningConfig } from './running-config.ts'

export interface TransactionVerificationOptions {
  readonly brokerId: number
  readonly remote: RemoteTransactions
  readonly config: RunningConfig
  readonly metadata: MetadataCache
  readonly replicas: Replicas
  readonly groups: GroupCoordinator
  readonly transactions: TransactionCoordinator
  readonly wallMs: () => number
}

interface ProducedPart {
  readonly topic: string | undefined
  readonly partition: number
  readonly records: Buffer | null
}

interface ProducerClaim {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
}

/** What a version of the request lets its client understand, and whose transaction it is. */
interface ProduceClaim {
  readonly transactionalId: string | null
  readonly knowsAbortable: boolean
}

interface TransactionalBatch {
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
}

/** Offsets of groups come without a sequence. */
const NO_SEQUENCE = -1

/** Why a part of a produce is not appended; `undefined`: it may be. */
type Verdict = PartitionAppend | undefined
type Verdicts = readonly Verdict[]

/** Told as "not now" in a way that every producer takes for a reason to try again. */
const passing: ReadonlySet<ErrorCode> = new Set([
  ErrorCode.CONCURRENT_TRANSACTIONS,
  ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
  ErrorCode.COORDINATOR_NOT_AVAILABLE,
  ErrorCode.NOT_COORDINATOR,
])

export class TransactionVerification {
  readonly #options: TransactionVerificationOptions

  constructor(options: TransactionVerificationOptions) {
    this.#options = options
  }

  /**
   * Which parts of a produce must not be appended, in their order; `undefined` where all may be tried. A
   * promise where another broker has to be asked: the records must be kept until then.
   * What is not transactional, or wrong in other ways, is not looked at.
   */
  refuse(
    parts: readonly ProducedPart[],
    claim: ProduceClaim,
  ): Verdicts | undefined | Promise<Verdicts> {
    // On the way of every produce: for one without transactions nothing is allocated.
    if (!parts.some(isOfTransaction)) return undefined
    const { transactionalId } = claim
    if (transactionalId === null) {
      return parts.map(() => refusedAppend(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED))
    }
    const batches = parts.map(({ records }) => transactionalBatch(records))
    const [first, ...others] = batches.filter(batch => batch !== undefined)
    if (first === undefined) return undefined
    if (others.some(other => !isSameProducer(first, other))) {
      return parts.map(() => refusedAppend(ErrorCode.INVALID_PRODUCER_ID_MAPPING))
    }
    if (!this.#isEnabled) return undefined
    const verdicts = parts.map((part, n) => {
      const batch = batches[n]
      return batch === undefined
        ? undefined
        : this.#refusePart(part, { ...claim, transactionalId }, batch)
    })
    const isKnown = (verdict: (typeof verdicts)[number]): verdict is Verdict =>
      !(verdict instanceof Promise)
    return verdicts.every(isKnown)
      ? verdicts
      : Promise.all(verdicts.map(verdict => Promise.resolve(verdict)))
  }

  /** Whether the offsets of a group may be committed as part of a transaction. */
  async checkOffsets(
    claim: ProducerClaim,
    groupId: string,
    knowsAbortable: boolean,
  ): Promise<ErrorCode> {
    if (!this.#isEnabled) return ErrorCode.NONE
    const { groups, replicas } = this.#options
    const topic = GROUP_METADATA_TOPIC
    const partition = groups.partitionFor(groupId)
    const held = replicas.get(topic, partition)
    if (held?.isLeader !== true) return ErrorCode.NOT_COORDINATOR
    if (hasOpenTransaction(held, claim.producerId)) return ErrorCode.NONE
    const coordinator = this.#coordinatorOf(claim.transactionalId)
    if (coordinator === this.#options.brokerId) {
      return worded(this.#askHere(claim, topic, partition), knowsAbortable)
    }
    held.beginVerification({ ...claim, baseSequence: NO_SEQUENCE }, this.#options.wallMs())
    return worded(await this.#askRemote(held, claim, coordinator), knowsAbortable)
  }

  get #isEnabled(): boolean {
    return this.#options.config.current.get('transaction.partition.verification.enable')
  }

  #refusePart(
    { topic, partition }: ProducedPart,
    claim: ProduceClaim & { readonly transactionalId: string },
    batch: TransactionalBatch,
  ): Verdict | Promise<Verdict> {
    const held = topic === undefined ? undefined : this.#options.replicas.get(topic, partition)
    if (topic === undefined || held?.isLeader !== true) return undefined
    if (!held.beginVerification(batch, this.#options.wallMs())) return undefined
    const told = (errorCode: ErrorCode): Verdict =>
      errorCode === ErrorCode.NONE ? undefined : refusalOf(errorCode, claim.knowsAbortable)
    const coordinator = this.#coordinatorOf(claim.transactionalId)
    const producer = { ...claim, ...batch }
    return coordinator === this.#options.brokerId
      ? told(this.#askHere(producer, topic, partition))
      : this.#askRemote(held, producer, coordinator).then(told)
  }

  /** -1 while nobody coordinates the transaction. */
  #coordinatorOf(transactionalId: string): number {
    const { metadata, transactions } = this.#options
    const partition = transactions.partitionFor(transactionalId)
    return partitionOf(metadata.image, TRANSACTION_STATE_TOPIC, partition)?.leader ?? -1
  }

  async #askRemote(held: Partition, claim: ProducerClaim, coordinator: number): Promise<ErrorCode> {
    if (coordinator < 0) return ErrorCode.COORDINATOR_NOT_AVAILABLE
    const { topic, partition } = held
    const { transactionalId, producerId, producerEpoch } = claim
    const guard = held.log.producers.verificationGuard(producerId)
    const question = { transactionalId, producerId, producerEpoch, topic, partition }
    const errorCode = await this.#options.remote.verify(coordinator, question)
    if (errorCode !== ErrorCode.NONE) return errorCode
    const isSame = guard !== undefined && held.log.producers.verificationGuard(producerId) === guard
    return isSame || hasOpenTransaction(held, producerId)
      ? ErrorCode.NONE
      : ErrorCode.INVALID_TXN_STATE
  }

  #askHere(
    { transactionalId, producerId, producerEpoch }: ProducerClaim,
    topic: string,
    partition: number,
  ): ErrorCode {
    const { metadata, transactions } = this.#options
    if (!metadata.image.topics.has(TRANSACTION_STATE_TOPIC)) {
      return ErrorCode.COORDINATOR_NOT_AVAILABLE
    }
    return transactions.verify({ transactionalId, producerId, producerEpoch, topic, partition })
  }
}

function hasOpenTransaction({ log }: Partition, producerId: number): boolean {
  return log.producers.get(producerId)?.hasOpenTransaction === true
}

function refusalOf(errorCode: ErrorCode, knowsAbortable: boolean): PartitionAppend {
  if (passing.has(errorCode)) {
    const text = `Unable to verify the partition has been added to the transaction. Underlying error: ${errorName(errorCode)}`
    return refusedAppend(ErrorCode.NOT_ENOUGH_REPLICAS, text, [], true)
  }
  const told = worded(errorCode, knowsAbortable)
  return told === ErrorCode.INVALID_TXN_STATE
    ? refusedAppend(told, 'Partition was not added to the transaction', [], true)
    : refusedAppend(told)
}

/** As producers expect it of a partition. */
function worded(errorCode: ErrorCode, knowsAbortable: boolean): ErrorCode {
  if (errorCode === ErrorCode.PRODUCER_FENCED) return ErrorCode.INVALID_PRODUCER_EPOCH
  const isNews = errorCode === ErrorCode.TRANSACTION_ABORTABLE && !knowsAbortable
  return isNews ? ErrorCode.INVALID_TXN_STATE : errorCode
}

function isSameProducer(one: TransactionalBatch, other: TransactionalBatch): boolean {
  return one.producerId === other.producerId && one.producerEpoch === other.producerEpoch
}

/** Nothing is checked yet: a header that is none claims nothing. */
const isOfTransaction = ({ records }: ProducedPart): boolean => saysTransactional(records)

function saysTransactional(records: Buffer | null): records is Buffer {
  return (
    records !== null &&
    records.length >= BATCH_OVERHEAD &&
    magicOf(records) === 2 &&
    isTransactional(records)
  )
}

/** Whose batch it claims to be; what names no producer is no batch of a transaction. */
function transactionalBatch(records: Buffer | null): TransactionalBatch | undefined {
  if (!saysTransactional(records)) return undefined
  const producerId = readInt64(records, PRODUCER_ID_AT)
  if (producerId < 0 || !Number.isSafeInteger(producerId)) return undefined
  return {
    producerId,
    producerEpoch: producerEpochOf(records),
    baseSequence: baseSequenceOf(records),
  }
}
