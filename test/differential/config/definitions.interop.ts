/** Every property, compared with what the genuine classes define. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brokerProperties } from '../../../src/config/broker-properties.ts'
import { adminProperties } from '../../../src/config/client/admin.ts'
import { consumerProperties } from '../../../src/config/client/consumer.ts'
import { producerProperties } from '../../../src/config/client/producer.ts'
import { brokerThrottles, clientQuotas, ipQuotas } from '../../../src/config/dynamic-properties.ts'
import { formatValue } from '../../../src/config/parse-value.ts'
import type { Properties } from '../../../src/config/property.ts'
import { topicSynonyms } from '../../../src/config/topic-defaults.ts'
import { topicProperties } from '../../../src/config/topic-properties.ts'
import { peerOrSkip } from '../../peers/cache.ts'
import { limitInShort } from './masks.ts'
import { configOracle } from './oracle.ts'

interface Definition {
  readonly name: string
  readonly type: string
  readonly required: boolean
  readonly default: string | null
  readonly validator: string | null
  readonly importance: string
  readonly internal: boolean
  readonly documentation: string
}

const tables: Readonly<Record<string, Properties>> = {
  broker: brokerProperties,
  topic: topicProperties,
  producer: producerProperties,
  consumer: consumerProperties,
  admin: adminProperties,
  brokerThrottles,
  clientQuotas,
  ipQuotas,
}

/** Tables whose order Kafka keeps in what it answers; those of clients are nobody's business. */
const ordered = ['broker', 'topic']

function ours(properties: Properties): Omit<Definition, 'documentation'>[] {
  return Object.entries(properties).map(([name, property]) => ({
    name,
    type: property.type,
    required: property.defaultValue === undefined,
    default:
      property.defaultValue == null ? null : formatValue(property.defaultValue, property.type),
    validator: property.validator?.description ?? null,
    importance: property.importance,
    internal: property.internal,
  }))
}

test('names, types, defaults, limits and importance are those of Kafka 3.9', async t => {
  const oracle = await peerOrSkip(t, configOracle)
  if (oracle === undefined) return
  const [answer] = await oracle.askAll([{ do: 'definitions' }])
  assert.ok(answer)

  for (const [table, properties] of Object.entries(tables)) {
    const definitions = answer[table] as readonly Definition[]
    const theirs = definitions.map(definition => ({
      name: definition.name,
      type: definition.type,
      required: definition.required,
      // A default given as a Java class prints with the word class.
      default: definition.default?.replaceAll('class org.', 'org.') ?? null,
      validator: limitInShort(definition.validator),
      importance: definition.importance,
      internal: definition.internal,
    }))
    const described = ours(properties)
    if (!ordered.includes(table)) {
      described.sort((a, b) => (a.name < b.name ? -1 : 1))
      theirs.sort((a, b) => (a.name < b.name ? -1 : 1))
    }
    assert.deepEqual(described, theirs, table)
  }
})

test('what is said about a property is said in our own words', async t => {
  const oracle = await peerOrSkip(t, configOracle)
  if (oracle === undefined) return
  const [answer] = await oracle.askAll([{ do: 'definitions' }])
  assert.ok(answer)

  for (const [table, properties] of Object.entries(tables)) {
    for (const { name, documentation } of answer[table] as readonly Definition[]) {
      const doc = properties[name]?.doc ?? ''
      assert.ok(doc.endsWith('.') || doc.endsWith('...'), `${name} has no sentence`)
      assert.ok(!documentation.includes(doc), `${name} has Kafka's sentence: ${doc}`)
    }
  }
})

test('the same properties may change at run time, for one broker or for all', async t => {
  const oracle = await peerOrSkip(t, configOracle)
  if (oracle === undefined) return
  const [answer] = await oracle.askAll([{ do: 'definitions' }])

  const dynamic = Object.entries<(typeof brokerProperties)[keyof typeof brokerProperties]>(
    brokerProperties,
  )
    .filter(([, property]) => property.updateMode !== 'read-only')
    .map(([name, property]) => [name, property.updateMode] as const)

  assert.deepEqual(Object.fromEntries(dynamic), answer?.['updateModes'])
})

test('topics take their defaults from the same broker properties in the same units', async t => {
  const oracle = await peerOrSkip(t, configOracle)
  if (oracle === undefined) return
  const [answer] = await oracle.askAll([{ do: 'definitions' }])

  const synonyms = Object.entries(topicSynonyms).map(
    ([name, all]) => [name, all.map(one => `${one.name} x${one.scale}`)] as const,
  )

  assert.deepEqual(Object.fromEntries(synonyms), answer?.['synonyms'])
})
