/** The pages of the transcripts that one broker can show, and what lies in the cluster before each. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Kafka, unwrap } from '../../../src/client/index.ts'
import { casesOf } from './cases.ts'
import {
  deleteAll,
  fillTo,
  fillTopic,
  makeTopic,
  makeTopics,
  produceTo,
  type PageCluster,
  type Recorded,
} from './cluster.ts'
import { prepareDumpedFiles } from './dumped-files.ts'
import { prepareStoredGroups } from './stored-groups.ts'
import { commitTransactions } from './transactions.ts'
import { carryOut } from './replay.ts'

type Step = (cluster: PageCluster) => Promise<void>

export interface Page {
  readonly tool: string
  readonly version: string
  /** Default 1; the recording had 3. */
  readonly brokers?: 1 | 3
  /** Over the stock settings. */
  readonly settings?: Readonly<Record<string, string>>
  readonly prepare?: Step
  /**
   * What three brokers hold of which the third is then stopped, for the cases that were recorded so; without it
   * they are left out.
   */
  readonly beforeStop?: Step
  /** There are no other cases that this test carries out. */
  readonly isOfStopOnly?: boolean
  /** What happened between the recorded cases, by the title of the next one. */
  readonly before?: Readonly<Record<string, Step>>
  /** How many cases may run at the same time, where they do not need each other. */
  readonly lanes?: number
}

const mt: Step = ({ addresses }) =>
  makeTopic(addresses, 'mt', [
    { records: 7, latestAt: 4 },
    { records: 8, latestAt: 6 },
    { records: 5, latestAt: 4 },
  ])

/** What the recording found there: retention had taken all records. */
const emptied: Step = async cluster => {
  await mt(cluster)
  await deleteAll(cluster.addresses, 'mt', 3)
}

/** Topics with these replicas by partition, and so many records in the first one of each. */
const placed =
  (
    topics: Readonly<Record<string, readonly (readonly number[])[]>>,
    records: Readonly<Record<string, number>> = {},
    configs: Readonly<Record<string, Readonly<Record<string, string>>>> = {},
  ): Step =>
  async ({ addresses: { broker } }) => {
    const kafka = new Kafka({ bootstrapServers: broker })
    await using admin = kafka.admin()
    const wanted = Object.entries(topics).map(([name, replicas]) => ({
      name,
      replicaAssignments: new Map(replicas.entries()),
      configs: configs[name] ?? {},
    }))
    for (const made of (await admin.createTopics(wanted)).values()) unwrap(made)
    await using producer = kafka.producer({ lingerMs: 0, acks: 'all' })
    for (const [topic, count] of Object.entries(records)) {
      for (let nth = 0; nth < count; nth += 1) {
        await producer.send({ topic, partition: 0, value: `${nth}` })
      }
    }
  }

/** Commands one after another, as they would be typed. */
const typed =
  (...commands: readonly string[]): Step =>
  async ({ addresses }) => {
    for (const command of commands) await carryOut({ command }, addresses)
  }

const server = '--bootstrap-server localhost:9092'
const zookeeper = '--zookeeper localhost:2181'

const namesOnly = (names: readonly string[]) => Object.fromEntries(names.map(name => [name, {}]))

/** Lab 003 has the stock settings of Kafka 3.1. */
const labSettings = { 'log.segment.bytes': '1073741824' }

const lab = ['This is my first message', 'This is my second message']

/** What one run of the producer's page leaves. */
const pc1: readonly Recorded[] = [
  ...lab,
  ...['no newline at the end', '', 'This is a message', 'This is another message', 'one'],
  ...['via broker-list', 'x', 'sync', 'acks all', 'gzip', 'snappy', 'lz4', 'zstd', 'gz', 'x', 'x'],
]
const pc3OfPartition1: readonly Recorded[] = [
  ['a', '1'],
  ['c', '3:4'],
  ['a', '1'],
  ['a', '1'],
  [null, 'nokey'],
  ['a', '1'],
  ['c', '3:4'],
  ['a', '1'],
  ['a', '1'],
]
const pc3OfPartition2: readonly Recorded[] = [
  ['k1', 'v1'],
  ['k1', 'v3'],
  ['b', '2'],
  ['b', '2'],
  ['k', 'v', { h1: 'v1', h2: 'v2' }],
  ['k9', null],
]

const internal = { 'cleanup.policy': 'compact', 'segment.bytes': '104857600' }
const configuredTopics: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ...Object.fromEntries(
    [
      ...['jt39', 'cktest2', 'only2', 'autotopic', 'jt011', 'metrics.one', 'fgt', 'kcatt'],
      ...['virginicasetosa', 'perf', 'pc1', 'aiot', 'pc3', 'jt09', 'my_first_topic', 'mt1'],
      ...['fromconsumer', 'gt2', 'my-kafka-topic', 'counter', 'txn', 'gt', 'ra', 'noperf', 'rb'],
      ...['cktest', 'kjs', 'jt21', 'platt', 'jt26'],
    ].map(name => [name, {}]),
  ),
  minisr: { 'min.insync.replicas': '2' },
  cfg: { 'cleanup.policy': 'compact', 'retention.ms': '1000' },
  __consumer_offsets: { ...internal, 'compression.type': 'producer' },
  __transaction_state: {
    ...internal,
    'compression.type': 'uncompressed',
    'min.insync.replicas': '1',
    'unclean.leader.election.enable': 'false',
  },
}

const topicsOfOtherPages = [
  ...['__consumer_offsets', '__transaction_state', 'aiot', 'autotopic', 'cfg', 'cktest'],
  ...['cktest2', 'counter', 'fgt', 'gt', 'gt2', 'kcatt', 'kjs', 'metrics.one', 'minisr'],
  ...['my-kafka-topic', 'my_first_topic', 'only2', 'pc1', 'pc3', 'platt', 'ra', 'txn'],
  'virginicasetosa',
]

export const pages: readonly Page[] = [
  {
    tool: 'kafka-topics',
    version: '3.9.1',
    brokers: 3,
    before: {
      'list: after a consumer group was used': typed(
        `kafka-console-consumer.sh --topic cfg --group g --timeout-ms 3000 ${server}`,
      ),
      'delete: by a regular expression': typed(`kafka-topics.sh --create --topic del1 ${server}`),
    },
    beforeStop: placed(
      {
        'my-kafka-topic': [
          [2, 1],
          [1, 0],
          [0, 2],
        ],
        ra: [
          [0, 1],
          [1, 2],
          [2, 0],
        ],
        my_first_topic: Array.from({ length: 10 }, (_, at) => [2 - (at % 3)]),
        ...{ only2: [[2]], 'metrics.one': [[2]], minisr: [[2, 1]] },
        __consumer_offsets: Array.from({ length: 50 }, (_, at) => [at % 3]),
      },
      {},
      { minisr: { 'min.insync.replicas': '2' } },
    ),
  },
  {
    tool: 'kafka-topics',
    version: '2.6.3',
    brokers: 3,
    before: {
      'alter: more partitions': typed(
        `kafka-topics.sh --create --topic defaults --partitions 1 --replication-factor 1 ${zookeeper}`,
      ),
      'list: a topic that waits for deletion (its broker is down)': typed(
        `kafka-topics.sh --delete --topic my_first_topic ${zookeeper}`,
      ),
    },
    beforeStop: placed({
      'my-kafka-topic': [
        [2, 0],
        [0, 1],
        [1, 2],
      ],
      ra: [
        [0, 1],
        [1, 2],
        [2, 0],
      ],
      my_first_topic: Array.from({ length: 10 }, (_, at) => [(at + 1) % 3]),
      ...{ 'metrics.one': [[2]], cfg: [[1]] },
    }),
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
    prepare: async ({ addresses }) => {
      await makeTopic(addresses, 'pc1', [{ records: 0 }])
      await makeTopic(addresses, 'pc3', [{ records: 0 }, { records: 0 }, { records: 0 }])
    },
    beforeStop: placed(
      { isr2: [[0, 2]], gone2: [[2]] },
      {},
      { isr2: { 'min.insync.replicas': '2' } },
    ),
  },
  {
    tool: 'kafka-get-offsets',
    version: '3.9.1',
    prepare: async cluster => {
      await mt(cluster)
      await makeTopic(cluster.addresses, 'mt1', [{ records: 2 }])
    },
    before: {
      'no options: everything': ({ addresses }) => {
        const recorded = casesOf('kafka-get-offsets').find(
          ({ title }) => title === 'no options: everything',
        )
        return fillTo(addresses, recorded?.stdout ?? '')
      },
    },
  },
  {
    tool: 'kafka-configs',
    version: '3.9.1',
    prepare: mt,
    before: {
      'describe all topics': ({ addresses }) => makeTopics(addresses, configuredTopics),
    },
  },
  {
    tool: 'kafka-configs',
    version: '2.6.3',
    prepare: async cluster => {
      await mt(cluster)
      const configs = 'segment.bytes=1048576,cleanup.policy=[compact,delete]'
      await typed(`kafka-configs.sh ${server} --topic mt --alter --add-config ${configs}`)(cluster)
    },
  },
  {
    tool: 'kafka-consumer-groups',
    version: '3.9.1',
    beforeStop: placed({ __consumer_offsets: Array.from({ length: 50 }, () => [2]) }),
    prepare: async ({ addresses }) => {
      await makeTopic(addresses, 'gt', [{ records: 7 }, { records: 8 }, { records: 5 }])
      await makeTopic(addresses, 'gt2', [{ records: 2 }])
      const empty = { records: 0 }
      await makeTopic(addresses, 'pc3', [empty, empty, empty])
      await makeTopic(addresses, 'rb', [empty, empty, empty])
      await makeTopics(addresses, { pc1: {} })
      const partitions = Array.from({ length: 10 }, (_, at) => ({ records: at === 1 ? 2 : 0 }))
      await makeTopic(addresses, 'my_first_topic', partitions)
      await typed(
        `kafka-consumer-groups.sh --reset-offsets --group g0 --topic my_first_topic --to-latest --execute ${server}`,
      )({ addresses } as PageCluster)
    },
    before: {
      '--list': async ({ members }) => {
        await members.join('my_group', 'gt', 2)
        await members.join('other', 'gt2', 1, '--consumer-property client.id=cli7')
      },
      '--describe: group without members': ({ members }) => members.stop(),
      '--describe: lag after more messages': ({ addresses }) => produceTo(addresses, 'gt', 2, 2),
      'reset --all-topics': typed(
        `kafka-consumer-groups.sh --reset-offsets --group my_group --topic pc1 --to-earliest --execute ${server}`,
      ),
      'reset --from-file (lines: topic,partition,offset)': ({ addresses }) => {
        writeFileSync(join(addresses.folder, 'reset.csv'), 'gt,2,1\ngt,1,1\ngt,0,1\n')
        return Promise.resolve()
      },
      '--describe while the group rebalances': async ({ members }) => {
        const [first] = await members.join('rb_group', 'rb', 2)
        first?.kill('SIGSTOP')
        members.start('rb_group', 'rb')
        await members.when('rb_group', group => group.members.length === 3)
      },
      '--describe: two members, one partition (a member without a partition)': async ({
        members,
      }) => {
        await members.stop()
        await members.join('two', 'gt2', 2)
      },
    },
  },
  { tool: 'kafka-consumer-groups', version: '2.6.3' },
  {
    tool: 'kafka-consumer-groups',
    version: '3.1.2',
    prepare: async ({ addresses }) => {
      const records = new Map([
        [1, 2],
        [5, 1],
        [8, 1],
      ])
      const partitions = Array.from({ length: 10 }, (_, at) => ({ records: records.get(at) ?? 0 }))
      await makeTopic(addresses, 'my_first_topic', partitions)
    },
    before: {
      'two members, ten partitions': async ({ members }) => {
        await members.join('my_group', 'my_first_topic', 2)
      },
      'no active members': ({ members }) => members.stop(),
      '--list': typed(
        `kafka-console-consumer.sh --topic my_first_topic --timeout-ms 500 ${server}`,
        `kafka-console-consumer.sh --topic my_first_topic --timeout-ms 500 ${server}`,
      ),
    },
  },
  {
    tool: 'kafka-console-consumer',
    version: '3.9.1',
    // One partition, so that what is stored of groups comes in the order of its making.
    settings: { 'offsets.topic.num.partitions': '1' },
    prepare: async cluster => {
      await prepareStoredGroups(cluster)
      await fillTopic(cluster.addresses, 'pc1', [[...pc1, ...pc1]])
      await fillTopic(cluster.addresses, 'pc3', [
        [
          ['k2', 'v2'],
          ['k2', 'v2'],
          [null, 'nokey'],
        ],
        pc3OfPartition1,
        [...pc3OfPartition2, ...pc3OfPartition2],
      ])
      await fillTopic(cluster.addresses, 'pc4', [['a']])
    },
    lanes: 4,
  },
  { tool: 'kafka-console-consumer', version: '2.6.3' },
  { tool: 'kafka-console-producer', version: '3.1.2', settings: labSettings },
  {
    tool: 'kafka-console-consumer',
    version: '3.1.2',
    settings: labSettings,
    prepare: ({ addresses }) =>
      fillTopic(addresses, 'my_first_topic', [
        [...lab, 'message 1', 'message 2'].map(text => text),
      ]),
  },
  {
    tool: 'kafka-verifiable-producer',
    version: '3.9.1',
    prepare: ({ addresses }) => makeTopics(addresses, { mt: { 'cleanup.policy': 'compact' } }),
  },
  { tool: 'kafka-verifiable-consumer', version: '3.9.1', prepare: emptied },
  { tool: 'kafka-streams-application-reset', version: '3.9.1', prepare: emptied },
  {
    tool: 'kafka-transactions',
    version: '3.9.1',
    settings: {
      'transaction.state.log.replication.factor': '1',
      'transaction.state.log.min.isr': '1',
    },
    prepare: async cluster => {
      await mt(cluster)
      const ids = ['jtx39', 'fgtx', 'jtx26', 'tx1', 'kjstx', 'cktx', 'kptx', 'aiotx']
      await commitTransactions(cluster.addresses, ids)
    },
  },
  {
    tool: 'kafka-delete-records',
    version: '3.9.1',
    prepare: async ({ addresses }) => {
      await makeTopic(addresses, 'mt1', [{ records: 2 }])
      const file = (name: string, content: string) =>
        writeFileSync(join(addresses.folder, name), content)
      const entry = (topic: string, offset: number) => ({ topic, partition: 0, offset })
      const json = (...partitions: object[]) => JSON.stringify({ partitions, version: 1 })
      file('del.json', json(entry('mt1', 1)))
      file('del2.json', json(entry('mt1', 100), entry('nope', 1)))
      file('nojson.json', 'no json')
    },
  },
  { tool: 'kafka-dump-log', version: '3.9.1', prepare: prepareDumpedFiles },
  { tool: 'kafka-broker-api-versions', version: '3.9.1' },
  { tool: 'kafka-cluster', version: '3.9.1' },
  { tool: 'kafka-features', version: '3.9.1' },
  {
    tool: 'kafka-log-dirs',
    version: '3.9.1',
    brokers: 3,
    prepare: placed({ mt: [[0], [1], [1]], mt1: [[1, 2]] }, { mt1: 2 }),
    beforeStop: () => Promise.resolve(),
  },
  {
    tool: 'kafka-leader-election',
    version: '3.9.1',
    isOfStopOnly: true,
    beforeStop: placed({ lead2: [[2, 0]] }),
  },
  {
    tool: 'kafka-replica-verification',
    version: '3.9.1',
    prepare: async cluster => {
      await mt(cluster)
      await makeTopic(cluster.addresses, 'mt1', [{ records: 2 }])
    },
  },
  { tool: 'kafka-metadata-quorum', version: '3.9.1' },
  { tool: 'kafka-run-class', version: '3.9.1', prepare: mt },
  {
    tool: 'zookeeper-shell',
    version: '3.9.1',
    brokers: 3,
    prepare: ({ addresses }) => makeTopics(addresses, namesOnly(topicsOfOtherPages)),
  },
]
