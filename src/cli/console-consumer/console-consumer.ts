/** kafka-console-consumer: prints records until it is told to end. Mirrors org.apache.kafka.tools.consumer.ConsoleConsumer. */
import type { Consumer, ConsumerRecord } from '../../client/index.ts'
import type { TerminalSignal } from '../../host/index.ts'
import { refuse } from '../arguments/index.ts'
import { javaText, ToolError } from '../java-text.ts'
import { exitCodeOf, type ToolEnvironment } from '../tool.ts'
import {
  consumerProperties,
  ContradictionError,
  formatterProperties,
  includedTopics,
  readConsumerOptions,
  startOf,
  topicPattern,
  type ConsumerOptions,
} from './consumer-options.ts'
import { formatterNamed, type Formatter } from './formatters.ts'

const LOGGER = 'org.apache.kafka.tools.consumer.ConsoleConsumer'
/** One wait for records when there is no `--timeout-ms`. */
const POLL_MS = 60_000

export async function consoleConsumer(
  argv: readonly string[],
  environment: ToolEnvironment,
): Promise<number> {
  const { stderr, stdout } = environment.terminal
  let session: Session
  try {
    const given = readConsumerOptions(argv, notice => stderr.write(`${notice}\n`))
    session = await prepare(given, environment)
  } catch (error) {
    if (!(error instanceof ContradictionError)) throw error
    stderr.write(`${error.message}\n`)
    return 1
  }
  const code = await run(session).catch((error: unknown) => {
    logError(environment, 'Unknown error when running consumer: ', error)
    return 1
  })
  if (session.given.has('enable-systest-events')) stdout.write('shutdown_complete\n')
  return code
}

interface Session {
  readonly given: ConsumerOptions
  readonly environment: ToolEnvironment
  readonly properties: ReadonlyMap<string, string>
  readonly start: 'earliest' | 'latest' | number
  readonly format: Formatter
}

/** Everything about the command line that may still be wrong. */
async function prepare(given: ConsumerOptions, environment: ToolEnvironment): Promise<Session> {
  const { host, terminal } = environment
  const { loadProperties } = await import('../properties-files.ts')
  const propertiesOf = (file: string | null) =>
    file === null ? new Map<string, string>() : loadProperties(host, file)
  const properties = consumerProperties(
    given,
    propertiesOf(given.value('consumer.config')),
    host.random,
  )
  const start = startOf(given)
  const name = given.value('formatter')
  const tell = (line: string) => terminal.stderr.write(`${line}\n`)
  const make = formatterNamed(name, tell) ?? refuse(given, name)
  const format = make(formatterProperties(given, formatterFile(given, propertiesOf)), {
    log: host.log,
    tell,
  })
  given.value('timeout-ms')
  return { given, environment, properties, start, format }
}

/** Java shows the usage when this file is not there, but not when that of the consumer is not. */
function formatterFile(
  given: ConsumerOptions,
  propertiesOf: (file: string | null) => Map<string, string>,
): Map<string, string> {
  const file = given.value('formatter-config')
  try {
    return propertiesOf(file)
  } catch (error) {
    if (error instanceof ToolError) return refuse(given, error.message)
    throw error
  }
}

async function run(session: Session): Promise<number> {
  const { host, terminal } = session.environment
  const { openConsumer } = await import('./open-consumer.ts')
  const included = includedTopics(session.given)
  const pattern = included === null ? null : topicPattern(included)
  const consumer = await openConsumer(host, session.properties)
  const signal = terminal.takeSignals()
  const printing = new Printing(session, consumer, signal)
  try {
    subscribe(consumer, session, pattern)
    await printing.run()
  } finally {
    printing.rewind()
    await consumer.close()
    terminal.stderr.write(`Processed a total of ${printing.count} messages\n`)
  }
  return signal.aborted ? exitCodeOf(signal.reason as TerminalSignal) : 0
}

function subscribe(consumer: Consumer, { given, start }: Session, pattern: RegExp | null): void {
  const topic = given.value('topic')
  const partition = given.value('partition')
  if (pattern !== null) consumer.subscribe(pattern)
  if (topic === null) return
  if (partition === null) consumer.subscribe([topic])
  else {
    const place = { topic, partition }
    consumer.assign([place])
    if (start === 'earliest') consumer.seekToBeginning([place])
    else if (start === 'latest') consumer.seekToEnd([place])
    else consumer.seek(place, start)
  }
}

class Printing {
  readonly #session: Session
  readonly #consumer: Consumer
  readonly #signal: AbortSignal
  /** Records that were fetched and are not printed yet. */
  #records: ConsumerRecord[] = []
  count = 0

  constructor(session: Session, consumer: Consumer, signal: AbortSignal) {
    this.#session = session
    this.#consumer = consumer
    this.#signal = signal
  }

  /** Until enough is printed, time is over, a signal came, or nobody reads any more. */
  async run(): Promise<void> {
    const { given, environment } = this.#session
    const { stdout, stderr } = environment.terminal
    const most = given.value('max-messages') ?? -1
    while (this.count < most || most === -1) {
      if (this.#records.length === 0 && !(await this.#fetch())) return
      const record = this.#records.shift()
      if (record === undefined || this.#signal.aborted) return
      this.count += 1
      this.#print(record)
      if (this.#records.length === 0) await stdout.drained()
      if (!stdout.isBroken) continue
      stderr.write('Unable to write to standard out, closing consumer.\n')
      return
    }
  }

  /** @returns whether records came; why not is told */
  async #fetch(): Promise<boolean> {
    const { given, environment } = this.#session
    const { clock } = environment.host
    const limit = given.value('timeout-ms') ?? -1
    const timeoutMs = limit < 0 ? Infinity : limit
    const startMs = clock.monotonicMs()
    try {
      while (!this.#signal.aborted) {
        const pollMs = Math.min(timeoutMs, POLL_MS)
        this.#records = [...(await this.#consumer.poll(pollMs, { signal: this.#signal }))]
        if (this.#records.length > 0) return true
        if (clock.monotonicMs() - startMs >= timeoutMs) throw timeIsOver()
      }
    } catch (error) {
      if (this.#signal.aborted) return false
      logError(environment, 'Error processing message, terminating consumer process: ', error)
    }
    return false
  }

  #print(record: ConsumerRecord): void {
    const { given, environment, format } = this.#session
    try {
      environment.terminal.stdout.write(format(record))
    } catch (error) {
      if (!given.has('skip-message-on-error')) throw error
      logError(environment, 'Error processing message, skipping this message: ', error)
    }
  }

  /** What was not printed is not committed either. */
  rewind(): void {
    const first = new Map<string, ConsumerRecord>()
    for (const record of this.#records) {
      const key = `${record.topic}-${record.partition}`
      if (!first.has(key)) first.set(key, record)
    }
    for (const record of first.values()) this.#consumer.seek(record, record.offset)
  }
}

const timeIsOver = () => new ToolError('org.apache.kafka.common.errors.TimeoutException', '')

/** A line of the log, then the error as a stack trace begins. */
function logError({ host, terminal }: ToolEnvironment, event: string, error: unknown): void {
  host.log.named(LOGGER).error(event)
  terminal.stderr.write(`${javaText(error)}\n`)
}
