import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { test } from 'node:test'
import { ConfigError } from './config-error.ts'
import { formatValue, parseProperty, parseValue } from './parse-value.ts'
import { Password } from './password.ts'
import { topicProperties } from './topic-properties.ts'

const message = (text: string) => (error: unknown) => {
  assert.ok(error instanceof ConfigError)
  assert.equal(error.message, text)
  return true
}

test('values are trimmed and parsed by their type', () => {
  assert.equal(parseValue('x', 'BOOLEAN', ' TRUE '), true)
  assert.equal(parseValue('x', 'INT', '\t12 '), 12)
  assert.equal(parseValue('x', 'LONG', '9223372036854775807'), 9223372036854775807n)
  assert.deepEqual(parseValue('x', 'LIST', ' a , b,, c '), ['a', 'b', '', 'c'])
  assert.deepEqual(parseValue('x', 'LIST', '  '), [])
})

test('a wrong value is refused in the words of the recorded cases', () => {
  assert.throws(
    () => parseProperty('retention.ms', topicProperties['retention.ms'], 'abc'),
    message('Invalid value abc for configuration retention.ms: Not a number of type LONG'),
  )
  assert.throws(
    () => parseProperty('segment.bytes', topicProperties['segment.bytes'], '3'),
    message('Invalid value 3 for configuration segment.bytes: Value must be at least 14'),
  )
  assert.throws(
    () => parseProperty('preallocate', topicProperties.preallocate, 'yes'),
    message(
      'Invalid value yes for configuration preallocate: Expected value to be either true or false',
    ),
  )
  assert.throws(
    () => parseProperty('cleanup.policy', topicProperties['cleanup.policy'], 'delete,foo'),
    message(
      'Invalid value foo for configuration cleanup.policy: String must be one of: compact, delete',
    ),
  )
  assert.throws(
    () =>
      parseProperty(
        'leader.replication.throttled.replicas',
        topicProperties['leader.replication.throttled.replicas'],
        '1:x',
      ),
    message(
      'Invalid value [1:x] for configuration leader.replication.throttled.replicas: ' +
        "leader.replication.throttled.replicas must be the literal '*' or a list of replicas in " +
        'the following format: [partitionId]:[brokerId],[partitionId]:[brokerId],...',
    ),
  )
})

test('a secret shows nowhere by accident', () => {
  const secret = parseValue('ssl.key.password', 'PASSWORD', ' hunter2 ')

  assert.ok(secret instanceof Password)
  assert.equal(secret.reveal(), 'hunter2')
  for (const shown of [
    formatValue(secret),
    String(secret),
    inspect(secret),
    JSON.stringify(secret),
  ]) {
    assert.ok(!shown.includes('hunter2'), shown)
  }
})
