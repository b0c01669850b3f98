/**
 * No property is ignored in silence: what a table calls honoured must be read by name somewhere. A
 * property that nobody reads yet stands below with what it waits for; one that is read must leave. Those
 * of clients are held by `src/client/properties-read.test.ts`.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { brokerProperties, topicProperties } from '../src/config/index.ts'
import type { Properties } from '../src/config/property.ts'
import { topicSynonyms } from '../src/config/topic-defaults.ts'
import { projectRoot } from './peers/cache.ts'

const waiting: Readonly<Record<string, string>> = {}

/** Files that describe properties, or give them, rather than read them. */
const describing =
  /src\/(testing|main)\/|src\/config\/(broker\/|client\/|[a-z-]*properties|topic-defaults|broker-names)/

const sources = readdirSync(join(projectRoot, 'src'), { recursive: true, encoding: 'utf8' })
  .map(name => `src/${name}`)
  .filter(name => name.endsWith('.ts') && !name.endsWith('.test.ts') && !describing.test(name))
  .map(name => readFileSync(join(projectRoot, name), 'utf8'))
  .join('\n')

const isRead = (name: string): boolean =>
  sources.includes(`'${name}'`) ||
  (sources.includes('`message.timestamp.${side}.max.ms`') && /timestamp\.(before|after)/.test(name))

/** A broker property is read as well where the topic property is that takes its default from it. */
function isReadByTopics(name: string): boolean {
  return Object.entries(topicSynonyms).some(
    ([topicProperty, synonyms]) =>
      synonyms.some(synonym => synonym.name === name) &&
      (isRead(topicProperty) || topicProperty in waiting),
  )
}

function honoured(properties: Properties): readonly string[] {
  return Object.entries(properties)
    .filter(([, property]) => property.support.state === 'honoured')
    .map(([name]) => name)
}

test('every property that is called honoured is read by somebody, or waits for a reason', () => {
  const unread = [
    ...honoured(brokerProperties).filter(name => !isRead(name) && !isReadByTopics(name)),
    ...honoured(topicProperties).filter(name => !isRead(name)),
  ]

  const silent = unread.filter(name => !(name in waiting))
  assert.deepEqual(silent, [], 'nobody reads these: read them, or mark them ignored or refused')
  const stale = Object.keys(waiting).filter(name => !unread.includes(name))
  assert.deepEqual(stale, [], 'these are read by now: take them off the list in this file')
})
