/**
 * What the client throws and puts into results. Mirrors `org.apache.kafka.common.errors`: one class
 * with Kafka's code in it, because programs branch on the code; `exceptionName` is what Java calls it.
 */
import { NetworkError } from '../host/index.ts'
import { ErrorCode, errorName, errorText, isRetriable } from '../protocol/index.ts'
import { exceptionNameOf } from './exception-names.ts'

/** A name of `ErrorCode`, or what only a client can fail with. */
export type KafkaErrorCode = keyof typeof ErrorCode | keyof typeof clientFailures

/** Failures that have no code of the protocol, with the name Java gives them. */
export const clientFailures = {
  BUFFER_EXHAUSTED: 'org.apache.kafka.clients.producer.BufferExhaustedException',
  CLIENT_CLOSED: 'java.lang.IllegalStateException',
  COMMIT_FAILED: 'org.apache.kafka.clients.consumer.CommitFailedException',
  ILLEGAL_STATE: 'java.lang.IllegalStateException',
  INVALID_ARGUMENT: 'java.lang.IllegalArgumentException',
  KAFKA_ERROR: 'org.apache.kafka.common.KafkaException',
  LOG_TRUNCATION: 'org.apache.kafka.clients.consumer.LogTruncationException',
  NO_OFFSET_FOR_PARTITION: 'org.apache.kafka.clients.consumer.NoOffsetForPartitionException',
  OUT_OF_RANGE_WITHOUT_RESET: 'org.apache.kafka.clients.consumer.OffsetOutOfRangeException',
  RECORD_DESERIALIZATION: 'org.apache.kafka.common.errors.RecordDeserializationException',
  SERIALIZATION: 'org.apache.kafka.common.errors.SerializationException',
  TRANSACTION_ABORTED: 'org.apache.kafka.common.errors.TransactionAbortedException',
  WAKEUP: 'org.apache.kafka.common.errors.WakeupException',
} as const

export interface KafkaErrorDetails {
  readonly retriable?: boolean
  readonly fatal?: boolean
  readonly cause?: unknown
}

/** Afterwards the client that failed is of no use: others fenced it, or it may not do what it is for. */
const fatalCodes = new Set<KafkaErrorCode>([
  'PRODUCER_FENCED',
  'FENCED_INSTANCE_ID',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'UNSUPPORTED_VERSION',
  'CLIENT_CLOSED',
])

export class KafkaError extends Error {
  override readonly name = 'KafkaError'
  readonly code: KafkaErrorCode
  /** On the wire; UNKNOWN_SERVER_ERROR (-1) for what only a client can fail with. */
  readonly errorCode: number
  /** The same call may succeed later. */
  readonly retriable: boolean
  /** The client is of no use any more; it can only be closed. */
  readonly fatal: boolean

  constructor(code: KafkaErrorCode, message?: string, details: KafkaErrorDetails = {}) {
    const errorCode = wireCodeOf(code)
    super(message ?? errorText(errorCode), { cause: details.cause })
    this.code = code
    this.errorCode = errorCode
    this.retriable = details.retriable ?? (!isClientFailure(code) && isRetriable(errorCode))
    this.fatal = details.fatal ?? fatalCodes.has(code)
  }

  /** What a broker answered. A null or empty text is replaced by Kafka's own for the code. */
  static of(errorCode: number, text?: string | null): KafkaError {
    const message = text === null || text === undefined || text === '' ? undefined : text
    return new KafkaError(errorName(errorCode), message)
  }

  /** The class that Java throws for it, as tools print it: `org.apache.kafka.common.errors.TimeoutException`. */
  get exceptionName(): string {
    return isClientFailure(this.code) ? clientFailures[this.code] : exceptionNameOf(this.code)
  }
}

function isClientFailure(code: KafkaErrorCode): code is keyof typeof clientFailures {
  return Object.hasOwn(clientFailures, code)
}

function wireCodeOf(code: KafkaErrorCode): number {
  return isClientFailure(code) ? ErrorCode.UNKNOWN_SERVER_ERROR : ErrorCode[code]
}

/** Whether to try again may help: a broker said so, or the network failed. */
export function isWorthRetrying(error: unknown): boolean {
  return (error instanceof KafkaError || error instanceof NetworkError) && error.retriable
}

/** Every failure as a `KafkaError`; a lost connection is NETWORK_EXCEPTION, as in Java. */
export function toKafkaError(error: unknown): KafkaError {
  if (error instanceof KafkaError) return error
  if (error instanceof NetworkError) {
    const code = error.code === 'REQUEST_TIMED_OUT' ? 'REQUEST_TIMED_OUT' : 'NETWORK_EXCEPTION'
    return new KafkaError(code, error.message, { cause: error })
  }
  const message = error instanceof Error ? error.message : String(error)
  return new KafkaError('KAFKA_ERROR', message, { cause: error })
}

/** One result of several: each resource of a request succeeds or fails alone. */
export type Outcome<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: KafkaError }

export function success<T>(value: T): Outcome<T> {
  return { ok: true, value }
}

export function failure(error: unknown): { readonly ok: false; readonly error: KafkaError } {
  return { ok: false, error: toKafkaError(error) }
}

/** `value` when `errorCode` is NONE, else the error. */
export function outcomeOf<T>(errorCode: number, text: string | null, value: T): Outcome<T> {
  return errorCode === ErrorCode.NONE ? success(value) : failure(KafkaError.of(errorCode, text))
}

/** The value. @throws KafkaError when there is none */
export function unwrap<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value
  throw outcome.error
}

/** @throws KafkaError when `errorCode` is one */
export function ensureSuccess(errorCode: number, text?: string | null): void {
  if (errorCode !== ErrorCode.NONE) throw KafkaError.of(errorCode, text)
}
