/** `abort`: writes the marker of a transaction that hangs. */
import { abortSpecText, unwrap, type TransactionToAbort } from '../../client/index.ts'
import { PlainError } from '../plain-error.ts'
import { explained, type TransactionsRun } from './run.ts'
import type { AbortValues } from './transactions-arguments.ts'

export async function abort(run: TransactionsRun, values: AbortValues): Promise<void> {
  const { startOffset, producerId } = values
  if (startOffset === null && producerId === null) {
    throw new PlainError(
      'The transaction to abort must be identified either with --start-offset (for brokers on 3.0 ' +
        'or above) or with --producer-id, --producer-epoch, and --coordinator-epoch (for older ' +
        'brokers)',
    )
  }
  const transaction =
    startOffset === null
      ? asGiven(values, producerId ?? -1)
      : await startingAt(run, values, startOffset)
  await explained(
    `Failed to abort transaction ${abortSpecText(transaction)}`,
    run.admin.abortTransaction(transaction),
  )
}

/** A producer whose first transaction hangs has no coordinator epoch yet: 0 is below any that will come. */
function asGiven(
  { topic, partition, producerEpoch, coordinatorEpoch }: AbortValues,
  producerId: number,
): TransactionToAbort {
  if (producerEpoch === null) throw new PlainError('Missing required argument --producer-epoch')
  if (coordinatorEpoch === null) {
    throw new PlainError('Missing required argument --coordinator-epoch')
  }
  const epoch = Math.max(coordinatorEpoch, 0)
  return { topic, partition, producerId, producerEpoch, coordinatorEpoch: epoch }
}

async function startingAt(
  { admin }: TransactionsRun,
  { topic, partition }: AbortValues,
  startOffset: number,
): Promise<TransactionToAbort> {
  const producers = await explained(
    `Failed to validate producer state for partition ${topic}-${partition}`,
    admin.describeProducers([{ topic, partition }]).then(outcomes => outcomes.flatMap(unwrap)),
  )
  const found = producers.find(producer => producer.transactionStartOffset === startOffset)
  if (found === undefined) {
    throw new PlainError(
      `Could not find any open transactions starting at offset ${startOffset} on partition ` +
        `${topic}-${partition}`,
    )
  }
  const { producerId, producerEpoch, coordinatorEpoch = 0 } = found
  return { topic, partition, producerId, producerEpoch, coordinatorEpoch }
}
