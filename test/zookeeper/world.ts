/** A ZooKeeper server in a simulated world: virtual time, a disk that can fail, no sockets. */
import type { Host } from '../../src/host/index.ts'
import { Simulation, type SimHost, type SimulationOptions } from '../../src/sim/index.ts'
import {
  startZooKeeperServer,
  ZooKeeperClient,
  type ZooKeeperClientOptions,
  type ZooKeeperServer,
  type ZooKeeperServerOptions,
} from '../../src/zookeeper/index.ts'
import { RawClient } from './raw-client.ts'

export const ZOOKEEPER_PORT = 2181

export class World {
  readonly simulation: Simulation
  readonly serverHost: SimHost
  readonly #options: Partial<ZooKeeperServerOptions>
  #clients = 0
  server: ZooKeeperServer | undefined

  constructor(
    seed: number,
    options: Partial<ZooKeeperServerOptions> = {},
    simulation: SimulationOptions = {},
  ) {
    this.simulation = new Simulation(seed, simulation)
    this.serverHost = this.simulation.addHost('server')
    this.#options = options
  }

  /** Boots the server's machine and starts ZooKeeper on it. */
  async start(): Promise<ZooKeeperServer> {
    const starting = startZooKeeperServer(this.serverHost.boot(), {
      dataDir: '/zk',
      clientPort: ZOOKEEPER_PORT,
      preAllocSizeKb: 64,
      ...this.#options,
    })
    this.server = await this.resolve(starting)
    return this.server
  }

  /** A host of its own for one client. */
  bootClient(): Host {
    this.#clients += 1
    return this.simulation.addHost(`client-${this.#clients}`).boot()
  }

  client(options: Partial<ZooKeeperClientOptions> = {}): ZooKeeperClient {
    return new ZooKeeperClient(this.bootClient(), {
      servers: `server:${ZOOKEEPER_PORT}`,
      ...options,
    })
  }

  async raw(): Promise<RawClient> {
    return this.resolve(RawClient.open(this.bootClient().network, ZOOKEEPER_PORT, 'server'))
  }

  runFor(spanMs: number): Promise<void> {
    return this.simulation.scheduler.runFor(spanMs)
  }

  /** Lets time pass until the promise has settled. @throws when that takes longer than a minute */
  async resolve<T>(promise: Promise<T>, limitMs = 60_000): Promise<T> {
    let isSettled = false
    const noted = promise.finally(() => (isSettled = true))
    // It may reject before anybody waits for it.
    noted.catch(() => undefined)
    if (!(await this.simulation.scheduler.runUntil(() => isSettled, limitMs))) {
      throw new Error(`nothing within ${limitMs} ms of virtual time`)
    }
    return noted
  }
}
