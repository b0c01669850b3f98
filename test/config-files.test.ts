/** The files in config/ have the names, keys and values of Kafka 3.1's (lab 003 shows them). */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  BrokerConfig,
  parsePropertiesFile,
  parseZooCfg,
  reviewBroker,
} from '../src/config/index.ts'
import { projectRoot } from './peers/cache.ts'

const read = (name: string) =>
  parsePropertiesFile(readFileSync(join(projectRoot, 'config', name)), name)

test('server.properties is that of Kafka 3.1, and nothing in it calls for a warning', () => {
  const given = read('server.properties')

  assert.deepEqual(Object.fromEntries(given), {
    'broker.id': '0',
    'num.network.threads': '3',
    'num.io.threads': '8',
    'socket.send.buffer.bytes': '102400',
    'socket.receive.buffer.bytes': '102400',
    'socket.request.max.bytes': '104857600',
    'log.dirs': '/tmp/kafka-logs',
    'num.partitions': '1',
    'num.recovery.threads.per.data.dir': '1',
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'log.retention.hours': '168',
    'log.segment.bytes': '1073741824',
    'log.retention.check.interval.ms': '300000',
    'zookeeper.connect': 'localhost:2181',
    'zookeeper.connection.timeout.ms': '18000',
    'group.initial.rebalance.delay.ms': '0',
  })
  assert.deepEqual(reviewBroker(new BrokerConfig(given)), { refusals: [], warnings: [] })
})

test('zookeeper.properties is that of Kafka 3.1, and nothing in it calls for a warning', () => {
  const given = read('zookeeper.properties')

  assert.deepEqual(Object.fromEntries(given), {
    dataDir: '/tmp/zookeeper',
    clientPort: '2181',
    maxClientCnxns: '0',
    'admin.enableServer': 'false',
  })
  assert.deepEqual(parseZooCfg(given).review, { refusals: [], warnings: [] })
})

test('producer.properties and consumer.properties are those of Kafka 3.1', () => {
  assert.deepEqual(Object.fromEntries(read('producer.properties')), {
    'bootstrap.servers': 'localhost:9092',
    'compression.type': 'none',
  })
  assert.deepEqual(Object.fromEntries(read('consumer.properties')), {
    'bootstrap.servers': 'localhost:9092',
    'group.id': 'test-consumer-group',
  })
})
