/** kafka-console-producer: each line of standard input becomes a record. Mirrors kafka.tools.ConsoleProducer. */
import type { Producer, ProducerRecord } from '../../client/index.ts'
import type { TerminalSignal } from '../../host/index.ts'
import { OptionError, parseKeyValues } from '../arguments/index.ts'
import { javaText, ToolError } from '../java-text.ts'
import { exitCodeOf, isForRunner, type ToolEnvironment } from '../tool.ts'
import { LineParser } from './line-parser.ts'
import { linesOf } from '../lines.ts'
import {
  LINE_READERS,
  producerProperties,
  readProducerOptions,
  type ProducerOptions,
} from './producer-options.ts'

const CALLBACK_LOGGER = 'org.apache.kafka.clients.producer.internals.ErrorLoggingCallback'
/** After a signal what waits is still sent, if that is possible so soon. */
const CLOSE_AFTER_SIGNAL_MS = 5_000

export async function consoleProducer(
  argv: readonly string[],
  environment: ToolEnvironment,
): Promise<number> {
  const { stderr } = environment.terminal
  try {
    const given = readProducerOptions(argv, notice => stderr.write(`${notice}\n`))
    return await produce(given, environment)
  } catch (error) {
    if (isForRunner(error)) throw error
    stderr.write(`${error instanceof OptionError ? error.message : javaText(error)}\n`)
    return 1
  }
}

async function produce(given: ProducerOptions, environment: ToolEnvironment): Promise<number> {
  const { openProducer } = await import('./open-producer.ts')
  const { loadProperties } = await import('../properties-files.ts')
  const propertiesOf = (file: string | null) =>
    file === null ? new Map<string, string>() : loadProperties(environment.host, file)
  const properties = producerProperties(given, propertiesOf(given.value('producer.config')))
  const producer = await openProducer(environment.host, properties)
  const signal = environment.terminal.takeSignals()
  try {
    ensureLineReader(given.value('line-reader'))
    const readerProperties = propertiesOf(given.value('reader-config'))
    const parser = new LineParser(
      new Map([...readerProperties, ...parseKeyValues(given.values('property'))]),
    )
    await sendLines({ given, environment, producer, parser, signal })
  } finally {
    await producer.close(signal.aborted ? { timeoutMs: CLOSE_AFTER_SIGNAL_MS } : {})
  }
  return signal.aborted ? exitCodeOf(signal.reason as TerminalSignal) : 0
}

function ensureLineReader(name: string): void {
  if ((LINE_READERS as readonly string[]).includes(name)) return
  throw new ToolError('java.lang.ClassNotFoundException', name)
}

interface Sending {
  readonly given: ProducerOptions
  readonly environment: ToolEnvironment
  readonly producer: Producer
  readonly parser: LineParser
  readonly signal: AbortSignal
}

async function sendLines(sending: Sending): Promise<void> {
  const { given, environment, producer, parser, signal } = sending
  const { stdin, stdout } = environment.terminal
  const isPrompting = stdin.isTTY && stdout.isTTY
  const prompt = () => {
    if (isPrompting) stdout.write('>')
  }
  const topic = given.value('topic') ?? ''
  const lines = linesOf(stdin, prompt)
  const stopped = whenAborted(signal)
  for (;;) {
    const next = await Promise.race([lines.next(), stopped])
    if (next === 'stopped' || next.done === true) return
    const record = { topic, ...parser.parse(next.value) }
    if (given.has('sync')) await sendAndWait(producer, record)
    else {
      await producer.ready()
      void producer.send(record).catch((error: unknown) => logFailure(environment, record, error))
    }
  }
}

function whenAborted(signal: AbortSignal): Promise<'stopped'> {
  return new Promise(resolve => {
    if (signal.aborted) resolve('stopped')
    else signal.addEventListener('abort', () => resolve('stopped'), { once: true })
  })
}

async function sendAndWait(producer: Producer, record: ProducerRecord): Promise<void> {
  try {
    await producer.send(record)
  } catch (error) {
    throw new ToolError('java.util.concurrent.ExecutionException', javaText(error), error)
  }
}

/** A record that is lost is told of, and the next one is sent. */
function logFailure(
  { host, terminal }: ToolEnvironment,
  { topic, key, value }: ProducerRecord,
  error: unknown,
): void {
  const size = (text: ProducerRecord['value'] | undefined) =>
    text === null || text === undefined ? 'null' : `${Buffer.byteLength(text)} bytes`
  host.log
    .named(CALLBACK_LOGGER)
    .error(
      `Error when sending message to topic ${topic} with key: ${size(key)}, ` +
        `value: ${size(value)} with error:`,
    )
  terminal.stderr.write(`${javaText(error)}\n`)
}
