import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nodeHost } from '../../host/node/index.ts'
import { MemoryTerminal } from '../../sim/index.ts'
import { runTool } from '../tool.ts'
import { consoleProducer } from './console-producer.ts'
import { linesOf } from '../lines.ts'
import { LineParser, type ParsedRecord } from './line-parser.ts'
import { producerProperties, readProducerOptions } from './producer-options.ts'

async function linesIn(...chunks: readonly (string | Buffer)[]): Promise<string[]> {
  const lines: string[] = []
  const { stdin } = new MemoryTerminal(chunks)
  for await (const line of linesOf(stdin, () => undefined)) lines.push(line)
  return lines
}

test('each line is one, an empty one too, and the last without an end', async () => {
  assert.deepEqual(await linesIn('one\ntwo\n'), ['one', 'two'])
  assert.deepEqual(await linesIn('\n'), [''])
  assert.deepEqual(await linesIn('a\r\nb\rc'), ['a', 'b', 'c'])
  assert.deepEqual(await linesIn(), [])
})

test('how the input is cut makes no difference', async () => {
  const bytes = fc.array(fc.constantFrom('a', 'é', '\n', '\r'), { maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(bytes, fc.array(fc.nat(30)), async (letters, cuts) => {
      const whole = Buffer.from(letters.join(''))
      const places = [0, ...cuts.filter(cut => cut < whole.length).toSorted((a, b) => a - b)]
      const chunks = places.map((place, index) => whole.subarray(place, places[index + 1]))

      assert.deepEqual(await linesIn(...chunks), await linesIn(whole))
    }),
  )
})

test('a prompt comes before each line, and before the end', async () => {
  let prompts = 0
  const { stdin } = new MemoryTerminal(['one\ntwo\n'])
  for await (const line of linesOf(stdin, () => (prompts += 1))) assert.notEqual(line, '')
  assert.equal(prompts, 3)
})

function parse(line: string, properties: Record<string, string> = {}): ParsedRecord {
  return new LineParser(new Map(Object.entries(properties))).parse(line)
}
const keyed = { 'parse.key': 'true', 'key.separator': ':' }

test('a line is a value, or key and value, or headers before both', () => {
  assert.deepEqual(parse('a:1'), { key: null, value: 'a:1', headers: [] })
  assert.deepEqual(parse('c:3:4', keyed), { key: 'c', value: '3:4', headers: [] })
  assert.deepEqual(parse('h1:v1,h2:v2\tk\tv', { 'parse.key': 'true', 'parse.headers': 'true' }), {
    key: 'k',
    value: 'v',
    headers: [
      { key: 'h1', value: 'v1' },
      { key: 'h2', value: 'v2' },
    ],
  })
})

test('a marker stands for null, wherever it stands', () => {
  const marked = { ...keyed, 'null.marker': 'NULL' }
  assert.equal(parse('k:NULL', marked).value, null)
  assert.equal(parse('NULL:v', marked).key, null)
})

test('a missing separator is named with its line; ignored, the line is the value', () => {
  assert.throws(() => parse('nokey', keyed), {
    message: "No key separator found on line number 1: 'nokey'",
  })
  assert.deepEqual(parse('nokey', { ...keyed, 'ignore.error': 'true' }), {
    key: null,
    value: 'nokey',
    headers: [],
  })
})

test('separators must differ', () => {
  assert.throws(() => parse('x', { 'headers.delimiter': ',' }), {
    message: 'headers.delimiter and headers.separator may not be equal',
  })
})

const server = ['--topic', 't', '--bootstrap-server', 'localhost:9092']

function properties(...argv: string[]): Map<string, string> {
  const given = readProducerOptions([...server, ...argv], () => undefined)
  return producerProperties(given, new Map([['linger.ms', '7']]))
}

test('options go over properties, properties over the file, the file over defaults', () => {
  assert.equal(properties().get('linger.ms'), '7')
  assert.equal(properties('--producer-property', 'linger.ms=8').get('linger.ms'), '8')
  assert.equal(properties('--timeout', '9').get('linger.ms'), '9')
  assert.equal(properties().get('acks'), '-1')
  assert.equal(properties().get('client.id'), 'console-producer')
})

test('a codec without a name is gzip, no codec is none', () => {
  assert.equal(properties('--compression-codec').get('compression.type'), 'gzip')
  assert.equal(properties('--compression-codec', 'lz4').get('compression.type'), 'lz4')
  assert.equal(properties().get('compression.type'), 'none')
})

test('a broker list is a list of host:port', async () => {
  const terminal = new MemoryTerminal()
  const argv = ['--topic', 't', '--broker-list', 'localhost']
  const code = await runTool(consoleProducer, argv, { host: nodeHost(), terminal })

  assert.match(terminal.stderr.text, /^Please provide valid host:port like/)
  assert.equal(code, 1)
})
