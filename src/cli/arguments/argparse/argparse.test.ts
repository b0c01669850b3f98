import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ArgumentError, HelpRequested } from '../errors.ts'
import {
  doubleArgument,
  integerArgument,
  listArgument,
  longArgument,
  repeatedArgument,
  switchArgument,
  textArgument,
} from './argument.ts'
import { argumentError, parseArguments } from './parser.ts'
import type { Program } from './program.ts'

const payload = { isRequired: true, description: 'One of them.' }

/** The arguments of kafka-producer-perf-test, as far as the recorded cases reach. */
const perf = {
  name: 'producer-performance',
  description: 'Sends.',
  showsDefaults: true,
  arguments: {
    topic: textArgument('--topic', 'topic', { isRequired: true, metavar: 'TOPIC' }),
    numRecords: longArgument('--num-records', 'number', { isRequired: true }),
    recordSize: integerArgument('--record-size', 'bytes', { group: payload }),
    payloadFile: textArgument('--payload-file', 'file', { group: payload }),
    payloadMonotonic: switchArgument('--payload-monotonic', 'count', { group: payload }),
    throughput: doubleArgument('--throughput', 'limit', { isRequired: true }),
    producerConfig: listArgument('--producer-props', '+', 'properties'),
    producerConfigFile: textArgument('--producer.config', 'file'),
    transactionDurationMs: longArgument('--transaction-duration-ms', 'age', { defaultsTo: 0 }),
  },
} satisfies Program

const enough = ['--topic', 't', '--num-records', '10', '--record-size', '5', '--throughput', '-1']

/** What goes to stderr, without the usage above it. */
function refusal(program: Program, ...argv: string[]): string {
  try {
    parseArguments(program, argv)
  } catch (error) {
    assert.ok(error instanceof ArgumentError)
    assert.match(error.text, /^usage: /)
    return error.text.slice(error.text.search(new RegExp(`^${program.name}: +error`, 'm')))
  }
  assert.fail('nothing was refused')
}

test('values are read by type, several behind one option, negative numbers among them', () => {
  const { values } = parseArguments(perf, [...enough, '--producer-props', 'a=1', 'b=2'])

  assert.equal(values.topic, 't')
  assert.equal(values.numRecords, 10)
  assert.equal(values.recordSize, 5)
  assert.equal(values.throughput, -1)
  assert.deepEqual(values.producerConfig, ['a=1', 'b=2'])
  assert.equal(values.payloadMonotonic, false)
  assert.equal(values.transactionDurationMs, 0)
  assert.equal(values.producerConfigFile, null)
})

test('an option may be shortened to what is unambiguous, and joined with an equals sign', () => {
  const argv = ['--top=t', '--num', '10', '--rec', '5', '--through=2.5']

  assert.equal(parseArguments(perf, argv).values.throughput, 2.5)
  assert.equal(
    refusal(perf, '--t', 'x'),
    'producer-performance:  error:  ambiguous   option:   --t   could  match  --\n' +
      'throughput, --topic, --transaction-duration-ms\n',
  )
})

test('refusals are in the words, and the lines, of the recorded cases', () => {
  assert.equal(
    refusal(perf, '--topic', 'perf', '--record-size', '100', '--throughput', '-1'),
    'producer-performance: error: argument --num-records is required\n',
  )
  assert.equal(
    refusal(perf, '--topic', 'perf', '--num-records', '10', '--throughput', '-1'),
    'producer-performance: error: one of  the arguments --record-size --payload-\n' +
      'file --payload-monotonic is required\n',
  )
  assert.equal(
    refusal(perf, '--record-size', 'x', '--topic', 'perf'),
    "producer-performance: error: argument --record-size:  could not convert 'x'\n" +
      'to Integer (For input string: "x")\n',
  )
  assert.equal(
    refusal(perf, ...enough, '--foo'),
    "producer-performance: error: unrecognized arguments: '--foo'\n\nDid you mean:\n\t--topic\n",
  )
  assert.equal(
    refusal(perf, '--broker-list', 'localhost:9092'),
    "producer-performance: error: unrecognized arguments: '--broker-list'\n",
  )
  assert.equal(
    refusal(perf, '--record-size', '5', '--payload-monotonic'),
    'producer-performance:  error:  argument  --payload-monotonic:  not  allowed\n' +
      'with argument --record-size\n',
  )
})

test('a tool that checks more refuses in the same form', () => {
  const error = argumentError(
    perf,
    'Either --producer-props or --producer.config must be specified.',
  )

  assert.ok(
    error.text.endsWith(
      'producer-performance: error: Either  --producer-props  or --producer.config\n' +
        'must be specified.\n',
    ),
    error.text,
  )
})

test('--help prints usage and help of every argument', () => {
  assert.throws(
    () => parseArguments(perf, ['--help']),
    (error: unknown) => {
      assert.ok(error instanceof HelpRequested)
      assert.match(error.text, /^usage: producer-performance \[-h\] --topic TOPIC --num-records /)
      assert.match(error.text, /age \(default: 0\)/)
      return true
    },
  )
})

test('a typographic dash in front of a known option is read as two hyphens', () => {
  const { values, notices } = parseArguments(perf, ['–topic', ...enough.slice(1)])

  assert.equal(values.topic, 't')
  assert.deepEqual(notices, ['Reading –topic as --topic'])
})

const cluster = {
  name: 'kafka-cluster',
  description: 'Looks at clusters.',
  arguments: {},
  commands: {
    'cluster-id': {
      description: 'Get information.',
      help: 'Get information.',
      arguments: { server: textArgument('--bootstrap-server', 'server', { aliases: ['-b'] }) },
    },
    unregister: {
      description: 'Unregister a broker.',
      help: 'Unregister a broker.',
      arguments: {
        id: integerArgument('--id', 'id', { isRequired: true, aliases: ['-i'] }),
        tags: repeatedArgument('--tag', 'tag'),
        names: textArgument('name', 'name'),
      },
    },
  },
} satisfies Program

test('a command has arguments of its own, and may be shortened', () => {
  const given = parseArguments(cluster, ['unreg', '-i5', '--tag', 'a', '--tag=b', 'x'])

  assert.equal(given.command, 'unregister')
  assert.deepEqual(given.commandValues, { id: 5, tags: ['a', 'b'], names: 'x' })
})

test('a missing, unknown or incomplete command is refused', () => {
  assert.equal(refusal(cluster), 'kafka-cluster: error: too few arguments\n')
  assert.equal(
    refusal(cluster, 'unregistr'),
    "kafka-cluster: error: invalid  choice:  'unregistr'  (choose from 'cluster-\n" +
      "id', 'unregister')\n\nDid you mean:\n\tunregister\n",
  )
  assert.equal(
    refusal(cluster, 'unregister', 'x'),
    'kafka-cluster: error: argument --id/-i is required\n',
  )
  assert.equal(
    refusal(cluster, 'unregister', '--id', '1'),
    'kafka-cluster: error: too few arguments\n',
  )
})
