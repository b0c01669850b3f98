/** docs/configuration.md, made from the tables in src/config. */
import {
  adminProperties,
  brokerProperties,
  brokerThrottles,
  consumerProperties,
  producerProperties,
  topicProperties,
  zooProperties,
} from '../../src/config/index.ts'
import { formatValue } from '../../src/config/parse-value.ts'
import type { Properties, Property } from '../../src/config/property.ts'

const introduction = `# Configuration

<!-- Made from src/config by \`npm run docs\`: change the tables there, not this page. -->

Every property of a broker, a topic, the clients and the coordination service. Names, types, defaults
and limits are those of Kafka 3.9 and ZooKeeper 3.8.

- **at run time** says whether \`kafka-configs.sh\` may change it while the broker runs: for one broker
  (\`per-broker\`), or for all as well (\`cluster-wide\`).
- **here** says what becomes of a value that is not the default. Nothing stands there when it is used.
  \`ignored\` properties make no difference, and the start says so in one line; \`refused\` ones stop
  the start.
`

const sections: readonly (readonly [title: string, about: string, properties: Properties])[] = [
  ['Broker', '`config/server.properties`', brokerProperties],
  ['Broker, only at run time', '`kafka-configs.sh --entity-type brokers`', brokerThrottles],
  ['Topic', '`kafka-topics.sh --config`, `kafka-configs.sh --entity-type topics`', topicProperties],
  ['Producer', '`--producer.config`, `--producer-property`', producerProperties],
  ['Consumer', '`--consumer.config`, `--consumer-property`', consumerProperties],
  ['Admin client', '`--command-config`', adminProperties],
  ['ZooKeeper', '`config/zookeeper.properties`, `zoo.cfg`', zooProperties],
]

/** The whole page, as it must stand in docs/. */
export function configurationPage(): string {
  const tables = sections.map(([title, about, properties]) => table(title, about, properties))
  return [introduction, '<!-- prettier-ignore-start -->', ...tables, '<!-- prettier-ignore-end -->']
    .join('\n')
    .concat('\n')
}

function table(title: string, about: string, properties: Properties): string {
  const isBroker = title.startsWith('Broker')
  const columns = ['property', 'type', 'default', 'limits', 'at run time', 'here', 'meaning']
  const kept = columns.filter(column => isBroker || column !== 'at run time')
  const rows = Object.entries(properties)
    .filter(([, property]) => !property.internal)
    .map(([name, property]) => {
      const cells: Readonly<Record<string, string>> = {
        property: `\`${name}\``,
        type: property.type.toLowerCase(),
        default: defaultOf(property),
        limits: escape(property.validator?.description ?? ''),
        'at run time': property.updateMode === 'read-only' ? '' : property.updateMode,
        here: supportOf(property),
        meaning: escape(property.doc),
      }
      return row(kept.map(column => cells[column] ?? ''))
    })
  const rule = row(kept.map(() => '---'))
  return [`\n## ${title}\n`, `${about}\n`, row(kept), rule, ...rows, ''].join('\n')
}

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
const escape = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')

function defaultOf(property: Property<never>): string {
  const value = property.defaultValue
  if (value === undefined) return '(required)'
  if (value === null) return ''
  const text = formatValue(value, property.type)
  return text === '' ? '""' : `\`${text}\``
}

function supportOf({ support }: Property<never>): string {
  return support.state === 'honoured' ? '' : `${support.state}: ${escape(support.because)}`
}
