/**
 * Lab 002 (row S13): flowers by class in the partitions of two topics. Its programs are absent: ours
 * are written from the description, with kafka-python and numpy.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { labMachineOrSkip, type LabMachine } from '../labs/lab-machine.ts'
import { labsAtOnce, linesOf, section, startServers } from '../labs/lab-steps.ts'
import { peerOrSkip, projectRoot } from '../peers/cache.ts'
import { kafkaPython, kafkaPythonReleases } from '../peers/catalog.ts'

const zookeeper = 'bin/zookeeper-server-start.sh config/zookeeper.properties'
const broker = 'bin/kafka-server-start.sh config/server.properties'

/** The consumers of the description, by what they are assigned. */
const consumers = {
  1: ['virginicasetosa:0', 'virginicasetosa:1', 'versicolor:0', 'versicolor:1'],
  2: ['virginicasetosa:1'],
  3: ['virginicasetosa:0'],
}

// Machines of their own: what one waits for, another uses.
describe('lab 002', { concurrency: labsAtOnce }, () => {
  for (const release of kafkaPythonReleases) {
    test(`lab 002 with kafka-python ${release}`, async t => {
      const python = await peerOrSkip(t, () => kafkaPython(release))
      if (python === undefined) return
      const machine = await labMachineOrSkip(t, { genuineVersion: '2.6.3', python })
      if (machine === undefined) return
      t.after(() => machine.turnOff())

      await section(t, 'both servers start', async () => {
        await startServers(machine, zookeeper, broker)
      })
      await section(
        t,
        'ZooKeeper started twice by mistake says that its port is taken',
        async () => {
          const { exitCode, stdout, stderr } = await machine.type(zookeeper)
          assert.notEqual(exitCode, 0)
          assert.match(stdout + stderr, /2181: address already in use|Address already in use/)
        },
      )
      await section(t, 'each consumer prints the flowers of its partitions', () => flowers(machine))
    })
  }
})

async function flowers(machine: LabMachine): Promise<void> {
  for (const topic of ['virginicasetosa', 'versicolor']) {
    const { stdout } = await machine.type(
      `bin/kafka-topics.sh --create --zookeeper localhost:2181 --replication-factor 1 --partitions 2 --topic ${topic}`,
    )
    assert.equal(stdout, `Created topic ${topic}.\n`)
  }
  // Started first, as the sheet says; its timeout of ten seconds is longer than the producer takes.
  const running = machine.open(consumer(10_000, consumers[1]))
  const produced = await machine.type(program('iris_producer.py'))
  assert.equal(produced.exitCode, 0, produced.stderr)
  const sent = linesOf(produced.stdout).map(line => {
    const [topic = '', partition, number, ...measures] = line.split(' ')
    return { topic, partition: Number(partition), number: Number(number), measures }
  })
  assert.equal(sent.length, 150)
  const others = [consumers[2], consumers[3]].map(partitions => ({
    partitions,
    terminal: machine.open(consumer(2_000, partitions)),
  }))

  for (const { partitions, terminal } of [
    ...others,
    { partitions: consumers[1], terminal: running },
  ]) {
    const { stdout, stderr, exitCode } = await terminal.ended
    assert.equal(exitCode, 0, stderr)
    const table = linesOf(stdout)
    const expected = partitions.map(name =>
      sent
        .filter(({ topic, partition }) => `${topic}:${partition}` === name)
        .map(({ topic, partition, number, measures }) => {
          const ofClass = classOf(topic, partition)
          const start = [
            topic.padEnd(16),
            String(partition).padStart(9),
            String(number).padStart(6),
          ]
          const cells = [...start, '', ofClass.padEnd(10), ...measures.map(m => m.padStart(6))]
          return cells.join(' ')
        }),
    )
    assert.equal(table.at(-1), `${expected.flat().length} flowers`)
    for (const [i, name] of partitions.entries()) {
      const [topic, partition] = name.split(':')
      const rows = table.filter(line => {
        const cells = line.split(/ +/)
        return cells[0] === topic && cells[1] === partition
      })
      assert.deepEqual(rows, expected[i], `what ${name} holds, in its order`)
    }
  }
}

function classOf(topic: string, partition: number): string {
  if (topic === 'versicolor') return 'versicolor'
  return partition === 0 ? 'virginica' : 'setosa'
}

function consumer(timeoutMs: number, partitions: readonly string[]): string {
  return `${program('iris_consumer.py')} ${timeoutMs} ${partitions.join(' ')}`
}

function program(name: string): string {
  return `python ${join(projectRoot, 'test', 'labs', 'programs', name)}`
}
