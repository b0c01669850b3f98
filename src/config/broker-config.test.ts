import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerConfig } from './broker-config.ts'
import { ConfigError } from './config-error.ts'
import { TopicConfig, validateTopicOverrides } from './topic-config.ts'

const broker = (given: Record<string, string> = {}) =>
  new BrokerConfig(new Map(Object.entries({ 'zookeeper.connect': 'localhost:2181', ...given })))

function refusal(given: Record<string, string>): ConfigError {
  try {
    broker(given)
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error
  }
  assert.fail('nothing was refused')
}

test('without a file a broker has the defaults of Kafka 3.9', () => {
  const config = broker()

  assert.equal(config.brokerId, -1)
  assert.equal(config.get('num.partitions'), 1)
  assert.equal(config.get('log.flush.interval.messages'), 2 ** 63)
  assert.equal(config.text('log.flush.interval.messages'), '9223372036854775807')
  assert.deepEqual(config.logDirs, ['/tmp/kafka-logs'])
  assert.deepEqual(config.listeners, [
    { listenerName: 'PLAINTEXT', securityProtocol: 'PLAINTEXT', host: null, port: 9092 },
  ])
  assert.equal(config.interBrokerListenerName, 'PLAINTEXT')
  assert.equal(config.zookeeperConnectionTimeoutMs, 18_000)
})

test('times in coarser units count where the finer one is not set', () => {
  assert.equal(broker().logRetentionMs, 604_800_000n)
  assert.equal(broker({ 'log.retention.minutes': '5' }).logRetentionMs, 300_000n)
  assert.equal(broker({ 'log.retention.minutes': '5', 'log.retention.ms': '7' }).logRetentionMs, 7n)
  assert.equal(broker({ 'log.retention.hours': '-5' }).logRetentionMs, -1n)
  assert.equal(broker({ 'log.roll.hours': '1' }).logRollMs, 3_600_000n)
})

test('broker.id and node.id are one number', () => {
  assert.equal(broker({ 'node.id': '3' }).brokerId, 3)
  assert.equal(broker({ 'broker.id': '3' }).get('node.id'), 3)
  assert.equal(
    refusal({ 'broker.id': '3', 'node.id': '4' }).message,
    'You must set `node.id` to the same value as `broker.id`.',
  )
})

test('values that do not go together are refused by name', () => {
  assert.match(refusal({ 'broker.id': '1001' }).message, /not greater than reserved.broker.max.id/)
  assert.match(refusal({ 'log.retention.ms': '0' }).message, /log.retention.ms must be unlimited/)
  assert.match(refusal({ 'log.dirs': ' , ' }).message, /At least one log directory/)
  assert.match(refusal({ listeners: 'SSL://:9093' }).message, /inter.broker.listener.name must be/)
  assert.match(refusal({ listeners: 'FOO://:9093' }).message, /No security protocol defined/)
  assert.equal(refusal({ 'controller.listener.names': 'C' }).property, 'controller.listener.names')
})

test('a listener may have a limit of its own', () => {
  const config = broker({
    listeners: 'PLAINTEXT://:9092,IN://:9093',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,IN:PLAINTEXT',
    'listener.name.in.max.connections': '5',
  })

  assert.equal(config.forListener('IN', 'max.connections'), 5)
  assert.equal(config.forListener('PLAINTEXT', 'max.connections'), 2_147_483_647)
})

test('a topic takes its defaults from the broker and its overrides before them', () => {
  const config = broker({ 'log.segment.bytes': '1000', 'log.retention.hours': '1' })

  const topic = TopicConfig.on(config, new Map([['segment.bytes', '500']]))

  assert.equal(topic.get('segment.bytes'), 500)
  assert.equal(topic.get('retention.ms'), 3_600_000)
  assert.equal(topic.get('message.format.version'), '3.0-IV1')
})

test('the older limit of timestamps holds where the newer one is not set', () => {
  const older = new Map([['message.timestamp.difference.max.ms', '10']])
  const both = new Map([...older, ['message.timestamp.after.max.ms', '20']])

  assert.equal(TopicConfig.on(broker(), older).timestampAfterMaxMs, 10)
  assert.equal(TopicConfig.on(broker(), both).timestampAfterMaxMs, 20)
  assert.equal(TopicConfig.on(broker(), both).timestampBeforeMaxMs, 10)
})

test('overrides that a topic cannot have are refused', () => {
  const validate = (overrides: Record<string, string>) => () =>
    validateTopicOverrides(broker().topicDefaults, new Map(Object.entries(overrides)))

  assert.throws(validate({ 'foo.bar': '1' }), { message: 'Unknown topic config name: foo.bar' })
  assert.throws(validate({ 'min.compaction.lag.ms': '9', 'max.compaction.lag.ms': '8' }), {
    message: 'conflict topic config setting min.compaction.lag.ms (9) > max.compaction.lag.ms (8)',
  })
  assert.throws(validate({ 'remote.storage.enable': 'true' }), /Tiered Storage functionality/)
  assert.throws(validate({ __proto__: '1', constructor: '1' }), /Unknown topic config name/)
})
