/** Lab 000 as typed: the counter (row S3) and the online shop (S6), with three kafka-pythons. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { labMachineOrSkip, type LabMachine } from '../labs/lab-machine.ts'
import { labSheet, repairs, type LabSheet, type Repair } from '../labs/lab-sheet.ts'
import { labsAtOnce, linesOf, section, startServers, untilGroup } from '../labs/lab-steps.ts'
import { peerOrSkip } from '../peers/cache.ts'
import { kafkaPython, kafkaPythonReleases } from '../peers/catalog.ts'

/** The order of the programs on the sheet. */
const programs = { counterProducer: 0, counterConsumer: 1, shop: 2, cancels: 3, orders: 4 }

const turnsOfACollector = 250

// Machines of their own: what one waits for, another uses.
describe('lab 000', { concurrency: labsAtOnce }, () => {
  for (const release of kafkaPythonReleases) {
    test(`lab 000 with kafka-python ${release}`, async t => {
      const sheet = await peerOrSkip(t, async () => labSheet('000'))
      const python = await peerOrSkip(t, () => kafkaPython(release))
      if (sheet === undefined || python === undefined) return
      // The oldest release that both has --zookeeper and runs as a server on today's JVM.
      const machine = await labMachineOrSkip(t, { genuineVersion: '2.6.3', python })
      if (machine === undefined) return
      t.after(() => machine.turnOff())

      await section(t, '1.2 both servers start', async () => {
        await startServers(
          machine,
          sheet.command('bin/zookeeper-server-start.sh'),
          sheet.command('bin/kafka-server-start.sh'),
        )
      })
      await section(t, '1.3 numbers are counted', () => counter(sheet, machine))
      await section(t, '4. orders and cancellations are kept in order', () => shop(sheet, machine))
    })
  }
})

async function counter(sheet: LabSheet, machine: LabMachine): Promise<void> {
  const create = await machine.type(sheet.command('bin/kafka-topics.sh --create'))
  assert.equal(create.stdout, 'Created topic counter.\n')
  assert.equal(create.exitCode, 0)
  const consumer = machine.open(
    machine.save(
      'consumer.py',
      sheet.program(programs.counterConsumer, [repairs.printIsAFunction]),
    ),
  )
  const produce = machine.save('producer.py', sheet.program(programs.counterProducer))

  // The producer is run repeatedly, as the sheet says: until the consumer, which shows new numbers
  // only, has listened to a whole run.
  let sent = 0
  while (linesOf(consumer.stdout).length <= 50) {
    assert.ok(sent < 1_000, `the consumer shows nothing:\n${consumer.stderr}`)
    assert.equal((await machine.type(produce)).exitCode, 0)
    sent += 50
  }
  await consumer.untilOutput(new RegExp(`first  ${sent - 1} received`))
  await machine.interrupt(consumer)

  const stored = await machine.type(
    `bin/kafka-console-consumer.sh --bootstrap-server localhost:9092 --topic counter --from-beginning --max-messages ${sent}`,
  )
  const numbers = linesOf(stored.stdout).map(Number)
  assert.equal(numbers.length, sent)
  const shown = linesOf(consumer.stdout)
  let total = 0
  const expected = numbers.slice(sent - shown.length).map((number, i) => {
    total += number
    return `The sum of the first  ${sent - shown.length + i} received is ${total}`
  })
  assert.deepEqual(shown, expected)
}

const shopRepairs: readonly Repair[] = [
  repairs.printIsAFunction,
  {
    why: 'the body of the loop has slipped out of mainloop; indented again',
    apply: program => {
      const lines = program.split('\n')
      const from = lines.findIndex(line => /^if \(/.test(line))
      const to = lines.findIndex((line, i) => i > from && line === '')
      return lines.map((line, i) => (i >= from && i < to ? ' '.repeat(8) + line : line)).join('\n')
    },
  },
  repairs.boundedLoop(turnsOfACollector),
]

const orderRepairs: readonly Repair[] = [
  { why: 'consumer reads `request`', apply: program => program.replace("'order'", "'request'") },
  {
    why: 'bytes decoded',
    apply: program => program.replace('message.value.split', 'message.value.decode().split'),
  },
]

/** Two consumers of one group, each for its own topic, neither of which anybody created. */
async function shop(sheet: LabSheet, machine: LabMachine): Promise<void> {
  const cancels = machine.open(machine.save('cancels.py', sheet.program(programs.cancels)))
  const orders = machine.open(
    machine.save('orders.py', sheet.program(programs.orders, orderRepairs)),
  )
  await untilGroup(machine, 'my_group', 'positioned in both topics', rows =>
    ['cancel', 'request'].every(topic =>
      rows.some(row => row.topic === topic && row.currentOffset === '0' && row.consumerId !== '-'),
    ),
  )

  // The collectors rest a second after each request: on this machine seconds pass faster.
  const clock = join(machine.scratch, 'sitecustomize.py')
  writeFileSync(clock, 'import time\nsleep = time.sleep\ntime.sleep = lambda s: sleep(s / 1000)\n')
  const produce = machine.save('shop.py', sheet.program(programs.shop, shopRepairs))
  // In a terminal each process writes whole lines, also where the program prints without its lock.
  const { stdout, exitCode } = await machine.openTerminal(
    `env -u PYTHONUNBUFFERED PYTHONPATH=${machine.scratch} ${produce}`,
  ).ended
  assert.equal(exitCode, 0, stdout)

  const sent = new Set(linesOf(stdout.replaceAll('\r', '')))
  const sentOrders = [...sent].filter(line => /send request id/.test(line))
  const sentCancels = [...sent].filter(line => /send cancel id/.test(line))
  assert.equal(sentOrders.length + sentCancels.length, 4 * turnsOfACollector)
  assert.ok(sentCancels.length > 0, 'somebody has cancelled')
  await orders.untilOutput(new RegExp(`^request:0:${sentOrders.length - 1}: .*\n`, 'm'))
  await cancels.untilOutput(new RegExp(`^cancel:0:${sentCancels.length - 1}: .*\n`, 'm'))
  await machine.interrupt(orders)
  await machine.interrupt(cancels)

  const sentByAll = [...sentOrders, ...sentCancels].map(line => {
    const match = /^collector (\d) send (?:request|cancel) id (\d+), (?:money (\d+), )?$/.exec(line)
    assert.ok(match !== null, line)
    return { collector: match[1], id: match[2] ?? '', money: match[3] }
  })
  const received = [
    ...linesOf(orders.stdout).map((line, i) => {
      const match = /^request:0:(\d+): key=None id=(\d+) money=(\d+)$/.exec(line)
      assert.ok(match?.[1] === String(i), line)
      return { id: match[2], money: match[3] }
    }),
    ...linesOf(cancels.stdout).map((line, i) => {
      const match = /^cancel:0:(\d+): key=None id=b'(\d+)'$/.exec(line)
      assert.ok(match?.[1] === String(i), line)
      return { id: match[2], money: undefined }
    }),
  ]
  for (const collector of ['0', '1', '2', '3']) {
    const own = sentByAll.filter(request => request.collector === collector)
    const ids = new Set(own.map(({ id }) => id))
    assert.deepEqual(
      received.filter(({ id }) => ids.has(id ?? '')),
      own.map(({ id, money }) => ({ id, money })),
      `what collector ${collector} sent, in its order`,
    )
  }
}
