import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseListeners, parseProtocolMap } from './listeners.ts'
import { parseZooKeeperConnect } from './zookeeper-connect.ts'

const protocols = parseProtocolMap('PLAINTEXT:PLAINTEXT,a:PLAINTEXT,SSL:ssl')
const parse = (text: string, distinctPorts = true) =>
  parseListeners({ property: 'listeners', text, protocols, distinctPorts })

test('listeners have a name, a protocol, a host or none, and a port', () => {
  assert.deepEqual(parse('PLAINTEXT://:9092 , A://[::1]:0,,SSL://h-1.x_y:19093'), [
    { listenerName: 'PLAINTEXT', securityProtocol: 'PLAINTEXT', host: null, port: 9092 },
    { listenerName: 'A', securityProtocol: 'PLAINTEXT', host: '::1', port: 0 },
    { listenerName: 'SSL', securityProtocol: 'SSL', host: 'h-1.x_y', port: 19093 },
  ])
})

test('two listeners may not share a name or, when bound, a port', () => {
  assert.throws(() => parse('A://:1,A://:2'), /Each listener must have a different name/)
  assert.throws(() => parse('A://:1,SSL://:1'), /Each listener must have a different port/)
  assert.equal(parse('A://:1,SSL://:1', false).length, 2)
})

test('an IPv4 and an IPv6 address may share a port', () => {
  assert.equal(parse('A://127.0.0.1:1,SSL://[::1]:1').length, 2)
  assert.throws(() => parse('A://127.0.0.1:1,SSL://127.0.0.2:1'), /one needs to be IPv4/)
})

test('what is no listener is refused with what it should be', () => {
  for (const text of ['9092', 'PLAINTEXT://', 'PLAINTEXT://h', 'PLAINTEXT://h:99999', 'X://:1']) {
    assert.throws(() => parse(text), { name: 'ConfigError', property: 'listeners' }, text)
  }
})

test('zookeeper.connect names servers and a path below which everything stands', () => {
  assert.deepEqual(parseZooKeeperConnect('a:1, b ,[::1]:3/kafka/x'), {
    servers: [
      { host: 'a', port: 1 },
      { host: 'b', port: 2181 },
      { host: '::1', port: 3 },
    ],
    chroot: '/kafka/x',
  })
  assert.equal(parseZooKeeperConnect('a/').chroot, '')
  for (const text of ['', '/x', 'a:0', 'a:70000', 'a:b', 'a:1/x/', 'a:1/../x', '::1']) {
    assert.throws(() => parseZooKeeperConnect(text), { property: 'zookeeper.connect' }, text)
  }
})
