/** The run of a verifiable producer. */
import { KafkaError, type Producer } from '../../client/index.ts'
import { formatJavaDouble } from '../../bytes/index.ts'
import type { Clock, TerminalSignal } from '../../host/index.ts'
import { openProducer } from '../console-producer/open-producer.ts'
import { eventPrinter, RawJson, type EventPrinter } from '../json-events.ts'
import { ThroughputThrottler } from '../throughput-throttler.ts'
import { exitCodeOf, type ToolEnvironment } from '../tool.ts'
import type { ProducerValues } from './verifiable-producer.ts'

/** Sent without letting answers in between. */
const SENDS_A_TURN = 64

/** @returns the exit code */
export async function produce(
  values: ProducerValues,
  properties: ReadonlyMap<string, string>,
  environment: ToolEnvironment,
): Promise<number> {
  const { host, terminal } = environment
  const producer = await openProducer(host, properties)
  const print = eventPrinter(environment)
  const startMs = host.clock.wallMs()
  const throttler = new ThroughputThrottler(host.clock, values.throughput)
  const signal = terminal.takeSignals()
  const sending = new Sending(values, { producer, print, clock: host.clock })
  print('startup_complete')
  const most = values.maxMessages < 0 ? Infinity : values.maxMessages
  for (let nth = 0; nth < most && !signal.aborted; nth += 1) {
    const sendStartMs = host.clock.wallMs()
    await producer.ready()
    sending.send(nth)
    await throttler.pace(nth, sendStartMs, signal)
    if (nth % SENDS_A_TURN === SENDS_A_TURN - 1) await turn(host.clock)
    await terminal.stdout.drained()
  }
  await sending.done()
  print('shutdown_complete')
  const average = (1_000 * sending.acked) / (host.clock.wallMs() - startMs)
  print('tool_data', {
    sent: sending.sent,
    acked: sending.acked,
    target_throughput: values.throughput,
    avg_throughput: new RawJson(formatJavaDouble(average)),
  })
  return signal.aborted ? exitCodeOf(signal.reason as TerminalSignal) : 0
}

const turn = (clock: Clock) =>
  new Promise<void>(resolve => {
    clock.soon(resolve)
  })

interface Means {
  readonly producer: Producer
  readonly print: EventPrinter
  readonly clock: Clock
}

class Sending {
  readonly #values: ProducerValues
  readonly #means: Means
  readonly #startMs: number
  #createTime: number
  #nextKey = 0
  sent = 0
  acked = 0

  constructor(values: ProducerValues, means: Means) {
    this.#values = values
    this.#means = means
    this.#startMs = means.clock.wallMs()
    this.#createTime = values.createTime
  }

  /** What becomes of it is printed when it is known. */
  send(nth: number): void {
    const { topic, valuePrefix } = this.#values
    const { producer, print } = this.#means
    const key = this.#key()
    const value = valuePrefix === null ? `${nth}` : `${valuePrefix}.${nth}`
    this.sent += 1
    producer.send({ topic, key, value, timestamp: this.#timestamp() }).then(
      ({ offset, partition }) => {
        this.acked += 1
        print('producer_send_success', { key, value, offset, topic, partition })
      },
      (error: unknown) => {
        const name =
          error instanceof KafkaError ? error.exceptionName : 'java.lang.RuntimeException'
        const message = error instanceof Error ? error.message : String(error)
        print('producer_send_error', { topic, key, value, exception: `class ${name}`, message })
      },
    )
  }

  #key(): string | null {
    const { repeatingKeys } = this.#values
    if (repeatingKeys === null) return null
    const key = String(this.#nextKey)
    this.#nextKey = this.#nextKey + 1 === repeatingKeys ? 0 : this.#nextKey + 1
    return key
  }

  /** Every record is later than the one before by as long as the tool has run. */
  #timestamp(): number | undefined {
    if (this.#values.createTime === -1) return undefined
    const timestamp = this.#createTime
    this.#createTime += this.#means.clock.wallMs() - this.#startMs
    return timestamp
  }

  /** When all that was sent is acknowledged, or has failed. */
  done(): Promise<void> {
    return this.#means.producer.close()
  }
}
