import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ConsumerRecord } from '../../client/index.ts'
import { silentLog } from '../../host/index.ts'
import { nodeHost } from '../../host/node/index.ts'
import {
  encodeVersioned,
  GroupMetadataKey,
  GroupMetadataValue,
  OffsetCommitKey,
  OffsetCommitValue,
} from '../../protocol/index.ts'
import { MemoryTerminal, SeededRandom } from '../../sim/index.ts'
import { runTool } from '../tool.ts'
import { consoleConsumer } from './console-consumer.ts'
import {
  consumerProperties,
  DEFAULT_FORMATTER,
  readConsumerOptions,
  startOf,
} from './consumer-options.ts'
import { deserializerNamed, type Deserialize } from './deserializers.ts'
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
  return printedBy(DEFAULT_FORMATTER, properties, of).text
}

/** What a formatter prints, and what it says on standard error. */
function printedBy(name: string, properties: Record<string, string>, of: ConsumerRecord) {
  const told: string[] = []
  const tell = (line: string) => told.push(line)
  const make = formatterNamed(name, tell)
  assert.ok(make)
  const format = make(new Map(Object.entries(properties)), { log: silentLog, tell })
  return { text: format(of).toString(), told }
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

function deserializer(name: string): Deserialize {
  const named = deserializerNamed(`org.apache.kafka.common.serialization.${name}`)
  assert.ok('deserialize' in named)
  return named.deserialize
}

for (const [name, hex, text] of readings) {
  test(`${name} reads ${hex} as ${text}`, () => {
    assert.equal(deserializer(name)(Buffer.from(hex, 'hex')), text)
  })
}

test('bytes of another size are refused in the words of Kafka', () => {
  assert.throws(() => deserializer('IntegerDeserializer')(Buffer.from('k')), {
    message: 'Size of data received by IntegerDeserializer is not 4',
    exceptionName: 'org.apache.kafka.common.errors.SerializationException',
  })
})

test('a deserializer that is not here is named, and the bytes are printed as they are', () => {
  const properties = { 'print.key': 'true', 'key.deserializer': 'no.such.Deserializer' }
  assert.deepEqual(printedBy(DEFAULT_FORMATTER, properties, record), {
    text: 'k\tnull\n',
    told: ['java.lang.ClassNotFoundException: no.such.Deserializer'],
  })
  assert.ok(
    'problem' in deserializerNamed('org.apache.kafka.common.serialization.ListDeserializer'),
  )
})

const GROUP = 'org.apache.kafka.tools.consumer.'
const OLD_GROUP = 'kafka.coordinator.group.GroupMetadataManager$'

function stored(key: Buffer, value: Buffer | null): ConsumerRecord {
  return { ...record, key, value }
}
const offsetKey = encodeVersioned(OffsetCommitKey, 1, { group: 'g', topic: 't', partition: 2 })
const storedOffset = stored(
  offsetKey,
  encodeVersioned(OffsetCommitValue, 3, {
    offset: 9_007_199_254_740_993n,
    leaderEpoch: 4,
    metadata: 'a"b',
    commitTimestamp: 1_700_000_000_000n,
  }),
)
const storedGroup = stored(
  encodeVersioned(GroupMetadataKey, 2, { group: 'g' }),
  encodeVersioned(GroupMetadataValue, 2, {
    protocolType: 'consumer',
    generation: 3,
    protocol: 'range',
    leader: 'm',
    currentStateTimestamp: 5,
    members: [
      {
        memberId: 'm',
        clientId: 'c',
        clientHost: '/h',
        rebalanceTimeout: 6,
        sessionTimeout: 7,
        subscription: Buffer.from('s'),
        assignment: Buffer.from(''),
      },
    ],
  }),
)

test('stored offsets are JSON with the fields of their version, all digits and no end of line', () => {
  const name = `${GROUP}OffsetsMessageFormatter`
  const key = '{"key":{"version":1,"data":{"group":"g","topic":"t","partition":2}},'

  assert.equal(
    printedBy(name, {}, storedOffset).text,
    `${key}"value":{"version":3,"data":{"offset":9007199254740993,"leaderEpoch":4,` +
      '"metadata":"a\\"b","commitTimestamp":1700000000000}}}',
  )
  assert.equal(printedBy(name, {}, stored(offsetKey, null)).text, `${key}"value":null}`)
  assert.equal(printedBy(name, {}, storedGroup).text, '')
  assert.equal(
    printedBy(name, {}, stored(Buffer.from([0, 9]), Buffer.from([0, 1]))).text,
    '{"key":{"version":9,"data":"unknown"},"value":{"version":1,"data":"unknown"}}',
  )
})

test('stored groups are JSON with bytes in base64; version 2 has no static members', () => {
  const name = `${GROUP}GroupMetadataMessageFormatter`

  assert.equal(
    printedBy(name, {}, storedGroup).text,
    '{"key":{"version":2,"data":{"group":"g"}},"value":{"version":2,"data":{"protocolType":' +
      '"consumer","generation":3,"protocol":"range","leader":"m","currentStateTimestamp":5,' +
      '"members":[{"memberId":"m","clientId":"c","clientHost":"/h","rebalanceTimeout":6,' +
      '"sessionTimeout":7,"subscription":"cw==","assignment":""}]}}}',
  )
  assert.equal(printedBy(name, {}, storedOffset).text, '')
})

test('by the old names of the classes, stored records are the text of before 3.9', () => {
  const offsets = printedBy(`${OLD_GROUP}OffsetsMessageFormatter`, {}, storedOffset)

  assert.equal(
    offsets.text,
    '[g,t,2]::OffsetAndMetadata(offset=9007199254740993, leaderEpoch=Optional[4], metadata=a"b, ' +
      'commitTimestamp=1700000000000, expireTimestamp=None)\n',
  )
  assert.match(offsets.told[0] ?? '', /^WARNING: .* is deprecated .* use .*OffsetsMessageFormatter/)
  assert.equal(
    printedBy(`${OLD_GROUP}GroupMetadataMessageFormatter`, {}, storedGroup).text,
    'g::GroupMetadata(groupId=g, generation=3, protocolType=Some(consumer), currentState=Stable, ' +
      'members=HashMap(m -> MemberMetadata(memberId=m, groupInstanceId=None, clientId=c, ' +
      'clientHost=/h, sessionTimeoutMs=7, rebalanceTimeoutMs=6, ' +
      'supportedProtocols=List(range))))\n',
  )
})

test('the checksum of a record of today is 0', () => {
  const { text } = printedBy('kafka.tools.ChecksumMessageFormatter', { topic: 't' }, record)
  assert.equal(text, 't:checksum:0\n')
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

test('a pattern that is none is named before anybody is asked', async () => {
  const { code, text } = await run('--include', '[', ...server)

  assert.match(text, /PatternSyntaxException: \[ is no regular expression: Unterminated/)
  assert.doesNotMatch(text, /Processed a total/)
  assert.equal(code, 1)
})

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
