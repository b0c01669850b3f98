import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeHost } from '../../host/node/index.ts'
import { MemoryTerminal } from '../../sim/index.ts'
import { runTool } from '../tool.ts'
import { deleteRecords } from './delete-records.ts'
import { readRecordsJson } from './records-json.ts'

test('the partitions of the file, each with the first offset that stays', () => {
  const text =
    '{"partitions":[{"topic":"a","partition":1,"offset":5},{"topic":"a","partition":2,"offset":-1}]}'

  assert.deepEqual(readRecordsJson(text), [
    { topic: 'a', partition: 1, beforeOffset: 5 },
    { topic: 'a', partition: 2, beforeOffset: -1 },
  ])
})

const one = '{"topic":"a","partition":1,"offset":5}'
const refusals: readonly (readonly [text: string, message: string])[] = [
  ['', 'The input string is not a valid JSON'],
  ['[]', 'Expected JSON object, received []'],
  ['{}', 'Missing partitions field'],
  ['{"version":2,"partitions":[]}', 'Not supported version field value 2'],
  ['{"partitions":null}', 'Expected JSON array, received null'],
  ['{"partitions":[{"topic":"a"}]}', 'No such field exists: `partition`'],
  [
    '{"partitions":[{"topic":"a","partition":"1","offset":5}]}',
    'Expected `Integer` value, received "1"',
  ],
  [`{"partitions":[${one},${one}]}`, 'Offset json file contains duplicate topic partitions: a-1'],
]
for (const [text, message] of refusals) {
  test(`the file ${text} is refused in Kafka's words`, () => {
    assert.throws(() => readRecordsJson(text), { message })
  })
}

test('a tool that fails tells the message, then the exception as a JVM would', async () => {
  const terminal = new MemoryTerminal()
  const argv = ['--bootstrap-server', 'localhost:9092', '--offset-json-file', '/nowhere/x.json']

  const code = await runTool(deleteRecords, argv, { host: nodeHost(), terminal })

  assert.equal(
    terminal.stderr.text,
    '/nowhere/x.json\njava.nio.file.NoSuchFileException: /nowhere/x.json\n\n',
  )
  assert.equal(code, 1)
})
