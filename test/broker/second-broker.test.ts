/** Two brokers and one ZooKeeper: the second one does not start, and says why. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startBroker, type Broker } from '../../src/broker/index.ts'
import { BrokerConfig, ConfigError } from '../../src/config/index.ts'
import { sameThread } from '../../src/host/index.ts'
import { nodeHost } from '../../src/host/node/index.ts'
import { MemoryFiles, MemoryNetwork } from '../../src/sim/index.ts'
import { startZooKeeperServer } from '../../src/zookeeper/index.ts'

async function zookeeperAndBrokers() {
  const node = nodeHost()
  const files = new MemoryFiles({ clock: node.clock })
  const host = {
    ...node,
    files,
    threads: sameThread({ files, clock: node.clock }),
    network: new MemoryNetwork(node.clock),
  }
  const zookeeper = await startZooKeeperServer(host, {
    ...{ dataDir: '/zookeeper', clientPort: 2181, forceSync: false, preAllocSizeKb: 64 },
  })
  const start = (id: number): Promise<Broker> =>
    startBroker({
      host,
      config: new BrokerConfig(
        new Map([
          ['broker.id', String(id)],
          ['listeners', `PLAINTEXT://127.0.0.1:${9092 + id}`],
          ['log.dirs', `/logs-${id}`],
          ['zookeeper.connect', '127.0.0.1:2181/kafka'],
        ]),
      ),
    })
  return { zookeeper, start, files: host.files }
}

const sentence =
  'broker.id 1 cannot join the cluster at zookeeper.connect=127.0.0.1:2181/kafka: broker 0 at ' +
  '127.0.0.1:9092 is registered there, and more than one broker is not supported yet. Stop broker ' +
  '0 (one that was killed is gone after its zookeeper.session.timeout.ms), or give this broker a ' +
  'zookeeper.connect of its own, such as 127.0.0.1:2181/broker-1.'

test('a second broker refuses to start and names the first one; that one goes on', async () => {
  const { zookeeper, start, files } = await zookeeperAndBrokers()
  const first = await start(0)

  await assert.rejects(start(1), error => {
    assert.ok(error instanceof ConfigError)
    assert.equal(error.sentence, sentence)
    return true
  })

  assert.ok(!files.list('/logs-1').includes('meta.properties'), 'it joined nothing')
  assert.deepEqual(
    first.listeners.map(({ port }) => port),
    [9092],
  )
  await first.stop()
  const second = await start(1)
  assert.equal(second.id, 1, 'where the first one has stopped there is room')
  await second.stop()
  await zookeeper.close()
})

test('of two brokers that start at once at most one is left', async () => {
  const { zookeeper, start } = await zookeeperAndBrokers()

  const outcomes = await Promise.allSettled([start(0), start(1)])

  const started = outcomes.flatMap(outcome => (outcome.status === 'fulfilled' ? outcome.value : []))
  assert.ok(started.length <= 1, `${started.length} have started`)
  for (const broker of started) await broker.stop()
  await zookeeper.close()
})
