/** DescribeConfigs and IncrementalAlterConfigs, compared with what genuine Kafka decides. */
import { test } from 'node:test'
import { alterBrokerConfig, alterTopicConfig } from '../../../src/config/alter-configs.ts'
import { BrokerConfig } from '../../../src/config/broker-config.ts'
import {
  describeBrokerConfig,
  describeClusterConfig,
  describeTopicConfig,
  type DescribedConfig,
} from '../../../src/config/describe-configs.ts'
import { DynamicBrokerConfig } from '../../../src/config/dynamic-broker-config.ts'
import { peerOrSkip } from '../../peers/cache.ts'
import { assertSame } from './compare.ts'
import { configOracle, without } from './oracle.ts'

type Values = Readonly<Record<string, string>>

interface Layers {
  readonly given: Values
  readonly cluster?: Values
  readonly own?: Values
  readonly overrides?: Values
}

const base = { 'zookeeper.connect': 'localhost:2181', 'broker.id': '0' }
const map = (values: Values = {}) => new Map(Object.entries(values))

function layered({ given, cluster, own }: Layers): DynamicBrokerConfig {
  const fixed = DynamicBrokerConfig.from(new BrokerConfig(map(given)))
  return fixed.load('cluster', map(cluster)).config.load('broker', map(own)).config
}

const cases: readonly Layers[] = [
  { given: base },
  { given: { ...base, 'log.segment.bytes': ' 1073741824', 'log.retention.hours': '168' } },
  {
    given: { ...base, 'log.roll.hours': '5', 'log.roll.ms': '7' },
    overrides: { 'segment.ms': '9' },
  },
  { given: base, cluster: { 'log.retention.ms': '200000' }, own: { 'log.cleaner.threads': '2' } },
  {
    given: { ...base, 'log.retention.minutes': '5', 'log.retention.ms': '3' },
    cluster: { 'log.retention.ms': '4', 'message.max.bytes': '5000' },
    own: { 'message.max.bytes': '6000' },
    overrides: { 'max.message.bytes': '7000', 'cleanup.policy': ' compact , delete ' },
  },
  {
    given: { ...base, 'log.flush.scheduler.interval.ms': '9', 'my.own': 'x' },
    own: { 'log.flush.interval.ms': '8' },
  },
  {
    given: {
      ...base,
      'ssl.key.password': 'secret',
      'listener.name.plaintext.max.connections': '7',
      'listener.name.plaintext.ssl.keystore.password': 'secret',
      'listener.name.plaintext.plain.sasl.jaas.config': 'secret',
      'log.initial.task.delay.ms': '5',
    },
    own: { 'listener.name.plaintext.ssl.keystore.location': '/x' },
    overrides: { 'not.known': 'x', 'min.cleanable.dirty.ratio': '1' },
  },
  {
    given: { ...base, 'node.id': '0' },
    cluster: { 'broker.id': '7', 'log.roll.ms': 'x', listeners: 'PLAINTEXT://:1' },
    own: { 'leader.replication.throttled.rate': '5', 'some.thing': '1' },
  },
]

/** Without what Kafka was not asked for. */
function comparable(described: readonly DescribedConfig[]): object[] {
  return described.map(entry => without(entry, 'documentation'))
}

test('values, sources and synonyms are described as Kafka describes them', async t => {
  const oracle = await peerOrSkip(t, configOracle)
  if (oracle === undefined) return

  const answers = await oracle.askAll(cases.map(one => ({ do: 'describe', ...one })))

  const describe = (layers: Layers) => {
    const config = layered(layers)
    return {
      broker: comparable(describeBrokerConfig(config)),
      cluster: comparable(describeClusterConfig(config)),
      topic: comparable(describeTopicConfig(config, map(layers.overrides))),
    }
  }
  const named = (entries: readonly { name: string }[]) =>
    Object.fromEntries(entries.map(entry => [entry.name, entry]))
  const byName = (answer: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(
      ['broker', 'cluster', 'topic'].map(kind => [kind, named(answer[kind] as { name: string }[])]),
    )
  assertSame(
    cases,
    index => byName(describe(cases[index] ?? { given: base })),
    index => byName(answers[index] ?? {}),
  )
})

const [SET, DELETE, APPEND, SUBTRACT] = [0, 1, 2, 3]

type Change = readonly [name: string, operation: number | undefined, value: string | null]
const topicChanges: readonly (readonly [Values, readonly Change[]])[] = [
  [{}, [['retention.ms', SET, '5']]],
  [{}, [['retention.ms', SET, 'abc']]],
  [{}, [['foo.bar', SET, '1']]],
  [{ 'retention.ms': '7' }, [['retention.ms', DELETE, null]]],
  [{}, [['cleanup.policy', APPEND, 'compact']]],
  [{}, [['cleanup.policy', APPEND, 'delete,compact,']]],
  [{ 'cleanup.policy': 'compact,delete' }, [['cleanup.policy', SUBTRACT, 'delete']]],
  [{}, [['cleanup.policy', SUBTRACT, 'delete']]],
  [{}, [['retention.ms', APPEND, '5']]],
  [{}, [['retention.ms', SUBTRACT, '5']]],
  [{}, [['leader.replication.throttled.replicas', APPEND, '0:1,1:2']]],
  [
    { 'leader.replication.throttled.replicas': '0:1' },
    [['leader.replication.throttled.replicas', SUBTRACT, '0:1']],
  ],
  [
    {},
    [
      ['min.compaction.lag.ms', SET, '9'],
      ['max.compaction.lag.ms', SET, '8'],
    ],
  ],
  [{}, [['remote.storage.enable', SET, 'true']]],
  [{}, [['remote.log.copy.disable', SET, 'true']]],
]

const brokerChanges: readonly Change[] = [
  ['log.cleaner.threads', SET, '2'],
  ['broker.id', SET, '7'],
  ['log.dirs', SET, '/x'],
  ['ssl.keystore.location', SET, '/x'],
  ['listener.name.plaintext.ssl.keystore.location', SET, '/x'],
  ['log.roll.ms', SET, 'x'],
  ['log.roll.ms', SET, '0'],
  ['message.max.bytes', SET, '-1'],
  ['listeners', SET, 'PLAINTEXT://:9092,SSL://:9093'],
  ['advertised.listeners', SET, 'SSL://:9093'],
  ['metric.reporters', APPEND, 'a'],
  ['log.cleanup.policy', SUBTRACT, 'delete'],
  ['log.roll.ms', APPEND, '1'],
  ['what.ever', SET, '1'],
  ['leader.replication.throttled.rate', SET, '-1'],
  ['leader.replication.throttled.rate', SET, '1000'],
]

test('an alteration is taken or refused as Kafka does', async t => {
  const oracle = await peerOrSkip(t, configOracle)
  if (oracle === undefined) return
  const change = ([name, operation, value]: Change) => ({ name, operation: operation ?? 0, value })
  const requests = [
    ...topicChanges.map(([stored, changes]) => ({
      resource: 'topic',
      stored,
      changes: changes.map(change),
    })),
    ...['broker', 'cluster'].flatMap(resource =>
      brokerChanges.map(one => ({ resource, stored: {}, changes: [change(one)] })),
    ),
  ]

  const answers = await oracle.askAll(
    requests.map(one => ({ do: 'alter', given: base, cluster: {}, own: {}, ...one })),
  )

  const config = layered({ given: base })
  const decide = ({ resource, stored, changes }: (typeof requests)[number]) => {
    const request = { stored: map(stored), changes, replace: false }
    const outcome =
      resource === 'topic'
        ? alterTopicConfig('t', config, request)
        : alterBrokerConfig(resource === 'broker' ? '0' : '', config, request)
    if (!('error' in outcome)) return { stored: Object.fromEntries([...outcome.stored].toSorted()) }
    return { error: outcome.message.replace(/^Invalid config value for resource [^)]*\): /, '') }
  }
  assertSame(
    requests,
    index => decide(requests[index] as (typeof requests)[number]),
    index => without(answers[index] ?? {}, 'class'),
  )
})
