import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ErrorCode, errorName, errorText, isRetriable } from './index.ts'

test('codes have their name, their text, and tell whether to try again', () => {
  assert.equal(ErrorCode.NOT_COORDINATOR, 16)
  assert.equal(errorName(16), 'NOT_COORDINATOR')
  assert.equal(errorText(3), 'This server does not host this topic-partition.')
  assert.ok(isRetriable(ErrorCode.NOT_LEADER_OR_FOLLOWER))
  assert.ok(!isRetriable(ErrorCode.TOPIC_ALREADY_EXISTS))
})

test('there is a code for every number from -1 to 133, once', () => {
  const codes = Object.values(ErrorCode).sort((left, right) => left - right)

  assert.deepEqual(
    codes,
    Array.from({ length: 135 }, (_, index) => index - 1),
  )
})

test('a code of the future is taken as UNKNOWN_SERVER_ERROR, as Kafka does', () => {
  assert.equal(errorName(1000), 'UNKNOWN_SERVER_ERROR')
  assert.ok(!isRetriable(1000))
})
