import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OptionError, UsageError, VersionRequested } from '../errors.ts'
import {
  helpOrVersion,
  mergeOption,
  parseKeyValues,
  refuseCombination,
  refuseTogether,
  requireOneAction,
  requireOptions,
} from './checks.ts'
import { flag, integer, long, standardOptions, text } from './option.ts'
import { parseOptions } from './parser.ts'
import { usageOf } from './usage.ts'

const options = {
  ...standardOptions,
  'bootstrap-server': text('The brokers to connect to.', { describedAs: 'server' }),
  'broker-list': text('Older name of it.'),
  create: flag('Create a topic.'),
  list: flag('List all topics.'),
  topic: text('The topic.', { describedAs: 'topic' }),
  partitions: integer('The number of partitions.', { describedAs: '# of partitions' }),
  config: text('A configuration override.'),
  state: text('States to show.', { isOptional: true }),
  'timeout-ms': long('The time to wait.', { defaultsTo: 5000 }),
  names: text('Names.', { separator: ',' }),
}
const parse = (...argv: string[]) => parseOptions(options, argv)

function refusal(...argv: string[]): string {
  try {
    parse(...argv)
  } catch (error) {
    assert.ok(error instanceof OptionError)
    return error.javaText
  }
  assert.fail('nothing was refused')
}

test('arguments stand behind their option or an equals sign; options stand anywhere', () => {
  const given = parse('--create', 'stray', '--topic=a=b', '--partitions', '3', '-list')

  assert.equal(given.has('create'), true)
  assert.equal(given.value('topic'), 'a=b')
  assert.equal(given.value('partitions'), 3)
  assert.equal(given.has('list'), true, 'one dash is enough')
  assert.deepEqual(given.rest, ['stray'])
})

test('an option may be given several times, unless one value is asked for', () => {
  const given = parse('--config', 'a=1', '--config', 'b=2')

  assert.deepEqual(given.values('config'), ['a=1', 'b=2'])
  assert.throws(() => given.value('config'), {
    message: 'Found multiple arguments for option config, but you asked for only one',
  })
})

test('a required argument is whatever comes next, even if it looks like an option', () => {
  assert.equal(parse('--topic', '--list').value('topic'), '--list')
  assert.equal(parse('--topic=').value('topic'), '')
})

test('an optional argument is not taken from what looks like an option', () => {
  assert.equal(parse('--state', 'Stable').value('state'), 'Stable')
  const given = parse('--state', '--list')
  assert.deepEqual(
    [given.has('state'), given.value('state'), given.has('list')],
    [true, null, true],
  )
})

test('without an argument the default counts, and shows that it was not given', () => {
  const given = parse()

  assert.equal(given.value('timeout-ms'), 5000)
  assert.equal(given.has('timeout-ms'), false)
  assert.equal(given.value('topic'), null)
})

test('a list of arguments is split, empty parts dropped', () => {
  assert.deepEqual(parse('--names', 'a,,b', '--names', 'c').values('names'), ['a', 'b', 'c'])
})

test('what follows -- is no option', () => {
  assert.deepEqual(parse('--list', '--', '--topic').rest, ['--topic'])
})

test('refusals are in the words of the recorded cases', () => {
  const java = 'joptsimple.'
  assert.equal(
    refusal('--list', '--foo', '--bootstrap-server', 'localhost:9092'),
    `${java}UnrecognizedOptionException: foo is not a recognized option`,
  )
  assert.equal(refusal('-foo'), `${java}UnrecognizedOptionException: f is not a recognized option`)
  assert.equal(
    refusal('--topics', 'x'),
    `${java}UnrecognizedOptionException: topics is not a recognized option`,
    'no abbreviations, no extensions',
  )
  assert.equal(
    refusal('--bootstrap-server'),
    `${java}OptionMissingRequiredArgumentException: Option bootstrap-server requires an argument`,
  )
  assert.equal(
    refusal('--constructor', 'x'),
    `${java}UnrecognizedOptionException: constructor is not a recognized option`,
  )
})

test('a number is looked at when it is asked for, so that the tool says what it was doing', () => {
  const given = parse('--partitions', 'x')

  assert.throws(() => given.value('partitions'), {
    message: "Cannot parse argument 'x' of option partitions",
  })
})

test('a typographic dash in front of a known option is read as two hyphens, and said so', () => {
  const given = parse('–topic', 't', '—bootstrap-server=h:1', '–unknown', '--config', '–list')

  assert.equal(given.value('topic'), 't')
  assert.equal(given.value('bootstrap-server'), 'h:1')
  assert.deepEqual(given.rest, ['–unknown'])
  assert.equal(given.value('config'), '–list', 'an argument stays as it is')
  assert.deepEqual(given.notices, [
    'Reading –topic as --topic',
    'Reading —bootstrap-server as --bootstrap-server',
  ])
})

test('an option may be required unless another is given, and allowed only with another', () => {
  const some = {
    ...standardOptions,
    server: text('', { requiredUnless: ['old'] }),
    old: text(''),
    describe: flag(''),
    state: flag('', { availableIf: ['describe'] }),
  }
  const read = (...argv: string[]) => parseOptions(some, argv)

  assert.throws(() => read(), { message: 'Missing required option(s) [server]' })
  assert.throws(() => read('--old', 'x', '--state'), {
    message: 'Option(s) [state] are unavailable given other options on the command line',
  })
  assert.equal(read('--old', 'x', '--describe', '--state').has('state'), true)
  assert.equal(read('--help', '--state').has('help'), true, 'help needs nothing')
})

test('checks end with their sentence, the usage and exit code 1', () => {
  const message = (check: () => void) => {
    try {
      check()
    } catch (error) {
      assert.ok(error instanceof UsageError)
      return error.message
    }
    assert.fail('nothing was refused')
  }

  assert.equal(
    message(() => requireOptions(parse('--create'), 'create', 'topic')),
    'Missing required argument "[topic]"',
  )
  assert.equal(
    message(() => refuseTogether(parse('--topic', 't', '--list'), 'topic', 'partitions', 'list')),
    'Option "[topic]" can\'t be used with option "[list]"',
  )
  assert.equal(
    message(() =>
      refuseCombination(parse('--bootstrap-server', 'h', '--config', 'c', '--create'), {
        used: ['bootstrap-server', 'config'],
        invalid: ['create'],
        addition: ' (use another tool)',
      }),
    ),
    'Option combination "[[bootstrap-server], [config]]" can\'t be used with option "[create]" ' +
      '(use another tool)',
  )
  assert.equal(
    message(() => requireOneAction(parse('--create', '--list'), ['create', 'list'], 'One action')),
    'One action',
  )
  assert.equal(requireOneAction(parse('--list'), ['create', 'list'], 'One action'), 'list')
})

test('a tool without arguments, or with --help, prints its usage; --version its version', () => {
  const help = (...argv: string[]) => helpOrVersion(parse(...argv), argv, 'Does things.')

  assert.throws(() => help(), { text: `Does things.\n${usageOf(options)}` })
  assert.throws(() => help('--help'), UsageError)
  assert.throws(() => help('--version', '--list'), VersionRequested)
  help('--list')
})

test('pairs are split at their first equals sign, and may lack a value', () => {
  assert.deepEqual(Object.fromEntries(parseKeyValues(['a=b=c', 'd=', 'e'])), {
    a: 'b=c',
    d: '',
    e: '',
  })
  assert.throws(() => parseKeyValues(['d='], { mayMissValue: false }), /Missing value for key d/)
})

test('an option goes before a properties file, which goes before the default', () => {
  const merged = (...argv: string[]) => {
    const properties = new Map([['timeout', 'file']])
    mergeOption(properties, 'timeout', parse(...argv), 'timeout-ms')
    mergeOption(properties, 'topic', parse(...argv), 'topic')
    mergeOption(properties, 'wait', parse(...argv), 'timeout-ms')
    return Object.fromEntries(properties)
  }

  assert.deepEqual(merged(), { timeout: 'file', wait: '5000' })
  assert.deepEqual(merged('--timeout-ms', '7', '--topic', 't'), {
    timeout: '7',
    wait: '7',
    topic: 't',
  })
})

test('usage stands in two columns, by name, with types and defaults', () => {
  const usage = usageOf({
    'timeout-ms': options['timeout-ms'],
    topic: text('The topic to read from, of which there may be very many, or only a few.'),
    state: options.state,
    list: options.list,
  })

  assert.equal(
    usage,
    [
      'Option               Description                                             ',
      '------               -----------                                             ',
      '--list               List all topics.                                        ',
      '--state [String]     States to show.                                         ',
      '--timeout-ms <Long>  The time to wait. (default: 5000)                       ',
      '--topic <String>     The topic to read from, of which there may be very many,',
      '                       or only a few.                                        ',
      '',
    ].join('\n'),
  )
})
