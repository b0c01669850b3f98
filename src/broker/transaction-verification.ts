/**
 * Asks the coordinator whether a partition is in a transaction before anything of it is appended
 * (KIP-890, part 1): a batch that comes after the end of its transaction would hold up every
 * read_committed reader for good. The answer comes at once and the append follows in the same turn of the
 * event loop, so nothing can come in between.
 */
import { readInt64 } from '../bytes/index.ts'
import { GROUP_METADATA_TOPIC, TRANSACTION_STATE_TOPIC } from '../metadata/index.ts'
import { ErrorCode, errorName } from '../protocol/index.ts'
import {
  BATCH_OVERHEAD,
  baseSequenceOf,
  isTransactional,
  magicOf,
  PRODUCER_ID_AT,
  producerEpochOf,
} from '../records/index.ts'
import { refusedAppend, type PartitionAppend, type Replicas } from '../replica/index.ts'
import type { GroupCoordinator, TransactionCoordinator } from '../runtime/index.ts'
import type { MetadataCache } from './metadata-cache.ts'
import type { RunningConfig } from './running-config.ts'

export interface TransactionVerificationOptions {
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
   * Which parts of a produce must not be appended, in their order; `undefined` where all may be tried.
   * What is not transactional, or wrong in other ways, is not looked at.
   */
  refuse(
    parts: readonly ProducedPart[],
    claim: ProduceClaim,
  ): readonly (PartitionAppend | undefined)[] | undefined {
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
    return parts.map((part, n) => {
      const batch = batches[n]
      return batch === undefined
        ? undefined
        : this.#refusePart(part, { ...claim, transactionalId }, batch)
    })
  }

  /** Whether the offsets of a group may be committed as part of a transaction. */
  checkOffsets(claim: ProducerClaim, groupId: string, knowsAbortable: boolean): ErrorCode {
    if (!this.#isEnabled) return ErrorCode.NONE
    const { groups, replicas } = this.#options
    const topic = GROUP_METADATA_TOPIC
    const partition = groups.partitionFor(groupId)
    const producer = replicas.get(topic, partition)?.log.producers.get(claim.producerId)
    if (producer?.hasOpenTransaction === true) return ErrorCode.NONE
    return worded(this.#ask(claim, topic, partition), knowsAbortable)
  }

  get #isEnabled(): boolean {
    return this.#options.config.current.get('transaction.partition.verification.enable')
  }

  #refusePart(
    { topic, partition }: ProducedPart,
    claim: ProduceClaim & { readonly transactionalId: string },
    batch: TransactionalBatch,
  ): PartitionAppend | undefined {
    const held = topic === undefined ? undefined : this.#options.replicas.get(topic, partition)
    if (topic === undefined || held?.isLeader !== true) return undefined
    if (!held.beginVerification(batch, this.#options.wallMs())) return undefined
    const errorCode = this.#ask({ ...claim, ...batch }, topic, partition)
    return errorCode === ErrorCode.NONE ? undefined : refusalOf(errorCode, claim.knowsAbortable)
  }

  #ask(
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
