import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeHost } from '../../host/node/index.ts'
import { MemoryTerminal } from '../../sim/index.ts'
import { runTool } from '../tool.ts'
import { describeTopic, type DescribedTopic } from './description.ts'
import { parseAssignment } from './new-topic.ts'
import { topicCommand } from './topic-command.ts'
import { readTopicId } from './topic-id.ts'
import { readTopicOptions } from './topic-options.ts'

async function run(...argv: string[]) {
  const terminal = new MemoryTerminal()
  const code = await runTool(topicCommand, argv, { host: nodeHost(), terminal })
  return { code, stdout: terminal.stdout.text, stderr: terminal.stderr.text }
}

const server = ['--bootstrap-server', 'localhost:9092']

const refusals: readonly (readonly [argv: string[], firstLine: string])[] = [
  [[], 'Create, delete, describe, or change a topic.'],
  [
    ['--topic', 'x', ...server],
    'Command must include exactly one action: --list, --describe, --create, --alter or --delete',
  ],
  [['--create', ...server], 'Missing required argument "[topic]"'],
  [
    ['--alter', '--topic', 't', '--delete-config', 'a', ...server],
    'Missing required argument "[partitions]"',
  ],
  [
    ['--alter', '--topic', 't', '--config', 'a=1', ...server],
    'Option combination "[[bootstrap-server], [config]]" can\'t be used with option "[alter]" ' +
      '(the kafka-configs CLI supports altering topic configs with a --bootstrap-server option)',
  ],
  [
    ['--create', '--topic', 't', '--partitions', '1', '--replica-assignment', '0:1', ...server],
    'Option "[replica-assignment]" can\'t be used with option "[partitions]"',
  ],
  [
    ['--create', '--topic', 't', '--zookeeper', 'localhost:2181'],
    'Missing required argument "[partitions]"',
  ],
]

for (const [argv, firstLine] of refusals) {
  test(`kafka-topics ${argv.join(' ')}: one line, the usage, exit 1`, async () => {
    const { code, stdout, stderr } = await run(...argv)

    assert.equal(stderr.slice(0, stderr.indexOf('\n')), firstLine)
    assert.match(stderr, /\nOption +Description/)
    assert.equal(stdout, '')
    assert.equal(code, 1)
  })
}

test('an unknown option is named twice, as a stack trace names it', async () => {
  const { code, stderr } = await run('--list', '--foo', ...server)

  assert.equal(
    stderr,
    'foo is not a recognized option\n' +
      'joptsimple.UnrecognizedOptionException: foo is not a recognized option\n\n',
  )
  assert.equal(code, 1)
})

test('the version alone is printed', async () => {
  assert.deepEqual(await run('--version'), { code: 0, stdout: '3.9.1\n', stderr: '' })
})

test('a typographic dash is read as it is meant, and said so', async () => {
  const { stderr } = await run('--create', '–bootstrap-server', 'localhost:9092')

  assert.match(stderr, /^Reading –bootstrap-server as --bootstrap-server\nMissing required/)
})

test('replicas by hand: every partition as many, none twice', () => {
  assert.deepEqual(
    [...parseAssignment('0:1, 1:2')],
    [
      [0, [0, 1]],
      [1, [1, 2]],
    ],
  )
  assert.throws(() => parseAssignment('0:0'), {
    message: 'Partition replica lists may not contain duplicate entries: 0',
  })
  assert.throws(() => parseAssignment('0:1,2'), {
    message: 'Partition 1 has different replication factor: [2]',
  })
})

test('an id of a topic has 16 bytes', () => {
  assert.equal(readTopicId('AAAAAAAAAAAAAAAAAAAAAg'), 'AAAAAAAAAAAAAAAAAAAAAg')
  assert.throws(() => readTopicId('x'), {
    message: 'Input byte[] should at least have 2 bytes for base64 bytes',
  })
  assert.throws(() => readTopicId('abc'), /decoded as 2 bytes/)
})

const topic: DescribedTopic = {
  name: 't',
  topicId: 'AAAAAAAAAAAAAAAAAAAAAg',
  overrides: new Map([['retention.ms', '5']]),
  minInsyncReplicas: 2,
  isMarkedForDeletion: false,
  partitions: [
    { partition: 0, leader: 1, replicas: [1, 2], isr: [1, 2] },
    { partition: 1, leader: 1, replicas: [2, 1], isr: [1] },
    { partition: 2, leader: null, replicas: [2, 1], isr: [2] },
  ],
}

function described(...flags: string[]): string {
  const argv = ['--describe', ...flags, ...server]
  const { given } = readTopicOptions(argv, () => undefined)
  return describeTopic(topic, given, new Set([1]))
}

test('a topic is described in one line, each partition in one more', () => {
  assert.equal(
    described(),
    'Topic: t\tTopicId: AAAAAAAAAAAAAAAAAAAAAg\tPartitionCount: 3\tReplicationFactor: 2\t' +
      'Configs: retention.ms=5\n' +
      '\tTopic: t\tPartition: 0\tLeader: 1\tReplicas: 1,2\tIsr: 1,2\n' +
      '\tTopic: t\tPartition: 1\tLeader: 1\tReplicas: 2,1\tIsr: 1\n' +
      '\tTopic: t\tPartition: 2\tLeader: none\tReplicas: 2,1\tIsr: 2\n',
  )
})

const selections: readonly (readonly [flag: string, partitions: number[]])[] = [
  ['--under-replicated-partitions', [1, 2]],
  ['--unavailable-partitions', [2]],
  ['--under-min-isr-partitions', [1, 2]],
  ['--at-min-isr-partitions', [0]],
]
for (const [flag, partitions] of selections) {
  test(`${flag} shows partitions ${partitions.join(' and ')} alone`, () => {
    const shown = Array.from(described(flag).matchAll(/Partition: (\d)/g), match => match[1])
    assert.deepEqual(shown.map(Number), partitions)
    assert.doesNotMatch(described(flag), /PartitionCount/)
  })
}
