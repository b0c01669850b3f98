import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError } from './config-error.ts'
import { parseZooCfg } from './zoo-cfg.ts'
import { parseZooServer } from './zoo-server.ts'

const parse = (given: Record<string, string>) =>
  parseZooCfg(new Map(Object.entries({ dataDir: '/d', clientPort: '2181', ...given })))

test('sessions last two to twenty ticks unless it is said otherwise', () => {
  const { cfg } = parse({ tickTime: '2000' })

  assert.equal(cfg.minSessionTimeoutMs, 4_000)
  assert.equal(cfg.maxSessionTimeoutMs, 40_000)
  assert.equal(parse({ maxSessionTimeout: '90000' }).cfg.maxSessionTimeoutMs, 90_000)
})

test('the transaction log is beside the snapshots unless it has a directory of its own', () => {
  assert.equal(parse({}).cfg.dataLogDir, '/d')
  assert.equal(parse({ dataLogDir: '/log' }).cfg.dataLogDir, '/log')
})

test('fewer snapshots than purging leaves are warned about', () => {
  const { cfg, review } = parse({ 'autopurge.snapRetainCount': '1' })

  assert.equal(cfg.snapshotsRetained, 3)
  assert.equal(review.warnings[0]?.property, 'autopurge.snapRetainCount')
})

test('what only an ensemble reads is warned about, an ensemble is refused', () => {
  const alone = parse({ initLimit: '5', 'server.1': 'a:2888:3888' })
  const three = parse({ 'server.1': 'a:2888:3888', 'server.2': 'b:2888:3888' })

  assert.deepEqual(alone.review.refusals, [])
  assert.deepEqual(
    alone.review.warnings.map(one => one.property),
    ['initLimit', 'server.1'],
  )
  assert.match(three.review.refusals[0]?.message ?? '', /ensembles are not there yet/)
})

test('an unknown key is warned about, where Java would make a property of the JVM of it', () => {
  assert.match(parse({ tickTimes: '5' }).review.warnings[0]?.because ?? '', /is tickTime meant/)
})

test('a file that cannot work is refused by the name of the key', () => {
  assert.throws(() => parseZooCfg(new Map()), { property: 'dataDir' })
  assert.throws(() => parse({ tickTime: '0' }), { property: 'tickTime' })
  assert.throws(() => parse({ tickTime: 'x' }), ConfigError)
  assert.throws(() => parse({ minSessionTimeout: '99999999' }), { property: 'minSessionTimeout' })
})

test('a member has addresses, a role and maybe a port for clients', () => {
  assert.deepEqual(parseZooServer('server.3', '[::1]:2888:3888:observer;2181'), {
    id: 3,
    addresses: [{ host: '::1', quorumPort: 2888, electionPort: 3888 }],
    isObserver: true,
    client: { host: '0.0.0.0', port: 2181 },
  })
  assert.equal(parseZooServer('server.1', 'a:1:2|b:1:2').addresses.length, 2)
  for (const text of ['a', 'a:1', 'a:1:1', 'a:1:x', 'a:1:2:boss', 'a:1:2;b:c:3', 'a:1:2;1;2']) {
    assert.throws(() => parseZooServer('server.1', text), { property: 'server.1' }, text)
  }
})
