import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NetworkError } from '../host/index.ts'
import { ErrorCode } from '../protocol/index.ts'
import { failure, isWorthRetrying, KafkaError, toKafkaError, unwrap } from './errors.ts'

test('an error of a broker has its name, its number, and whether trying again may help', () => {
  const moved = KafkaError.of(ErrorCode.NOT_COORDINATOR)

  assert.deepEqual(
    [moved.code, moved.errorCode, moved.retriable, moved.fatal],
    ['NOT_COORDINATOR', 16, true, false],
  )
  assert.equal(moved.message, 'This is not the correct coordinator.')
  assert.equal(KafkaError.of(ErrorCode.NOT_COORDINATOR, '').message, moved.message)
  assert.equal(KafkaError.of(ErrorCode.NOT_COORDINATOR, 'moved').message, 'moved')
  assert.match(moved.exceptionName, /\.NotCoordinatorException$/)
})

test('no error is both fatal and worth retrying', () => {
  for (const errorCode of Object.values(ErrorCode)) {
    const error = KafkaError.of(errorCode)
    assert(!(error.fatal && error.retriable), error.code)
  }
})

test('fatal is what no further attempt of this client can change', () => {
  const fatal = Object.values(ErrorCode)
    .map(errorCode => KafkaError.of(errorCode))
    .filter(error => error.fatal)

  assert.deepEqual(fatal.map(({ code }) => code).sort(), [
    'FENCED_INSTANCE_ID',
    'PRODUCER_FENCED',
    'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
    'UNSUPPORTED_VERSION',
  ])
  assert(new KafkaError('CLIENT_CLOSED').fatal)
})

test('what only a client can fail with has no number of its own, and is final', () => {
  const error = new KafkaError('COMMIT_FAILED')

  assert.deepEqual([error.errorCode, error.retriable, error.fatal], [-1, false, false])
  assert.equal(error.exceptionName, 'org.apache.kafka.clients.consumer.CommitFailedException')
})

test('every failure becomes a KafkaError, with what it was as its cause', () => {
  const lost = new NetworkError('gone', { code: 'CONNECTION_LOST', retriable: true })
  const bug = new TypeError('mine')

  assert.equal(toKafkaError(lost).code, 'NETWORK_EXCEPTION')
  assert.equal(toKafkaError(lost).retriable, true)
  assert.equal(toKafkaError(lost).cause, lost)
  assert.equal(toKafkaError(bug).code, 'KAFKA_ERROR')
  assert.equal(toKafkaError(bug).retriable, false)
  assert.throws(() => unwrap(failure(bug)), { cause: bug })
  assert.deepEqual([isWorthRetrying(lost), isWorthRetrying(bug)], [true, false])
})
