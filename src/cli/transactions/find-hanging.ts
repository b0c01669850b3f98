/**
 * `find-hanging`: transactions that are open in a partition for longer than any may last, and that no
 * coordinator will end (KIP-664).
 */
import {
  KafkaError,
  unwrap,
  type ProducerState,
  type TopicPartition,
  type TransactionDescription,
} from '../../client/index.ts'
import { PlainError } from '../plain-error.ts'
import { explained, type TransactionsRun } from './run.ts'
import { tabTable } from './tab-table.ts'
import type { FindHangingValues } from './transactions-arguments.ts'

/** Topics or partitions of one request: a broker with many must not be overwhelmed. */
const MAX_BATCH = 500
const MINUTE_MS = 60_000
const TITLES = [
  ...['Topic', 'Partition', 'ProducerId', 'ProducerEpoch', 'CoordinatorEpoch', 'StartOffset'],
  ...['LastTimestamp', 'Duration(min)'],
]

interface OpenTransaction {
  readonly place: TopicPartition
  readonly producer: ProducerState
}

export async function findHanging(run: TransactionsRun, values: FindHangingValues): Promise<void> {
  const { brokerId, topic, partition } = values
  if (topic === null && brokerId === null) {
    throw new PlainError(
      'The `find-hanging` command requires either --topic or --broker-id to limit the scope of the ' +
        'search',
    )
  }
  if (partition !== null && topic === null) {
    throw new PlainError('The --partition argument requires --topic to be provided')
  }
  const candidates = await oldTransactions(run, await placesToSearch(run, values), values)
  const hanging = candidates.length === 0 ? [] : await thoseThatHang(run, candidates)
  const nowMs = run.wallMs()
  const rows = hanging.map(({ place, producer }) => [
    place.topic,
    String(place.partition),
    String(producer.producerId),
    String(producer.producerEpoch),
    String(producer.coordinatorEpoch ?? -1),
    String(producer.transactionStartOffset ?? -1),
    String(producer.lastTimestamp),
    String(Math.trunc((nowMs - producer.lastTimestamp) / MINUTE_MS)),
  ])
  tabTable(TITLES, rows).forEach(run.print)
}

async function placesToSearch(
  { admin }: TransactionsRun,
  { brokerId, topic, partition }: FindHangingValues,
): Promise<TopicPartition[]> {
  if (topic !== null && partition !== null) return [{ topic, partition }]
  const topics =
    topic === null
      ? (await explained('Failed to list topics', admin.listTopics({ listInternal: true }))).map(
          ({ name }) => name,
        )
      : [topic]
  const places: TopicPartition[] = []
  for (const names of batchesOf(topics)) {
    const described = await explained(
      `Failed to describe ${names.length} topics`,
      admin.describeTopics(names).then(found => Array.from(found.values(), unwrap)),
    )
    for (const { name, partitions } of described) {
      for (const { partition: number, replicas } of partitions) {
        const isSearched = brokerId === null || replicas.some(({ id }) => id === brokerId)
        if (isSearched) places.push({ topic: name, partition: number })
      }
    }
  }
  return places
}

async function oldTransactions(
  { admin, wallMs }: TransactionsRun,
  places: readonly TopicPartition[],
  { brokerId, maxTransactionTimeout }: FindHangingValues,
): Promise<OpenTransaction[]> {
  const found: OpenTransaction[] = []
  const onBroker = brokerId === null ? 'Optional.empty' : `Optional[${brokerId}]`
  for (const batch of batchesOf(places)) {
    const described = await explained(
      `Failed to describe producers for ${batch.length} partitions on broker ${onBroker}`,
      admin
        .describeProducers(batch, { brokerId: brokerId ?? undefined })
        .then(all => all.map(one => ({ place: one, producers: unwrap(one) }))),
    )
    const bornBeforeMs = wallMs() - maxTransactionTimeout * MINUTE_MS
    for (const { place, producers } of described) {
      for (const producer of producers) {
        const isOpen = producer.transactionStartOffset !== undefined
        if (isOpen && producer.lastTimestamp < bornBeforeMs) found.push({ place, producer })
      }
    }
  }
  return found
}

/** A transaction hangs unless its coordinator knows that this partition still needs its marker. */
async function thoseThatHang(
  run: TransactionsRun,
  candidates: readonly OpenTransaction[],
): Promise<OpenTransaction[]> {
  const producerIds = [...new Set(candidates.map(({ producer }) => producer.producerId))]
  const idsByProducer = await transactionalIds(run, producerIds)
  const descriptions = await descriptionsOf(run, [...idsByProducer.values()])
  return candidates.filter(({ place, producer }) => {
    const transactionalId = idsByProducer.get(producer.producerId)
    const known = transactionalId === undefined ? undefined : descriptions.get(transactionalId)
    return known?.partitions.some(one => isSame(one, place)) !== true
  })
}

const isSame = (a: TopicPartition, b: TopicPartition) =>
  a.topic === b.topic && a.partition === b.partition

async function transactionalIds(
  { admin }: TransactionsRun,
  producerIds: readonly number[],
): Promise<Map<number, string>> {
  const listings = await explained(
    `Failed to list transactions for ${producerIds.length} producers`,
    admin.listTransactions({ producerIds }),
  )
  const wanted = new Set(producerIds)
  return new Map(
    [...listings.values()]
      .flat()
      .filter(({ producerId }) => wanted.has(producerId))
      .map(({ producerId, transactionalId }) => [producerId, transactionalId]),
  )
}

async function descriptionsOf(
  { admin }: TransactionsRun,
  ids: readonly string[],
): Promise<Map<string, TransactionDescription>> {
  const known = new Map<string, TransactionDescription>()
  const described = await explained(
    `Failed to describe ${ids.length} transactions`,
    admin.describeTransactions(ids).then(found => {
      const failed = [...found.values()].find(one => !one.ok && !isUnknownId(one.error))
      if (failed !== undefined) unwrap(failed)
      return found
    }),
  )
  for (const [id, outcome] of described) if (outcome.ok) known.set(id, outcome.value)
  return known
}

const isUnknownId = (error: unknown) =>
  error instanceof KafkaError && error.code === 'TRANSACTIONAL_ID_NOT_FOUND'

function* batchesOf<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += MAX_BATCH) yield items.slice(at, at + MAX_BATCH)
}
