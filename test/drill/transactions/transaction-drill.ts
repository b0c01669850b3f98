/**
 * Transactions under kills: clients of ours and of librdkafka carry out transfers between accounts, each
 * with its offsets in one transaction, while clients, broker and coordination are killed, frozen and cut
 * off. Afterwards several readers read everything, and a checker compares it with what the clients meant.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Kafka, unwrap } from '../../../src/client/index.ts'
import { SeededRandom } from '../../../src/sim/index.ts'
import { freePort, runOk, start, type RunningProcess } from '../../peers/process.ts'
import { startSubject, temporaryFolder, type Subject } from '../../peers/subject.ts'
import { checkHistory, neverTold, type ReadEntry, type Reading, type Violation } from './check-history.ts' // prettier-ignore
import { ClientPool, programOfOurs, sourcePath } from './client-pool.ts'
import { hadOpenCall, transactionsOf, type Life, type PlannedTransaction } from './history.ts'
import { ACCOUNTS, textOf, transferAt } from './instructions.ts'
import { LossyProxy } from './lossy-proxy.ts'
import type { ReaderOptions } from './reader.ts'
import { StabilityMonitor } from './stability-monitor.ts'

const INPUT = 'transfers'
const OUTPUT = 'accounts'
/** So that even a broker that was away is back before transactions of the living time out. */
const TRANSACTION_TIMEOUT_MS = 6_000
/** After its timeout: the coordinator looks every ten seconds. */
const GRACE_MS = 10_000
const OFFSETS_PARTITIONS = 3

export const faults = [
  'client killed',
  'broker killed',
  'broker and coordination killed',
  'answers lost',
  'zombie',
  'client left dead in a transaction',
] as const
export type Fault = (typeof faults)[number]

export interface DrillOptions {
  readonly seed: number
  readonly durationMs: number
  /** A machine that does other work too may go on for up to three times as long, to commit so many. */
  readonly wantedCommits?: number
  /** Of each client. */
  readonly transfers: number
  /** Clients of our own library. */
  readonly ours: number
  /** The Python with confluent-kafka, for one client and one reader more. */
  readonly confluent?: string | undefined
  /** The folder of another build of the broker. */
  readonly root?: string
  /** What happens, over and over. */
  readonly plan: readonly Fault[]
}

export interface DrillReport {
  readonly seed: number
  readonly seconds: number
  readonly transactions: number
  readonly committed: number
  readonly aborted: number
  readonly unknown: number
  readonly recordsRead: number
  readonly faults: Readonly<Record<Fault, number>>
  /** Kills of clients that waited for an answer, and of brokers from which a client did. */
  readonly killsWithOpenRequest: number
  readonly clientsFenced: number
  readonly longestUnstableMs: number
  readonly stableAfterMs: number
  readonly accidents: readonly string[]
  readonly violations: readonly Violation[]
}

export async function transactionDrill(options: DrillOptions): Promise<DrillReport> {
  const folder = temporaryFolder('transactions')
  try {
    return await drillIn(folder, options)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function drillIn(folder: string, options: DrillOptions): Promise<DrillReport> {
  const ports = { direct: await freePort(), behind: await freePort(), proxied: await freePort() }
  const subject = await startSubject({
    port: ports.direct,
    ...(options.root !== undefined && { root: options.root }),
    overrides: {
      listeners: `PLAINTEXT://127.0.0.1:${ports.direct},LOSSY://127.0.0.1:${ports.behind}`,
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${ports.direct},LOSSY://127.0.0.1:${ports.proxied}`,
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,LOSSY:PLAINTEXT',
      'offsets.topic.num.partitions': String(OFFSETS_PARTITIONS),
    },
  })
  try {
    await using proxy = await LossyProxy.open(ports.proxied, ports.behind)
    const drill = new Drill(folder, options, { subject, proxy, ports })
    return await drill.run()
  } finally {
    await subject.dispose()
  }
}

interface Field {
  readonly subject: Subject
  readonly proxy: LossyProxy
  readonly ports: { readonly direct: number; readonly proxied: number }
}

class Drill {
  readonly #folder: string
  readonly #options: DrillOptions
  readonly #field: Field
  readonly #random: SeededRandom
  readonly #kafka: Kafka
  readonly #monitor: StabilityMonitor
  readonly #counts = Object.fromEntries(faults.map(fault => [fault, 0])) as Record<Fault, number>
  /** When the broker was killed. */
  readonly #killsMs: number[] = []
  #clientKillsWithOpenCall = 0
  /** Faults that go on while the next ones come. */
  readonly #underWay: Promise<unknown>[] = []
  /** No broker is killed before: an abandoned transaction has to end by its timeout. */
  #brokerSpareMs = 0

  constructor(folder: string, options: DrillOptions, field: Field) {
    this.#folder = folder
    this.#options = options
    this.#field = field
    this.#random = new SeededRandom(options.seed)
    this.#kafka = new Kafka({ bootstrapServers: field.subject.bootstrap })
    this.#monitor = new StabilityMonitor(field.ports.direct, [
      { topic: OUTPUT, partitions: ACCOUNTS },
      { topic: '__consumer_offsets', partitions: OFFSETS_PARTITIONS },
    ])
  }

  get #clientCount(): number {
    return this.#options.ours + (this.#options.confluent === undefined ? 0 : 1)
  }

  async run(): Promise<DrillReport> {
    const journals = join(this.#folder, 'journals')
    mkdirSync(journals)
    await this.#fill()
    const reader = this.#startReader('live', `127.0.0.1:${this.#field.ports.proxied}`)
    const pool = new ClientPool({
      folder: journals,
      random: this.#random,
      shared: {
        bootstrapServers: `127.0.0.1:${this.#field.ports.proxied}`,
        ...{ inputTopic: INPUT, accountsTopic: OUTPUT },
        transactionTimeoutMs: TRANSACTION_TIMEOUT_MS,
      },
      clients: this.#commands(),
    })
    const monitoring = this.#monitor.run()
    const startMs = Date.now()
    try {
      await this.#harass(pool, startMs + this.#options.durationMs)
    } finally {
      await pool.stop()
      this.#monitor.stop()
      await monitoring
    }
    const seconds = (Date.now() - startMs) / 1_000
    return { seconds: Math.round(seconds), ...(await this.#conclude(pool, reader)) }
  }

  #commands(): (readonly string[])[] {
    const { ours, confluent } = this.#options
    const commands = Array.from({ length: ours }, () => programOfOurs('client'))
    if (confluent === undefined) return commands
    return [...commands, [confluent, sourcePath('confluent_client.py')]]
  }

  /** Creates the topics, and writes the transfers that clients are to carry out. */
  async #fill(): Promise<void> {
    await using admin = this.#kafka.admin()
    const created = await admin.createTopics([
      { name: INPUT, numPartitions: this.#clientCount },
      { name: OUTPUT, numPartitions: ACCOUNTS },
    ])
    for (const outcome of created.values()) unwrap(outcome)
    await using producer = this.#kafka.producer({ lingerMs: 5, batchSize: 100_000 })
    for (let client = 0; client < this.#clientCount; client += 1) {
      for (let offset = 0; offset < this.#options.transfers; offset += 1) {
        await producer.ready()
        const value = textOf(transferAt(client, offset))
        void producer.send({ topic: INPUT, partition: client, value })
      }
    }
    await producer.flush()
  }

  #startReader(name: string, bootstrapServers: string): RunningProcess {
    const options: ReaderOptions = {
      ...{ bootstrapServers, topic: OUTPUT, partitions: ACCOUNTS },
      output: join(this.#folder, name),
    }
    const [command = '', ...args] = programOfOurs('reader')
    return start(command, [...args, JSON.stringify(options)])
  }

  async #harass(pool: ClientPool, endMs: number): Promise<void> {
    const lastMs = endMs + 2 * this.#options.durationMs
    await wait(2_000)
    while (Date.now() < endMs || (Date.now() < lastMs && this.#hasTooFew(pool))) {
      for (const fault of this.#options.plan) {
        await this.#inflict(fault, pool)
        await wait(500 + this.#random.below(2_000))
      }
    }
    await Promise.all(this.#underWay)
  }

  #hasTooFew(pool: ClientPool): boolean {
    const { wantedCommits = 0 } = this.#options
    return committedIn(pool.lives().flatMap(transactionsOf)) < wantedCommits
  }

  async #inflict(fault: Fault, pool: ClientPool): Promise<void> {
    switch (fault) {
      case 'client killed': {
        const killed = await pool.kill()
        if (killed === undefined) return
        this.#counts[fault] += 1
        if (killed.hadOpenCall) this.#clientKillsWithOpenCall += 1
        return
      }
      case 'broker killed':
      case 'broker and coordination killed':
        await this.#killBroker(fault)
        return
      case 'answers lost':
        await this.#field.proxy.loseAnswers(20 + this.#random.below(80))
        this.#counts[fault] += 1
        return
      case 'zombie':
        this.#goOn(async () => {
          if (await pool.makeZombie()) this.#counts[fault] += 1
        })
        return
      case 'client left dead in a transaction':
        this.#brokerSpareMs = Date.now() + TRANSACTION_TIMEOUT_MS + GRACE_MS
        this.#goOn(async () => {
          const abandoned = await pool.abandon()
          if (abandoned === undefined) return
          await wait(TRANSACTION_TIMEOUT_MS + GRACE_MS)
          this.#counts[fault] += 1
          abandoned.revive()
        })
    }
  }

  #goOn(action: () => Promise<void>): void {
    this.#underWay.push(action())
  }

  async #killBroker(fault: Fault): Promise<void> {
    const { subject } = this.#field
    await wait(Math.max(0, this.#brokerSpareMs - Date.now()))
    this.#killsMs.push(wallMs())
    const dying = [subject.broker.kill()]
    if (fault !== 'broker killed') dying.push(subject.zookeeperServer.kill())
    await Promise.all(dying)
    await subject.restart()
    this.#monitor.brokerStarted()
    this.#counts[fault] += 1
  }

  async #conclude(pool: ClientPool, live: RunningProcess): Promise<Omit<DrillReport, 'seconds'>> {
    const startMs = Date.now()
    let violations: Violation[] = []
    let ends: readonly number[] = []
    let readings: Reading[] = []
    const lives = pool.lives()
    const transactions = lives.flatMap(transactionsOf)
    try {
      ends = await this.#monitor.untilStable(TRANSACTION_TIMEOUT_MS + GRACE_MS)
    } catch (error) {
      violations = [{ kind: 'hanging', text: String(error) }]
    }
    const stableAfterMs = Date.now() - startMs
    if (violations.length === 0) {
      readings = await this.#readAll(live, ends)
      const committedOffsets = await this.#committedOffsets()
      const failures = failuresIn(lives)
      violations = checkHistory({ transactions, readings, committedOffsets, failures })
    } else {
      await live.stop('SIGKILL')
    }
    if (this.#monitor.longestMs > TRANSACTION_TIMEOUT_MS + GRACE_MS) {
      violations.push({ kind: 'hanging', text: `for ${this.#monitor.longestMs} ms` })
    }
    const count = (end: string): number => transactions.filter(t => t.end === end).length
    return {
      seed: this.#options.seed,
      transactions: transactions.length,
      ...{ committed: count('committed'), aborted: count('aborted'), unknown: count('unknown') },
      recordsRead: readings[0]?.accounts.flat().length ?? 0,
      faults: this.#counts,
      killsWithOpenRequest:
        this.#clientKillsWithOpenCall +
        this.#killsMs.filter(atMs => lives.some(life => isHit(life, atMs))).length,
      clientsFenced: pool.useless,
      longestUnstableMs: this.#monitor.longestMs,
      stableAfterMs,
      accidents: pool.accidents,
      violations,
    }
  }

  /** One that has read all the time, and others that read everything now. */
  async #readAll(live: RunningProcess, ends: readonly number[]): Promise<Reading[]> {
    const { bootstrap } = this.#field.subject
    const late = this.#startReader('late', bootstrap)
    for (const reader of [live, late]) {
      reader.write(JSON.stringify(ends))
      reader.endInput()
    }
    const outcomes = await Promise.all([live.ended, late.ended])
    for (const { exitCode, stderr } of outcomes) {
      if (exitCode !== 0) throw new Error(`a reader ended with ${exitCode}\n${stderr}`)
    }
    const readings = ['live', 'late'].map(reader =>
      readingOf(reader, readFileSync(join(this.#folder, reader), 'utf8')),
    )
    const { confluent } = this.#options
    if (confluent === undefined) return readings
    const wanted = JSON.stringify({ bootstrapServers: bootstrap, topic: OUTPUT, ends })
    const { stdout } = await runOk(confluent, [sourcePath('confluent_reader.py'), wanted])
    return [...readings, readingOf('confluent-kafka', stdout)]
  }

  async #committedOffsets(): Promise<number[]> {
    const offsets: number[] = []
    for (let client = 0; client < this.#clientCount; client += 1) {
      const groupId = `drill-${client}`
      await using consumer = this.#kafka.consumer({ groupId, isolationLevel: 'read_committed' })
      const [resumed] = await consumer.committed([{ topic: INPUT, partition: client }])
      offsets.push(resumed?.committed?.offset ?? -1)
    }
    return offsets
  }
}

function wallMs(): number {
  return performance.timeOrigin + performance.now()
}

function isHit(life: Life, atMs: number): boolean {
  const { lines } = life
  const [first] = lines
  const last = lines.at(-1)
  if (first === undefined || last === undefined || first.atMs > atMs) return false
  // A life that was over long before the kill was not hit by it.
  return last.atMs > atMs - LAST_LINE_MS && hadOpenCall(life, atMs)
}

/** A client writes something at least so often, unless the broker is away. */
const LAST_LINE_MS = 2_000

function committedIn(transactions: readonly PlannedTransaction[]): number {
  return transactions.filter(({ end }) => end === 'committed').length
}

function failuresIn(lives: readonly Life[]): string[] {
  return lives.flatMap(({ client, lines }) =>
    lines.flatMap(line =>
      line.event === 'failed' && neverTold.has(line.code)
        ? [`client ${client}: ${line.call} failed with ${line.code}`]
        : [],
    ),
  )
}

function readingOf(reader: string, text: string): Reading {
  const accounts: ReadEntry[][] = Array.from({ length: ACCOUNTS }, () => [])
  for (const line of text.split('\n').filter(Boolean)) {
    const [account, offset, ...rest] = line.split(' ')
    accounts[Number(account)]?.push({ offset: Number(offset), text: rest.join(' ') })
  }
  return { reader, accounts }
}
