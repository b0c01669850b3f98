/** The same values given to Kafka's classes and to ours: the same result, or the same refusal. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BrokerConfig } from '../../../src/config/broker-config.ts'
import { brokerProperties } from '../../../src/config/broker-properties.ts'
import { AdminConfig, ConsumerConfig, ProducerConfig } from '../../../src/config/client-config.ts'
import { adminProperties } from '../../../src/config/client/admin.ts'
import { consumerProperties } from '../../../src/config/client/consumer.ts'
import { producerProperties } from '../../../src/config/client/producer.ts'
import type { Config, Given } from '../../../src/config/config.ts'
import { ConfigError } from '../../../src/config/config-error.ts'
import { parseProperties } from '../../../src/config/properties-file.ts'
import type { Properties, Property } from '../../../src/config/property.ts'
import { TopicConfig, validateTopicOverrides } from '../../../src/config/topic-config.ts'
import { topicProperties } from '../../../src/config/topic-properties.ts'
import { parseZooKeeperConnect } from '../../../src/config/zookeeper-connect.ts'
import { peerOrSkip } from '../../peers/cache.ts'
import { assertSame } from './compare.ts'
import { eachValue, valuesFor } from './cases.ts'
import {
  checkedLater,
  kraftAddresses,
  listsOfClasses,
  namesOfClasses,
  refusedAtStart,
  startsWithContinuation,
  withoutParserDetails,
} from './masks.ts'
import { configOracle, type Answer } from './oracle.ts'

type Values = Readonly<Record<string, string>>
const given = (values: Values): Given => new Map(Object.entries(values))
const zookeeper = { 'zookeeper.connect': 'localhost:2181' }

const isLeftOut = (name: string, property: Property<never>) =>
  refusedAtStart.has(name) ||
  kraftAddresses.has(name) ||
  listsOfClasses.has(name) ||
  namesOfClasses.has(property.type)

/** Our result in the form of the oracle's. */
function outcomeOf(make: () => object): object {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return { error: withoutParserDetails(error.message) }
  }
}

type TextByName<P extends Properties = Properties> = Pick<Config<P>, 'text'>

function textsOf<P extends Properties>(config: TextByName<P>, properties: P): object {
  return Object.fromEntries(Object.keys(properties).map(name => [name, config.text(name)]))
}

function theirs(answer: Answer): object {
  if (answer.error === undefined) return answer
  return { error: withoutParserDetails(answer.error) }
}

function brokerOutcome(values: Values): object {
  return outcomeOf(() => {
    const config = new BrokerConfig(given(values))
    const shown = config.listeners.map(endpoint)
    return {
      values: textsOf(config, brokerProperties),
      listeners: shown.join(' '),
      advertised: config.advertisedListeners.map(endpoint).join(' '),
      interBroker: `${config.interBrokerListenerName} ${config.interBrokerSecurityProtocol}`,
      logDirs: config.logDirs.join('|'),
      version: config.interBrokerProtocolVersion,
    }
  })
}

/** As Scala prints its case class. */
function endpoint(one: BrokerConfig['listeners'][number]): string {
  const name = `ListenerName(${one.listenerName})`
  return `EndPoint(${one.host ?? 'null'},${one.port},${name},${one.securityProtocol})`
}

test('each value of each broker property is taken or refused as Kafka does', async t => {
  const oracle = await peerOrSkip(t, configOracle)
  if (oracle === undefined) return
  const cases = eachValue(brokerProperties, isLeftOut).map(([name, value]) => ({
    ...zookeeper,
    [name]: value,
  }))

  const answers = await oracle.askAll(cases.map(values => ({ do: 'broker', given: values })))

  assertSame(
    cases,
    index => brokerOutcome(cases[index] ?? {}),
    index => theirs(answers[index] ?? {}),
  )
})

/** Properties that rules tie together, with values that make the rules speak. */
const tied: Readonly<Record<string, readonly string[]>> = {
  'broker.id': ['-2', '-1', '0', '1000', '1001'],
  'node.id': ['0', '1'],
  'broker.id.generation.enable': ['true', 'false'],
  'reserved.broker.max.id': ['0', '5000'],
  'log.retention.ms': ['-1', '0', '-7', '5'],
  'log.retention.minutes': ['0', '3', '-1'],
  'log.retention.hours': ['0', '2', '2147483647'],
  'log.roll.ms': ['0', '1'],
  'log.roll.hours': ['1', '2147483647'],
  'log.roll.jitter.ms': ['-1', '0'],
  'log.dirs': ['', ' a , b,,c', ','],
  'log.dir': ['/x', ''],
  'log.cleaner.threads': ['0', '3', '200'],
  'log.cleaner.dedupe.buffer.size': ['1048576', '1048577'],
  'replica.fetch.wait.max.ms': ['1', '40000'],
  'replica.socket.timeout.ms': ['1', '50000'],
  'replica.lag.time.max.ms': ['1', '50000'],
  listeners: [
    'PLAINTEXT://:9092,SSL://:9093',
    'PLAINTEXT://localhost:9092, IN://[::1]:9094',
    'plaintext://h:1,plaintext://h:2',
    'PLAINTEXT://a:1,SSL://b:1',
    'PLAINTEXT://127.0.0.1:1,SSL://[::1]:1',
    'PLAINTEXT://127.0.0.1:1,SSL://127.0.0.2:1',
    'PLAINTEXT://127.0.0.1:1,SSL://[::1]:1,IN://[::2]:1',
    'PLAINTEXT://h:1,SSL://[::1]:1,IN://127.0.0.1:1',
    'PLAINTEXT://:0,SSL://:0',
    'PLAINTEXT://',
    'localhost:9092',
    'SSL://:1',
    '',
    ' ',
  ],
  'advertised.listeners': [
    'PLAINTEXT://h:1',
    'PLAINTEXT://0.0.0.0:1',
    'PLAINTEXT://h:1,SSL://h:1',
    'IN://h:1',
    '',
  ],
  'listener.security.protocol.map': [
    'PLAINTEXT:PLAINTEXT,SSL:SSL,IN:plaintext',
    'in:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'PLAINTEXT:FOO',
    '',
    'x',
    'PLAINTEXT:PLAINTEXT,',
  ],
  'inter.broker.listener.name': ['IN', 'plaintext', 'NOPE'],
  'security.inter.broker.protocol': ['SSL', 'PLAINTEXT', 'ssl'],
  'control.plane.listener.name': ['IN', 'PLAINTEXT', 'NOPE', 'ssl'],
  'controller.listener.names': ['', 'A', 'A,B'],
  'inter.broker.protocol.version': ['0.9.0', '0.10.2', '0.11.0.3', '2.0', '3.0', '3.9.1', '4.0'],
  'log.message.format.version': ['0.9.0', '0.10.1-IV1', '1.1', '3.1'],
  'offsets.topic.compression.codec': ['0', '1', '4'],
  'queued.max.request.bytes': ['1', '104857600', '-5'],
  'socket.request.max.bytes': ['1', '200000000'],
  'max.connections.per.ip': ['0', '5'],
  'max.connections.per.ip.overrides': ['h:5', '1.2.3.4:0,::1:7', 'b d:1', ''],
  'connections.max.idle.ms': ['-1', '100', '101'],
  'connection.failed.authentication.delay.ms': ['0', '100'],
  'group.coordinator.rebalance.protocols': ['classic', 'consumer', 'classic,consumer', 'share'],
}

test('values that do not go together are refused by the same rule in the same words', async t => {
  const oracle = await peerOrSkip(t, configOracle)
  if (oracle === undefined) return
  const names = Object.keys(tied)
  const pick = fc
    .tuple(fc.shuffledSubarray(names, { minLength: 1, maxLength: 4 }), fc.infiniteStream(fc.nat()))
    .map(([chosen, numbers]) => {
      const entries = chosen.map(name => {
        const values = tied[name] ?? []
        return [name, values[Number(numbers.next().value) % values.length] ?? ''] as const
      })
      return { ...zookeeper, ...Object.fromEntries(entries) }
    })
  const alone = Object.entries(tied).flatMap(([name, values]) =>
    values.map((value): Values => ({ ...zookeeper, [name]: value })),
  )
  const cases: readonly Values[] = [...alone, ...fc.sample(pick, { numRuns: 2_000, seed: 39 })]

  const answers = await oracle.askAll(cases.map(values => ({ do: 'broker', given: values })))

  assertSame(
    cases,
    index => brokerOutcome(cases[index] ?? {}),
    index => theirs(answers[index] ?? {}),
  )
})

test('each override of a topic is taken or refused as Kafka does', async t => {
  const oracle = await peerOrSkip(t, configOracle)
  if (oracle === undefined) return
  const single = eachValue(topicProperties, () => false).map(([name, value]) => ({ [name]: value }))
  const cases: readonly Values[] = [
    ...single,
    { 'foo.bar': '1' },
    { 'min.compaction.lag.ms': '5', 'max.compaction.lag.ms': '4' },
    { 'message.timestamp.difference.max.ms': '5' },
  ]
  const broker = { ...zookeeper, 'log.retention.minutes': '7', 'log.roll.jitter.ms': '9' }

  const answers = await oracle.askAll(
    cases.map(overrides => ({ do: 'topic', given: broker, overrides })),
  )

  const { topicDefaults } = new BrokerConfig(given(broker))
  const outcome = (overrides: Values) =>
    outcomeOf(() => {
      validateTopicOverrides(topicDefaults, given(overrides))
      const config = new TopicConfig(topicDefaults, given(overrides))
      return { values: textsOf(config, topicProperties) }
    })
  assertSame(
    cases,
    index => outcome(cases[index] ?? {}),
    index => theirs(answers[index] ?? {}),
  )
})

const serializers = {
  'key.serializer': 'org.apache.kafka.common.serialization.StringSerializer',
  'value.serializer': 'org.apache.kafka.common.serialization.StringSerializer',
}
const deserializers = {
  'key.deserializer': 'org.apache.kafka.common.serialization.StringDeserializer',
  'value.deserializer': 'org.apache.kafka.common.serialization.StringDeserializer',
}

const clients = {
  producer: { properties: producerProperties, make: (g: Given) => new ProducerConfig(g) },
  consumer: { properties: consumerProperties, make: (g: Given) => new ConsumerConfig(g) },
  admin: { properties: adminProperties, make: (g: Given) => new AdminConfig(g) },
} as const

/** Combinations of a client's values that its rules tie together. */
const clientCombinations: Readonly<Record<keyof typeof clients, readonly Values[]>> = {
  producer: [
    { acks: '1', 'enable.idempotence': 'true' },
    { retries: '0', 'enable.idempotence': 'true' },
    { 'max.in.flight.requests.per.connection': '6', 'enable.idempotence': 'true' },
    { 'transactional.id': 't', acks: '0' },
    { 'transactional.id': 't', 'enable.idempotence': 'false' },
    { 'transactional.id': '' },
    { 'security.protocol': 'SASL_SSL', 'sasl.mechanism': '' },
  ],
  consumer: [
    { 'enable.auto.commit': 'true' },
    { 'group.remote.assignor': 'uniform' },
    { 'group.remote.assignor': 'uniform', 'group.protocol': 'Classic' },
    { 'group.id': 'g', 'enable.auto.commit': 'true' },
  ],
  admin: [{ 'security.protocol': 'sasl_plaintext', 'sasl.mechanism': '' }],
}

/** What Java's clients put in place of what was given; ours keep it apart, typed. */
const adjusted = ['client.id', 'acks', 'enable.idempotence', 'enable.auto.commit']

for (const [client, { properties, make }] of Object.entries(clients)) {
  test(`each value of each ${client} property is taken or refused as Java's client does`, async t => {
    const oracle = await peerOrSkip(t, configOracle)
    if (oracle === undefined) return
    const base: Values = client === 'producer' ? serializers : deserializers
    const needed = client === 'admin' ? {} : base
    const single = eachValue(properties, isLeftOut)
      // Java loads reporters, interceptors and assignors by name, and its sockets want room.
      .filter(([name]) => !/reporters|interceptor|assignment.strategy|providers/.test(name))
      .filter(([name]) => !checkedLater.has(name))
    const cases: readonly Values[] = [
      ...single.map(([name, value]): Values => ({ ...needed, [name]: value })),
      ...clientCombinations[client as keyof typeof clients].map(one => ({ ...needed, ...one })),
      {},
    ]

    const answers = await oracle.askAll(cases.map(values => ({ do: client, given: values })))

    const outcome = (values: Values) =>
      outcomeOf(() => ({
        values: textsOf<Properties>(make(given(values)), properties),
      }))
    assertSame(
      cases,
      index => comparable(outcome(cases[index] ?? {}), cases[index] ?? {}),
      index => comparable(theirs(answers[index] ?? {}), cases[index] ?? {}),
    )
  })
}

/** Without what is adjusted, and with a growing pause only where Java has one. */
function comparable(outcome: object, values: Values): object {
  if (!('values' in outcome)) return outcome
  const kept = Object.entries(outcome.values as Values).filter(
    ([name]) =>
      !adjusted.includes(name) &&
      !(name === 'reconnect.backoff.max.ms' && 'reconnect.backoff.ms' in values) &&
      !name.endsWith('serializer') &&
      name !== 'partition.assignment.strategy',
  )
  return Object.fromEntries(kept)
}

test('a properties file is read as java.util.Properties reads it', async t => {
  const oracle = await peerOrSkip(t, configOracle)
  if (oracle === undefined) return
  const pieces = ['a', 'b.c', '=', ':', ' ', '\t', '\\', '\n', '\r\n', '\r', '#', '!', '\\u0041']
  const more = ['\\u00', '\\n', '\\ ', '\\=', '\\:', '\\#', 'é', '\f', '\\\\', '\\\n', '  ', '1']
  const text = fc.array(fc.constantFrom(...pieces, ...more), { maxLength: 14 })
  const cases = [
    'zookeeper.connect=a:2181,\nb:2181,\n c:2181\n',
    'zookeeper.connect=a:2181,\\\n   b:2181\n',
    'a=1\na=2',
    '# c\n! c\n\n   key   value with blanks   \n',
    ...fc.sample(text, { numRuns: 4_000, seed: 7 }).map(parts => parts.join('')),
  ].filter(one => !startsWithContinuation(one))

  const answers = await oracle.askAll(cases.map(one => ({ do: 'properties', text: one })))

  const outcome = (text: string) =>
    outcomeOf(() => ({ values: Object.fromEntries([...parseProperties(text, 'f')].toSorted()) }))
  assertSame(
    cases.map(text => ({ text })),
    index => outcome(cases[index] ?? ''),
    index => {
      const { error } = answers[index] ?? {}
      return error === undefined ? (answers[index] ?? {}) : { error: `f cannot be read: ${error}` }
    },
  )
})

test('zookeeper.connect is read as ZooKeeper reads it', async t => {
  const oracle = await peerOrSkip(t, configOracle)
  if (oracle === undefined) return
  const cases = ['a', 'a:1,b:2', 'a:1/x', 'a:1,b/x/y', 'a/', ' a:1 , b:2 ', '[::1]:3,h', 'a:1,,b:2']

  const answers = await oracle.askAll(cases.map(text => ({ do: 'connect', text })))

  for (const [index, text] of cases.entries()) {
    const { chroot, servers } = parseZooKeeperConnect(text)
    const ours = { chroot, servers: servers.map(one => `${one.host} ${one.port}`) }
    assert.deepEqual(ours, answers[index], text)
  }
})

test('the values that are tried reach every kind of limit', () => {
  for (const [name, property] of Object.entries<Property<never>>(topicProperties)) {
    assert.ok(valuesFor(name, property).length > 3, name)
  }
})
