/** Too many connections, and those that say nothing. */
import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import * as P from '../../src/protocol/index.ts'
import { encodeRequest, RawClient } from '../broker/raw-client.ts'
import { calls, Victim } from './victim.ts'

/** Opens connections, and tells of each whether the broker answers on it. */
async function answers(client: RawClient): Promise<boolean> {
  client.send(encodeRequest(P.ApiVersionsRequest, 0, {}))
  return (await client.nextFrame()) !== undefined
}

test('connections over max.connections.per.ip are closed, those that were there stay', async () => {
  await using victim = await Victim.start({ properties: { 'max.connections.per.ip': '3' } })
  const kept = [await victim.connect(), await victim.connect()]

  await using last = await victim.connect()
  assert.ok(await answers(last))
  await using extra = await victim.connect()
  assert.ok(await extra.closes())

  for (const client of kept) assert.ok(await answers(client))
  for (const client of kept) await client[Symbol.asyncDispose]()
  await victim.assertServing()
})

test('connections over max.connection.creation.rate are closed or kept waiting, those that were there stay', async () => {
  await using victim = await Victim.start({ properties: { 'max.connection.creation.rate': '5' } })
  await using kept = await victim.connect()
  assert.ok(await answers(kept))

  const many = await Promise.all(Array.from({ length: 20 }, () => victim.connect()))
  const answered = await Promise.all(many.map(client => answers(client)))

  const count = answered.filter(Boolean).length
  assert.ok(count < 20, `${count} of 20 at once were taken`)
  assert.ok(await answers(kept))
  for (const client of many) await client[Symbol.asyncDispose]()
})

test(
  'who announces 100 MB and sends one byte is closed when idle for too long',
  { timeout: 10_000 },
  async () => {
    await using victim = await Victim.start({ properties: { 'connections.max.idle.ms': '300' } })
    const announced = Buffer.from([0x06, 0x40, 0, 0, 0])
    const attackers = await Promise.all(Array.from({ length: 60 }, () => victim.connect()))

    for (const attacker of attackers) attacker.send(announced)
    await victim.assertServing()

    for (const attacker of attackers) assert.ok(await attacker.closes())
    await victim.assertServing()
  },
)

test('who sends a byte at a time is served like others', { timeout: 10_000 }, async () => {
  await using victim = await Victim.start()
  await using slow = await victim.connect()
  const frame = encodeRequest(P.MetadataRequest, 9, { topics: [] })

  for (const byte of frame) {
    slow.send(Buffer.from([byte]))
    await new Promise(resolve => setImmediate(resolve))
  }

  assert.ok(await slow.response(calls.metadata, 9))
  await victim.assertServing()
})
