import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alterBrokerConfig, alterTopicConfig, AlterOperation } from './alter-configs.ts'
import { BrokerConfig } from './broker-config.ts'
import {
  ConfigSource,
  ConfigType,
  describeBrokerConfig,
  describeClusterConfig,
  describeTopicConfig,
} from './describe-configs.ts'
import { DynamicBrokerConfig } from './dynamic-broker-config.ts'

const given = (values: Record<string, string>) => new Map(Object.entries(values))

function broker(fixed: Record<string, string> = {}): DynamicBrokerConfig {
  return DynamicBrokerConfig.from(
    new BrokerConfig(given({ 'broker.id': '0', 'zookeeper.connect': 'zk:2181', ...fixed })),
  )
}

const set = (name: string, value: string | null) => ({
  name,
  value,
  operation: AlterOperation.SET,
})
const incremental = (...changes: { name: string; value: string | null; operation: number }[]) => ({
  stored: given({}),
  changes,
  replace: false,
})

test('a run-time value goes before the file, one for this broker before one for all', () => {
  const first = broker({ 'log.cleaner.threads': '1', 'message.max.bytes': '1000' })

  const shared = first.load('cluster', given({ 'message.max.bytes': '2000' })).config
  const own = shared.load('broker', given({ 'message.max.bytes': '3000' })).config

  assert.equal(shared.current.get('message.max.bytes'), 2000)
  assert.equal(own.current.get('message.max.bytes'), 3000)
  assert.equal(own.load('broker', given({})).config.current.get('message.max.bytes'), 2000)
  assert.equal(first.current.get('message.max.bytes'), 1000, 'layers are immutable')
})

test('a run-time value takes its finer synonym in the file with it', () => {
  const config = broker({ 'log.retention.minutes': '5' })

  const changed = config.load('cluster', given({ 'log.retention.ms': '7' })).config

  assert.equal(changed.current.logRetentionMs, 7n)
  assert.ok(!changed.current.given.has('log.retention.minutes'))
})

test('what cannot hold is left out when it is read, with the reason', () => {
  const stored = given({
    'broker.id': '7',
    'message.max.bytes': 'x',
    'ssl.keystore.location': '/k',
    listeners: 'PLAINTEXT://:1',
    'log.roll.ms': '9',
  })

  const { config, dropped } = broker().load('cluster', stored)

  assert.equal(config.current.logRollMs, 9n)
  assert.deepEqual(
    dropped.map(one => one.property),
    ['broker.id', 'message.max.bytes', 'ssl.keystore.location', 'listeners'],
  )
})

test('a change at run time is refused in the words of the recorded cases', () => {
  assert.deepEqual(alterBrokerConfig('0', broker(), incremental(set('broker.id', '7'))), {
    error: 'INVALID_REQUEST',
    message: 'Cannot update these configs dynamically: Set(broker.id)',
  })
  assert.deepEqual(alterBrokerConfig('0', broker(), incremental(set('log.dirs', '/x'))), {
    error: 'INVALID_REQUEST',
    message: 'Cannot update these configs dynamically: Set(log.dirs)',
  })
  assert.deepEqual(alterBrokerConfig('3', broker(), incremental(set('log.roll.ms', '7'))), {
    error: 'INVALID_REQUEST',
    message: 'Unexpected broker id, expected 0, but received 3',
  })
  assert.deepEqual(alterBrokerConfig('', broker(), incremental(set('listeners', 'A://:1'))), {
    error: 'INVALID_REQUEST',
    message:
      'Cannot update these configs at default cluster level, broker id must be specified: ' +
      'Set(listeners)',
  })
  assert.deepEqual(alterBrokerConfig('0', broker(), incremental(set('num.io.threads', '17'))), {
    error: 'INVALID_REQUEST',
    message:
      'Invalid value org.apache.kafka.common.config.ConfigException: Dynamic thread count update ' +
      'validation failed for num.io.threads=17, value should not be greater than double the ' +
      'current value 8 for configuration Invalid dynamic configuration',
  })
})

test('a password is not stored where everybody could read it', () => {
  const change = set('listener.name.in.ssl.keystore.password', 'hunter2')

  const outcome = alterBrokerConfig('0', broker(), incremental(change))

  assert.deepEqual(outcome, {
    error: 'INVALID_REQUEST',
    message: 'Password encoder secret not configured',
  })
})

test('a topic override is refused with the resource in front of a wrong value only', () => {
  const alter = (name: string, value: string | null) =>
    alterTopicConfig('mt', broker(), incremental(set(name, value)))

  assert.deepEqual(alter('retention.ms', 'abc'), {
    error: 'INVALID_CONFIG',
    message:
      "Invalid config value for resource ConfigResource(type=TOPIC, name='mt'): " +
      'Invalid value abc for configuration retention.ms: Not a number of type LONG',
  })
  assert.deepEqual(alter('foo.bar', '1'), {
    error: 'INVALID_CONFIG',
    message: 'Unknown topic config name: foo.bar',
  })
  assert.deepEqual(alter('retention.ms', null), {
    error: 'INVALID_REQUEST',
    message: 'Null value not supported for : retention.ms',
  })
})

test('append and subtract work on lists alone, and start from the default', () => {
  const alter = (name: string, operation: number, value: string) =>
    alterTopicConfig('mt', broker(), incremental({ name, operation, value }))

  const appended = alter('cleanup.policy', AlterOperation.APPEND, 'compact,delete')
  const subtracted = alter('cleanup.policy', AlterOperation.SUBTRACT, 'delete')
  const refused = alter('retention.ms', AlterOperation.APPEND, '1')

  assert.deepEqual(appended, { stored: given({ 'cleanup.policy': 'delete,compact' }) })
  assert.deepEqual(subtracted, { stored: given({ 'cleanup.policy': '' }) })
  assert.deepEqual(refused, {
    error: 'INVALID_CONFIG',
    message: 'Config value append is not allowed for config key: retention.ms',
  })
})

test('AlterConfigs forgets what it does not name, IncrementalAlterConfigs keeps it', () => {
  const stored = given({ 'segment.bytes': '500' })
  const changes = [set('retention.ms', '5')]

  const replaced = alterTopicConfig('t', broker(), { stored, changes, replace: true })
  const added = alterTopicConfig('t', broker(), { stored, changes, replace: false })

  assert.deepEqual(replaced, { stored: given({ 'retention.ms': '5' }) })
  assert.deepEqual(added, { stored: given({ 'segment.bytes': '500', 'retention.ms': '5' }) })
})

test('a topic is described with what else is set for the same thing', () => {
  const config = broker({ 'log.retention.hours': '168' })
  const overrides = given({ 'segment.bytes': ' 500', 'retention.ms': '9' })

  const names = ['segment.bytes', 'retention.ms', 'flush.ms']
  const described = new Map(
    describeTopicConfig(config, overrides, names).map(one => [one.name, one]),
  )

  assert.deepEqual([...described.keys()], ['segment.bytes', 'flush.ms', 'retention.ms'])
  assert.deepEqual(described.get('segment.bytes')?.synonyms, [
    { name: 'segment.bytes', value: '500', source: ConfigSource.TOPIC_CONFIG },
    { name: 'log.segment.bytes', value: '1073741824', source: ConfigSource.DEFAULT_CONFIG },
  ])
  // The hours of the file stand for another name, so Kafka does not show them.
  assert.deepEqual(described.get('retention.ms')?.synonyms, [
    { name: 'retention.ms', value: '9', source: ConfigSource.TOPIC_CONFIG },
  ])
  assert.equal(described.get('flush.ms')?.source, ConfigSource.DEFAULT_CONFIG)
})

test('a broker is described with its layers, secrets and unknown names without value', () => {
  const fixed = { 'ssl.key.password': 'hunter2', 'my.own': 'x', 'log.retention.hours': '5' }
  const { config } = broker(fixed).load('cluster', given({ 'log.roll.ms': '5' }))

  const described = new Map(describeBrokerConfig(config).map(one => [one.name, one]))

  assert.equal(described.get('ssl.key.password')?.value, null)
  assert.equal(described.get('ssl.key.password')?.isSensitive, true)
  assert.equal(described.get('my.own')?.value, null)
  assert.equal(described.get('my.own')?.type, ConfigType.UNKNOWN)
  assert.deepEqual(described.get('log.roll.ms')?.synonyms, [
    { name: 'log.roll.ms', value: '5', source: ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG },
    { name: 'log.roll.hours', value: '168', source: ConfigSource.DEFAULT_CONFIG },
  ])
  assert.equal(described.get('broker.id')?.isReadOnly, true)
  assert.equal(described.get('log.roll.ms')?.isReadOnly, false)
  assert.equal(described.has('log.initial.task.delay.ms'), false, 'internal')
  assert.ok(!JSON.stringify([...described]).includes('hunter2'))
})

test('the layer of all brokers is described alone', () => {
  const { config } = broker().load('cluster', given({ 'log.retention.ms': '200000' }))

  const described = describeClusterConfig(config)

  const source = ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG
  const own = { name: 'log.retention.ms', value: '200000', source }
  assert.deepEqual(
    described.map(({ name, value, synonyms }) => ({ name, value, synonyms })),
    [{ name: 'log.retention.ms', value: '200000', synonyms: [own] }],
  )
})
