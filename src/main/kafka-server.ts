/** kafka.Kafka: `kafka-server-start.sh server.properties [--override property=value]*`. */
import { startBroker } from '../broker/index.ts'
import { KAFKA_VERSION } from '../cli/index.ts'
import { adoptLegacyAddresses, BrokerConfig, ConfigError, type Given } from '../config/index.ts'
import { readProperties, runServer } from './process/server-process.ts'

const USAGE = 'USAGE: java [options] KafkaServer server.properties [--override property=value]*'

export async function main(): Promise<void> {
  const [file, ...rest] = process.argv.slice(2)
  if ([file, ...rest].includes('--version')) {
    console.log(KAFKA_VERSION)
    process.exit(0)
  }
  if (file === undefined || file === '--help') {
    console.error(USAGE)
    process.exit(1)
  }

  await runServer({
    logger: 'kafka.Kafka$',
    start: async host => {
      const { given, warnings } = adoptLegacyAddresses(withOverrides(readProperties(file), rest))
      for (const { property, because } of warnings) {
        host.log.named('kafka.server.KafkaConfig').warn(`${property}: ${because}`)
      }
      return startBroker({ host, config: new BrokerConfig(given) })
    },
  })
}

/** @throws ConfigError for an argument that is no override */
function withOverrides(given: Given, args: readonly string[]): Given {
  const result = new Map(given)
  for (let at = 0; at < args.length; at += 1) {
    const argument = args[at] ?? ''
    const override =
      argument === '--override' ? args[(at += 1)] : /^--override=(.*)$/s.exec(argument)?.[1]
    const parts = override === undefined ? null : /^([^=]+)=(.*)$/s.exec(override)
    if (parts === null) {
      throw new ConfigError(`Found unexpected argument ${override ?? argument}`, {
        remedy: 'After the file only --override property=value may follow.',
      })
    }
    result.set(parts[1] ?? '', parts[2] ?? '')
  }
  return result
}
