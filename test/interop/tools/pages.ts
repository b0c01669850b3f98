/** The pages of the transcripts that one broker can show, and what lies in the cluster before each. */
import { makeTopic, produceTo } from './cluster.ts'
import { carryOut, type Addresses } from './replay.ts'

export interface Page {
  readonly tool: string
  readonly version: string
  /** Over the stock settings. */
  readonly settings?: Readonly<Record<string, string>>
  readonly prepare?: (addresses: Addresses) => Promise<void>
  /** What happened between the recorded cases, by the title of the next one. */
  readonly before?: Readonly<Record<string, (addresses: Addresses) => Promise<void>>>
}

const mt = (addresses: Addresses): Promise<void> =>
  makeTopic(addresses, 'mt', [
    { records: 7, latestAt: 4 },
    { records: 8, latestAt: 6 },
    { records: 5, latestAt: 4 },
  ])

/** Commands one after another, as they would be typed. */
const typed =
  (...commands: readonly string[]) =>
  async (addresses: Addresses): Promise<void> => {
    for (const command of commands) await carryOut({ command }, addresses)
  }

const server = '--bootstrap-server localhost:9092'
const zookeeper = '--zookeeper localhost:2181'

/** Lab 003 has the stock settings of Kafka 3.1. */
const labSettings = { 'log.segment.bytes': '1073741824' }

export const pages: readonly Page[] = [
  {
    tool: 'kafka-topics',
    version: '3.9.1',
    before: {
      // With one replica, which is what one broker can hold.
      list: typed(
        `kafka-topics.sh --create --topic ra --partitions 3 ${server}`,
        `kafka-topics.sh --create --topic my-kafka-topic --partitions 3 ${server}`,
      ),
      'list: after a consumer group was used': typed(
        `kafka-console-consumer.sh --topic cfg --group g --timeout-ms 500 ${server}`,
      ),
      'delete: by a regular expression': typed(`kafka-topics.sh --create --topic del1 ${server}`),
    },
  },
  {
    tool: 'kafka-topics',
    version: '2.6.3',
    before: {
      list: typed(
        `kafka-topics.sh --create --topic my-kafka-topic --partitions 3 --replication-factor 1 ${zookeeper}`,
        `kafka-topics.sh --create --topic ra --partitions 3 --replication-factor 1 ${zookeeper}`,
      ),
      'alter: more partitions': typed(
        `kafka-topics.sh --create --topic defaults --partitions 1 --replication-factor 1 ${zookeeper}`,
      ),
    },
  },
  {
    tool: 'kafka-topics',
    version: '3.1.2',
    settings: labSettings,
    before: { delete: typed(`kafka-topics.sh --create --topic d1 ${server}`) },
  },
  {
    tool: 'kafka-console-producer',
    version: '3.9.1',
    prepare: async addresses => {
      await makeTopic(addresses, 'pc1', [{ records: 0 }])
      await makeTopic(addresses, 'pc3', [{ records: 0 }, { records: 0 }, { records: 0 }])
    },
  },
  {
    tool: 'kafka-get-offsets',
    version: '3.9.1',
    prepare: async addresses => {
      await mt(addresses)
      await makeTopic(addresses, 'mt1', [{ records: 2 }])
    },
  },
  { tool: 'kafka-configs', version: '3.9.1', prepare: mt },
  {
    tool: 'kafka-configs',
    version: '2.6.3',
    prepare: async addresses => {
      await mt(addresses)
      const configs = 'segment.bytes=1048576,cleanup.policy=[compact,delete]'
      await typed(`kafka-configs.sh ${server} --topic mt --alter --add-config ${configs}`)(
        addresses,
      )
    },
  },
  {
    tool: 'kafka-consumer-groups',
    version: '3.9.1',
    prepare: addresses =>
      makeTopic(addresses, 'gt', [{ records: 7 }, { records: 8 }, { records: 5 }]),
    before: {
      '--describe: group without members': typed(
        `kafka-consumer-groups.sh --delete --group my_group ${server}`,
        `kafka-consumer-groups.sh --reset-offsets --group my_group --topic gt --to-latest --execute ${server}`,
      ),
      '--describe: lag after more messages': addresses => produceTo(addresses, 'gt', 2, 2),
    },
  },
  { tool: 'zookeeper-shell', version: '3.9.1' },
]
