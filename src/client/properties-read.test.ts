/**
 * No property of a client is ignored in silence: what a table calls honoured is read by the client that
 * has the table; what is not is named when somebody sets it.
 */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import {
  adminProperties,
  consumerProperties,
  producerProperties,
  reviewGiven,
} from '../config/index.ts'
import { Config } from '../config/config.ts'
import type { Property } from '../config/property.ts'
import { world } from '../../test/support/scripted-broker.ts'
import { Kafka, type ConsumerOptions, type ProducerOptions } from './index.ts'

/** Names that are read while `action` runs. */
function namesRead(t: TestContext, action: () => void): Set<string> {
  const reading = t.mock.method(Config.prototype, 'get')
  action()
  return new Set(reading.mock.calls.map(({ arguments: [name] }) => name))
}

const kafka = () => new Kafka({ host: world().host, bootstrapServers: 'localhost:9092' })

const codecs = ['none', 'gzip', 'lz4', 'zstd']
const producers: readonly ProducerOptions[] = [
  ...codecs.map(compressionType => ({ compressionType })),
  { transactionalId: 'pipeline' },
]
const consumers: readonly ConsumerOptions[] = [{}, { groupId: 'group' }]

const clients = [
  { name: 'admin', table: adminProperties, open: () => void kafka().admin() },
  {
    name: 'producer',
    table: producerProperties,
    open: () => producers.forEach(options => kafka().producer(options)),
  },
  {
    name: 'consumer',
    table: consumerProperties,
    open: () => consumers.forEach(options => kafka().consumer(options)),
  },
] as const

for (const { name, table, open } of clients) {
  const described = Object.entries<Property<never>>(table)

  test(`every property that the ${name} honours is read by it`, t => {
    const read = namesRead(t, open)

    const unread = described
      .filter(([property, { support }]) => support.state === 'honoured' && !read.has(property))
      .map(([property]) => property)
    assert.deepEqual(unread, [], 'read them, or mark them ignored or refused')
  })

  test(`every property that the ${name} does not honour is named when it is set`, () => {
    for (const [property, description] of described) {
      if (description.support.state === 'honoured') continue
      const given = new Map([[property, anotherValue(property, description)]])
      const { refusals, warnings } = reviewGiven(given, table)
      const named = [...refusals.map(error => error.property), ...warnings.map(w => w.property)]
      assert.deepEqual(named, [property])
    }
  })
}

/** Values of those that take only certain words. */
const words: Readonly<Record<string, string>> = {
  'client.dns.lookup': 'resolve_canonical_bootstrap_servers_only',
  'group.protocol': 'consumer',
  'metrics.recording.level': 'DEBUG',
  'security.protocol': 'SASL_SSL',
}

/** One that is not the default. */
function anotherValue(name: string, { type, defaultValue }: Property<never>): string {
  switch (type) {
    case 'BOOLEAN':
      return String(defaultValue !== true)
    case 'INT':
    case 'SHORT':
    case 'LONG':
      return String(Number(defaultValue ?? 0) + 1)
    case 'DOUBLE':
      return String(Number(defaultValue ?? 0) + 0.01)
    case 'STRING':
    case 'LIST':
    case 'CLASS':
    case 'PASSWORD':
      return words[name] ?? 'other'
  }
}
