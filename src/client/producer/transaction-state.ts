/** The life of a transactional producer, in the states and with the words of Java's TransactionManager. */
import { KafkaError } from '../errors.ts'

/** From each state where the next call or answer may lead; FATAL_ERROR can come from everywhere. */
const successors = {
  UNINITIALIZED: ['INITIALIZING'],
  INITIALIZING: ['READY'],
  READY: ['IN_TRANSACTION'],
  IN_TRANSACTION: ['COMMITTING_TRANSACTION', 'ABORTING_TRANSACTION', 'ABORTABLE_ERROR'],
  COMMITTING_TRANSACTION: ['READY', 'ABORTABLE_ERROR'],
  ABORTING_TRANSACTION: ['READY'],
  ABORTABLE_ERROR: ['ABORTING_TRANSACTION'],
  FATAL_ERROR: [],
} as const

export type TransactionState = keyof typeof successors

/** @throws KafkaError ILLEGAL_STATE when the step is none */
export function ensureStep(
  transactionalId: string,
  { from, to }: { readonly from: TransactionState; readonly to: TransactionState },
): void {
  const allowed: readonly TransactionState[] = successors[from]
  if (to === 'FATAL_ERROR' || allowed.includes(to)) return
  const message = `TransactionalId ${transactionalId}: Invalid transition attempted from state ${from} to state ${to}`
  throw new KafkaError('ILLEGAL_STATE', message)
}

/** What an error does to the transaction in which it happens. */
export type Gravity = 'fatal' | 'abortable' | 'lost id'

/** Others took the transactional id over, or this producer may not do what it is for. */
const fatal = new Set<string>([
  'PRODUCER_FENCED',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'UNSUPPORTED_VERSION',
])

const abortable = new Set<string>([
  'COMMIT_FAILED',
  'FENCED_INSTANCE_ID',
  'GROUP_AUTHORIZATION_FAILED',
  'KAFKA_ERROR',
  'TOPIC_AUTHORIZATION_FAILED',
  'TRANSACTION_ABORTABLE',
  'TRANSACTION_ABORTED',
])

/** The coordinator has forgotten the producer: it goes on under another epoch (KIP-360). */
const lostId = new Set<string>(['UNKNOWN_PRODUCER_ID', 'INVALID_PRODUCER_ID_MAPPING'])

/** Of an answer of a coordinator: one that is not expected leaves nothing to build on. */
export function gravityOfAnswer({ code }: KafkaError): Gravity {
  if (lostId.has(code)) return 'lost id'
  return abortable.has(code) ? 'abortable' : 'fatal'
}

/** Of a record that could not be sent: without it the transaction must not be committed. */
export function gravityOfSend({ code }: KafkaError): Gravity {
  return fatal.has(code) ? 'fatal' : 'abortable'
}
