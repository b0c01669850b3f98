/** Error codes and API keys against the enumerations of genuine Kafka. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import {
  ApiKey,
  apiKeyId,
  apiKeyName,
  ErrorCode,
  errorName,
  errorText,
  isRetriable,
} from '../../src/protocol/index.ts'
import { peerOrSkip, projectRoot } from '../peers/cache.ts'
import { compileJava, kafkaJars, runJava } from '../peers/maven.ts'
import { releases, type Release } from './protocol/kafka-schema.ts'

/** One for each line of ProtocolTables.java. */
type Row = readonly [number: number, ...rest: (string | boolean)[]]

test('codes, names, retriability and texts of errors are those of 3.9, and of 4.3 for the rest', async t => {
  const [older = [], newer = []] = await tables(t, 'error')
  if (newer.length === 0) return
  const known = new Map([...newer, ...older].map(row => [row[0], row]))

  assert.deepEqual(
    Object.values(ErrorCode).map(code => [
      code,
      errorName(code),
      errorText(code),
      isRetriable(code),
    ]),
    [...known.values()].sort((left, right) => left[0] - right[0]),
  )
})

test('API keys have the names of 4.3, and of 3.9 for those that are gone', async t => {
  const [older = [], newer = []] = await tables(t, 'key')
  if (newer.length === 0) return
  const known = new Map([...older, ...newer].map(row => [row[0], row]))

  assert.deepEqual(
    Object.values(ApiKey).map(key => [key, apiKeyName(key), apiKeyId(key)]),
    [...known.values()].sort((left, right) => left[0] - right[0]),
  )
})

async function tables(t: TestContext, kind: string): Promise<Row[][]> {
  return (await peerOrSkip(t, () => Promise.all(releases.map(each => table(each, kind))))) ?? []
}

async function table(release: Release, kind: string): Promise<Row[]> {
  const source = join(projectRoot, 'test', 'differential', 'java', 'ProtocolTables.java')
  const classpath = await compileJava([source], await kafkaJars(release))
  const { stdout, stderr, exitCode } = await runJava(classpath, 'ProtocolTables')
  assert.equal(exitCode, 0, stderr)
  return stdout
    .trimEnd()
    .split('\n')
    .map(line => line.split('\t'))
    .filter(([first]) => first === kind)
    .map(([, number, ...rest]) => [
      Number(number),
      ...rest.map(text => (text === 'true' || text === 'false' ? text === 'true' : text)),
    ])
}
