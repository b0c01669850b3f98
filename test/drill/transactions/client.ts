/**
 * A client of the transactions drill, a program of its own: carries out transfers from its partition of
 * the input, a few in a transaction, with the offsets in it, until it is killed or there are no more.
 * Ends with 0 when its work is done, with 3 when its producer is of no use any more.
 */
import { Kafka, KafkaError, type ConsumerRecord, type Producer } from '../../../src/client/index.ts'
import { SeededRandom } from '../../../src/sim/index.ts'
import { entryText } from './check-history.ts'
import { entriesOf, transferIn } from './instructions.ts'
import { Journal } from './journal.ts'

export interface ClientOptions {
  readonly bootstrapServers: string
  readonly client: number
  readonly life: number
  readonly journal: string
  readonly inputTopic: string
  readonly accountsTopic: string
  readonly transactionTimeoutMs: number
  readonly seed: number
}

/** Transfers that one transaction carries out, at most. */
const MAX_TRANSFERS = 5
const ABORTED_SHARE = 0.12
/** Each record is a batch of its own: several of a partition are on their way at once. */
const BATCH_BYTES = 1
const USELESS = 3

async function run(options: ClientOptions): Promise<void> {
  const { bootstrapServers, client, life, inputTopic } = options
  using journal = new Journal(options.journal)
  const random = new SeededRandom(options.seed)
  const kafka = new Kafka({ bootstrapServers })
  const groupId = `drill-${client}`
  const producer = kafka.producer({
    transactionalId: groupId,
    transactionTimeoutMs: options.transactionTimeoutMs,
    batchSize: BATCH_BYTES,
  })
  const input = { topic: inputTopic, partition: client }
  const consumer = kafka.consumer({ groupId, isolationLevel: 'read_committed', enableAutoCommit: false }) // prettier-ignore
  await journal.note('init', () => producer.initTransactions())
  const [resumed] = await journal.note('position', () => consumer.committed([input]))
  consumer.assign([input])
  consumer.seek(input, resumed?.committed?.offset ?? 0)

  let waiting: readonly ConsumerRecord[] = []
  for (let number = 0; ; number += 1) {
    while (waiting.length < MAX_TRANSFERS) {
      const polled = await consumer.poll(2_000)
      if (polled.length === 0) return
      waiting = [...waiting, ...polled]
    }
    const taken = waiting.slice(0, 1 + random.below(MAX_TRANSFERS))
    const parts = { ...options, journal, producer, groupId }
    const transaction = { id: `${client}.${life}.${number}`, taken }
    const isCommitted = await transact(parts, transaction, random.chance(ABORTED_SHARE))
    if (isCommitted) waiting = waiting.slice(taken.length)
  }
}

interface Parts extends Omit<ClientOptions, 'journal'> {
  readonly journal: Journal
  readonly producer: Producer
  readonly groupId: string
}

interface Chosen {
  readonly id: string
  readonly taken: readonly ConsumerRecord[]
}

/** @returns whether it was committed; else the same transfers are to be done anew */
async function transact(parts: Parts, chosen: Chosen, isToAbort: boolean): Promise<boolean> {
  const { journal, producer, groupId } = parts
  try {
    await send(parts, chosen)
    const last = chosen.taken.at(-1)
    if (last === undefined) throw new RangeError('a transaction of nothing')
    const { topic, partition, offset } = last
    await journal.note('offsets', () =>
      producer.sendOffsetsToTransaction([{ topic, partition, offset: offset + 1 }], groupId),
    )
    if (!isToAbort) {
      await journal.note('commit', () => producer.commitTransaction())
      return true
    }
  } catch (error) {
    if (!(error instanceof KafkaError) || error.fatal || error.code === 'REQUEST_TIMED_OUT') {
      throw error
    }
  }
  await journal.note('abort', () => producer.abortTransaction())
  return false
}

async function send(parts: Parts, { id, taken }: Chosen): Promise<void> {
  const { journal, producer, accountsTopic: topic } = parts
  const entries = taken.flatMap(({ value }) => entriesOf(transferIn(String(value))))
  const from = taken[0]?.offset ?? -1
  journal.intend({ id, from, next: from + taken.length, entries })
  producer.beginTransaction()
  await journal.note('send', () =>
    Promise.all(
      entries.map((entry, place) =>
        producer.send({ topic, partition: entry.account, value: entryText(id, place, entry) }),
      ),
    ),
  )
}

try {
  await run(JSON.parse(process.argv[2] ?? '{}') as ClientOptions)
  process.exit(0)
} catch (error) {
  process.stderr.write(`${String(error)}\n`)
  process.exit(error instanceof KafkaError ? USELESS : 1)
}
