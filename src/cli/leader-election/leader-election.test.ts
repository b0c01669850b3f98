import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeHost } from '../../host/node/index.ts'
import { MemoryTerminal } from '../../sim/index.ts'
import { runTool } from '../tool.ts'
import { leaderElection } from './leader-election.ts'
import { readPartitionsJson } from './partitions-json.ts'

const problems = {
  empty: 'empty',
  withoutPartitions: 'no partitions',
  duplicates: (list: string) => `twice: ${list}`,
}

test('the partitions of the file', () => {
  const text = '{"partitions":[{"topic":"a","partition":1},{"topic":"a","partition":2}]}'

  assert.deepEqual(readPartitionsJson(text, problems), [
    { topic: 'a', partition: 1 },
    { topic: 'a', partition: 2 },
  ])
})

const one = '{"topic":"a","partition":1}'
const files: readonly (readonly [text: string, message: string])[] = [
  ['hello', 'empty'],
  ['{}', 'no partitions'],
  [`{"partitions":[${one},${one},${one}]}`, 'twice: a-1'],
  ['{"partitions":[{"topic":"a"}]}', 'No such field exists: `partition`'],
]
for (const [text, message] of files) {
  test(`the file ${text} is refused`, () => {
    assert.throws(() => readPartitionsJson(text, problems), { message })
  })
}

const server = ['--bootstrap-server', 'localhost:9092']
const type = ['--election-type', 'preferred']
const refusals: readonly (readonly [argv: string[], message: string])[] = [
  [['--all-topic-partitions'], 'Missing required option(s): bootstrap-server, election-type'],
  [
    [...server, ...type],
    'One and only one of the following options is required: topic, all-topic-partitions, path-to-json-file',
  ],
  [
    [...server, ...type, '--topic', 'a', '--all-topic-partitions'],
    'One and only one of the following options is required: topic, all-topic-partitions, path-to-json-file',
  ],
  [
    [...server, ...type, '--all-topic-partitions', '--partition', '1'],
    'Option partition is only allowed if topic is used',
  ],
]
for (const [argv, message] of refusals) {
  test(`${argv.join(' ')} is refused, the message first, then the exception`, async () => {
    const terminal = new MemoryTerminal()

    const code = await runTool(leaderElection, argv, { host: nodeHost(), terminal })

    const name = 'org.apache.kafka.server.common.AdminCommandFailedException'
    assert.equal(terminal.stderr.text, `${message}\n${name}: ${message}\n\n`)
    assert.equal(code, 1)
  })
}
