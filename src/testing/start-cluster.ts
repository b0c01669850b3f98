/**
 * `startCluster()`: real brokers and their coordination service in the caller's process, which can be
 * killed, paused, restarted and cut off from each other. For users' tests of what their programs do
 * when a broker fails.
 */
import { startBroker, type Broker } from '../broker/index.ts'
import { BrokerConfig } from '../config/index.ts'
import type { Host } from '../host/index.ts'
import { nodeHost } from '../host/node/index.ts'
import { MemoryFiles } from '../sim/index.ts'
import { startZooKeeperServer, type ZooKeeperServer } from '../zookeeper/index.ts'
import { ClusterNetwork, type Member } from './cluster-network.ts'
import { MemberHost } from './member-host.ts'

export interface StartClusterOptions {
  /** How many, with the ids 0, 1, 2, ...; at most nine: they share one event loop. Default three. */
  readonly brokers?: number
  /** Where everything is kept, made when absent; without it all is in memory and gone with the cluster. */
  readonly directory?: string
  /** Properties of every broker by Kafka's names, over defaults that suit a test (see `clusterDefaults`). */
  readonly properties?: Readonly<Record<string, string>>
}

/** A cluster for a test. `await using` stops it at the end of the block. */
export interface TestCluster extends AsyncDisposable {
  /** Addresses of all brokers, for any Kafka client. They stay the same through kills and restarts. */
  readonly bootstrapServers: string
  readonly ports: readonly number[]
  readonly clusterId: string
  /** Ends a broker as `kill -9` does: connections break, nobody is told, its session is left to expire. */
  kill(broker: number): Promise<void>
  /** Stops a broker as SIGSTOP does: it keeps its connections and takes new ones, and answers nothing. */
  pause(broker: number): void
  /** Lets a paused broker go on. */
  resume(broker: number): void
  /** Starts a broker that was killed, over what it had written; one that runs is stopped in order before. */
  restart(broker: number): Promise<void>
  /**
   * Cuts the network between members of different sides, in addition to what is cut already. Packets
   * are dropped: connections stand and are silent. Who is on no side still reaches everybody.
   */
  partition(...sides: readonly (readonly Member[])[]): void
  /** Joins what was cut: what was sent meanwhile over connections that still stand arrives. */
  heal(): void
  /** Ends everything. A directory can be used again afterwards. */
  stop(): Promise<void>
}

/** What differs from brokers in production: few partitions, and failures are noticed soon. */
const clusterDefaults = {
  'offsets.topic.num.partitions': '3',
  'transaction.state.log.num.partitions': '3',
  'group.initial.rebalance.delay.ms': '0',
  'zookeeper.session.timeout.ms': '2000',
  'replica.lag.time.max.ms': '3000',
  'replica.socket.timeout.ms': '3000',
  // A follower that hears of a leader before the leader does asks again after this.
  'replica.fetch.backoff.ms': '50',
  'controller.socket.timeout.ms': '3000',
  'controlled.shutdown.retry.backoff.ms': '100',
} as const

const MAX_BROKERS = 9
const MAX_REPLICAS = 3
/** The port of the coordination service: nobody else is on the network inside. */
const ZOOKEEPER_PORT = 2181
/** Sessions may be as short as two of them, and end within one. */
const TICK_MS = 100
const LONGEST_SESSION_MS = 60_000

/**
 * Starts the coordination service, then all brokers at once.
 *
 * @throws RangeError for a number of brokers that cannot be, ConfigError for a wrong property
 */
export async function startCluster(options: StartClusterOptions = {}): Promise<TestCluster> {
  const { brokers: count = 3 } = options
  if (!Number.isInteger(count) || count < 1 || count > MAX_BROKERS) {
    throw new RangeError(`brokers must be from 1 to ${MAX_BROKERS}, got ${count}`)
  }
  const cluster = new Cluster(count, options)
  try {
    await cluster.start()
  } catch (error) {
    await cluster.killAll()
    throw error
  }
  return cluster
}

/** A broker as it runs now, or as it last ran. */
interface Life {
  readonly process: MemberHost
  readonly broker: Broker
}

class Cluster implements TestCluster {
  readonly #options: StartClusterOptions
  readonly #world: Host
  readonly #network: ClusterNetwork
  readonly #lives: (Life | undefined)[]
  /** 0 until the system has chosen. */
  readonly #ports: number[]
  /** All that may still run. */
  readonly #processes = new Set<MemberHost>()
  #zookeeper: ZooKeeperServer | undefined
  #stopping: Promise<void> | undefined

  constructor(count: number, options: StartClusterOptions) {
    const node = nodeHost()
    this.#options = options
    this.#world = this.#isInMemory
      ? { ...node, files: new MemoryFiles({ clock: node.clock }) }
      : node
    this.#network = new ClusterNetwork(node.clock)
    this.#lives = Array.from({ length: count }, () => undefined)
    this.#ports = Array.from({ length: count }, () => 0)
  }

  get bootstrapServers(): string {
    return this.#ports.map(port => `127.0.0.1:${port}`).join(',')
  }

  get ports(): readonly number[] {
    return this.#ports
  }

  get clusterId(): string {
    return this.#life(0).broker.clusterId
  }

  async start(): Promise<void> {
    this.#zookeeper = await startZooKeeperServer(this.#newProcess('zookeeper').host, {
      dataDir: `${this.#root}/zookeeper`,
      clientPort: ZOOKEEPER_PORT,
      forceSync: !this.#isInMemory,
      preAllocSizeKb: 64,
      tickTimeMs: TICK_MS,
      maxSessionTimeoutMs: LONGEST_SESSION_MS,
    })
    await Promise.all(this.#ports.map((_, id) => this.#begin(id)))
  }

  async kill(id: number): Promise<void> {
    await this.#end(this.#running(id).process)
  }

  pause(id: number): void {
    this.#running(id).process.pause()
  }

  resume(id: number): void {
    this.#running(id).process.resume()
  }

  async restart(id: number): Promise<void> {
    const { process, broker } = this.#life(id)
    if (process.isAlive) {
      process.resume()
      await broker.stop()
      await this.#end(process)
    }
    await this.#begin(id)
  }

  partition(...sides: readonly (readonly Member[])[]): void {
    const named = sides.flat()
    for (const member of named) {
      if (typeof member === 'number') this.#life(member)
      if (named.indexOf(member) !== named.lastIndexOf(member)) {
        throw new RangeError(`${member} cannot be on two sides`)
      }
    }
    this.#network.partition(sides)
  }

  heal(): void {
    this.#network.heal()
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  async killAll(): Promise<void> {
    await Promise.all([...this.#processes].map(process => this.#end(process)))
  }

  /** What is in memory needs no farewell. */
  async #stop(): Promise<void> {
    this.heal()
    if (!this.#isInMemory) await this.#stopInOrder()
    await this.killAll()
  }

  /** One after another, so that each hands over to those that are left. */
  async #stopInOrder(): Promise<void> {
    for (const { process, broker } of this.#lives.flatMap(life => life ?? [])) {
      process.resume()
      if (process.isAlive) await broker.stop()
    }
    await this.#zookeeper?.close()
  }

  async #begin(id: number): Promise<void> {
    const process = this.#newProcess(id)
    try {
      const config = new BrokerConfig(this.#propertiesOf(id))
      const broker = await startBroker({ host: process.host, config })
      this.#ports[id] = broker.listeners[0]?.port ?? 0
      this.#lives[id] = { process, broker }
    } catch (error) {
      await this.#end(process)
      throw error
    }
  }

  #newProcess(member: Member): MemberHost {
    const process = new MemberHost({
      ...{ member, world: this.#world, network: this.#network, isInMemory: this.#isInMemory },
      isReachable: member !== 'zookeeper',
    })
    this.#processes.add(process)
    return process
  }

  async #end(process: MemberHost): Promise<void> {
    await process.kill()
    this.#processes.delete(process)
  }

  #life(id: number): Life {
    const life = this.#lives[id]
    if (life === undefined) {
      throw new RangeError(`there is no broker ${id}, only 0 to ${this.#lives.length - 1}`)
    }
    return life
  }

  #running(id: number): Life {
    const life = this.#life(id)
    if (!life.process.isAlive) throw new Error(`broker ${id} was killed: restart it first`)
    return life
  }

  get #isInMemory(): boolean {
    return this.#options.directory === undefined
  }

  get #root(): string {
    return this.#options.directory ?? '/tidelog'
  }

  #propertiesOf(id: number): Map<string, string> {
    const replicas = Math.min(this.#lives.length, MAX_REPLICAS)
    return new Map([
      ...Object.entries(clusterDefaults),
      ['default.replication.factor', String(replicas)],
      ['offsets.topic.replication.factor', String(replicas)],
      ['transaction.state.log.replication.factor', String(replicas)],
      ['transaction.state.log.min.isr', String(Math.max(1, replicas - 1))],
      ['broker.id', String(id)],
      ['log.dirs', `${this.#root}/logs-${id}`],
      ['listeners', `PLAINTEXT://127.0.0.1:${this.#ports[id] ?? 0}`],
      ['zookeeper.connect', `127.0.0.1:${ZOOKEEPER_PORT}`],
      ...Object.entries(this.#options.properties ?? {}),
    ])
  }
}
