import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeHost } from '../../host/node/index.ts'
import { MemoryTerminal } from '../../sim/index.ts'
import { runTool } from '../tool.ts'
import { parsePairs } from './config-changes.ts'
import { readConfigOptions } from './config-options.ts'
import { configsCommand } from './configs-command.ts'

const server = ['--bootstrap-server', 'localhost:9092']

async function run(...argv: string[]) {
  const terminal = new MemoryTerminal()
  const code = await runTool(configsCommand, argv, { host: nodeHost(), terminal })
  return { code, stderr: terminal.stderr.text }
}

const refusals: readonly (readonly [argv: string[], message: string])[] = [
  [['--describe', ...server], 'At least one entity type must be specified'],
  [
    ['--entity-type', 'foo', '--entity-name', 'a', '--describe', ...server],
    'Invalid entity type foo, the entity type must be one of topics, clients, users, brokers, ' +
      'ips, broker-loggers, client-metrics with a --bootstrap-server or --bootstrap-controller ' +
      'argument',
  ],
  [
    ['--entity-type', 'topics', '--entity-name', 'mt', '--describe'],
    'Invalid entity type topics, the entity type must be one of users, brokers with a ' +
      '--zookeeper argument',
  ],
  [
    ['--topic', 't', '--entity-name', 'a', '--describe', ...server],
    '--entity-{type,name,default} should not be used in conjunction with specific entity flags',
  ],
  [
    ['--broker', 'x', '--describe', ...server],
    'The entity name for brokers must be a valid integer broker id, but it is: x',
  ],
  [
    ['--topic', 't', '--alter', ...server],
    'At least one of --add-config, --add-config-file, or --delete-config must be specified with ' +
      '--alter',
  ],
]
for (const [argv, message] of refusals) {
  test(`kafka-configs ${argv.join(' ')} is refused in one line`, async () => {
    assert.deepEqual(await run(...argv), { code: 1, stderr: `${message}\n` })
  })
}

test('brackets hold commas and equals signs together', () => {
  assert.deepEqual(
    [...parsePairs('a=1,b=[x,y],c=[k=v],d=')],
    [
      ['a', '1'],
      ['b', 'x,y'],
      ['c', 'k=v'],
      ['d', ''],
    ],
  )
  assert.throws(() => parsePairs('a'), /all configs to be added must be in the format/)
})

test('an entity is named in full, in short, or by its default', () => {
  const entityOf = (...argv: string[]) =>
    readConfigOptions(['--describe', ...argv, ...server], () => undefined).entity

  assert.deepEqual(entityOf('--topic', 't'), { type: 'topics', name: 't' })
  assert.deepEqual(
    entityOf('--entity-type', 'topics', '--entity-name', 'a', '--entity-name', 'b'),
    { type: 'topics', name: 'a' },
    'a second name would need a second type',
  )
  assert.deepEqual(entityOf('--entity-type', 'topics'), { type: 'topics', name: null })
  assert.deepEqual(entityOf('--broker-defaults'), { type: 'brokers', name: '' })
  assert.deepEqual(entityOf('--entity-type', 'brokers', '--entity-default'), {
    type: 'brokers',
    name: '',
  })
})
