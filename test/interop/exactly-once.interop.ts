/**
 * The labs' exactly once, with confluent-kafka and kafka-python, while programs and broker are killed: lab
 * 001 (row S11), and the pipeline of lab 003, section 6, made exact (row S19).
 */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { join } from 'node:path'
import { KilledProgram, startBrokerAgain } from '../labs/killed-program.ts'
import { labMachineOrSkip, type LabMachine, type Terminal } from '../labs/lab-machine.ts'
import { labSheet, type LabSheet, type Repair } from '../labs/lab-sheet.ts'
import { labsAtOnce, linesOf, startServers } from '../labs/lab-steps.ts'
import { peerOrSkip, projectRoot } from '../peers/cache.ts'
import { confluentKafka, kafkaPython } from '../peers/catalog.ts'

/** After so many lines of progress a program is killed, once for each number. */
const kills = [1, 1, 15, 30, 1, 12]

interface Lab {
  readonly sheet: LabSheet
  readonly machine: LabMachine
  readonly broker: Terminal
  readonly pythons: Pythons
}

interface Pythons {
  readonly confluent: string
  readonly kafkaPython: string
}

const labs: readonly [name: string, number: string, steps: (lab: Lab) => Promise<void>][] = [
  ['lab 001: what is in a transaction is read when it is committed, and once', '001', readOnce],
  ['lab 001: topics are copied exactly, though programs and broker are killed', '001', copyExactly],
  ['lab 003, 6: balances are exact, though calculators and broker are killed', '003', balance],
]

describe('exactly once', { concurrency: labsAtOnce }, () => {
  for (const [name, number, steps] of labs) {
    test(name, async t => {
      const sheet = await peerOrSkip(t, async () => labSheet(number))
      const pythons = await peerOrSkip(t, async () => ({
        confluent: await confluentKafka(),
        kafkaPython: await kafkaPython('3.0.12'),
      }))
      if (sheet === undefined || pythons === undefined) return
      const python = number === '003' ? pythons.kafkaPython : pythons.confluent
      const machine = await labMachineOrSkip(t, { genuineVersion: '3.9.2', python })
      if (machine === undefined) return
      t.after(() => machine.turnOff())
      const { broker } = await startServers(
        machine,
        'bin/zookeeper-server-start.sh config/zookeeper.properties',
        sheet.command('bin/kafka-server-start.sh'),
      )
      await steps({ sheet, machine, broker, pythons })
    })
  }
})

/** Steps 1 to 3 of the sheet: its producer, one that dies before it commits, its consumer. */
async function readOnce({ sheet, machine }: Lab): Promise<void> {
  await create(machine, 'test', 1)
  const commit = async (id: string, message: string): Promise<void> => {
    const { stderr, exitCode } = await machine.type(
      machine.save(
        'producer.py',
        producerOf(sheet, { id, message, inFlight: 1 + (message.length % 5) }),
      ),
    )
    assert.equal(exitCode, 0, stderr)
  }
  const consume = (until: string): Terminal =>
    machine.open(machine.save('consumer.py', consumerOf(sheet, until)))
  const first = consume('after it')

  // The consumer shows new messages only: the producer is run until one has been seen.
  let runs = 0
  while (first.stdout === '') await commit('one', `seen ${runs++}`)
  const dying = machine.open(
    machine.save(
      'dying.py',
      producerOf(sheet, { id: 'one', message: 'never', inFlight: 5 }).replace(
        'p.commit_transaction()',
        "p.flush()\nprint('left open', flush=True)\nimport time\ntime.sleep(60)",
      ),
    ),
  )
  await dying.untilOutput(/left open/)
  await machine.kill(dying)
  await commit('two', 'behind it')
  await commit('one', 'after it')
  assert.equal((await first.ended).exitCode, 0)
  await commit('one', 'the last')
  const second = consume('the last')
  assert.equal((await second.ended).exitCode, 0)

  const sent = [...Array.from({ length: runs }, (_, i) => `seen ${i}`), 'behind it', 'after it']
  const shown = linesOf(first.stdout).map(line => line.replace('Received message: ', ''))
  assert.deepEqual(shown, sent.slice(sent.length - shown.length))
  assert.equal(second.stdout, 'Received message: the last\n')
}

interface Producer {
  readonly id: string
  readonly message: string
  readonly inFlight: number
}

/** Steps 1 and 2 as one program, what stands in angle brackets filled in. */
function producerOf(sheet: LabSheet, { id, message, inFlight }: Producer): string {
  const config = sheet.block('p = Producer( {', [
    filled("'<unique for each producer instance>'", `'${id}'`),
    filled('<1-5 for achieving idempotency>', String(inFlight)),
  ])
  const calls = sheet.block('p.init_transactions()', [
    { why: 'dots stand for code', apply: program => program.replace(/^\s*\.$/gm, '') },
    filled('<topic>', "'test'"),
    filled('<message>', `'${message}'`),
  ])
  return `from confluent_kafka import Producer\n${config}\n${calls}\n`
}

/** Step 3: the consumer printed before, with the configuration printed here, and `c.commit()`. `until`: its last message. */
function consumerOf(sheet: LabSheet, until: string): string {
  const config = sheet.block('c = Consumer( {', [filled("'<group_name>'", "'lab'")])
  return sheet.program(1, [
    {
      why: 'consumer with a wrong indentation; indented',
      apply: program => program.replace(/^ {3}print/m, '    print'),
    },
    {
      why: 'the configuration of step 3',
      apply: program => program.replace(/^c = Consumer\([^]*?^\}\)$/m, config),
    },
    {
      why: 'endless loops; bounded in tests',
      apply: program =>
        program.replace(/while True:/, `msg = None\nwhile not msg or msg.value() != b'${until}':`),
    },
    {
      why: 'the consumer should manually commit the offset after consuming',
      apply: program => program.replace(/^( +)print\('Received.*$/m, '$&\n$1c.commit()'),
    },
  ])
}

function filled(placeholder: string, value: string): Repair {
  return {
    why: `${placeholder} is to be filled in`,
    apply: program => program.replace(placeholder, value),
  }
}

/** Step 4: from topic1 to a topic for each client. */
async function copyExactly(lab: Lab): Promise<void> {
  const { machine, pythons } = lab
  for (const topic of ['topic1', 'by-confluent', 'by-kafka-python']) {
    await create(machine, topic, 3)
  }
  const messages = Array.from({ length: 900 }, (_, i) => `${i}:message ${i}\n`)
  const { exitCode } = await machine.open(
    'bin/kafka-console-producer.sh --bootstrap-server localhost:9092 --topic topic1 --property parse.key=true --property key.separator=:',
    messages.join(''),
  ).ended
  assert.equal(exitCode, 0)

  const program = (python: string, name: string, target: string): KilledProgram => {
    const command = `${python} ${programFile(name)} topic1 ${target} ${target}`
    return new KilledProgram(machine, command, /^copied/gm)
  }
  const programs = new Map([
    ['by-confluent', program(pythons.confluent, 'copy_confluent.py', 'by-confluent')],
    ['by-kafka-python', program(pythons.kafkaPython, 'copy_kafka_python.py', 'by-kafka-python')],
  ])
  await goThroughKills(lab, programs, 3)

  const [given, ...copies] = await Promise.all(
    ['topic1', ...programs.keys()].map(topic => committedValues(lab, topic)),
  )
  assert.equal([...(given ?? [])].flatMap(([, values]) => values).length, messages.length)
  for (const copy of copies) assert.deepEqual(copy, given)
  for (const program of programs.values()) {
    assert.ok(program.progress > messages.length, 'a kill has hit a transaction')
  }
}

/** The generator of the sheet, unchanged, three times at once; a calculator for each client. */
async function balance(lab: Lab): Promise<void> {
  const { machine, pythons, sheet } = lab
  for (const topic of ['transactions', 'balance', 'balance-by-confluent']) {
    await create(machine, topic, 10)
  }
  const generate = machine.save('transaction_generator.py', sheet.program(0))
  const generators = [1, 2, 3].map(() => machine.open(generate))
  const program = (python: string, name: string, target: string): KilledProgram =>
    new KilledProgram(
      machine,
      `${python} ${programFile(name)} ${target} ${target}`,
      /^current balance/gm,
    )
  const programs = new Map([
    [
      'balance-by-confluent',
      program(pythons.confluent, 'balance_confluent.py', 'balance-by-confluent'),
    ],
    ['balance', program(pythons.kafkaPython, 'balance_kafka_python.py', 'balance')],
  ])
  await goThroughKills(lab, programs, 10, async () => {
    for (const generator of generators) await machine.interrupt(generator)
  })

  const [transactions = new Map<number, string[]>(), ...balances] = await Promise.all(
    ['transactions', ...programs.keys()].map(topic => committedValues(lab, topic)),
  )
  assert.equal(transactions.size, 10)
  const exact = new Map([...transactions].map(([account, values]) => [account, sumsOf(values)]))
  for (const found of balances) assert.deepEqual(found, exact)
  const total = [...transactions.values()].flat().length
  for (const program of programs.values()) {
    assert.ok(program.progress > total, 'a kill has hit a transaction')
  }
}

/**
 * Kills the programs, then the broker under them; lets them read all `partitions` of their input to the end
 * when `end` has ended it.
 */
async function goThroughKills(
  { machine, broker, sheet }: Lab,
  programs: ReadonlyMap<string, KilledProgram>,
  partitions: number,
  end: () => Promise<void> = async () => undefined,
): Promise<void> {
  const all = [...programs.values()]
  await Promise.all(all.map(program => program.killAfter(kills)))
  const running = await Promise.all(all.map(program => program.start(1)))
  await machine.kill(broker)
  await startBrokerAgain(machine, sheet.command('bin/kafka-server-start.sh'))
  for (const terminal of running) await machine.kill(terminal)
  await Promise.all(all.map(program => program.killAfter([1, 12])))
  await end()
  await Promise.all([...programs].map(([group, program]) => program.finish(group, partitions)))
}

/** The values of each partition of a topic. */
async function committedValues(
  { machine, pythons }: Lab,
  topic: string,
): Promise<Map<number, string[]>> {
  const command = `${pythons.confluent} ${programFile('committed_values.py')} ${topic}`
  const { stdout, stderr, exitCode } = await machine.type(command)
  assert.equal(exitCode, 0, stderr)
  const values = new Map<number, string[]>()
  for (const line of linesOf(stdout)) {
    const [, partition, value] = /^(\d+) (.*)$/.exec(line) ?? []
    assert.ok(partition !== undefined && value !== undefined, line)
    const of = Number(partition)
    values.set(of, [...(values.get(of) ?? []), value])
  }
  return values
}

function sumsOf(values: readonly string[]): string[] {
  let sum = 0
  return values.map(value => String((sum += Number(value))))
}

function programFile(name: string): string {
  return join(projectRoot, 'test', 'labs', 'programs', name)
}

async function create(machine: LabMachine, topic: string, partitions: number): Promise<void> {
  const { stdout } = await machine.type(
    `bin/kafka-topics.sh --create --topic ${topic} --partitions ${partitions} --bootstrap-server localhost:9092`,
  )
  assert.match(stdout, /^Created topic/m)
}
