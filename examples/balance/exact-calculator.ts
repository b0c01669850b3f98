/**
 * The calculator that may die at any moment: the n-th record in `balance` is the balance after the first n
 * transactions, whatever happens.
 *
 * Balances and the offset up to which they count are written in one transaction: both or neither. The
 * balance is kept beside the offset too, as its metadata, so that a new start finds it with one question.
 */
import { KafkaError, type ConsumerRecord, type Kafka, type OffsetToSend } from 'tidelog/client'
import type { Topics } from './accounts.ts'

export interface ExactOptions {
  readonly topics: Topics
  readonly groupId: string
  /** Two calculators that run at once need two names; one that is started again keeps its own. */
  readonly name: string
}

export async function calculateExactly(kafka: Kafka, options: ExactOptions): Promise<void> {
  const { topics, groupId, name } = options
  await using producer = kafka.producer({ transactionalId: name, transactionTimeoutMs: 10_000 })
  await using consumer = kafka.consumer({
    groupId,
    // A member with a name of its own takes its place again at once, without a rebalance (KIP-345).
    groupInstanceId: name,
    isolationLevel: 'read_committed',
    autoOffsetReset: 'earliest',
    enableAutoCommit: false,
  })
  // Ends what a calculator of this name has left open when it was killed: nobody can read its offsets before.
  await producer.initTransactions()
  const balances = new Map<number, number>()
  consumer.subscribe([topics.transactions], {
    onAssigned: () => balances.clear(),
    onRevoked: () => balances.clear(),
  })

  /** What the account held at the offset from which this calculator goes on. */
  const restore = async (partition: number): Promise<number> => {
    const [resumed] = await consumer.committed([{ topic: topics.transactions, partition }])
    return Number(resumed?.committed?.metadata ?? 0)
  }

  while (true) {
    const records = await consumer.poll(1_000)
    if (records.length === 0) continue
    for (const { partition } of records) {
      if (!balances.has(partition)) balances.set(partition, await restore(partition))
    }
    const { results, offsets } = add(records, balances)
    await untilCommitted(() =>
      producer.transaction(async transaction => {
        for (const { partition, balance } of results) {
          void transaction.send({ topic: topics.balance, partition, value: String(balance) })
        }
        // Given as the member that it is, it is refused when others have taken its accounts (KIP-447).
        await transaction.sendOffsets(offsets, consumer.groupMetadata())
      }),
    )
    for (const { partition, balance } of results) balances.set(partition, balance)
  }
}

interface Balance {
  readonly partition: number
  readonly balance: number
}

/** The balance after each record, and where to go on behind them. */
function add(
  records: readonly ConsumerRecord[],
  before: ReadonlyMap<number, number>,
): { results: Balance[]; offsets: OffsetToSend[] } {
  const balances = new Map(before)
  const offsets = new Map<number, OffsetToSend>()
  const results = records.map(({ topic, partition, offset, value }) => {
    const balance = (balances.get(partition) ?? 0) + Number(value)
    balances.set(partition, balance)
    offsets.set(partition, { topic, partition, offset: offset + 1, metadata: String(balance) })
    return { partition, balance }
  })
  return { results, offsets: [...offsets.values()] }
}

/** A transaction that was aborted has left nothing behind, and is done anew. @throws what only a new start can mend */
async function untilCommitted(transact: () => Promise<void>): Promise<void> {
  while (true) {
    try {
      await transact()
      return
    } catch (error) {
      const mayHelp = error instanceof KafkaError && !error.fatal && error.code !== 'COMMIT_FAILED'
      if (!mayHelp) throw error
    }
  }
}
