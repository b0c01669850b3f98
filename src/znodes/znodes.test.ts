import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Simulation } from '../sim/index.ts'
import { startZooKeeperServer } from '../zookeeper/index.ts'
import { ZooKeeperConnection } from './connection.ts'
import { Znodes } from './znodes.ts'

test('who was elected while the connection broke is the controller, though the answer was lost', async () => {
  const simulation = new Simulation(1)
  const { scheduler, network } = simulation
  const coordination = simulation.addHost('coordination').boot()
  const broker = simulation.addHost('broker').boot()
  const connecting = startZooKeeperServer(coordination, {
    dataDir: '/zookeeper',
    preAllocSizeKb: 16,
  })
    .then(() =>
      ZooKeeperConnection.open(broker, {
        servers: 'coordination:2181',
        ...{ sessionTimeoutMs: 10_000, connectTimeoutMs: 5_000 },
      }),
    )
    .then(async connection => {
      await connection.create('/controller_epoch', Buffer.from('7'))
      return new Znodes(connection)
    })
  await scheduler.runFor(1_000)
  const znodes = await connecting

  const electing = znodes.electController(3, 0)
  await scheduler.runFor(6)
  network.cut('coordination', 'broker')
  await scheduler.runFor(100)
  network.breakConnections('coordination', 'broker')
  network.heal()
  await scheduler.runFor(5_000)

  assert.deepEqual(await electing, { epoch: 8, epochVersion: 1 })
  assert.equal(await Promise.race([znodes.controllerId(), scheduler.runFor(1_000)]), 3)
})
