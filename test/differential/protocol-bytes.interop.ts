/**
 * Random messages of every version through Kafka's own classes and through ours, in both directions:
 * the bytes are the same, and so is what they mean. `SEED=n` runs another set.
 */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import fc from 'fast-check'
import { decode, encode, type Message } from '../../src/protocol/index.ts'
import { arbitraryMessage, versionsOf } from '../fuzz/arbitrary-message.ts'
import { peerOrSkip } from '../peers/cache.ts'
import { arbitraryJson } from './protocol/arbitrary-json.ts'
import { described, stored } from './protocol/example.ts'
import { parse, stringify, toKafkaJson } from './protocol/kafka-json.ts'
import { kafkaSchemas, releases, type KafkaMessage, type Release } from './protocol/kafka-schema.ts'
import { protocolPeer, type Answer, type Question } from './protocol/peer.ts'

const seed = Number(process.env['SEED'] ?? 1)

/** Of each version of each message. */
const INSTANCES = 20

interface Case extends Question {
  message: Message
}

type Schemas = ReadonlyMap<string, KafkaMessage>

for (const release of releases) {
  test(`Kafka ${release} reads our bytes, seed ${seed}`, async t => {
    await compareAll(t, release, ({ message, version }) =>
      fc
        .sample(arbitraryMessage(message, version), { seed, numRuns: INSTANCES })
        .map(value => ({ from: 'bytes', text: encode(message, version, value).toString('hex') })),
    )
  })

  test(`we read the bytes of Kafka ${release}, seed ${seed}`, async t => {
    await compareAll(t, release, ({ schema, version }) =>
      fc.sample(arbitraryJson(schema, version), { seed, numRuns: INSTANCES }).map(value => ({
        from: 'json',
        text: stringify(value as Parameters<typeof stringify>[0]),
      })),
    )
  })
}

type Samples = (of: {
  message: Message
  schema: KafkaMessage
  version: number
}) => Pick<Question, 'from' | 'text'>[]

async function compareAll(t: TestContext, release: Release, samples: Samples): Promise<void> {
  const peer = await peerOrSkip(t, async () => ({
    ask: await protocolPeer(release),
    schemas: await kafkaSchemas(release),
  }))
  if (peer === undefined) return
  const compared = release === '3.9.2' ? [...described, ...stored] : described
  const cases = compared.flatMap(message => casesOf(message, peer.schemas, samples))
  const answers = await peer.ask(cases)

  for (const message of compared) {
    await t.test(message.name, () => {
      cases.forEach((each, index) => {
        if (each.message === message) checkSame(each, answers[index])
      })
    })
  }
}

function casesOf(message: Message, schemas: Schemas, samples: Samples): Case[] {
  const schema = schemas.get(message.name)
  if (schema === undefined) return []
  const [first, last] = schema.versions
  return versionsOf(message)
    .filter(version => version >= first && version <= last)
    .flatMap(version =>
      samples({ message, schema, version }).map(sample => ({
        ...sample,
        message,
        name: message.name,
        version,
      })),
    )
}

/** Kafka's bytes are ours, and its JSON tells what we read in them. */
function checkSame({ from, message, version, text }: Case, answer: Answer | undefined): void {
  const where = `${message.name} v${version}, from ${from} ${text}`
  assert.equal(answer?.refusal, undefined, where)
  const bytes = Buffer.from(answer?.hex ?? '', 'hex')
  if (from === 'bytes') assert.equal(answer?.hex, text, where)
  const value = decode(message, version, bytes)

  assert.equal(encode(message, version, value).toString('hex'), answer?.hex, where)
  assert.deepEqual(
    parse(stringify(toKafkaJson(message, version, value))),
    parse(answer?.json ?? ''),
    where,
  )
}
