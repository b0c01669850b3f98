/** Lab 001 as typed: the console tools with one broker (row S9) and confluent-kafka (S10). */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { labMachineOrSkip, type LabMachine } from '../labs/lab-machine.ts'
import { labSheet, type LabSheet, type Repair } from '../labs/lab-sheet.ts'
import { linesOf, section, startServers } from '../labs/lab-steps.ts'
import { masked, masks } from '../masks.ts'
import { peerOrSkip } from '../peers/cache.ts'
import { confluentKafka } from '../peers/catalog.ts'
import { subjectKind } from '../peers/subject.ts'

test('lab 001: console tools and confluent-kafka', async t => {
  const sheet = await peerOrSkip(t, async () => labSheet('001'))
  const python = await peerOrSkip(t, () => confluentKafka())
  if (sheet === undefined || python === undefined) return
  const machine = await labMachineOrSkip(t, { genuineVersion: '3.9.2', python })
  if (machine === undefined) return
  t.after(() => machine.turnOff())

  await section(t, 'both servers start', async () => {
    await startServers(
      machine,
      'bin/zookeeper-server-start.sh config/zookeeper.properties',
      sheet.command('bin/kafka-server-start.sh'),
    )
  })
  await section(t, 'a topic for three brokers is refused by one, and made for one', () =>
    creation(sheet, machine),
  )
  await section(t, 'messages are sent and read from the beginning', () => console(sheet, machine))
  await section(t, 'confluent-kafka delivers and receives', () => confluent(sheet, machine))
})

/**
 * A command of the sheet with its placeholders filled in. The sheet has a typographic dash before
 * some options: ours reads it as `--` and says so; genuine tools refuse it.
 */
function typed(command: string, servers = 'localhost:9092'): string {
  const filled = command.replace(/<list of server:port>/, servers).replace(/<topicname>/, 'test')
  return subjectKind === 'genuine' ? filled.replace(/ –/g, ' --') : filled
}

async function creation(sheet: LabSheet, machine: LabMachine): Promise<void> {
  const printed = sheet.command('bin/kafka-topics.sh --create')
  assert.match(printed, / –bootstrap-server /)
  const refused = await machine.type(typed(printed))
  assert.equal(refused.exitCode, 1)
  assert.equal(
    refused.stdout,
    'Error while executing topic command : Replication factor: 3 larger than available brokers: 1.\n',
  )

  const created = await machine.type(typed(printed).replace('factor 3', 'factor 1'))
  assert.equal(created.stdout, 'Created topic test.\n')
  assertSaysHowItReadTheDash(created.stderr)
  const list = await machine.type(typed(sheet.command('bin/kafka-topics.sh --list')))
  assert.equal(list.stdout, 'test\n')
  assertSaysHowItReadTheDash(list.stderr)
}

function assertSaysHowItReadTheDash(stderr: string): void {
  if (subjectKind === 'genuine') assert.equal(stderr, '')
  else assert.match(stderr, /^.*–bootstrap-server.*--bootstrap-server.*\n$/)
}

async function console(sheet: LabSheet, machine: LabMachine): Promise<void> {
  const producer = machine.open(
    typed(sheet.command('bin/kafka-console-producer.sh')),
    'This is a message\nThis is another message\n',
  )
  assert.equal((await producer.ended).exitCode, 0)
  // The note under it: "or a comma separated list" of servers; the first one is not there.
  const consumer = machine.open(
    typed(sheet.command('bin/kafka-console-consumer.sh'), 'localhost:9,localhost:9092'),
  )
  await consumer.until('two messages', ({ stdout }) => linesOf(stdout).length === 2)
  const { stdout, exitCode } = await machine.interrupt(consumer)
  assert.equal(stdout, 'This is a message\nThis is another message\n')
  assert.equal(exitCode, 130)

  const old = await machine.open(
    'bin/kafka-console-producer.sh --broker-list localhost:9092 --topic test',
    'This is a third message\n',
  ).ended
  assert.equal(old.exitCode, 0)
  assert.equal(masked(old.stderr, masks.clock), '')
}

const consumerRepairs: readonly Repair[] = [
  {
    why: 'consumer with a wrong indentation; indented',
    apply: program => program.replace(/^ {3}print/m, '    print'),
  },
]

async function confluent(sheet: LabSheet, machine: LabMachine): Promise<void> {
  const produce = machine.save('producer.py', sheet.program(0))
  const consumer = machine.open(machine.save('consumer.py', sheet.program(1, consumerRepairs)))

  // The consumer shows new messages only: the producer is run until it has seen a whole run.
  const delivered = 'Message delivered to test [0]\n'.repeat(10)
  const received = Array.from({ length: 10 }, (_, i) => `Received message: This is test msg ${i}`)
  for (let runs = 0; linesOf(consumer.stdout).length <= 10; runs++) {
    assert.ok(runs < 30, `the consumer shows nothing:\n${consumer.stderr}`)
    const { stdout, exitCode } = await machine.type(produce)
    assert.equal(stdout, delivered)
    assert.equal(exitCode, 0)
  }
  await consumer.until('the end of a run', ({ stdout }) => stdout.endsWith('msg 9\n'))
  await machine.interrupt(consumer)

  const shown = linesOf(consumer.stdout)
  const expected = shown.map((_, i) => received.at((i - shown.length) % 10))
  assert.deepEqual(shown, expected)
}
