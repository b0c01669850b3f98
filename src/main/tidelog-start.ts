/** `npm start [-- --brokers N]`: coordination service and brokers in one process, data in ./data. */
import { join } from 'node:path'
import { startBroker, type Broker } from '../broker/index.ts'
import { BrokerConfig, parseZooCfg } from '../config/index.ts'
import type { Host } from '../host/index.ts'
import { home, readProperties, runServer } from './process/server-process.ts'
import { startFromZooCfg } from './process/zookeeper.ts'

const data = join(home, 'data')
const zookeeperPort = 2181
const firstPort = 9092
/** They share one process and one event loop: more are for more machines. */
const MAX_BROKERS = 9
/** Of Kafka's own topics, where there are brokers enough. */
const INTERNAL_REPLICAS = 3

export async function main(): Promise<void> {
  const count = brokerCount(process.argv.slice(2))
  if (count === undefined) process.exit(2)

  await runServer({
    logger: 'kafka.Kafka$',
    start: async host => {
      const zooCfg = readProperties(join(home, 'config', 'zookeeper.properties'))
      const { cfg } = parseZooCfg(
        new Map([
          ...zooCfg,
          ['dataDir', join(data, 'zookeeper')],
          ['clientPortAddress', '127.0.0.1'],
        ]),
      )
      const zookeeper = await startFromZooCfg(host, cfg)
      const brokers: Broker[] = []
      // One after another, so that each hands over to those that are left.
      const stop = async (): Promise<void> => {
        for (const broker of brokers.splice(0)) await broker.stop()
        await zookeeper.stop()
      }
      try {
        for (let id = 0; id < count; id += 1) brokers.push(await begin(host, id, count))
        sayWhatNext(count)
        return { stop }
      } catch (error) {
        await stop()
        throw error
      }
    },
  })
}

/** `undefined`, with a line on stderr, for arguments that are none. */
function brokerCount(args: readonly string[]): number | undefined {
  const [option, number, ...rest] = args.flatMap(argument => argument.split('='))
  if (option === undefined) return 1
  const count = Number(number)
  const isSound = option === '--brokers' && rest.length === 0 && Number.isInteger(count)
  if (isSound && count >= 1 && count <= MAX_BROKERS) return count
  console.error(
    `npm start takes --brokers N with N from 1 to ${MAX_BROKERS}, got ${args.join(' ')}.`,
  )
  return undefined
}

function begin(host: Host, id: number, count: number): Promise<Broker> {
  const port = firstPort + id
  const internalReplicas = Math.min(count, INTERNAL_REPLICAS)
  const properties = readProperties(join(home, 'config', 'server.properties'))
  const config = new BrokerConfig(
    new Map([
      ...properties,
      ['broker.id', String(id)],
      ['listeners', `PLAINTEXT://127.0.0.1:${port}`],
      ['advertised.listeners', `PLAINTEXT://localhost:${port}`],
      ['zookeeper.connect', `127.0.0.1:${zookeeperPort}`],
      ['log.dirs', join(data, id === 0 ? 'kafka-logs' : `kafka-logs-${id}`)],
      ...(count === 1 ? [] : together(internalReplicas)),
    ]),
  )
  return startBroker({ host, config })
}

/** The stock properties are those of a broker alone. */
function together(replicas: number): [string, string][] {
  return [
    // All stop at once: what nobody is left to take over is not asked about for long.
    ['controlled.shutdown.retry.backoff.ms', '100'],
    ['offsets.topic.replication.factor', String(replicas)],
    ['transaction.state.log.replication.factor', String(replicas)],
    ['transaction.state.log.min.isr', String(Math.max(1, replicas - 1))],
  ]
}

function sayWhatNext(count: number): void {
  const ports = Array.from({ length: count }, (_, id) => `localhost:${firstPort + id}`)
  const where = count === 1 ? `broker on ${ports.join()}` : `brokers on ${ports.join(', ')}`
  const brokerPort = firstPort
  console.log(`
Tidelog is up: ${where}, coordination on localhost:${zookeeperPort}, data in ${data}.

In other terminals:
  bin/kafka-topics.sh --create --topic my_first_topic --partitions 10 --bootstrap-server localhost:${brokerPort}
  bin/kafka-console-producer.sh --topic my_first_topic --bootstrap-server localhost:${brokerPort}
  bin/kafka-console-consumer.sh --topic my_first_topic --from-beginning --bootstrap-server localhost:${brokerPort}

Ctrl-C stops it; the data stays.
`)
}
