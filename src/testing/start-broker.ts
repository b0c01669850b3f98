/**
 * `startBroker()`: the real broker in the caller's process, on a port of its own, in memory or in a
 * directory. For users' tests: real wire, real clients, no containers.
 */
import { startBroker as start, type Broker } from '../broker/index.ts'
import { BrokerConfig } from '../config/index.ts'
import { sameThread, type Host } from '../host/index.ts'
import { nodeHost } from '../host/node/index.ts'
import { MemoryFiles, MemoryNetwork } from '../sim/index.ts'
import { startZooKeeperServer, type ZooKeeperServer } from '../zookeeper/index.ts'

export interface StartBrokerOptions {
  /** 0, the default, lets the system choose. */
  readonly port?: number
  /** Where everything is kept, made when absent; without it all is in memory and gone with the broker. */
  readonly directory?: string
  /** Broker properties by Kafka's names, over defaults that suit a test (see `testDefaults`). */
  readonly properties?: Readonly<Record<string, string>>
}

/** A broker for a test. `await using` stops it at the end of the block. */
export interface TestBroker extends AsyncDisposable {
  /** `127.0.0.1:<port>`, for any Kafka client. */
  readonly bootstrapServers: string
  readonly port: number
  readonly clusterId: string
  /** Stops in order; a directory can be used again afterwards. */
  stop(): Promise<void>
}

/** What differs from a broker in production: one of everything, and nobody waits. */
const testDefaults = {
  'broker.id': '0',
  'offsets.topic.num.partitions': '1',
  'offsets.topic.replication.factor': '1',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'transaction.state.log.num.partitions': '1',
  'group.initial.rebalance.delay.ms': '0',
  'zookeeper.connect': '127.0.0.1:2181',
} as const

/** The inner port of the coordination service: nobody else is on that network. */
const INNER_PORT = 2181

/**
 * Starts a broker, with its own coordination service on a network inside the process.
 *
 * @throws ConfigError for a wrong property, NetworkError for a taken port
 */
export async function startBroker(options: StartBrokerOptions = {}): Promise<TestBroker> {
  const node = nodeHost()
  const root = options.directory ?? '/tidelog'
  const inner = new MemoryNetwork(node.clock)
  const host = options.directory === undefined ? inMemory(node) : node
  const zookeeper = await startZooKeeperServer(
    { ...host, network: inner },
    {
      dataDir: `${root}/zookeeper`,
      clientPort: INNER_PORT,
      forceSync: options.directory !== undefined,
      preAllocSizeKb: 64,
    },
  )
  try {
    const broker = await start({
      host: { ...host, network: joined(node.network, inner) },
      config: new BrokerConfig(propertiesOf(options, root)),
    })
    return testBroker(broker, zookeeper)
  } catch (error) {
    await zookeeper.close()
    throw error
  }
}

/** Threads do not see this memory: what they would do is done in turns. */
function inMemory(node: Host): Host {
  const files = new MemoryFiles({ clock: node.clock })
  return { ...node, files, threads: sameThread({ files, clock: node.clock }) }
}

function propertiesOf(options: StartBrokerOptions, root: string): Map<string, string> {
  return new Map([
    ...Object.entries(testDefaults),
    ['log.dirs', `${root}/logs`],
    ['listeners', `PLAINTEXT://127.0.0.1:${options.port ?? 0}`],
    ...Object.entries(options.properties ?? {}),
  ])
}

/** Clients come by real sockets; the coordination service is reached inside the process. */
function joined(outer: Host['network'], inner: Host['network']): Host['network'] {
  return {
    ownName: () => outer.ownName(),
    isKnown: host => outer.isKnown(host),
    listen: listening => outer.listen(listening),
    connect: target => inner.connect(target),
  }
}

function testBroker(broker: Broker, zookeeper: ZooKeeperServer): TestBroker {
  const port = broker.listeners[0]?.port ?? 0
  const stop = async (): Promise<void> => {
    await broker.stop()
    await zookeeper.close()
  }
  return {
    bootstrapServers: `127.0.0.1:${port}`,
    port,
    clusterId: broker.clusterId,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
