import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrokerConfig } from './broker-config.ts'
import { adoptLegacyAddresses } from './legacy-addresses.ts'
import { reviewBroker } from './support.ts'

const review = (given: Record<string, string>) =>
  reviewBroker(
    new BrokerConfig(new Map(Object.entries({ 'zookeeper.connect': 'zk:2181', ...given }))),
  )

test('a property that makes no difference here is named with the reason', () => {
  assert.deepEqual(review({ 'num.io.threads': '16' }), {
    refusals: [],
    warnings: [{ property: 'num.io.threads', because: 'one event loop does all the work' }],
  })
})

test('a default that is written down makes no difference anywhere', () => {
  assert.deepEqual(review({ 'num.io.threads': ' 8', 'process.roles': '' }), {
    refusals: [],
    warnings: [],
  })
})

test('sizes of socket buffers cannot be set from Node: named, unless left to the system', () => {
  assert.deepEqual(review({ 'socket.send.buffer.bytes': '-1' }).warnings, [])
  assert.deepEqual(review({ 'socket.receive.buffer.bytes': '65536' }).warnings, [
    {
      property: 'socket.receive.buffer.bytes',
      because: 'Node leaves the size of socket buffers to the kernel',
    },
  ])
})

test('what cannot be ignored stops the start with property, value and remedy', () => {
  const { refusals } = review({ 'process.roles': 'broker,controller' })

  assert.equal(
    refusals[0]?.sentence,
    'process.roles cannot be set to broker,controller: KRaft mode is not served; brokers are ' +
      'coordinated by ZooKeeper (zookeeper.connect). Take process.roles out of the configuration.',
  )
})

test('a list of ZooKeepers without a server stops the start', () => {
  assert.equal(
    review({ 'zookeeper.connect': '' }).refusals[0]?.sentence,
    'Invalid value  for configuration zookeeper.connect: it names no server. Write it as ' +
      'host:port,host:port or host:port,host:port/path.',
  )
})

test('a listener that cannot be served stops the start', () => {
  const { refusals } = review({ listeners: 'PLAINTEXT://:9092,SASL_SSL://:9093' })

  assert.match(refusals[0]?.sentence ?? '', /^listener SASL_SSL cannot be opened: SASL_SSL is not/)
})

test('an unknown name is named, with the one that may be meant', () => {
  const { warnings } = review({ 'log.segment.byte': '5', 'b:2181': '', 'my.plugin.setting': 'x' })

  assert.deepEqual(warnings, [
    {
      property: 'log.segment.byte',
      because: 'there is no such property; is log.segment.bytes meant?',
    },
    { property: 'b:2181', because: 'there is no such property' },
    { property: 'my.plugin.setting', because: 'there is no such property' },
  ])
})

test('values are not fetched from elsewhere, so the start stops where they should be', () => {
  const { refusals } = review({ 'config.providers': 'file' })

  assert.equal(refusals[0]?.property, 'config.providers')
})

test('a secret is named without its value', () => {
  const { warnings, refusals } = review({ 'ssl.key.password': 'hunter2' })

  assert.equal(warnings[0]?.property, 'ssl.key.password')
  assert.ok(!JSON.stringify([warnings, refusals]).includes('hunter2'))
})

test('addresses in the form of brokers before 3.0 still count, with a warning each', () => {
  const old = new Map(
    Object.entries({ 'host.name': 'h', port: '9093', 'advertised.host.name': 'public' }),
  )

  const { given, warnings } = adoptLegacyAddresses(old)

  assert.deepEqual(Object.fromEntries(given), {
    listeners: 'PLAINTEXT://h:9093',
    'advertised.listeners': 'PLAINTEXT://public:9093',
  })
  assert.deepEqual(
    warnings.map(one => one.property),
    ['host.name', 'port', 'advertised.host.name'],
  )
})

test('where listeners is given the old names only earn a warning', () => {
  const both = { listeners: 'PLAINTEXT://:9092', port: '9093' }

  assert.equal(adoptLegacyAddresses(new Map(Object.entries(both))).warnings.length, 0)
  assert.deepEqual(
    review(both).warnings.map(one => one.property),
    ['port'],
  )
})
