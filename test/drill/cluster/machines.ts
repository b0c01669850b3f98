/** The processes of the drill's cluster: three brokers, each on a machine of its own, and their ZooKeeper. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run, start, type RunningProcess } from '../../peers/process.ts'
import { Disks } from './disks.ts'
import { DrillNetwork, HUB } from './network.ts'

export const BROKERS = 3
/** After so long without a sign of life a broker is replaced. */
export const SESSION_MS = 6_000
/** A start over much that has to be recovered, on a machine that does other things too. */
const START_MS = 120_000
const PORT = 9092
const ZOOKEEPER_PORT = 2181

const brokerProperties = {
  'zookeeper.session.timeout.ms': SESSION_MS,
  'min.insync.replicas': 2,
  'default.replication.factor': BROKERS,
  'offsets.topic.replication.factor': BROKERS,
  'transaction.state.log.replication.factor': BROKERS,
  'transaction.state.log.min.isr': 2,
  'offsets.topic.num.partitions': 3,
  'transaction.state.log.num.partitions': 3,
  'replica.lag.time.max.ms': 10_000,
  // Who was away leads again soon.
  'leader.imbalance.check.interval.seconds': 10,
  // What is acknowledged is on the disks.
  'log.flush.interval.messages': 1,
  'log.segment.bytes': 8 * 1024 * 1024,
  // Compacted replicas differ although they say the same.
  'log.cleaner.enable': false,
  'log.retention.ms': -1,
  'auto.create.topics.enable': false,
}

/** What the drill does to machines it does by these. */
const programs = ['ip', 'nsenter', 'mkfs.ext4', 'mount', 'losetup', 'strace', 'python3']

/** @throws Error where there are no machines to be had */
export async function assertMachines(): Promise<true> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    throw new Error('the cluster drill makes namespaces and mounts disks: it needs Linux and root')
  }
  for (const program of programs) {
    const { exitCode } = await run('sh', ['-c', `command -v ${program}`])
    if (exitCode !== 0) throw new Error(`the cluster drill needs ${program}`)
  }
  return true
}

export class Machines implements AsyncDisposable {
  readonly #folder: string
  readonly #root: string
  readonly network: DrillNetwork
  readonly #disks: readonly Disks[]
  readonly #brokers: RunningProcess[] = []
  #zookeeper: RunningProcess | undefined

  private constructor(
    folder: string,
    root: string,
    network: DrillNetwork,
    disks: readonly Disks[],
  ) {
    this.#folder = folder
    this.#root = root
    this.network = network
    this.#disks = disks
  }

  /** @param root the folder whose `bin/` has the scripts */
  static async start(folder: string, root: string): Promise<Machines> {
    const disks: Disks[] = []
    const network = await DrillNetwork.open(BROKERS)
    const machines = new Machines(folder, root, network, disks)
    try {
      for (let id = 0; id < BROKERS; id += 1) disks.push(await Disks.open(join(folder, `${id}`)))
      await machines.startZooKeeper()
      await Promise.all(machines.ids.map(id => machines.start(id)))
      return machines
    } catch (error) {
      await machines[Symbol.asyncDispose]()
      throw error
    }
  }

  get ids(): readonly number[] {
    return Array.from({ length: BROKERS }, (_, id) => id)
  }

  get bootstrap(): string {
    return this.ids.map(id => `${this.network.addressOf(id)}:${PORT}`).join(',')
  }

  disksOf(id: number): Disks {
    const disks = this.#disks[id]
    if (disks === undefined) throw new RangeError(`there is no broker ${id}`)
    return disks
  }

  broker(id: number): RunningProcess {
    const broker = this.#brokers[id]
    if (broker === undefined) throw new RangeError(`there is no broker ${id}`)
    return broker
  }

  async startZooKeeper(): Promise<void> {
    const dataDir = join(this.#folder, 'zookeeper')
    mkdirSync(dataDir, { recursive: true })
    const file = this.#write('zookeeper', {
      ...{ dataDir, clientPort: ZOOKEEPER_PORT, clientPortAddress: this.network.hubAddress },
      ...{ tickTime: 1_000, maxClientCnxns: 0 },
    })
    this.#zookeeper = this.#run(HUB, 'zookeeper-server-start.sh', file)
    await this.#zookeeper.untilOutput(/binding to port/, START_MS)
  }

  async killZooKeeper(): Promise<void> {
    await this.#zookeeper?.stop('SIGKILL')
  }

  /** Resolves when the broker says that it has started. */
  async start(id: number): Promise<void> {
    const listener = `PLAINTEXT://${this.network.addressOf(id)}:${PORT}`
    const file = this.#write(`broker-${id}`, {
      ...brokerProperties,
      'broker.id': id,
      listeners: listener,
      'advertised.listeners': listener,
      'zookeeper.connect': `${this.network.hubAddress}:${ZOOKEEPER_PORT}`,
      'log.dirs': this.disksOf(id).logDirs.join(','),
    })
    this.#brokers[id] = this.#run(id, 'kafka-server-start.sh', file)
    await this.#brokers[id].untilOutput(/started \(kafka\.server\.KafkaServer\)/, START_MS)
  }

  async kill(id: number): Promise<void> {
    await this.broker(id).stop('SIGKILL')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#brokers.map(broker => broker.stop('SIGKILL')))
    await this.killZooKeeper()
    for (const disks of this.#disks) await disks[Symbol.asyncDispose]()
    await this.network[Symbol.asyncDispose]()
  }

  #write(name: string, properties: Readonly<Record<string, unknown>>): string {
    const file = join(this.#folder, `${name}.properties`)
    const lines = Object.entries(properties).map(([key, value]) => `${key}=${String(value)}\n`)
    writeFileSync(file, lines.join(''))
    return file
  }

  #run(place: number | typeof HUB, script: string, file: string): RunningProcess {
    const [command = '', ...args] = this.network.within(place)
    const env = { LOG_DIR: `${file}-logs` }
    return start(command, [...args, join(this.#root, 'bin', script), file], { env })
  }
}
