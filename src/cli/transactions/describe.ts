/** The commands that show what is: `list`, `describe`, `describe-producers`. */
import { unwrap } from '../../client/index.ts'
import { explained, type TransactionsRun } from './run.ts'
import { tabTable } from './tab-table.ts'
import type {
  DescribeProducersValues,
  DescribeValues,
  ListValues,
} from './transactions-arguments.ts'

export async function list(
  { admin, print }: TransactionsRun,
  { durationFilter }: ListValues,
): Promise<void> {
  const listings = await explained(
    'Failed to list transactions',
    admin.listTransactions({ longerThanMs: durationFilter ?? undefined }),
  )
  const rows = [...listings].flatMap(([brokerId, transactions]) =>
    transactions.map(({ transactionalId, producerId, state }) => [
      transactionalId,
      String(brokerId),
      String(producerId),
      state,
    ]),
  )
  const titles = ['TransactionalId', 'Coordinator', 'ProducerId', 'TransactionState']
  tabTable(titles, rows).forEach(print)
}

const DESCRIBE_TITLES = [
  ...['CoordinatorId', 'TransactionalId', 'ProducerId', 'ProducerEpoch', 'TransactionState'],
  ...['TransactionTimeoutMs', 'CurrentTransactionStartTimeMs', 'TransactionDurationMs'],
  'TopicPartitions',
]

export async function describe(
  { admin, print, wallMs }: TransactionsRun,
  { transactionalId }: DescribeValues,
): Promise<void> {
  const described = await explained(
    `Failed to describe transaction state of transactional-id \`${transactionalId}\``,
    admin.describeTransactions([transactionalId]).then(found => {
      const outcome = found.get(transactionalId)
      return outcome === undefined ? undefined : unwrap(outcome)
    }),
  )
  if (described === undefined) return
  const { startTimeMs, partitions } = described
  const row = [
    String(described.coordinatorId),
    transactionalId,
    String(described.producerId),
    String(described.producerEpoch),
    described.state,
    String(described.timeoutMs),
    startTimeMs === undefined ? 'None' : String(startTimeMs),
    startTimeMs === undefined ? 'None' : String(wallMs() - startTimeMs),
    partitions.map(({ topic, partition }) => `${topic}-${partition}`).join(','),
  ]
  tabTable(DESCRIBE_TITLES, [row]).forEach(print)
}

const PRODUCER_TITLES = [
  ...['ProducerId', 'ProducerEpoch', 'LatestCoordinatorEpoch', 'LastSequence', 'LastTimestamp'],
  'CurrentTransactionStartOffset',
]

export async function describeProducers(
  { admin, print }: TransactionsRun,
  { topic, partition, brokerId }: DescribeProducersValues,
): Promise<void> {
  const broker = brokerId === null ? 'leader' : `broker ${brokerId}`
  const producers = await explained(
    `Failed to describe producers for partition ${topic}-${partition} on ${broker}`,
    admin
      .describeProducers([{ topic, partition }], { brokerId: brokerId ?? undefined })
      .then(outcomes => outcomes.flatMap(unwrap)),
  )
  const rows = producers.map(producer => [
    String(producer.producerId),
    String(producer.producerEpoch),
    String(producer.coordinatorEpoch ?? -1),
    String(producer.lastSequence),
    String(producer.lastTimestamp),
    String(producer.transactionStartOffset ?? 'None'),
  ])
  tabTable(PRODUCER_TITLES, rows).forEach(print)
}
