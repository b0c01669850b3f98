import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError } from '../../src/config/index.ts'
import { startBroker } from '../../src/testing/index.ts'

test('a broker whose cleaner could never clean does not start, as with Kafka; without a cleaner it does', async () => {
  const properties = { 'log.cleaner.io.buffer.load.factor': '0' }

  await assert.rejects(
    startBroker({ properties }),
    error => error instanceof ConfigError && /holds no key/.test(error.message),
  )
  const broker = await startBroker({ properties: { ...properties, 'log.cleaner.enable': 'false' } })
  await broker.stop()
})
