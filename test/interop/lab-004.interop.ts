/** Lab 004 as typed (rows S21 and S22): three brokers, two replicas, and one broker that is shut down. */
import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { labMachineOrSkip, type LabMachine, type Terminal } from '../labs/lab-machine.ts'
import { labSheet, type LabSheet } from '../labs/lab-sheet.ts'
import { section } from '../labs/lab-steps.ts'
import { peerOrSkip, projectRoot } from '../peers/cache.ts'
import { kafkaPython } from '../peers/catalog.ts'

const TOPIC = 'my-kafka-topic'
const brokerIds = [0, 1, 2]
/** Messages before the shutdown, and after it. */
const SHARE = 30

test('lab 004: three brokers, and one of them is shut down', async t => {
  const sheet = await peerOrSkip(t, async () => labSheet('004'))
  const python = await peerOrSkip(t, () => kafkaPython('3.0.12'))
  if (sheet === undefined || python === undefined) return
  const machine = await labMachineOrSkip(t, {
    genuineVersion: '2.6.3',
    python,
    hasSurroundings: true,
  })
  if (machine === undefined) return
  t.after(() => machine.turnOff())
  layOut(machine)

  let brokers: Terminal[] = []
  await section(t, 'the coordination service and three brokers start', async () => {
    brokers = await startAll(machine, sheet)
  })
  await section(t, 'a topic of three partitions with two replicas each', async () => {
    const created = await machine.type(sheet.command('bin/kafka-topics.sh --create'))
    assert.match(created.stdout, /^Created topic my-kafka-topic\.$/m)
    const partitions = await describe(machine)
    assert.deepEqual(
      partitions.map(({ leader }) => leader).sort(),
      brokerIds,
      'each broker leads one partition',
    )
    for (const { isr } of partitions) assert.equal(isr.length, 2)
  })
  await section(t, 'messages go on while one broker is shut down, and none is lost', () =>
    loseNothing(machine, brokers),
  )
})

/** What the sheet has beside the folder of Kafka: settings of the coordination service and of three brokers. */
function layOut({ scratch }: LabMachine): void {
  const config = join(scratch, 'config')
  mkdirSync(config)
  mkdirSync(join(scratch, 'tmp'))
  const stock = join(projectRoot, 'config')
  copyFileSync(join(stock, 'zookeeper.properties'), join(config, 'zookeeper.properties'))
  const server = readFileSync(join(stock, 'server.properties'), 'utf8')
  for (const id of brokerIds) {
    const own = {
      'broker.id': String(id),
      listeners: `PLAINTEXT://:${9092 + id}`,
      'log.dirs': `../tmp/kafka-logs-${id}`,
    }
    const rest = server
      .split('\n')
      .filter(line => !/^#?(broker\.id|listeners|log\.dirs)=/.test(line))
    const lines = Object.entries(own).map(([name, value]) => `${name}=${value}`)
    writeFileSync(join(config, `server.${id}.properties`), [...lines, ...rest].join('\n'))
  }
}

async function startAll(machine: LabMachine, sheet: LabSheet): Promise<Terminal[]> {
  machine.open(sheet.command('bin/zookeeper-server-start.sh'))
  const brokers = brokerIds.map(id =>
    machine.open(sheet.command(`bin/kafka-server-start.sh ../config/server.${id}.properties`)),
  )
  await Promise.all(
    brokers.map((broker, id) =>
      broker.untilOutput(new RegExp(`\\[KafkaServer id=${id}\\] started`)),
    ),
  )
  return brokers
}

async function loseNothing(machine: LabMachine, brokers: readonly Terminal[]): Promise<void> {
  const folder = join(projectRoot, 'test', 'labs', 'programs')
  const consumer = machine.open(`python ${join(folder, 'dummy_consumer.py')} ${TOPIC}`)
  const producer = machine.open(`python ${join(folder, 'dummy_producer.py')} ${TOPIC}`)
  const sent = (): number => (producer.stdout.match(/^Sent \d+$/gm) ?? []).length
  await producer.until('the first messages', () => sent() >= SHARE)
  const [, leaving] = brokers
  assert.ok(leaving !== undefined)
  await machine.interrupt(leaving)
  const before = sent()
  await producer.until('messages after the shutdown', () => sent() >= before + SHARE)
  for (const { leader, isr } of await describe(machine)) {
    assert.notEqual(leader, 1)
    assert.ok(!isr.includes(1), 'who is gone is not in sync')
  }
  await machine.interrupt(producer)

  const total = sent()
  await consumer.until('every message that was acknowledged', ({ stdout }) =>
    hasAll(numbersIn(stdout), total),
  )
  const shown = consumer.stdout.split('\n').find(line => line !== '') ?? ''
  assert.match(
    shown,
    /^Consumed message from producer: ConsumerRecord\(topic='my-kafka-topic', partition=\d, .*offset=\d+, timestamp=\d{13}, timestamp_type=0, key=None, value=b'[\d.]+: message \d+ from producer!', headers=\[\]/,
  )
  await machine.interrupt(consumer)
}

const numbersIn = (stdout: string): Set<number> =>
  new Set([...stdout.matchAll(/message (\d+) from producer!/g)].map(match => Number(match[1])))

const hasAll = (numbers: ReadonlySet<number>, count: number): boolean =>
  Array.from({ length: count }, (_, n) => n).every(n => numbers.has(n))

interface Partition {
  readonly leader: number
  readonly isr: readonly number[]
}

async function describe(machine: LabMachine): Promise<Partition[]> {
  const command = `bin/kafka-topics.sh --describe --topic ${TOPIC} --bootstrap-server localhost:9092`
  const { stdout } = await machine.type(command)
  const rows = [...stdout.matchAll(/Partition: \d+\s+Leader: (\S+)\s+Replicas: \S+\s+Isr: (\S+)/g)]
  assert.equal(rows.length, 3, stdout)
  return rows.map(([, leader, isr]) => ({
    leader: Number(leader),
    isr: (isr ?? '').split(',').map(Number),
  }))
}
