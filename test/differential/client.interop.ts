/** What our producer makes of keys and values, and what members of groups tell, against Java's own classes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { join } from 'node:path'
import fc from 'fast-check'
import { compareText } from '../../src/client/consumer/assignor.ts'
import { encodeSubscription } from '../../src/client/consumer/member-protocol.ts'
import {
  cooperativeStickyAssignor,
  stickyAssignor,
} from '../../src/client/consumer/sticky-assignor.ts'
import { partitionForKey } from '../../src/client/producer/partitioner.ts'
import { serializerNamed, type Serializable } from '../../src/client/serialization.ts'
import { byTopic, nameOf, type TopicPartition } from '../../src/client/topic-partition.ts'
import { peerOrSkip, projectRoot } from '../peers/cache.ts'
import { referenceVersion } from '../peers/catalog.ts'
import { compileJava, kafkaJars, runJava } from '../peers/maven.ts'

const SEED = 20_261_121
const source = join(projectRoot, 'test', 'differential', 'java', 'ClientPeer.java')

/** One answer for each question. */
async function ask(peer: string, questions: readonly string[]): Promise<string[]> {
  const { stdout, stderr } = await runJava(peer, 'ClientPeer', [], {
    input: `${questions.join('\n')}\n`,
  })
  const answers = stdout.trimEnd().split('\n')
  assert.equal(answers.length, questions.length, stderr)
  return answers
}

const serializable: fc.Arbitrary<readonly [type: string, value: Serializable]> = fc.oneof(
  fc.tuple(fc.constant('Short'), fc.integer({ min: -32_768, max: 32_767 })),
  fc.tuple(fc.constant('Integer'), fc.integer()),
  fc.tuple(fc.constant('Long'), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  fc.tuple(fc.constant('Float'), fc.float({ noNaN: true, noDefaultInfinity: true })),
  fc.tuple(fc.constant('Double'), fc.double({ noNaN: true, noDefaultInfinity: true })),
  fc.tuple(fc.constant('Boolean'), fc.boolean()),
  fc.tuple(fc.constant('UUID'), fc.uuid()),
  // A line of the input, and nothing that the console would change.
  fc.tuple(fc.constant('String'), fc.stringMatching(/^[\p{L}\p{N}€]{1,40}$/u)),
)

test('keys and values become the bytes that Java makes of them, and go to the same partition', async t => {
  const peer = await peerOrSkip(t, async () =>
    compileJava([source], await kafkaJars(referenceVersion)),
  )
  if (peer === undefined) return
  const keys = fc.sample(
    fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 1_000 })),
    { numRuns: 2_000, seed: SEED },
  )
  const values = fc.sample(serializable, { numRuns: 2_000, seed: SEED })

  const answers = await ask(peer, [
    ...keys.map(([key, count]) => `partition ${Buffer.from(key).toString('hex')} ${count}`),
    ...values.map(([type, value]) => `serialize ${type} ${textOf(value)}`),
  ])

  for (const [index, [key, count]] of keys.entries()) {
    assert.equal(String(partitionForKey(Buffer.from(key), count)), answers[index])
  }
  for (const [index, [type, value]] of values.entries()) {
    const name = `org.apache.kafka.common.serialization.${type}Serializer`
    const ours = serializerNamed('value.serializer', name)(value).toString('hex')
    assert.equal(ours, answers[keys.length + index], `${type} ${textOf(value)}`)
  }
})

function textOf(value: Serializable): string {
  return Object.is(value, -0) ? '-0.0' : value.toString()
}

const had = fc
  .uniqueArray(fc.tuple(fc.constantFrom('orders', 'b', 'topic.3'), fc.nat(2_000)), {
    minLength: 1,
    maxLength: 12,
    selector: ([topic, partition]) => `${topic}-${partition}`,
  })
  .map(pairs => pairs.map(([topic, partition]) => ({ topic, partition })))
const memory = fc.record({ partitions: had, generationId: fc.integer({ min: 0, max: 1_000_000 }) })

const said = (partitions: readonly TopicPartition[]): string =>
  [...byTopic(partitions)]
    .map(([topic, items]) => `${topic}:${items.map(({ partition }) => partition).join()}`)
    .join(';')

test("what members of groups tell their leader is what Java's tell, and Java understands it", async t => {
  const peer = await peerOrSkip(t, async () =>
    compileJava([source], await kafkaJars(referenceVersion)),
  )
  if (peer === undefined) return
  const memories = fc.sample(memory, { numRuns: 500, seed: SEED })
  const asked = memories.flatMap(({ partitions, generationId }) => {
    const words = `${generationId} ${said(partitions)}`
    const own = stickyAssignor.userData?.({ partitions, generationId })?.toString('hex')
    const kinds = ['sticky', 'cooperative', 'subscription']
    return [...kinds.map(kind => `${kind} ${words}`), `claims ${own}`]
  })

  const answers = await ask(peer, asked)

  for (const [index, { partitions, generationId }] of memories.entries()) {
    const [sticky, cooperative, subscription, claims] = answers.slice(4 * index)
    const own = stickyAssignor.userData?.({ partitions, generationId })
    // Java has topics in the order of a hash map.
    if (byTopic(partitions).size === 1) assert.equal(own?.toString('hex'), sticky)
    assert.equal(own?.length, (sticky?.length ?? 0) / 2)
    const names = partitions.map(nameOf).sort(compareText)
    assert.equal(claims, `${generationId} ${names.join()}`)
    const generation = cooperativeStickyAssignor.userData?.({ partitions, generationId })
    assert.equal(generation?.toString('hex'), cooperative)
    const topics = [...byTopic(partitions).keys()]
    const rest = { userData: Buffer.from([1, 2]), generationId, rackId: 'rack' }
    const ours = encodeSubscription({ topics, ownedPartitions: partitions, ...rest })
    assert.equal(ours.toString('hex'), subscription)
  }
})
