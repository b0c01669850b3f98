/** The programs that use the drill's cluster, and what they have written down. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Kafka, unwrap } from '../../../src/client/index.ts'
import type { SeededRandom } from '../../../src/sim/index.ts'
import { projectRoot } from '../../peers/cache.ts'
import { start, type RunningProcess } from '../../peers/process.ts'
import { ClientPool, programOfOurs as transactionProgram } from '../transactions/client-pool.ts'
import { ACCOUNTS, textOf, transferAt } from '../transactions/instructions.ts'
import type { ReaderOptions } from '../transactions/reader.ts'
import type { Told } from './check-ledger.ts'
import type { GroupReaderOptions } from './group-reader.ts'
import { LEDGER, LEDGER_PARTITIONS, linesOf, type WriterOptions } from './ledger.ts'
import type { ReaderLine } from './readings.ts'

export const INPUT = 'transfers'
export const OUTPUT = 'accounts'
/** Which reads the ledger. */
export const GROUP = 'auditors'
/** Longer than any broker is away. */
export const TRANSACTION_TIMEOUT_MS = 30_000
const REPLICAS = 3
const WRITERS = 3
const GROUP_MEMBERS = 2
const TRANSACTION_CLIENTS = 6
const FINISH_MS = 180_000

/** Every topic that is written to, with its partitions, Kafka's own among them. */
export const topics: Readonly<Record<string, number>> = {
  [LEDGER]: LEDGER_PARTITIONS,
  [INPUT]: TRANSACTION_CLIENTS,
  [OUTPUT]: ACCOUNTS,
  __consumer_offsets: 3,
  __transaction_state: 3,
}

export interface LoadOptions {
  readonly folder: string
  readonly bootstrapServers: string
  readonly random: SeededRandom
  /** Of each writer. */
  readonly recordsPerSecond: number
  /** Of each transactional client. */
  readonly transfers: number
  /** The Python with confluent-kafka: the last of the writers is a librdkafka. */
  readonly confluent?: string | undefined
}

export class Load {
  readonly #options: LoadOptions
  readonly #writers: RunningProcess[] = []
  readonly #members: RunningProcess[] = []
  readonly #late: string[] = []
  readonly liveReader: RunningProcess
  readonly pool: ClientPool

  private constructor(options: LoadOptions) {
    const { folder, bootstrapServers, random } = options
    this.#options = options
    for (let writer = 0; writer < WRITERS; writer += 1) this.#writers.push(this.#startWriter(writer)) // prettier-ignore
    for (let member = 0; member < GROUP_MEMBERS; member += 1) {
      const given: GroupReaderOptions = {
        ...{ bootstrapServers, groupId: GROUP, journal: this.#pathOf(`member-${member}`) },
      }
      this.#members.push(startProgram([process.execPath, pathOfProgram('group-reader')], given))
    }
    this.liveReader = this.startReader('live')
    this.pool = new ClientPool({
      ...{ folder, random },
      shared: {
        ...{ bootstrapServers, inputTopic: INPUT, accountsTopic: OUTPUT },
        transactionTimeoutMs: TRANSACTION_TIMEOUT_MS,
      },
      clients: Array.from({ length: TRANSACTION_CLIENTS }, () => transactionProgram('client')),
    })
  }

  /** Creates the topics, and all transfers that are to be carried out. */
  static async start(options: LoadOptions): Promise<Load> {
    await using kafka = new Kafka({ bootstrapServers: options.bootstrapServers })
    await using admin = kafka.admin()
    const created = await admin.createTopics(
      [LEDGER, INPUT, OUTPUT].map(name => ({
        ...{ name, numPartitions: topics[name] ?? 1, replicationFactor: REPLICAS },
      })),
    )
    for (const outcome of created.values()) unwrap(outcome)
    await using producer = kafka.producer({ lingerMs: 5, batchSize: 100_000 })
    for (let client = 0; client < TRANSACTION_CLIENTS; client += 1) {
      for (let offset = 0; offset < options.transfers; offset += 1) {
        await producer.ready()
        const value = textOf(transferAt(client, offset))
        void producer.send({ topic: INPUT, partition: client, value })
      }
    }
    await producer.flush()
    return new Load(options)
  }

  get transactionClients(): number {
    return TRANSACTION_CLIENTS
  }

  /** A read_committed reader of the accounts, from the beginning. */
  startReader(name: string): RunningProcess {
    const options: ReaderOptions = {
      ...{ bootstrapServers: this.#options.bootstrapServers, topic: OUTPUT, partitions: ACCOUNTS },
      output: this.#pathOf(name),
    }
    return startProgram(transactionProgram('reader'), options)
  }

  readingOf(name: string): string {
    return readFileSync(this.#pathOf(name), 'utf8')
  }

  /** Programs that could not finish in the end. */
  get late(): readonly string[] {
    return this.#late
  }

  /** Programs that have ended although they should not have. */
  accidents(): string[] {
    return [...this.#writers, ...this.#members, this.liveReader]
      .filter(program => program.hasEnded)
      .map(program => `${program.command} has ended\n${program.stderr.slice(-2_000)}`)
  }

  /** Lets writers wait for what they have sent, and kills the transactional clients amid whatever they do. */
  async stopWriting(): Promise<void> {
    await this.pool.stop()
    for (const writer of this.#writers) writer.endInput()
    await this.#untilEnded(this.#writers)
  }

  /** Whoever cannot finish is ended. */
  async #untilEnded(programs: readonly RunningProcess[]): Promise<void> {
    const all = Promise.all(programs.map(program => program.ended))
    const isLate = await Promise.race([all, wait(FINISH_MS, true, { ref: false })])
    if (isLate !== true) return
    for (const program of programs.filter(({ hasEnded }) => !hasEnded)) {
      this.#late.push(`${program.command} did not finish within ${FINISH_MS} ms`)
      await program.stop('SIGKILL')
    }
  }

  async stopReading(): Promise<void> {
    for (const member of this.#members) member.endInput()
    await this.#untilEnded(this.#members)
  }

  /** What is still there when something went wrong. */
  async kill(): Promise<void> {
    const all = [...this.#writers, ...this.#members, this.liveReader]
    await Promise.all(all.map(program => program.stop('SIGKILL')))
    await this.pool.stop()
  }

  told(): { told: Told[]; failures: string[] } {
    const journals = this.#writers.map((_, writer) => linesOf(this.#read(`writer-${writer}`)))
    return {
      told: journals.map(({ acknowledged }) => acknowledged),
      failures: journals.flatMap(({ failures }, writer) =>
        failures.map(failure => `writer ${writer}: ${failure}`),
      ),
    }
  }

  groupLines(): ReaderLine[][] {
    return this.#members.map((_, member) =>
      this.#read(`member-${member}`)
        .split('\n')
        .slice(0, -1)
        .map(line => JSON.parse(line) as ReaderLine),
    )
  }

  #startWriter(writer: number): RunningProcess {
    const { bootstrapServers, recordsPerSecond, confluent } = this.#options
    const journal = this.#pathOf(`writer-${writer}`)
    const given: WriterOptions = { bootstrapServers, writer, journal, recordsPerSecond }
    const isLast = writer === WRITERS - 1
    return confluent !== undefined && isLast
      ? startProgram(
          [confluent, join(projectRoot, 'test/drill/cluster/confluent_writer.py')],
          given,
        )
      : startProgram([process.execPath, pathOfProgram('writer')], given)
  }

  #pathOf(name: string): string {
    return join(this.#options.folder, name)
  }

  #read(name: string): string {
    const path = this.#pathOf(name)
    return existsSync(path) ? readFileSync(path, 'utf8') : ''
  }
}

function pathOfProgram(name: string): string {
  return join(import.meta.dirname, `${name}.js`)
}

function startProgram([command = '', ...args]: readonly string[], options: object): RunningProcess {
  return start(command, [...args, JSON.stringify(options)])
}
