import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ConsumerRecord } from '../../client/index.ts'
import { silentLog } from '../../host/index.ts'
import { nodeHost } from '../../host/node/index.ts'
import { MemoryTerminal, SeededRandom } from '../../sim/index.ts'
import { runTool } from '../tool.ts'
import { consoleConsumer } from './console-consumer.ts'
import {
  consumerProperties,
  DEFAULT_FORMATTER,
  readConsumerOptions,
  startOf,
} from './consumer-options.ts'
import { deserializerNamed } from './deserializers.ts'
import { formatterNamed } from './formatters.ts'

const record: ConsumerRecord = {
  topic: 't',
  partition: 1,
  offset: 7,
  timestamp: 1234,
  timestampType: 'CreateTime',
  key: Buffer.from('k'),
  value: null,
  headers: [
    { key: 'h1', value: Buffer.from('v1') },
    { key: 'h2', value: null },
  ],
  leaderEpoch: 0,
}

function printed(properties: Record<string, string>, of: ConsumerRecord = record): string {
  const make = formatterNamed(DEFAULT_FORMATTER, () => undefined)
  assert.ok(make)
  return make(new Map(Object.entries(properties)), silentLog)(of).toString()
}

const everything = {
  'print.timestamp': 'true',
  'print.partition': 'true',
  'print.offset': 'true',
  'print.headers': 'true',
  'print.key': 'true',
}

test('the value alone is printed, or everything in a fixed order', () => {
  assert.equal(printed({}), 'null\n')
  assert.equal(
    printed(everything),
    'CreateTime:1234\tPartition:1\tOffset:7\th1:v1,h2:null\tk\tnull\n',
  )
  assert.equal(
    printed({ ...everything, 'print.headers': 'true' }, { ...record, headers: [] }).split('\t')[3],
    'NO_HEADERS',
  )
})

test('separators and the word for null can be chosen', () => {
  const properties = { 'print.key': 'true', 'key.separator': '-', 'null.literal': 'NIL' }
  assert.equal(printed({ ...properties, 'line.separator': ';' }), 'k-NIL;')
  assert.equal(printed({ 'print.key': 'true', 'print.value': 'false' }), 'k\n')
})

const readings: readonly (readonly [name: string, hex: string, text: string])[] = [
  ['IntegerDeserializer', '0000002a', '42'],
  ['LongDeserializer', 'ffffffffffffffff', '-1'],
  ['ShortDeserializer', '0100', '256'],
  ['DoubleDeserializer', '3ff0000000000000', '1.0'],
  ['FloatDeserializer', '3dcccccd', '0.1'],
  ['BooleanDeserializer', '01', 'true'],
  ['BytesDeserializer', '410a5c', 'A\\x0A\\x5C'],
]
for (const [name, hex, text] of readings) {
  test(`${name} reads ${hex} as ${text}`, () => {
    const read = deserializerNamed(`org.apache.kafka.common.serialization.${name}`)
    assert.equal(read?.(Buffer.from(hex, 'hex')), text)
  })
}

test('bytes of another size are refused in the words of Kafka', () => {
  const read = deserializerNamed('org.apache.kafka.common.serialization.IntegerDeserializer')
  assert.throws(() => read?.(Buffer.from('k')), {
    message: 'Size of data received by IntegerDeserializer is not 4',
    exceptionName: 'org.apache.kafka.common.errors.SerializationException',
  })
  assert.equal(deserializerNamed('no.such.Deserializer'), undefined)
})

const server = ['--bootstrap-server', 'localhost:9092']

async function run(...argv: string[]) {
  const terminal = new MemoryTerminal()
  const code = await runTool(consoleConsumer, argv, { host: nodeHost(), terminal })
  const { text } = terminal.stderr
  return { code, firstLine: text.slice(0, text.indexOf('\n')), text }
}

const refusals: readonly (readonly [argv: string[], firstLine: string])[] = [
  [server, 'Exactly one of --include/--topic is required. '],
  [
    ['--whitelist', 'a', '--topic', 'a', ...server],
    'Exactly one of --include/--topic is required. --whitelist is DEPRECATED use --include ' +
      'instead; ignored if --include specified.',
  ],
  [['--topic', 'a'], 'Missing required argument "[bootstrap-server]"'],
  [['--topic', 'a', '--foo', ...server], 'foo is not a recognized option'],
  [
    ['--topic', 'a', '--offset', '1', ...server],
    'The partition is required when offset is specified.',
  ],
  [
    ['--topic', 'a', '--partition', '0', '--offset', '-5', ...server],
    "The provided offset value '-5' is incorrect. Valid values are 'earliest', 'latest', or a " +
      'non-negative long.',
  ],
  [
    ['--topic', 'a', '--partition', '0', '--group', 'g', ...server],
    'Options group and partition cannot be specified together.',
  ],
  [
    ['--topic', 'a', '--group', 'a', '--consumer-property', 'group.id=b', ...server],
    "The group ids provided in different places (directly using '--group', via " +
      "'--consumer-property', or via '--consumer.config') do not match. Detected group ids: 'a', 'b'",
  ],
  [['--topic', 'a', '--formatter', 'no.such.Formatter', ...server], 'no.such.Formatter'],
]
for (const [argv, firstLine] of refusals) {
  test(`kafka-console-consumer ${argv.join(' ')} is refused in one line`, async () => {
    const result = await run(...argv)
    assert.equal(result.firstLine, firstLine)
    assert.match(result.text, /\nOption +Description/)
    assert.equal(result.code, 1)
  })
}

test('a start that contradicts another is refused without the usage', async () => {
  const result = await run(
    ...['--topic', 'a', '--from-beginning', '--consumer-property', 'auto.offset.reset=latest'],
    ...server,
  )
  assert.equal(
    result.text,
    "Can't simultaneously specify --from-beginning and 'auto.offset.reset=latest', please remove " +
      'one option\n',
  )
  assert.equal(result.code, 1)
})

test('without a group a random one is used, which commits nothing', () => {
  const given = readConsumerOptions(['--topic', 'a', ...server], () => undefined)
  const properties = consumerProperties(given, new Map(), new SeededRandom(1))

  assert.match(properties.get('group.id') ?? '', /^console-consumer-\d{1,5}$/)
  assert.equal(properties.get('enable.auto.commit'), 'false')
  assert.equal(properties.get('auto.offset.reset'), 'latest')
  assert.equal(startOf(given), 'latest')
})
