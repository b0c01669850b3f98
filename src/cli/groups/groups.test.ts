import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nodeClock, nodeHost } from '../../host/node/index.ts'
import { MemoryFiles, MemoryTerminal } from '../../sim/index.ts'
import { runTool } from '../tool.ts'
import { scenarioOf, readGroupOptions } from './group-options.ts'
import { groupsCommand } from './groups-command.ts'
import { parseDateTime, parseDuration } from './moments.ts'
import { csvOf, readResetPlan } from './reset-plan.ts'
import { columnsText } from './table.ts'

const server = ['--bootstrap-server', 'localhost:9092']

const refusals: readonly (readonly [argv: string[], firstLine: string])[] = [
  [['--delete', ...server], 'Option [delete] takes one of these options: [all-groups], [group]'],
  [
    ['--delete-offsets', ...server],
    'Option [delete-offsets] takes the following options: [all-groups], [group]',
  ],
  [['--list'], 'Missing required argument "[bootstrap-server]"'],
  [
    server,
    'Command must include exactly one action: --list, --describe, --delete, --reset-offsets, ' +
      '--delete-offsets',
  ],
  [
    ['--describe', ...server],
    'Option [describe] takes one of these options: [reset-offsets], [describe], [delete], [list]',
  ],
  [
    ['--describe', '--members', '--state', '--group', 'g', ...server],
    'Option [describe] takes at most one of these options: [members], [offsets], [state]',
  ],
  [
    [
      ...['--reset-offsets', '--group', 'g', '--topic', 't', '--execute'],
      ...['--to-earliest', '--to-latest', ...server],
    ],
    'Option "[to-earliest]" can\'t be used with option "[to-latest]"',
  ],
]

for (const [argv, firstLine] of refusals) {
  test(`kafka-consumer-groups ${argv.join(' ')} is refused with one line and the usage`, async () => {
    const terminal = new MemoryTerminal()
    const code = await runTool(groupsCommand, argv, { host: nodeHost(), terminal })

    const { text } = terminal.stderr
    assert.equal(text.slice(0, text.indexOf('\n')), firstLine)
    assert.equal(code, 1)
  })
}

test('an unknown option ends as an exception that nobody caught', async () => {
  const terminal = new MemoryTerminal()
  const argv = ['--list', '--foo', ...server]
  const code = await runTool(groupsCommand, argv, { host: nodeHost(), terminal })

  assert.equal(
    terminal.stderr.text,
    'Exception in thread "main" joptsimple.UnrecognizedOptionException: foo is not a recognized option\n',
  )
  assert.equal(code, 1)
})

test('a reset without a scenario names them all', () => {
  const argv = ['--reset-offsets', '--group', 'g', '--topic', 't', '--execute', ...server]
  const { given } = readGroupOptions(argv, () => undefined)

  assert.throws(() => scenarioOf(given), {
    message:
      "Option '[reset-offsets]' requires one of the following scenarios: [[to-offset], " +
      '[to-current], [to-datetime], [from-file], [by-duration], [to-earliest], [to-latest], ' +
      '[shift-by]]',
  })
})

test('moments are in UTC unless they say otherwise', () => {
  assert.equal(parseDateTime('1970-01-01T00:00:01.500'), 1500)
  assert.equal(parseDateTime('1970-01-01T01:00:00+01:00'), 0)
  assert.equal(parseDateTime('1969-12-31T23:00:00.000-01:00'), 0)
  assert.throws(() => parseDateTime('yesterday'), /does not contain a 'T'/)
  assert.throws(() => parseDateTime('2020-02-30T00:00:00.000'), /Unparseable date/)
})

test('spans are of days, hours, minutes and seconds', () => {
  assert.equal(parseDuration('PT1H'), 3_600_000)
  assert.equal(parseDuration('P1DT2M3.5S'), 86_400_000 + 120_000 + 3_500)
  assert.equal(parseDuration('-PT1S'), -1_000)
  for (const text of ['1h', 'P', 'PT', 'PT1']) {
    assert.throws(() => parseDuration(text), { message: 'Text cannot be parsed to a Duration' })
  }
})

test('a plan that was printed is read back', () => {
  const files = new MemoryFiles({ clock: nodeClock })
  const plan = new Map([['g', [{ topic: 't', partition: 2, offset: 7 }]]])
  assert.equal(csvOf(plan, true), 't,2,7\n')
  assert.equal(csvOf(plan, false), 'g,t,2,7\n')
  for (const isOfOneGroup of [true, false]) {
    files.writeFile('/plan.csv', Buffer.from(csvOf(plan, isOfOneGroup)))
    assert.deepEqual(readResetPlan({ files }, '/plan.csv', 'g'), plan)
  }
  assert.throws(() => readResetPlan({ files }, '/nowhere', 'g'), /Unable to read file \/nowhere/)
})

test('columns are as wide as their longest cell, and not less than they have to be', () => {
  const columns = [
    { title: 'A', minWidth: 3, text: (row: string) => row },
    { title: 'B', width: 4, text: () => 'long cell' },
    { title: 'C', width: 0, text: () => '-' },
  ]
  assert.deepEqual(columnsText(columns, ['x', 'four']), [
    'A    B    C',
    'x    long cell -',
    'four long cell -',
  ])
})
