/**
 * A member of the group that reads the ledger in the cluster drill, a program of its own: writes down which
 * offsets it was given and a sum of what stood there, and what it has committed. Ends when its input does.
 */
import { appendFileSync } from 'node:fs'
import { Kafka, KafkaError, type Consumer, type ConsumerRecord } from '../../../src/client/index.ts'
import { LEDGER } from './ledger.ts'
import { sumOf, type ReaderEvent } from './readings.ts'

export interface GroupReaderOptions {
  readonly bootstrapServers: string
  readonly groupId: string
  readonly journal: string
}

const POLL_MS = 500

class GroupReader {
  readonly #journal: string
  readonly #consumer: Consumer
  #isEnding = false

  constructor({ bootstrapServers, groupId, journal }: GroupReaderOptions) {
    this.#journal = journal
    this.#consumer = new Kafka({ bootstrapServers }).consumer({
      ...{ groupId, enableAutoCommit: false, autoOffsetReset: 'earliest' },
      ...{ sessionTimeoutMs: 15_000, requestTimeoutMs: 10_000, maxPollRecords: 2_000 },
    })
  }

  end(): void {
    this.#isEnding = true
  }

  async run(): Promise<void> {
    this.#consumer.subscribe([LEDGER], {
      onAssigned: partitions => {
        for (const { partition } of partitions) this.#note({ event: 'assigned', partition })
      },
    })
    while (this.#goesOn()) {
      try {
        const records = await this.#consumer.poll(POLL_MS)
        if (records.length > 0) await this.#take(records)
      } catch (error) {
        // Brokers may be away for longer than one call waits; a commit may come too late.
        if (!(error instanceof KafkaError) || error.fatal) throw error
        this.#note({ event: 'failed', code: error.code })
      }
    }
    await this.#consumer.close({ timeoutMs: 5_000 })
  }

  #goesOn(): boolean {
    return !this.#isEnding
  }

  async #take(records: readonly ConsumerRecord[]): Promise<void> {
    const ends: { partition: number; next: number }[] = []
    for (const partition of new Set(records.map(record => record.partition))) {
      const read = records.filter(record => record.partition === partition)
      const from = read[0]?.offset ?? -1
      const next = (read.at(-1)?.offset ?? -1) + 1
      const sum = sumOf(read.map(({ value }) => String(value)))
      this.#note({ event: 'read', partition, from, next, count: read.length, sum })
      ends.push({ partition, next })
    }
    for (const end of ends) this.#note({ event: 'commit', ...end })
    await this.#consumer.commit(
      ends.map(({ partition, next }) => ({ topic: LEDGER, partition, offset: next })),
    )
    for (const end of ends) this.#note({ event: 'committed', ...end })
  }

  #note(event: ReaderEvent): void {
    const atMs = performance.timeOrigin + performance.now()
    appendFileSync(this.#journal, `${JSON.stringify({ atMs, ...event })}\n`)
  }
}

const reader = new GroupReader(JSON.parse(process.argv[2] ?? '{}') as GroupReaderOptions)
process.stdin.resume().on('end', () => reader.end())
await reader.run()
process.exit(0)
