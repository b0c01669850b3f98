/** The run of a verifiable consumer. */
import {
  KafkaError,
  type Consumer,
  type ConsumerRecord,
  type OffsetToCommit,
  type TopicPartition,
} from '../../client/index.ts'
import type { TerminalSignal } from '../../host/index.ts'
import { openConsumer } from '../console-consumer/open-consumer.ts'
import { javaText } from '../java-text.ts'
import { eventPrinter, type EventPrinter } from '../json-events.ts'
import { exitCodeOf, type ToolEnvironment } from '../tool.ts'
import type { ConsumerValues } from './verifiable-consumer.ts'

const LOGGER = 'org.apache.kafka.tools.VerifiableConsumer'
/** One wait for records. */
const POLL_MS = 60_000

/** @returns the exit code */
export async function consume(
  values: ConsumerValues,
  properties: ReadonlyMap<string, string>,
  environment: ToolEnvironment,
): Promise<number> {
  const { host, terminal } = environment
  const consumer = await openConsumer(host, properties)
  const signal = terminal.takeSignals()
  const print = eventPrinter(environment)
  try {
    await new Consuming({ values, consumer, print, signal }).run()
  } catch (error) {
    if (!signal.aborted) {
      host.log.named(LOGGER).error('Error during processing, terminating consumer process: ')
      terminal.stderr.write(`${javaText(error)}\n`)
    }
  } finally {
    await consumer.close()
    print('shutdown_complete')
  }
  return signal.aborted ? exitCodeOf(signal.reason as TerminalSignal) : 0
}

interface Means {
  readonly values: ConsumerValues
  readonly consumer: Consumer
  readonly print: EventPrinter
  readonly signal: AbortSignal
}

const placeOf = ({ topic, partition }: TopicPartition) => ({ topic, partition })

class Consuming {
  readonly #means: Means
  #consumed = 0

  constructor(means: Means) {
    this.#means = means
  }

  /** Until enough is read, or a signal came. */
  async run(): Promise<void> {
    const { values, consumer, print, signal } = this.#means
    print('startup_complete')
    consumer.subscribe([values.topic], {
      onAssigned: partitions =>
        print('partitions_assigned', { partitions: partitions.map(placeOf) }),
      onRevoked: partitions => print('partitions_revoked', { partitions: partitions.map(placeOf) }),
    })
    while (this.#isWanting() && !signal.aborted) {
      const records = await consumer.poll(POLL_MS, { signal })
      if (records.length === 0) continue
      const offsets = this.#tell(records)
      if (!values.useAutoCommit) await this.#commit(offsets)
    }
  }

  #isWanting(): boolean {
    const { maxMessages } = this.#means.values
    return maxMessages < 0 || this.#consumed < maxMessages
  }

  /** No more than what is still wanted. @returns where to go on */
  #tell(records: readonly ConsumerRecord[]): OffsetToCommit[] {
    const { values, print } = this.#means
    const partitions: object[] = []
    const offsets: OffsetToCommit[] = []
    for (const all of byPartition(records)) {
      const left = values.maxMessages < 0 ? all.length : values.maxMessages - this.#consumed
      const taken = all.slice(0, left)
      const [first, last] = [taken[0], taken.at(-1)]
      if (first === undefined || last === undefined) break
      if (values.verbose) for (const record of taken) print('record_data', dataOf(record))
      const place = placeOf(first)
      const count = taken.length
      offsets.push({ ...place, offset: last.offset + 1 })
      partitions.push({ ...place, count, minOffset: first.offset, maxOffset: last.offset })
      this.#consumed += count
    }
    print('records_consumed', { count: records.length, partitions })
    return offsets
  }

  async #commit(offsets: readonly OffsetToCommit[]): Promise<void> {
    const { consumer, print } = this.#means
    const committed = { offsets: offsets.map(({ offset, ...place }) => ({ ...place, offset })) }
    try {
      await consumer.commit(offsets)
      print('offsets_committed', { ...committed, success: true })
    } catch (error) {
      const isFenced = error instanceof KafkaError && error.code === 'FENCED_INSTANCE_ID'
      if (isFenced || !(error instanceof Error)) throw error
      print('offsets_committed', { ...committed, error: error.message, success: false })
    }
  }
}

function byPartition(records: readonly ConsumerRecord[]): ConsumerRecord[][] {
  const groups = new Map<string, ConsumerRecord[]>()
  for (const record of records) {
    const name = `${record.topic}-${record.partition}`
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [record])
    else group.push(record)
  }
  return [...groups.values()]
}

function dataOf({ topic, partition, offset, key, value }: ConsumerRecord) {
  return {
    key: key?.toString() ?? null,
    value: value?.toString() ?? null,
    topic,
    partition,
    offset,
  }
}
