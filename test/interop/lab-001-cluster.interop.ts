/**
 * Lab 001 with its three nodes, all on one host: an ensemble of Apache's ZooKeeper, three brokers with two log
 * directories each (rows S8 and S9), and what lab 002 says that ZooKeeper does for them (S14).
 */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { labMachineOrSkip, type LabMachine, type Terminal } from '../labs/lab-machine.ts'
import { labSheet, type LabSheet } from '../labs/lab-sheet.ts'
import { linesOf, section } from '../labs/lab-steps.ts'
import { peerOrSkip, projectRoot } from '../peers/cache.ts'
import { referenceVersion } from '../peers/catalog.ts'
import { genuineDistribution } from '../peers/distribution.ts'
import { subjectKind } from '../peers/subject.ts'
import { until } from '../support/until.ts'

const members = [1, 2, 3]
const brokerIds = [0, 1, 2]
const zookeepers = members.map(member => `localhost:${2180 + member}`).join(',')
const servers = brokerIds.map(id => `localhost:${9092 + id}`).join(',')
const ELECTION_MS = 60_000

interface Lab {
  readonly sheet: LabSheet
  readonly machine: LabMachine
  /** The folder with Apache's own start script. */
  readonly apache: string
  readonly ensemble: Terminal[]
  readonly brokers: Terminal[]
}

test('lab 001: three coordination services, three brokers, three replicas', async t => {
  const sheet = await peerOrSkip(t, async () => labSheet('001'))
  const apache = await peerOrSkip(t, () => genuineDistribution(referenceVersion))
  if (sheet === undefined || apache === undefined) return
  const machine = await labMachineOrSkip(t, { genuineVersion: referenceVersion })
  if (machine === undefined) return
  t.after(() => machine.turnOff())
  const lab: Lab = { sheet, machine, apache, ensemble: [], brokers: [] }

  await section(t, 'an ensemble of three, and three brokers on one host', () => startAll(lab))
  await section(t, 'a topic with three replicas', () => createTopic(lab))
  await section(t, 'messages are sent and read by lists of servers', () => console(lab))
  await section(t, 'one of the three coordination services dies', () => loseZooKeeper(lab))
  await section(t, 'membership, configuration and controller are nodes', () => readNodes(lab))
  await section(t, 'the broker that controls dies', () => loseController(lab))
})

async function startAll(lab: Lab): Promise<void> {
  const { machine, apache, ensemble, brokers } = lab
  for (const member of members) {
    const file = writeMember(machine.scratch, member)
    ensemble.push(machine.open(`${apache}/bin/zookeeper-server-start.sh ${file}`))
  }
  for (const id of brokerIds) brokers.push(startBroker(lab, id))
  await Promise.all(brokers.map((broker, id) => untilStarted(broker, id)))
}

/** The sheet's settings, with ports of its own for each member, as they share a host. */
function writeMember(scratch: string, member: number): string {
  const dataDir = join(scratch, `zookeeper-${member}`)
  const dataLogDir = join(scratch, `zookeeper-${member}-log`)
  for (const folder of [dataDir, dataLogDir]) mkdirSync(folder)
  writeFileSync(join(dataDir, 'myid'), `${member}\n`)
  const own = { tickTime: 2000, initLimit: 10, syncLimit: 5, dataDir, dataLogDir }
  const settings = {
    ...{ ...own, clientPort: 2180 + member, 'admin.enableServer': false },
    ...{ 'autopurge.snapRetainCount': 3, 'autopurge.purgeInterval': 24 },
    ...Object.fromEntries(
      members.map(each => [`server.${each}`, `localhost:${2887 + each}:${3887 + each}`]),
    ),
  }
  return writeSettings(scratch, `zookeeper.${member}.properties`, settings)
}

function startBroker({ machine, sheet }: Lab, id: number): Terminal {
  const { scratch } = machine
  const folders = ['a', 'b'].map(name => join(scratch, `kafka-logs-${id}-${name}`))
  const file = writeSettings(scratch, `server.${id}.properties`, {
    'broker.id': id,
    listeners: `PLAINTEXT://localhost:${9092 + id}`,
    'log.dirs': folders.join(','),
    'zookeeper.connect': zookeepers,
    'zookeeper.session.timeout.ms': 6000,
    // A new controller would look at once whether leaders are those preferred.
    'auto.leader.rebalance.enable': false,
    // Three JVMs elect a leader first.
    'zookeeper.connection.timeout.ms': ELECTION_MS,
  })
  const printed = sheet.command('bin/kafka-server-start.sh')
  return machine.open(printed.replace('config/server.properties', file))
}

function writeSettings(scratch: string, name: string, settings: Record<string, unknown>): string {
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${String(value)}\n`)
  writeFileSync(join(scratch, name), lines.join(''))
  return join(scratch, name)
}

async function untilStarted(broker: Terminal, id: number): Promise<void> {
  await broker.untilOutput(new RegExp(`\\[KafkaServer id=${id}\\] started`))
}

/** The sheet has a typographic dash before some options, which genuine tools refuse. */
function typed(command: string, topic = 'test'): string {
  const filled = command.replace(/<list of server:port>/, servers).replace(/<topicname>/, topic)
  return subjectKind === 'genuine' ? filled.replace(/ –/g, ' --') : filled
}

async function createTopic({ sheet, machine }: Lab): Promise<void> {
  const created = await machine.type(typed(sheet.command('bin/kafka-topics.sh --create')))
  assert.equal(created.stdout, 'Created topic test.\n', created.stderr)
  const list = await machine.type(typed(sheet.command('bin/kafka-topics.sh --list')))
  assert.equal(list.stdout, 'test\n')
  const [partition] = await describe(machine, 'test')
  assert.deepEqual(partition?.replicas.toSorted(), brokerIds)
}

async function console({ sheet, machine }: Lab): Promise<void> {
  const produce = typed(sheet.command('bin/kafka-console-producer.sh'))
  const sent = await machine.open(produce, 'This is a message\nThis is another message\n').ended
  assert.equal(sent.exitCode, 0)
  const old = produce.replace('--bootstrap-server', '--broker-list')
  assert.equal((await machine.open(old, 'This is a third message\n').ended).exitCode, 0)

  const consumer = machine.open(typed(sheet.command('bin/kafka-console-consumer.sh')))
  await consumer.until('three messages', ({ stdout }) => linesOf(stdout).length === 3)
  await machine.interrupt(consumer)
  assert.deepEqual(linesOf(consumer.stdout), [
    ...['This is a message', 'This is another message', 'This is a third message'],
  ])
}

/** The brokers go on with those that are left: `zookeeper.connect` is a list. */
async function loseZooKeeper({ machine, ensemble }: Lab): Promise<void> {
  const [first] = ensemble
  assert.ok(first !== undefined)
  await machine.kill(first)
  const create = `bin/kafka-topics.sh --create --topic spread --partitions 3 --replication-factor 3 --config retention.ms=60000 --bootstrap-server ${servers}`
  const created = await machine.type(create)
  assert.equal(created.stdout, 'Created topic spread.\n', created.stderr)
  const partitions = await describe(machine, 'spread')
  assert.deepEqual(partitions.map(({ leader }) => leader).toSorted(), brokerIds)
}

/** A script that the sheet does not type: it looks at either kind of server. */
const ours = (script: string): string => join(projectRoot, 'bin', script)

async function nodeText(machine: LabMachine, command: string): Promise<string> {
  const { stdout } = await machine.type(`${ours('zookeeper-shell.sh')} localhost:2182 ${command}`)
  return linesOf(stdout).at(-1) ?? ''
}

async function readNodes({ machine }: Lab): Promise<void> {
  assert.equal(await nodeText(machine, 'ls /brokers/ids'), '[0, 1, 2]')
  assert.match(await nodeText(machine, 'get /config/topics/spread'), /"retention\.ms":"60000"/)
  assert.ok(brokerIds.includes(await controllerId(machine)))
}

async function controllerId(machine: LabMachine): Promise<number> {
  const text = await nodeText(machine, 'get /controller')
  return Number(/"brokerid":(\d+)/.exec(text)?.[1] ?? -1)
}

/** Another is elected, and leads on what the dead one led; once back it leads what it is preferred for. */
async function loseController(lab: Lab): Promise<void> {
  const { machine, brokers } = lab
  const victim = await controllerId(machine)
  const epoch = Number(await nodeText(machine, 'get /controller_epoch'))
  const broker = brokers[victim]
  assert.ok(broker !== undefined)
  await machine.kill(broker)

  await until('another controls', async () => {
    const now = await controllerId(machine)
    return now !== victim && now >= 0
  })
  assert.equal(Number(await nodeText(machine, 'get /controller_epoch')), epoch + 1)
  const alive = brokerIds.filter(id => id !== victim)
  assert.equal(await nodeText(machine, 'ls /brokers/ids'), `[${alive.join(', ')}]`)
  await until('others lead', async () =>
    (await describe(machine, 'spread', alive)).every(({ leader }) => alive.includes(leader)),
  )

  await untilStarted(startBroker(lab, victim), victim)
  await until('it is in sync again', async () =>
    (await describe(machine, 'spread')).every(({ isr }) => isr.length === brokerIds.length),
  )
  const elected = await machine.type(
    `${ours('kafka-leader-election.sh')} --election-type preferred --topic spread --partition ${await partitionOf(lab, victim)} --bootstrap-server ${servers}`,
  )
  assert.match(elected.stdout, /^Successfully completed leader election \(PREFERRED\)/)
  const leaders = (await describe(machine, 'spread')).map(({ leader }) => leader)
  assert.ok(leaders.includes(victim))
}

/** The partition that this broker is the preferred leader of. */
async function partitionOf({ machine }: Lab, id: number): Promise<number> {
  return (await describe(machine, 'spread')).findIndex(({ replicas }) => replicas[0] === id)
}

interface Partition {
  readonly leader: number
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
}

async function describe(
  machine: LabMachine,
  topic: string,
  asked: readonly number[] = brokerIds,
): Promise<Partition[]> {
  const list = asked.map(id => `localhost:${9092 + id}`).join(',')
  const { stdout, stderr } = await machine.type(
    `bin/kafka-topics.sh --describe --topic ${topic} --bootstrap-server ${list}`,
  )
  const rows = [...stdout.matchAll(/Leader: (\S+)\s+Replicas: (\S+)\s+Isr: (\S*)/g)]
  assert.ok(rows.length > 0, stdout + stderr)
  const ids = (text = ''): number[] => text.split(',').map(Number)
  return rows.map(([, leader, replicas, isr]) => ({
    leader: Number(leader),
    replicas: ids(replicas),
    isr: ids(isr),
  }))
}
