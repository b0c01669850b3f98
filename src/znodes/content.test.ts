import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import * as content from './content.ts'
import { ZnodeError } from './json.ts'

test('a broker registration of each version that Kafka wrote is read', () => {
  const v1 = content.readBroker(
    3,
    Buffer.from('{"version":1,"host":"h","port":9092,"jmx_port":-1}'),
  )
  const v5 = content.readBroker(
    0,
    Buffer.from(
      '{"features":{},"listener_security_protocol_map":{"IN":"PLAINTEXT"},"endpoints":["IN://[::1]:9093"],' +
        '"jmx_port":9999,"port":-1,"host":null,"version":5,"timestamp":"1700000000000","rack":"r1"}',
    ),
  )

  assert.deepEqual(v1.endpoints, [
    { listenerName: 'PLAINTEXT', host: 'h', port: 9092, securityProtocol: 'PLAINTEXT' },
  ])
  assert.deepEqual(v5, {
    id: 0,
    rack: 'r1',
    jmxPort: 9999,
    registeredAtMs: 1_700_000_000_000,
    endpoints: [{ listenerName: 'IN', host: '::1', port: 9093, securityProtocol: 'PLAINTEXT' }],
  })
})

test('what is written is what Kafka 3.9 leaves in ZooKeeper', () => {
  const broker = content.writeBroker({
    id: 0,
    rack: null,
    jmxPort: -1,
    registeredAtMs: 1,
    endpoints: [
      { listenerName: 'PLAINTEXT', host: 'localhost', port: 9092, securityProtocol: 'PLAINTEXT' },
    ],
  })
  const topic = content.writeTopic({
    topicId: 'AAAAAAAAAAAAAAAAAAAAAA',
    replicas: new Map([[0, [1]]]),
    addingReplicas: new Map(),
    removingReplicas: new Map(),
  })
  const state = content.writePartitionState({
    leader: 1,
    leaderEpoch: 0,
    isr: [1],
    controllerEpoch: 1,
    leaderRecoveryState: 0,
  })

  assert.equal(
    broker.toString(),
    '{"features":{},"listener_security_protocol_map":{"PLAINTEXT":"PLAINTEXT"},"endpoints":["PLAINTEXT://localhost:9092"],"jmx_port":-1,"port":9092,"host":"localhost","version":5,"timestamp":"1"}',
  )
  assert.equal(
    topic.toString(),
    '{"partitions":{"0":[1]},"topic_id":"AAAAAAAAAAAAAAAAAAAAAA","adding_replicas":{},"removing_replicas":{},"version":3}',
  )
  assert.equal(
    state.toString(),
    '{"controller_epoch":1,"leader":1,"version":1,"leader_epoch":0,"isr":[1]}',
  )
})

test('the word of a failed disk is that of genuine Kafka', () => {
  const written = content.writeLogDirEvent(2)

  assert.equal(written.toString(), '{"version":1,"broker":2,"event":1}')
  assert.equal(content.readLogDirEvent('/log_dir_event_notification/log_dir_event_0', written), 2)
})

test('a topic node without an id, as before 2.8, stays without one', () => {
  const topic = content.readTopic('t', Buffer.from('{"version":1,"partitions":{"0":[2,1]}}'))

  assert.equal(topic.topicId, undefined)
  assert.deepEqual([...topic.replicas], [[0, [2, 1]]])
  assert.match(content.writeTopic(topic).toString(), /"version":2}$/)
})

test('a node of the wrong shape is refused by path and member', () => {
  const bad = () => content.readTopic('t', Buffer.from('{"partitions":{"0":"x"}}'))

  assert.throws(bad, (error: unknown) => {
    assert.ok(error instanceof ZnodeError)
    assert.equal(error.path, '/brokers/topics/t')
    assert.match(error.message, /partitions\.0 = /)
    return true
  })
})

test('a config named __proto__ is a config like any other', () => {
  const written = content.writeConfig(new Map([['__proto__', 'x']]))

  assert.deepEqual([...content.readConfig('/config/topics/t', written)], [['__proto__', 'x']])
})
