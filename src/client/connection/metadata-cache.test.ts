import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AdminConfig } from '../../config/index.ts'
import {
  BROKER_PORT,
  metadataOf,
  scriptedBroker,
  settled,
  world,
} from '../../../test/support/scripted-broker.ts'
import { Cluster } from './cluster.ts'
import { MetadataCache, type MetadataCacheOptions } from './metadata-cache.ts'
import { clusterSettings } from './settings.ts'

async function rig(options: Partial<MetadataCacheOptions> = {}) {
  const here = world()
  const requests = await scriptedBroker(here, {
    answer: ({ body }) => {
      const [topic] = body['topics'] as { name: string }[]
      return topic === undefined ? { brokers: [], topics: [] } : metadataOf(topic.name)
    },
  })
  const config = new AdminConfig(new Map([['bootstrap.servers', `localhost:${BROKER_PORT}`]]))
  const own = { clientId: 'c', allowAutoTopicCreation: false, namesLostBootstrap: false }
  const cluster = new Cluster(here.host, here.host.log, clusterSettings(config, own))
  const cache = new MetadataCache(cluster, { onUpdate: () => undefined, ...options })
  /** Names in the last request. */
  const asked = () =>
    (requests.at(-1)?.body['topics'] as { name: string }[]).map(({ name }) => name)
  return { here, cache, requests, asked }
}

test('a topic that is not used any more is no longer asked for (KIP-526)', async () => {
  const { here, cache, asked } = await rig({ maxIdleMs: 300_000 })
  cache.usable('orders')
  cache.usable('idle')
  await settled(here, cache.refresh())
  assert.deepEqual(asked().sort(), ['idle', 'orders'])

  await here.scheduler.runFor(200_000)
  cache.usable('orders')
  await here.scheduler.runFor(150_000)
  await settled(here, cache.refresh())

  assert.deepEqual(asked(), ['orders'])
})

test('a topic that was forgotten is asked for again when it is used again', async () => {
  const { here, cache, asked } = await rig({ maxIdleMs: 5_000 })
  cache.usable('orders')
  await here.scheduler.runFor(10_000)
  await settled(here, cache.refresh())
  assert.deepEqual(asked(), [])

  cache.usable('orders')
  await here.scheduler.runFor(1_000)

  assert.deepEqual(asked(), ['orders'])
})

test('metadata comes anew at the age of metadata.max.age.ms', async () => {
  const { here, cache, requests } = await rig()
  cache.setTopics(['orders'])
  await settled(here, cache.refresh())
  const before = requests.length

  await here.scheduler.runFor(301_000)

  assert.equal(requests.length, before + 1)
})
