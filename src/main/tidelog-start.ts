/** `npm start`: coordination service and broker in one process, data in ./data. */
import { join } from 'node:path'
import { startBroker } from '../broker/index.ts'
import { BrokerConfig, parseZooCfg } from '../config/index.ts'
import { home, readProperties, runServer } from './process/server-process.ts'
import { startFromZooCfg } from './process/zookeeper.ts'

const data = join(home, 'data')
const zookeeperPort = 2181
const brokerPort = 9092

export async function main(): Promise<void> {
  const [unexpected] = process.argv.slice(2)
  if (unexpected !== undefined) {
    console.error(
      `npm start takes no argument yet, got ${unexpected}: more than one broker is not supported yet.`,
    )
    process.exit(2)
  }

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
      try {
        const properties = readProperties(join(home, 'config', 'server.properties'))
        const config = new BrokerConfig(
          new Map([
            ...properties,
            ['listeners', `PLAINTEXT://127.0.0.1:${brokerPort}`],
            ['advertised.listeners', `PLAINTEXT://localhost:${brokerPort}`],
            ['zookeeper.connect', `127.0.0.1:${zookeeperPort}`],
            ['log.dirs', join(data, 'kafka-logs')],
          ]),
        )
        const broker = await startBroker({ host, config })
        sayWhatNext()
        return {
          stop: async () => {
            await broker.stop()
            await zookeeper.stop()
          },
        }
      } catch (error) {
        await zookeeper.stop()
        throw error
      }
    },
  })
}

function sayWhatNext(): void {
  console.log(`
Tidelog is up: broker on localhost:${brokerPort}, coordination on localhost:${zookeeperPort}, data in ${data}.

In other terminals:
  bin/kafka-topics.sh --create --topic my_first_topic --partitions 10 --bootstrap-server localhost:${brokerPort}
  bin/kafka-console-producer.sh --topic my_first_topic --bootstrap-server localhost:${brokerPort}
  bin/kafka-console-consumer.sh --topic my_first_topic --from-beginning --bootstrap-server localhost:${brokerPort}

Ctrl-C stops it; the data stays.
`)
}
