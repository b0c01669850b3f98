/**
 * A writer of the cluster drill, a program of its own: an idempotent producer that writes to all partitions
 * in turn, at an even pace, and writes down every acknowledgement. Ends when its input does.
 */
import { appendFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { Kafka, type KafkaError, type Producer } from '../../../src/client/index.ts'
import {
  LEDGER,
  LEDGER_PARTITIONS,
  LINGER_MS,
  lineOf,
  valueOf,
  type WriterOptions,
} from './ledger.ts'

/** Nothing is given up in the drill. */
const DELIVERY_MS = 1_800_000
const REQUEST_MS = 10_000
const TURN_MS = 20

class Writer {
  readonly #options: WriterOptions
  readonly #producer: Producer
  readonly #sent = Array.from({ length: LEDGER_PARTITIONS }, () => 0)
  #lines: string[] = []
  #isEnding = false

  constructor(options: WriterOptions) {
    this.#options = options
    this.#producer = new Kafka({ bootstrapServers: options.bootstrapServers }).producer({
      ...{ acks: 'all', enableIdempotence: true, lingerMs: LINGER_MS },
      ...{ deliveryTimeoutMs: DELIVERY_MS, requestTimeoutMs: REQUEST_MS },
    })
  }

  end(): void {
    this.#isEnding = true
  }

  async run(): Promise<void> {
    const startMs = Date.now()
    let count = 0
    while (this.#goesOn()) {
      const due = ((Date.now() - startMs) / 1_000) * this.#options.recordsPerSecond
      for (; count < due && this.#goesOn(); count += 1) {
        await this.#producer.ready()
        void this.#send(count % LEDGER_PARTITIONS)
      }
      this.#writeDown()
      await wait(TURN_MS)
    }
    await this.#producer.flush()
    await wait(0)
    this.#writeDown()
  }

  #goesOn(): boolean {
    return !this.#isEnding
  }

  async #send(partition: number): Promise<void> {
    const number = this.#sent[partition] ?? 0
    this.#sent[partition] = number + 1
    const sentMs = Date.now()
    const value = valueOf({ writer: this.#options.writer, number })
    try {
      const { offset } = await this.#producer.send({ topic: LEDGER, partition, value })
      this.#lines.push(lineOf({ partition, number, offset, sentMs, acknowledgedMs: Date.now() }))
    } catch (error) {
      const { code = String(error) } = error as Partial<KafkaError>
      this.#lines.push(`record ${number} of partition ${partition} failed with ${code}\n`)
    }
  }

  #writeDown(): void {
    if (this.#lines.length === 0) return
    appendFileSync(this.#options.journal, this.#lines.join(''))
    this.#lines = []
  }
}

const writer = new Writer(JSON.parse(process.argv[2] ?? '{}') as WriterOptions)
process.stdin.resume().on('end', () => writer.end())
await writer.run()
process.exit(0)
