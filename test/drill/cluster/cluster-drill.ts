/**
 * The cluster drill: three brokers and their ZooKeeper, real processes on machines of their own, under
 * idempotent and transactional load, while brokers are killed, stopped, cut off and lose their disks.
 * Afterwards everything is read and compared with what clients were told, and the replicas with each other.
 */
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Kafka } from '../../../src/client/index.ts'
import { SeededRandom } from '../../../src/sim/index.ts'
import { temporaryFolder } from '../../peers/subject.ts'
import { breakBuild, type Replacement } from '../transactions/broken-build.ts'
import { transactionsOf } from '../transactions/history.ts'
import { Aftermath } from './aftermath.ts'
import { checkLedger, hadOpenRequest, longestPause, pulses } from './check-ledger.ts'
import { Faults, faultKinds, type Fault, type FaultKind } from './faults.ts'
import { LEDGER, LEDGER_PARTITIONS } from './ledger.ts'
import { Load, topics } from './load.ts'
import { Machines, SESSION_MS } from './machines.ts'
import { checkReadings } from './readings.ts'
import { countsOf, type Violation, type ViolationKind } from './violations.ts'

/** Beyond the session of a killed broker: for the election, and for clients to hear of it. */
const ELECTION_MS = 3_000
const LONGEST_PAUSE_MS = SESSION_MS + ELECTION_MS
const IN_SYNC_MS = 120_000
const CALM_MS = 1_500

export interface ClusterDrillOptions {
  readonly seed: number
  readonly durationMs: number
  readonly recordsPerSecond: number
  readonly transfers: number
  readonly confluent?: string | undefined
  /** What is changed in the brokers, to see that it is found out. */
  readonly replacements?: readonly Replacement[]
  /** What happens, shuffled, over and over. */
  readonly plan: readonly FaultKind[]
  /** A folder for the logs of servers, and for what the programs have written down. */
  readonly keptIn?: string | undefined
  /** Told what happens as it does. */
  readonly log: (line: string) => void
}

export interface ClusterDrillReport {
  readonly seed: number
  readonly seconds: number
  readonly acknowledged: number
  readonly transactions: number
  readonly committed: number
  readonly readByGroup: number
  readonly faults: Readonly<Record<FaultKind, number>>
  readonly faultsWithOpenRequest: number
  /** By kind: the longest time in which a partition acknowledged nothing. */
  readonly longestPauseMs: Readonly<Record<FaultKind, number>>
  readonly replicasCompared: number
  readonly counts: Readonly<Record<ViolationKind, number>>
  /** The first of each kind. */
  readonly violations: readonly Violation[]
  readonly accidents: readonly string[]
}

const SHOWN_VIOLATIONS = 5

export async function clusterDrill(options: ClusterDrillOptions): Promise<ClusterDrillReport> {
  const folder = temporaryFolder('cluster-drill')
  const root = join(folder, 'build')
  mkdirSync(root)
  try {
    // The brokers run a build of their own: this one may be made anew meanwhile.
    breakBuild(root, options.replacements ?? [])
    await using machines = await Machines.start(folder, root)
    return await new ClusterDrill(folder, options, machines).run()
  } finally {
    const { keptIn } = options
    if (keptIn !== undefined) keepLogs(folder, keptIn)
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What programs have written down, and the logs of servers. */
function keepLogs(folder: string, keptIn: string): void {
  for (const name of readdirSync(folder)) {
    const isWanted = name === 'journals' || name.endsWith('-logs')
    if (isWanted) cpSync(join(folder, name), join(keptIn, name), { recursive: true })
  }
}

class ClusterDrill {
  readonly #folder: string
  readonly #options: ClusterDrillOptions
  readonly #machines: Machines
  readonly #random: SeededRandom
  readonly #faults: Faults
  readonly #kafka: Kafka
  readonly #inflicted: Fault[] = []
  readonly #accidents: string[] = []

  constructor(folder: string, options: ClusterDrillOptions, machines: Machines) {
    this.#folder = folder
    this.#options = options
    this.#machines = machines
    this.#random = new SeededRandom(options.seed)
    this.#faults = new Faults(machines, this.#random.fork('faults'))
    this.#kafka = new Kafka({ bootstrapServers: machines.bootstrap, requestTimeoutMs: 5_000 })
  }

  async run(): Promise<ClusterDrillReport> {
    const { recordsPerSecond, transfers, confluent, durationMs } = this.#options
    const journals = join(this.#folder, 'journals')
    mkdirSync(journals)
    const load = await Load.start({
      ...{ folder: journals, bootstrapServers: this.#machines.bootstrap },
      ...{ random: this.#random.fork('load'), recordsPerSecond, transfers, confluent },
    })
    try {
      const startMs = Date.now()
      await this.#harass(load, startMs + durationMs)
      const seconds = Math.round((Date.now() - startMs) / 1_000)
      this.#accidents.push(...load.accidents(), ...load.pool.accidents)
      await load.stopWriting()
      return { seed: this.#options.seed, seconds, ...(await this.#conclude(load)) }
    } finally {
      await load.kill()
      await this.#kafka.close()
    }
  }

  async #harass(load: Load, endMs: number): Promise<void> {
    await this.#untilInSync()
    while (Date.now() < endMs) {
      for (const kind of this.#shuffledPlan()) {
        await wait(CALM_MS + this.#random.below(CALM_MS))
        const fault = await this.#faults.inflict(kind, await this.#someLeader())
        this.#inflicted.push(fault)
        const inSyncMs = await this.#untilInSync()
        this.#tell(fault, inSyncMs, load)
      }
    }
  }

  #tell({ kind, broker, atMs }: Fault, inSyncMs: number, load: Load): void {
    const count = load.told().told.reduce((sum, told) => sum + told.length, 0)
    const whom = broker === undefined ? '' : ` (broker ${broker})`
    this.#options.log(
      `${new Date(atMs).toISOString()} ${kind}${whom}: in sync after ${inSyncMs - atMs} ms, ${count} acknowledged`,
    )
  }

  #shuffledPlan(): FaultKind[] {
    const left = [...this.#options.plan]
    const plan: FaultKind[] = []
    while (left.length > 0) plan.push(...left.splice(this.#random.below(left.length), 1))
    return plan
  }

  /** A broker that clients wait for. */
  async #someLeader(): Promise<number> {
    await using admin = this.#kafka.admin()
    const found = (await admin.describeTopics([LEDGER])).get(LEDGER)
    const leaders = found?.ok === true ? found.value.partitions.flatMap(({ leader }) => leader?.id ?? []) : [] // prettier-ignore
    return this.#random.pick(leaders.length === 0 ? this.#machines.ids : leaders)
  }

  /** Until every replica is in sync. @returns when that was */
  async #untilInSync(): Promise<number> {
    await using admin = this.#kafka.admin()
    const deadlineMs = Date.now() + IN_SYNC_MS
    let problem = ''
    while (Date.now() < deadlineMs) {
      try {
        const found = await admin.describeTopics(Object.keys(topics), { timeoutMs: 5_000 })
        problem = ''
        for (const [name, outcome] of found) {
          const partitions = outcome.ok ? outcome.value.partitions : []
          const isFine =
            partitions.length === topics[name] &&
            partitions.every(({ leader, isr }) => leader !== undefined && isr.length === 3)
          if (!isFine) problem += `${name}: ${partitions.map(({ isr }) => isr.length).join(',')} `
        }
        if (problem === '') return Date.now()
      } catch (error) {
        problem = String(error)
      }
      await wait(100)
    }
    this.#accidents.push(`not in sync after ${IN_SYNC_MS} ms: ${problem}`)
    return Date.now()
  }

  async #conclude(load: Load): Promise<Omit<ClusterDrillReport, 'seed' | 'seconds'>> {
    const aftermath = new Aftermath(this.#kafka, this.#machines)
    const hanging = await aftermath.hanging()
    const ledger = await aftermath.readLedger()
    await aftermath.untilGroupHasRead(ledger)
    await load.stopReading()
    const { told, failures } = load.told()
    const lines = load.groupLines()
    const transactionViolations = await aftermath.transactionViolations(load)
    const { differing, compared } = await aftermath.compareReplicas()
    // There may be more of them than a call takes arguments.
    const violations: Violation[] = [
      ...hanging,
      ...checkLedger(told, ledger),
      ...failures.map(text => ({ kind: 'refused', text }) as const),
      ...checkReadings(lines, ledger),
      ...transactionViolations,
      ...differing,
    ]
    const pauses = this.#pauses(pulses(told, LEDGER_PARTITIONS))
    if (pauses['kill -9'] > LONGEST_PAUSE_MS) {
      violations.push({ kind: 'pause', text: `${pauses['kill -9']} ms after kill -9` })
    }
    const transactions = load.pool.lives().flatMap(transactionsOf)
    const count = (kind: FaultKind): number =>
      this.#inflicted.filter(fault => fault.kind === kind).length
    return {
      acknowledged: told.reduce((sum, one) => sum + one.length, 0),
      transactions: transactions.length,
      committed: transactions.filter(({ end }) => end === 'committed').length,
      readByGroup: lines
        .flat()
        .reduce((sum, line) => sum + (line.event === 'read' ? line.count : 0), 0),
      faults: byKind(count),
      faultsWithOpenRequest: this.#inflicted.filter(({ atMs }) => hadOpenRequest(told, atMs))
        .length,
      longestPauseMs: pauses,
      replicasCompared: compared,
      counts: countsOf(violations),
      violations: firstOfEach(violations),
      accidents: [
        ...this.#accidents,
        ...this.#faults.accidents,
        ...load.late,
        ...aftermath.accidents,
      ],
    }
  }

  /** Between a fault and the next one. */
  #pauses(of: ReturnType<typeof pulses>): Record<FaultKind, number> {
    return byKind(kind =>
      Math.max(
        0,
        ...this.#inflicted.flatMap(({ kind: inflicted, atMs }, nth) => {
          const nextMs = this.#inflicted[nth + 1]?.atMs ?? Infinity
          if (inflicted !== kind) return []
          return of.map(pulse => longestPause(pulse, atMs, nextMs))
        }),
      ),
    )
  }
}

function byKind<T>(of: (kind: FaultKind) => T): Record<FaultKind, T> {
  return Object.fromEntries(faultKinds.map(kind => [kind, of(kind)])) as Record<FaultKind, T>
}

function firstOfEach(violations: readonly Violation[]): Violation[] {
  const shown = new Map<string, number>()
  return violations.filter(({ kind }) => {
    const count = (shown.get(kind) ?? 0) + 1
    shown.set(kind, count)
    return count <= SHOWN_VIOLATIONS
  })
}
