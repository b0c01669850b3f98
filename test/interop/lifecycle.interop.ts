/**
 * The life of the servers as somebody at a terminal sees it: start and stop scripts, starts that
 * are refused, Ctrl-C at odd moments, and what lies in the log folder afterwards.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { labMachineOrSkip, type LabMachine } from '../labs/lab-machine.ts'
import { section } from '../labs/lab-steps.ts'
import type { Outcome } from '../peers/process.ts'
import { subjectKind } from '../peers/subject.ts'

const zookeeperFile = 'config/zookeeper.properties'
const zookeeper = `bin/zookeeper-server-start.sh ${zookeeperFile}`
const broker = 'bin/kafka-server-start.sh config/server.properties'
const started = /\[KafkaServer id=0\] started \(kafka\.server\.KafkaServer\)/

// The folders of genuine scripts that tests lay out run in the foreground only.
const skip = subjectKind === 'genuine' && 'the scripts of ours are tried'

test('servers in the background, seen from a terminal', { skip }, async t => {
  const machine = await machineFor(t)
  if (machine === undefined) return

  await section(t, 'scripts without what they need say what that is', () => usages(machine))
  await section(t, '-daemon returns at once, the .out has the log', () => daemons(machine))
  await section(t, 'a terminal that is closed does not end them', () => hangup(machine))
  await section(t, 'a start that cannot be says why in one sentence', () => refusals(machine))
  await section(t, 'the stop scripts stop them', () => stops(machine))
  await section(t, 'another ZooKeeper is another cluster', () => otherCluster(machine))
})

test('Ctrl-C at odd moments ends a broker that can be started again', { skip }, async t => {
  const machine = await machineFor(t)
  if (machine === undefined) return
  const coordination = machine.open(zookeeper)
  await coordination.untilOutput(/binding to port 0\.0\.0\.0\/0\.0\.0\.0:2181/)

  for (const afterMs of [60, 130, 200, 270]) {
    const terminal = machine.open(broker)
    await terminal.untilOutput(/Registered signal handlers/)
    await new Promise(resolve => setTimeout(resolve, afterMs))
    const { exitCode, stdout } = await machine.interrupt(terminal)
    assert.equal(exitCode, 130, `after ${afterMs} ms:\n${stdout}`)
  }
  const terminal = machine.open(broker)
  await terminal.untilOutput(started)
  const { exitCode, stdout } = await machine.interrupt(terminal)
  assert.equal(exitCode, 130)
  assert.match(stdout, /\[KafkaServer id=0\] shut down completed \(kafka\.server\.KafkaServer\)\n$/)
  assert.equal((await machine.interrupt(coordination)).exitCode, 130)
})

test('both servers in one process, as npm start runs them', { skip }, async t => {
  const machine = await machineFor(t)
  if (machine === undefined) return
  // The data of whoever runs this test is not touched: the folder is another one on this machine.
  await machine.type('sh -c "mkdir -p data && mount -t tmpfs tmpfs data"')

  const terminal = machine.openTerminal('node dist/bin/tidelog-start.cjs')
  await terminal.untilOutput(
    /Tidelog is up: broker on localhost:9092, coordination on localhost:2181/,
  )
  assertRefused(
    await machine.type('node dist/bin/tidelog-start.cjs'),
    /cannot listen on 127\.0\.0\.1:2181: address already in use \(EADDRINUSE\)\. Another program/,
  )
  terminal.write('\x03') // Ctrl-C
  const { exitCode, stdout } = await terminal.ended
  assert.equal(exitCode, 130)
  assert.equal(stdout.match(/Terminating process due to signal SIGINT/g)?.length, 1)
})

async function machineFor(t: TestContext): Promise<LabMachine | undefined> {
  const machine = await labMachineOrSkip(t, { genuineVersion: '3.9.2' })
  if (machine !== undefined) t.after(() => machine.turnOff())
  return machine
}

async function usages(machine: LabMachine): Promise<void> {
  const cases = {
    'bin/kafka-server-start.sh':
      'USAGE: bin/kafka-server-start.sh [-daemon] server.properties [--override property=value]*\n',
    'bin/zookeeper-server-start.sh':
      'USAGE: bin/zookeeper-server-start.sh [-daemon] zookeeper.properties\n',
    'bin/kafka-server-stop.sh': 'No kafka server to stop\n',
    'bin/zookeeper-server-stop.sh': 'No zookeeper server to stop\n',
  }
  for (const [command, text] of Object.entries(cases)) {
    const { stdout, exitCode } = await machine.type(command)
    assert.deepEqual([stdout, exitCode], [text, 1], command)
  }
}

async function daemons(machine: LabMachine): Promise<void> {
  for (const command of [
    `bin/zookeeper-server-start.sh -daemon ${zookeeperFile}`,
    'bin/kafka-server-start.sh -daemon config/server.properties --override num.partitions=3',
  ]) {
    const { stdout, stderr, exitCode } = await machine.type(command)
    assert.deepEqual([stdout, stderr, exitCode], ['', '', 0], command)
  }
  await until('the broker has started', () => started.test(logged(machine, 'kafkaServer.out')))
  assert.match(logged(machine, 'zookeeper.out'), /Starting server/)
  assert.match(logged(machine, 'server.log'), started)
  assert.match(logged(machine, 'controller.log'), /0 successfully elected as the controller\./)
  const { stdout } = await machine.type(
    'bin/kafka-topics.sh --create --topic three --bootstrap-server localhost:9092',
  )
  assert.equal(stdout, 'Created topic three.\n')
  assert.match(logged(machine, 'server.log'), /Created log for partition three-2 in /)
  assert.match(logged(machine, 'state-change.log'), /\[Broker id=0\] Leader three-2 with topic id /)
}

async function hangup(machine: LabMachine): Promise<void> {
  const { exitCode } = await machine.type('env SIGNAL=HUP bin/kafka-server-stop.sh')
  assert.equal(exitCode, 0)
  const list = await machine.type('bin/kafka-topics.sh --list --bootstrap-server localhost:9092')
  assert.equal(list.stdout, 'three\n')
}

async function refusals(machine: LabMachine): Promise<void> {
  const elsewhere = '--override listeners=PLAINTEXT://localhost:9093'
  const cases: readonly (readonly [overrides: string, sentence: RegExp])[] = [
    [
      '',
      /cannot listen on \*:9092: address already in use \(EADDRINUSE\)\. Another program listens there: stop it, or choose another port\./,
    ],
    [
      elsewhere,
      /Failed to acquire lock on file \.lock in \/tmp\/kafka-logs\. .* Give log\.dirs directories of their own/,
    ],
    [
      `${elsewhere} --override log.dirs=${machine.scratch}/two --override zookeeper.session.timeout.ms=4000`,
      /broker\.id 0 is taken by the broker at .*:9092\. Stop that broker, or give this one another broker\.id/,
    ],
    [
      '--override num.partitions=abc',
      /Invalid value abc for configuration num\.partitions: Not a number of type INT/,
    ],
    [
      '--override zookeeper.connect=',
      /Invalid value {2}for configuration zookeeper\.connect: it names no server\./,
    ],
    [
      `${elsewhere} --override log.dirs=/proc/nope`,
      /None of the specified log dirs can be used: \/proc\/nope/,
    ],
    [
      '--override listeners=PLAINTEXT://192.0.2.7:9092',
      /cannot listen on 192\.0\.2\.7:9092: no such address on this machine \(EADDRNOTAVAIL\)\. Name an address of this machine/,
    ],
    ['--overide a=b', /Found unexpected argument --overide\. /],
  ]
  for (const [overrides, sentence] of cases) {
    assertRefused(await machine.type(`${broker} ${overrides}`.trim()), sentence)
  }
  assertRefused(
    await machine.type('bin/kafka-server-start.sh config'),
    /cannot read config: EISDIR\. Name a properties file that can be read\./,
  )
}

/** One FATAL line, the last one, and no stack below it. */
function assertRefused({ stdout, exitCode }: Outcome, sentence: RegExp): void {
  const last = stdout.split('\n').at(-2) ?? ''
  assert.match(last, /^\[[^\]]+\] FATAL Exiting due to fatal exception: .* \(kafka\.Kafka\$\)$/)
  assert.match(last, sentence)
  assert.equal(exitCode, 1)
}

async function stops(machine: LabMachine): Promise<void> {
  for (const [server, out] of [
    ['kafka', 'kafkaServer.out'],
    ['zookeeper', 'zookeeper.out'],
  ] as const) {
    const stop = `bin/${server}-server-stop.sh`
    const { stdout, exitCode } = await machine.type(stop)
    assert.deepEqual([stdout, exitCode], ['', 0], stop)
    await until(`${server} has stopped`, async () => (await machine.type(stop)).exitCode === 1)
    assert.match(logged(machine, out), /Terminating process due to signal SIGTERM/)
  }
  const end = logged(machine, 'kafkaServer.out').split('\n').at(-2)
  assert.match(end ?? '', /INFO \[KafkaServer id=0\] shut down completed/)
}

async function otherCluster(machine: LabMachine): Promise<void> {
  const file = join(machine.scratch, 'other.properties')
  writeFileSync(file, `dataDir=${machine.scratch}/other\nclientPort=2182\n`)
  const other = machine.open(`bin/zookeeper-server-start.sh ${file}`)
  await other.untilOutput(/binding to port/)
  assertRefused(
    await machine.type(`${broker} --override zookeeper.connect=localhost:2182`),
    /The Cluster ID .{22} doesn't match stored clusterId Some\(.{22}\) in meta\.properties\./,
  )
  await machine.interrupt(other)
}

function logged(machine: LabMachine, name: string): string {
  const file = join(machine.scratch, 'logs', name)
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadlineMs = Date.now() + 30_000
  while (!(await holds())) {
    assert.ok(Date.now() < deadlineMs, `not within 30 s: ${what}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}
