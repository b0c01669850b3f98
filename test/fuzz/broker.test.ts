/** Random frames at a whole broker: it may refuse or close, it must go on serving others. */
import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { Writer } from '../../src/bytes/index.ts'
import { apis, codecOf, writeRequestHeader } from '../../src/protocol/index.ts'
import { calls, Victim } from '../attacks/victim.ts'
import type { RawClient } from '../broker/raw-client.ts'
import { arbitraryMessage } from './arbitrary-message.ts'

/** Whatever the machine: the suite has to stay quick. */
const bounds = { numRuns: 400, interruptAfterTimeLimit: 3_000 }

const randomBytes = fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes))

/** Bytes behind a size that is right. */
const framedBytes = randomBytes.map(bytes => framed(bytes))

const served = apis.flatMap(({ request, versions: [oldest, newest] }) =>
  Array.from({ length: newest - oldest + 1 }, (_, nth) => ({ request, version: oldest + nth })),
)

/** A right request of any API and version, its values at random. */
const randomRequest = fc.constantFrom(...served).chain(({ request, version }) =>
  arbitraryMessage(request, version).map(body => {
    const writer = new Writer()
    const requestApiKey = request.apiKey ?? -1
    const clientId = 'fuzz'
    writeRequestHeader(writer, {
      ...{ requestApiKey, requestApiVersion: version, correlationId: 1, clientId },
    })
    codecOf(request, version).write(writer, body)
    return writer.finish()
  }),
)

const flips = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 })
const flippedRequest = fc.tuple(randomRequest, flips).map(([request, changes]) => {
  for (const [at, byte] of changes) request[at % request.length] = byte
  return framed(request)
})

const cutRequest = fc
  .tuple(randomRequest, fc.nat())
  .map(([request, length]) => framed(request.subarray(0, length % request.length)))

const attack = fc.oneof(
  { arbitrary: randomBytes, weight: 1 },
  { arbitrary: framedBytes, weight: 1 },
  { arbitrary: cutRequest, weight: 2 },
  { arbitrary: flippedRequest, weight: 4 },
)

test('random, flipped and cut frames end no process and keep nobody from being served', async () => {
  await using victim = await Victim.start()
  await using neighbour = await victim.connect()
  let isFirst = true

  await fc.assert(
    fc.asyncProperty(attack, async bytes => {
      await using attacker = await victim.connect()
      attacker.send(bytes)
      await assertAnswered(neighbour)
      isFirst = false
    }),
    bounds,
  )

  assert.ok(!isFirst, 'something was sent')
  await victim.assertServing()
})

async function assertAnswered(client: RawClient): Promise<void> {
  const { apiKeys } = await client.request(calls.apiVersions, 3, {
    ...{ clientSoftwareName: 'neighbour', clientSoftwareVersion: '1' },
  })
  assert.ok(apiKeys.length > 0)
}

function framed(bytes: Buffer): Buffer {
  const size = Buffer.alloc(4)
  size.writeInt32BE(bytes.length)
  return Buffer.concat([size, bytes])
}
