import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serverEnvironment } from './server-environment.ts'

test('without variables nothing is asked for', () => {
  const environment = serverEnvironment({})

  assert.deepEqual(environment, {
    ...{ logDir: undefined, log4jFile: undefined, isHangupIgnored: false, jvmSettings: [] },
  })
})

test('the variables of the scripts are read, as a URL of a file or a path', () => {
  const environment = serverEnvironment({
    LOG_DIR: '/var/log/kafka',
    KAFKA_LOG4J_OPTS: '-Dx=y -Dlog4j.configuration=file:/etc/kafka/log4j.properties -Dz',
    TIDELOG_IGNORE_HANGUP: 'yes',
  })
  const plain = serverEnvironment({ KAFKA_LOG4J_OPTS: '-Dlog4j.configuration=log4j.properties' })

  assert.equal(environment.logDir, '/var/log/kafka')
  assert.equal(environment.log4jFile, '/etc/kafka/log4j.properties')
  assert.equal(environment.isHangupIgnored, true)
  assert.equal(plain.log4jFile, 'log4j.properties')
})

test('settings for a JVM are told by name, unless they are empty', () => {
  const { jvmSettings } = serverEnvironment({ KAFKA_HEAP_OPTS: '-Xmx1G', KAFKA_OPTS: '' })

  assert.deepEqual(jvmSettings, [{ name: 'KAFKA_HEAP_OPTS', value: '-Xmx1G' }])
})
