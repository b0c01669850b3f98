/** Lab 003 as typed, sections 1 to 5 (rows S2 and S15 to S18), and the naive program of section 6
 * (S19). */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { labMachineOrSkip, type LabMachine, type Terminal } from '../labs/lab-machine.ts'
import { labSheet, type LabSheet } from '../labs/lab-sheet.ts'
import {
  groupRows,
  labsAtOnce,
  linesOf,
  section,
  startServers,
  untilGroup,
} from '../labs/lab-steps.ts'
import { masked, masks } from '../masks.ts'
import { peerOrSkip } from '../peers/cache.ts'
import { kafkaPython, kafkaPythonReleases } from '../peers/catalog.ts'

interface Lab {
  sheet: LabSheet
  machine: LabMachine
}

test('lab 003: topics, messages, groups, offsets and lag', async t => {
  const sheet = await peerOrSkip(t, async () => labSheet('003'))
  if (sheet === undefined) return
  const machine = await labMachineOrSkip(t, { genuineVersion: '3.1.2' })
  if (machine === undefined) return
  t.after(() => machine.turnOff())
  const lab = { sheet, machine }

  await section(t, '1. both servers start from the stock configuration', () => starting(lab))
  await section(t, '2. a topic is created, listed and described', () => topics(lab))
  let producer: Terminal | undefined
  await section(t, '3. messages arrive: new ones, or all from the beginning', async () => {
    producer = machine.openTerminal(sheet.command('bin/kafka-console-producer.sh'))
    await messages(lab, producer)
  })
  await section(t, '4. and 5. a group shares the partitions, and its lag is shown', async () => {
    assert.ok(producer !== undefined)
    await groups(lab, producer)
  })
})

describe('lab 003, 6', { concurrency: labsAtOnce }, () => {
  for (const release of kafkaPythonReleases) {
    test(`lab 003, 6: the naive pipeline with kafka-python ${release}`, async t => {
      const sheet = await peerOrSkip(t, async () => labSheet('003'))
      const python = await peerOrSkip(t, () => kafkaPython(release))
      if (sheet === undefined || python === undefined) return
      const machine = await labMachineOrSkip(t, { genuineVersion: '3.1.2', python })
      if (machine === undefined) return
      t.after(() => machine.turnOff())
      await starting({ sheet, machine })
      await naivePipeline({ sheet, machine })
    })
  }
})

/**
 * Transactions become balances. The calculator starts at the end of each partition whenever it has
 * found it, so that its first balance of an account may miss the transactions before.
 */
async function naivePipeline({ sheet, machine }: Lab): Promise<void> {
  const local = '--bootstrap-server localhost:9092'
  for (const name of ['transactions', 'balance']) {
    await machine.type(`bin/kafka-topics.sh --create --topic ${name} --partitions 10 ${local}`)
  }
  const calculator = machine.open(machine.save('balance_calculator.py', sheet.program(1)))
  const generator = machine.open(machine.save('transaction_generator.py', sheet.program(0)))
  const accounts = Array.from({ length: 10 }, (_, i) => i)
  await calculator.until('three balances of each account', ({ stdout }) =>
    accounts.every(account => balancesOf(stdout, account).length >= 3),
  )
  await machine.interrupt(generator)
  const sent = accounts.map(account => transactionsOf(generator.stdout, account))
  await calculator.until('the last balances', ({ stdout }) =>
    accounts.every(account => isRunningSum(balancesOf(stdout, account), sent[account] ?? [])),
  )
  await machine.interrupt(calculator)

  const balances = accounts.map(account => balancesOf(calculator.stdout, account))
  const printed = await machine.type(
    [
      `bin/kafka-console-consumer.sh ${local} --topic balance --from-beginning`,
      `--max-messages ${balances.flat().length} --property print.partition=true`,
    ].join(' '),
  )
  const stored = accounts.map(account =>
    [...printed.stdout.matchAll(/^Partition:(\d+)\t(-?\d+)$/gm)]
      .filter(match => Number(match[1]) === account)
      .map(match => Number(match[2])),
  )
  assert.deepEqual(stored, balances)
}

function balancesOf(stdout: string, account: number): number[] {
  const line = new RegExp(`^current balance for account ${account} is (-?\\d+)$`, 'gm')
  return [...stdout.matchAll(line)].map(match => Number(match[1]))
}

function transactionsOf(stdout: string, account: number): number[] {
  const line = new RegExp(`^new transaction: value=(-?\\d+) account_number=${account}$`, 'gm')
  return [...stdout.matchAll(line)].map(match => Number(match[1]))
}

/** True when `sums` are the running sums of the last `sums.length` of `values`. */
function isRunningSum(sums: readonly number[], values: readonly number[]): boolean {
  let sum = 0
  return values.slice(values.length - sums.length).every((value, i) => (sum += value) === sums[i])
}

async function starting({ sheet, machine }: Lab): Promise<void> {
  await startServers(
    machine,
    sheet.command('bin/zookeeper-server-start.sh'),
    sheet.command('bin/kafka-server-start.sh'),
  )
}

async function topics({ sheet, machine }: Lab): Promise<void> {
  const usage = await machine.type('bin/kafka-topics.sh')
  assert.equal(usage.exitCode, 1)
  for (const option of ['bootstrap-server', 'config', 'create', 'delete', 'describe', 'list']) {
    assert.match(usage.stdout + usage.stderr, new RegExp(`^--${option}\\b`, 'm'))
  }

  const create = await machine.type(sheet.command('bin/kafka-topics.sh --create'))
  assert.match(create.stdout, /^Created topic my_first_topic\.$/m)
  assert.equal(create.exitCode, 0)

  const list = await machine.type(sheet.command('bin/kafka-topics.sh --list'))
  assert.deepEqual(linesOf(list.stdout), sheet.shown('bin/kafka-topics.sh --list'))

  const describe = await machine.type(sheet.command('bin/kafka-topics.sh --describe'))
  const shown = sheet.shown('bin/kafka-topics.sh --describe').join('\n')
  assert.equal(masked(describe.stdout, masks.topicId), `${masked(shown, masks.topicId)}\n`)

  // What the sheet asks to read about: --config and --delete.
  const short = await machine.type(
    'bin/kafka-topics.sh --create --topic short --config retention.ms=60000 --bootstrap-server localhost:9092',
  )
  assert.equal(short.stdout, 'Created topic short.\n')
  const ofShort = await machine.type(
    'bin/kafka-topics.sh --describe --topic short --bootstrap-server localhost:9092',
  )
  const configs = /\tConfigs: (.*)\n/.exec(ofShort.stdout)?.[1]?.split(',').sort()
  assert.deepEqual(configs, ['retention.ms=60000', 'segment.bytes=1073741824'])
  const deleted = await machine.type(
    'bin/kafka-topics.sh --delete --topic short --bootstrap-server localhost:9092',
  )
  assert.deepEqual([deleted.stdout, deleted.stderr, deleted.exitCode], ['', '', 0])
  const rest = await machine.type(sheet.command('bin/kafka-topics.sh --list'))
  assert.equal(rest.stdout, 'my_first_topic\n')
}

async function messages({ sheet, machine }: Lab, producer: Terminal): Promise<void> {
  const enter = (line: string): void => producer.write(`${line}\n`)
  await producer.untilOutput(/^>/)
  enter('This is my first message')
  enter('This is my second message')
  // The producer keeps a line for up to a second: new is what is stored after a consumer came.
  await machine.type(`${sheet.command('bin/kafka-console-consumer.sh', 2)} --max-messages 2`)

  const newest = [0, 1].map(() => machine.open(sheet.command('bin/kafka-console-consumer.sh')))
  await untilNewMessagesArrive(newest, enter)
  enter('This is my third message')
  enter('This is my fourth message')
  for (const consumer of newest) {
    await consumer.untilOutput(/fourth message\n/)
    const received = linesOf(consumer.stdout).filter(line => !line.startsWith('is anybody'))
    // Ten partitions: the order between them is nobody's.
    assert.deepEqual(received.sort(), ['This is my fourth message', 'This is my third message'])
  }
  const all = machine.open(sheet.command('bin/kafka-console-consumer.sh', 2))
  await all.until('four messages', ({ stdout }) => stdout.match(/^This is my .+$/gm)?.length === 4)
  for (const consumer of [...newest, all]) {
    const { exitCode, stdout, stderr } = await machine.interrupt(consumer)
    assert.equal(exitCode, 130)
    assert.equal(stderr, `Processed a total of ${linesOf(stdout).length} messages\n`)
  }
}

/**
 * A consumer shows new messages once it has found the end of each partition, which nothing tells:
 * so lines are sent until each has shown one sent after the others had.
 */
async function untilNewMessagesArrive(
  consumers: readonly Terminal[],
  enter: (line: string) => void,
): Promise<void> {
  let probe = 0
  for (const consumer of consumers) {
    const timer = setInterval(() => enter(`is anybody there ${probe++}`), 250)
    try {
      await consumer.untilOutput(/is anybody there \d+\n/)
    } finally {
      clearInterval(timer)
    }
  }
}

async function groups({ sheet, machine }: Lab, producer: Terminal): Promise<void> {
  const member = sheet.command('bin/kafka-console-consumer.sh', 3)
  const describe = sheet.command('bin/kafka-consumer-groups.sh')
  const members = [machine.open(member), machine.open(member)]
  await untilGroup(machine, 'my_group', 'shared and committed', isSharedAndCommitted)

  for (let i = 1; i <= 10; i++) producer.write(`message ${i}\n`)
  const received = (): string[] => members.flatMap(({ stdout }) => linesOf(stdout))
  await Promise.any(members.map(m => m.until('ten in all', () => received().length >= 10)))
  assert.deepEqual(
    received().sort(),
    Array.from({ length: 10 }, (_, i) => `message ${i + 1}`).sort(),
  )

  for (const terminal of members) assert.equal((await machine.interrupt(terminal)).exitCode, 130)
  const left = await machine.type(describe)
  assertSameTable(left.stdout + left.stderr, sheet.shown('bin/kafka-consumer-groups.sh', 0))
  assert.ok(groupRows(left.stdout).every(row => row.lag === '0' && row.consumerId === '-'))

  const again = [machine.open(member), machine.open(member)]
  const shared = await untilGroup(machine, 'my_group', 'shared again', isSharedAndCommitted)
  assertSameTable(shared, sheet.shown('bin/kafka-consumer-groups.sh', 1))
  for (const terminal of again) await machine.interrupt(terminal)

  for (let i = 1; i <= 7; i++) producer.write(`unread ${i}\n`)
  const lagging = await untilGroup(
    machine,
    'my_group',
    'seven behind',
    rows => rows.reduce((sum, row) => sum + Number(row.lag), 0) === 7,
  )
  assert.equal(groupRows(lagging).length, 10)
  producer.write('\x03') // Ctrl-C
  assert.equal((await producer.ended).exitCode, 130)
}

function isSharedAndCommitted(rows: ReturnType<typeof groupRows>): boolean {
  const partitionsOf = new Map<string, number>()
  for (const { consumerId } of rows) {
    partitionsOf.set(consumerId, (partitionsOf.get(consumerId) ?? 0) + 1)
  }
  const shares = [...partitionsOf.values()]
  return (
    shares.length === 2 &&
    shares.every(n => n === 5) &&
    rows.every(r => /^\d+$/.test(r.currentOffset))
  )
}

/** The same lines as the sheet shows, rows in any order, blank lines aside. */
function assertSameTable(printed: string, shown: readonly string[]): void {
  const comparable = (text: string): string[] =>
    masked(text, masks.consumedOffsets, masks.consumerId)
      .split('\n')
      .map(line => line.trimEnd())
      .filter(line => line !== '')
      .sort()
  assert.deepEqual(comparable(printed), comparable(shown.join('\n')))
}
