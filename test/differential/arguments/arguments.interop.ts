/** Command lines, compared with what jopt-simple 5.0.4 and argparse4j 0.7.0 make of them. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  ArgumentError,
  doubleArgument,
  flag,
  HelpRequested,
  integer,
  integerArgument,
  listArgument,
  long,
  longArgument,
  OptionError,
  parseArguments,
  parseOptions,
  repeatedArgument,
  standardOptions,
  switchArgument,
  text,
  textArgument,
  usageOf,
  type Arguments,
  type Options,
  type Program,
} from '../../../src/cli/arguments/index.ts'
import { peerOrSkip, projectRoot } from '../../peers/cache.ts'
import { compileJava, kafkaJars, runJava } from '../../peers/maven.ts'
import { assertSame } from '../config/compare.ts'

type Answer = Readonly<Record<string, unknown>>

async function argumentsOracle(): Promise<(requests: readonly object[]) => Promise<Answer[]>> {
  const source = join(projectRoot, 'test/differential/arguments/ArgumentsOracle.java')
  const classpath = await compileJava([source], await kafkaJars('3.9.2'))
  return async requests => {
    const input = requests.map(request => `${JSON.stringify(request)}\n`).join('')
    const outcome = await runJava(classpath, 'ArgumentsOracle', [], { input, timeoutMs: 300_000 })
    assert.equal(outcome.exitCode, 0, outcome.stderr)
    return outcome.stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as Answer)
  }
}

const topics = {
  ...standardOptions,
  'bootstrap-server': text('The brokers to connect to, of which there must be at least one.', {
    describedAs: 'server to connect to',
  }),
  create: flag('Create a new topic.'),
  list: flag('List all available topics.'),
  topic: text('The topic, a regular expression - or not - for all but one of the actions.', {
    describedAs: 'topic',
  }),
  partitions: integer('The number of partitions.', { describedAs: '# of partitions' }),
  config: text(
    'An override: the names, as they are listed below, e.g. a.b.c or d-e.\n\tone\n\ttwo',
  ),
  state: text('States.', { isOptional: true }),
  lag: integer('A number, if any.', { isOptional: true }),
  'timeout-ms': long('The time.', { defaultsTo: 5000, describedAs: 'timeout (ms)' }),
  names: text('Names.', { separator: ',' }),
  c: flag('A letter.'),
  x: text('Another.'),
}

const groups = {
  ...standardOptions,
  'broker-list': text('Older.'),
  'bootstrap-server': text('Server.', { requiredUnless: ['broker-list'] }),
  describe: flag('Describe.'),
  list: flag('List.'),
  state: text('State.', { isOptional: true, availableIf: ['describe', 'list'] }),
}

const demanding = { ...standardOptions, 'application-id': text('Id.', { isRequired: true }) }

const words = ['x', 'a,b', ',', '', '3', '-5', '-', '--', 'a=b', '-cx', '-xc', '-cq', '-c', 'true']
const joptCase = fc
  .constantFrom<Options>(topics, topics, topics, groups, demanding)
  .chain(options => {
    const names = Object.keys(options)
    const spellings = names.flatMap(name => [`--${name}`, `--${name}=v`, `-${name}`, `--${name}=`])
    const argument = fc.constantFrom(...spellings, ...spellings, ...words, '--foo', '--topics')
    return fc.array(argument, { maxLength: 6 }).map(argv => ({ options, argv }))
  })

function joptOutcome(options: Options, argv: readonly string[]): object {
  const usage = usageOf(options)
  try {
    const given = parseOptions(options, argv)
    const names = Object.keys(options)
    return {
      has: Object.fromEntries(names.map(name => [name, given.has(name)])),
      values: Object.fromEntries(
        names.map(name => {
          try {
            return [name, given.values(name)]
          } catch (error) {
            if (!(error instanceof OptionError)) throw error
            return [name, [`${error.kind}: ${error.message}`]]
          }
        }),
      ),
      rest: given.rest,
      usage,
    }
  } catch (error) {
    if (!(error instanceof OptionError)) throw error
    return { error: `${error.kind}: ${error.message}`, usage }
  }
}

test('options are read, refused and described as jopt-simple does', async t => {
  const ask = await peerOrSkip(t, argumentsOracle)
  if (ask === undefined) return
  const cases = fc.sample(joptCase, { numRuns: 3_000, seed: 504 })
  const described = (options: Options) =>
    Object.fromEntries(
      Object.entries(options).map(([name, option]) => [
        name,
        { ...option, type: option.type.javaName },
      ]),
    )

  const answers = await ask(
    cases.map(({ options, argv }) => ({ do: 'jopt', options: described(options), argv })),
  )

  assertSame(
    cases.map(({ argv }) => ({ argv })),
    index => {
      const one = cases[index]
      return one === undefined ? {} : joptOutcome(one.options, one.argv)
    },
    index => answers[index] ?? {},
  )
})

const payload = { isRequired: true, description: 'Either of them, and not both.' }
const perf: Program = {
  name: 'producer-performance',
  description: 'This tool measures how fast a producer is, with records of one size.',
  showsDefaults: true,
  arguments: {
    topic: textArgument('--topic', 'Topic to produce to.', { isRequired: true, metavar: 'TOPIC' }),
    numRecords: longArgument('--num-records', 'How many records to send, in all of the test.', {
      isRequired: true,
      metavar: 'NUM-RECORDS',
    }),
    recordSize: integerArgument('--record-size', 'Bytes.', { group: payload }),
    payloadFile: textArgument('--payload-file', 'File.', { group: payload }),
    payloadMonotonic: switchArgument('--payload-monotonic', 'Count.', { group: payload }),
    throughput: doubleArgument('--throughput', 'Records a second.', { isRequired: true }),
    producerConfig: listArgument('--producer-props', '+', 'Properties of the producer, several.', {
      metavar: 'PROP-NAME=PROP-VALUE',
    }),
    producerConfigFile: textArgument('--producer.config', 'File.', { metavar: 'CONFIG-FILE' }),
    printMetrics: switchArgument('--print-metrics', 'Metrics.'),
    acks: integerArgument('--acks', 'Acks.', { choices: [0, 1, -1], defaultsTo: -1 }),
    durationMs: longArgument('--transaction-duration-ms', 'Age.', { defaultsTo: 0 }),
  },
}

const connection = { isRequired: true }
const cluster: Program = {
  name: 'kafka-cluster',
  description: 'Looks at clusters.',
  showsDefaults: false,
  arguments: {
    config: textArgument('--config', 'A file with properties.', { aliases: ['-c'] }),
    server: textArgument('--bootstrap-server', 'Server.', { group: connection }),
    controller: textArgument('--bootstrap-controller', 'Controller.', { group: connection }),
  },
  commands: {
    'cluster-id': { description: 'The id.', help: 'Print the id.', arguments: {} },
    unregister: {
      description: 'Unregister a broker.',
      help: 'Unregister a broker, that is, forget it.',
      arguments: {
        id: integerArgument('--id', 'The id of the broker.', {
          isRequired: true,
          aliases: ['-i'],
        }),
        features: repeatedArgument('--feature', 'A feature.', { aliases: ['-f'] }),
        dryRun: switchArgument('--dry-run', 'Do nothing.', { aliases: ['-n'] }),
      },
    },
  },
}

const values = ['x', '5', '-1', '2.5', 'a=b', '', '--', '-', '7', 'unregister', 'cluster-id', 'unr']
const argparseCase = fc.constantFrom(perf, cluster).chain(program => {
  const subs = Object.values(program.commands ?? {}).map(command => command.arguments)
  const flags = [program.arguments, ...subs]
    .flatMap(all => Object.values(all))
    .flatMap(argument => argument.flags)
  const spellings = flags.flatMap(one => [one, one, `${one}=3`, one.slice(0, 6)])
  const odd = ['--foo', '-h', '--help', '-i7', '-ni', '-fx', '-zz', '--unregistr', '--producer']
  const argument = fc.constantFrom(...spellings, ...values, ...values, ...odd)
  const enough =
    program === perf
      ? ['--topic', 't', '--num-records', '5', '--record-size', '3', '--throughput', '-1']
      : ['--bootstrap-server', 'h:1', 'unregister', '--id', '3']
  return fc
    .tuple(fc.boolean(), fc.array(argument, { maxLength: 5 }))
    .map(([isWhole, argv]) => ({ program, argv: isWhole ? [...enough, ...argv] : argv }))
})

function argparseOutcome(program: Program, argv: readonly string[]): object {
  try {
    const given = parseArguments(program, argv)
    const command = given.command === undefined ? {} : { '@command': given.command }
    return { values: { ...given.values, ...given.commandValues, ...command } }
  } catch (error) {
    if (error instanceof ArgumentError) return { stderr: error.text, stdout: '' }
    if (error instanceof HelpRequested) return { stderr: '', stdout: error.text }
    throw error
  }
}

test('arguments are read, refused and described as argparse4j does', async t => {
  const ask = await peerOrSkip(t, argumentsOracle)
  if (ask === undefined) return
  const cases = fc.sample(argparseCase, { numRuns: 3_000, seed: 70 })
  const described = (all: Arguments) =>
    Object.fromEntries(
      Object.entries(all).map(([name, one]) => [name, { ...one, type: one.type.javaName }]),
    )
  const whole = (program: Program) => ({
    ...program,
    arguments: described(program.arguments),
    commands:
      program.commands === undefined
        ? null
        : Object.fromEntries(
            Object.entries(program.commands).map(([name, command]) => [
              name,
              { ...command, arguments: described(command.arguments) },
            ]),
          ),
  })

  const answers = await ask(
    cases.map(({ program, argv }) => ({ do: 'argparse', program: whole(program), argv })),
  )

  assertSame(
    cases.map(({ argv }) => ({ argv })),
    index => {
      const one = cases[index]
      return one === undefined ? {} : argparseOutcome(one.program, one.argv)
    },
    index => answers[index] ?? {},
  )
})
