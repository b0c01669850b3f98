/** Several brokers and their ZooKeeper in one process, on a network and disks in memory, with real time. */
import { startBroker, type Broker } from '../../src/broker/index.ts'
import { Kafka } from '../../src/client/index.ts'
import { BrokerConfig } from '../../src/config/index.ts'
import { sameThread, type Host, type Log } from '../../src/host/index.ts'
import { nodeHost } from '../../src/host/node/index.ts'
import { MemoryNetwork, SeededRandom, SimDisk, type DiskFaults } from '../../src/sim/index.ts'
import { startZooKeeperServer } from '../../src/zookeeper/index.ts'

export const bootstrap = '127.0.0.1:9092,127.0.0.1:9093,127.0.0.1:9094'

export interface TestCluster extends AsyncDisposable {
  readonly host: Host
  readonly brokers: Map<number, Broker>
  /** Of the disk that all share; paths tell whose file it is. */
  readonly faults: DiskFaults
  start(id: number): Promise<Broker>
  stop(id: number): Promise<void>
  client(): Kafka
}

export async function startCluster(
  ids: readonly number[],
  properties: Readonly<Record<string, string>> = {},
  log?: Log,
): Promise<TestCluster> {
  const node = nodeHost(log === undefined ? {} : { log })
  const { clock } = node
  const disk = new SimDisk({ clock, random: new SeededRandom(1), delayMsMax: 0 })
  const files = disk.mount(clock)
  const host: Host = {
    ...node,
    files,
    threads: sameThread({ files, clock }),
    network: new MemoryNetwork(clock),
  }
  const zookeeper = await startZooKeeperServer(host, {
    ...{ dataDir: '/zookeeper', clientPort: 2181, forceSync: false, preAllocSizeKb: 64 },
  })
  // Nothing in memory keeps a process alive that waits for it.
  const alive = setInterval(() => undefined, 1_000)
  const brokers = new Map<number, Broker>()
  const start = async (id: number): Promise<Broker> => {
    const given = {
      'broker.id': String(id),
      listeners: `PLAINTEXT://127.0.0.1:${9092 + id}`,
      'log.dirs': `/logs-${id}/a,/logs-${id}/b`,
      'zookeeper.connect': '127.0.0.1:2181/kafka',
      // All stop at once in the end, when nobody is left to take over.
      'controlled.shutdown.retry.backoff.ms': '50',
      'group.initial.rebalance.delay.ms': '0',
      'offsets.topic.num.partitions': '3',
      'transaction.state.log.num.partitions': '3',
      ...properties,
    }
    const broker = await startBroker({
      host,
      config: new BrokerConfig(new Map(Object.entries(given))),
    })
    brokers.set(id, broker)
    return broker
  }
  const stop = async (id: number): Promise<void> => {
    await brokers.get(id)?.stop()
    brokers.delete(id)
  }
  await Promise.all(ids.map(start))
  return {
    ...{ host, brokers, faults: disk.faults, start, stop },
    client: () => new Kafka({ bootstrapServers: bootstrap, host }),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...brokers.values()].map(broker => broker.stop()))
      await zookeeper.close()
      clearInterval(alive)
    },
  }
}
