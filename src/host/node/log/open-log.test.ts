import assert from 'node:assert/strict'
import fs, {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Log } from '../../log.ts'
import { nodeClock } from '../clock.ts'
import { openLog, openServerLog, type OpenLog } from './index.ts'

// Log files are written to a temporary directory: that they are complete and in place is the point.
let root = ''
before(() => {
  root = mkdtempSync(join(tmpdir(), 'tidelog-log-'))
})
after(() => rmSync(root, { recursive: true }))

const startMs = new Date(2026, 10, 21, 9, 59, 59, 990).getTime()

function open(
  name: string,
  properties: Record<string, string>,
): { opened: OpenLog; log: Log; clock: { ms: number } } {
  const clock = { ms: startMs }
  const opened = openServerLog(
    properties,
    { 'kafka.logs.dir': join(root, name) },
    { ...nodeClock, wallMs: () => clock.ms },
  )
  return { opened, log: opened.log, clock }
}

const read = (...path: string[]): string => readFileSync(join(root, ...path), 'utf8')

const endOfTurn = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

const fileAppender = (name: string, file: string): Record<string, string> => ({
  [`log4j.appender.${name}`]: 'org.apache.log4j.DailyRollingFileAppender',
  [`log4j.appender.${name}.DatePattern`]: "'.'yyyy-MM-dd-HH",
  [`log4j.appender.${name}.File`]: `\${kafka.logs.dir}/${file}`,
})

const serverProperties = {
  'log4j.rootLogger': 'INFO, server',
  ...fileAppender('server', 'server.log'),
  ...fileAppender('controller', 'controller.log'),
  'log4j.logger.kafka.controller': 'TRACE, controller',
  'log4j.additivity.kafka.controller': 'false',
}

test('lines are in the file of their logger at the end of the turn', async () => {
  const { opened, log } = open('routed', serverProperties)

  log.named('kafka.server.KafkaServer').info('[KafkaServer id=0] started')
  log.named('kafka.server.KafkaServer').debug('not printed')
  log.named('kafka.controller.KafkaController').trace('elected', { epoch: 2 })
  await endOfTurn()

  assert.equal(
    read('routed', 'server.log'),
    '[2026-11-21 09:59:59,990] INFO [KafkaServer id=0] started (kafka.server.KafkaServer)\n',
  )
  assert.equal(
    read('routed', 'controller.log'),
    '[2026-11-21 09:59:59,990] TRACE elected epoch=2 (kafka.controller.KafkaController)\n',
  )
  opened.close()
})

test('nobody waits until lines are on the disk', async t => {
  const synced = t.mock.method(fs, 'fsyncSync')
  const { opened, log } = open('quick', serverProperties)

  log.info('one')
  log.error('two')
  await endOfTurn()

  assert.equal(synced.mock.callCount(), 0)
  opened.close()
})

test('an error is in its file when the call returns, with all before it', () => {
  const { opened, log } = open('failing', serverProperties)

  log.info('one')
  log.error('two')

  assert.match(read('failing', 'server.log'), /INFO one \(root\)\n.*ERROR two \(root\)\n$/)
  opened.close()
})

test('the file of an hour is set aside by the first line of the next, also one left by an earlier process', () => {
  const { opened, log, clock } = open('rolled', serverProperties)
  writeFileSync(join(root, 'rolled', 'server.log'), 'left behind\n')
  const earlier = new Date(startMs - 3_600_000)
  utimesSync(join(root, 'rolled', 'server.log'), earlier, earlier)

  log.info('nine')
  clock.ms += 3_600_000
  log.info('ten')
  log.info('ten again')
  opened.close()

  assert.deepEqual(readdirSync(join(root, 'rolled')).sort(), [
    'controller.log',
    'server.log',
    'server.log.2026-11-21-08',
    'server.log.2026-11-21-09',
  ])
  assert.equal(read('rolled', 'server.log.2026-11-21-08'), 'left behind\n')
  assert.match(read('rolled', 'server.log.2026-11-21-09'), /^\[.*\] INFO nine \(root\)\n$/)
  assert.match(read('rolled', 'server.log'), /ten \(root\)\n.*ten again \(root\)\n$/)
})

test('a file that is full is shifted, and the oldest backup goes', () => {
  const { opened, log } = open('sized', {
    'log4j.rootLogger': 'INFO, sized',
    'log4j.appender.sized': 'org.apache.log4j.RollingFileAppender',
    'log4j.appender.sized.File': '${kafka.logs.dir}/a.log',
    'log4j.appender.sized.MaxFileSize': '100',
    'log4j.appender.sized.MaxBackupIndex': '2',
    'log4j.appender.sized.layout.ConversionPattern': '%m%n',
  })

  for (let line = 0; line < 8; line++) log.info(`${line}`.repeat(59))
  opened.close()

  const firsts = (file: string): string => read('sized', file).replaceAll(/(\d)\1*\n/g, '$1')
  assert.deepEqual(['a.log', 'a.log.1', 'a.log.2'].map(firsts), ['67', '45', '23'])
  assert.deepEqual(readdirSync(join(root, 'sized')).length, 3)
})

test('JSON lines carry fields, errors and exact integers', () => {
  const { opened, log } = open('json', {
    'log4j.rootLogger': 'INFO, json',
    'log4j.appender.json': 'org.apache.log4j.FileAppender',
    'log4j.appender.json.File': '${kafka.logs.dir}/json.log',
    'log4j.appender.json.layout': 'tidelog.JsonLayout',
  })
  const error = new Error('torn', { cause: new Error('power') })

  log
    .named('kafka.log.Log')
    .warn('cut\n', { offset: 2n ** 63n - 1n, topics: new Map([['a', 1]]), error })
  opened.close()

  const line = JSON.parse(read('json', 'json.log')) as Record<string, unknown>
  const { stack, ...serialised } = line['error'] as Record<string, unknown>
  assert.match(String(stack), /^Error: torn\n {4}at /)
  assert.deepEqual(
    { ...line, error: { message: serialised['message'] } },
    {
      level: 'WARN',
      time: new Date(startMs).toISOString(),
      logger: 'kafka.log.Log',
      offset: '9223372036854775807',
      topics: { a: 1 },
      error: { message: 'torn' },
      message: 'cut\n',
    },
  )
})

test('levels can be read and changed while running; a logger without its own follows its ancestor', () => {
  const { opened, log } = open('levels', serverProperties)
  const network = log.named('kafka.network.Processor')

  network.debug('hidden')
  opened.setLevel('kafka.network', 'debug')
  network.debug('shown')
  opened.setLevel('kafka.network', undefined)
  network.debug('hidden again')
  opened.setLevel('root', 'off')
  network.error('silenced')
  opened.close()

  assert.match(read('levels', 'server.log'), /^\[.*\] DEBUG shown \(kafka\.network\.Processor\)\n$/)
  assert.deepEqual(
    opened.levels(),
    new Map([
      ['root', 'off'],
      ['kafka.controller', 'trace'],
      ['kafka.network', 'off'],
      ['kafka.network.Processor', 'off'],
    ]),
  )
})

test('a log that cannot be written is reported once and never stops the server', async () => {
  const problems: string[] = []
  const blocked = join(root, 'blocked')
  writeFileSync(blocked, 'a file where a directory should be')
  const opened = openLog(
    {
      loggers: new Map([['', { level: 'info', appenders: ['file'], isAdditive: true }]]),
      appenders: new Map([
        [
          'file',
          {
            target: { type: 'file', path: join(blocked, 'server.log'), rolling: { by: 'never' } },
            layout: { type: 'pattern', pattern: '%m%n' },
          },
        ],
      ]),
    },
    nodeClock,
    problem => problems.push(problem),
  )

  opened.log.info('one')
  opened.log.info('two')
  await new Promise(resolve => setImmediate(resolve))

  assert.equal(problems.length, 1)
  assert.match(problems[0] ?? '', /^cannot log to .*blocked.server\.log: /)
  opened.close()
})
