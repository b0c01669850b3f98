/** The transaction coordinator's decisions as a machine that can be run. */
import {
  apply,
  createShard,
  decide,
  decodeRecord,
  encodeRecord,
  isPreparing,
  refused,
  type ClientEvent,
  type InitReply,
  type LostEvent,
  type TimerEvent,
  type TransactionEvent,
  type TransactionRecord,
  type TransactionSettings,
  type TransactionShard,
  type Transition,
  type WriteMarkers,
} from '../txn/index.ts'
import type { Machine } from './machine.ts'

export interface TransactionTypes {
  readonly state: TransactionShard
  readonly event: TransactionEvent
  readonly question: ClientEvent
  readonly reply: InitReply
  readonly record: TransactionRecord
  readonly transition: Transition
  readonly timer: TimerEvent
  readonly lost: LostEvent
  readonly action: WriteMarkers
}

export function transactionMachine(settings: TransactionSettings): Machine<TransactionTypes> {
  return {
    createState: () => createShard(settings),
    decide,
    apply,
    refuse: (_, errorCode) => refused(errorCode),
    lostEvent: (lost, errorCode) => ({ ...lost, errorCode }),
    loadedEvents: preparedTransactions,
    timerKey: ({ transactionalId }) => transactionalId,
    encode: encodeRecord,
    decode: decodeRecord,
    // Nobody writes transactionally into the log of transactions.
    transactionEnd: () => undefined,
  }
}

function* preparedTransactions({ transactions }: TransactionShard): Generator<TransactionEvent> {
  for (const { transactionalId, phase } of transactions.values()) {
    if (isPreparing(phase)) yield { type: 'transaction-loaded', transactionalId }
  }
}
