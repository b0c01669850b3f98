/** Steps that several labs share. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { subjectKind } from '../peers/subject.ts'
import type { LabMachine, Terminal } from './lab-machine.ts'

/** One after another for a JVM: of several in namespaces each takes the others' files for its own. */
export const labsAtOnce = subjectKind === 'genuine' ? 1 : 3

/** A step of the lab. What comes later stands on it: the first failure ends the lab. */
export async function section(
  t: TestContext,
  name: string,
  step: () => Promise<void>,
): Promise<void> {
  let failure: unknown
  await t.test(name, async () => {
    try {
      await step()
    } catch (error) {
      failure = error
      throw error
    }
  })
  if (failure !== undefined) throw new Error(`the lab ended in: ${name}`)
}

/** Types the two start commands in terminals of their own and waits until both servers serve. */
export async function startServers(
  machine: LabMachine,
  zookeeperCommand: string,
  brokerCommand: string,
): Promise<{ zookeeper: Terminal; broker: Terminal }> {
  const zookeeper = machine.open(zookeeperCommand)
  // The broker waits for ZooKeeper by itself, as it does for whoever types the second line at once.
  const broker = machine.open(brokerCommand)
  await broker.untilOutput(/\[KafkaServer id=0\] started \(kafka\.server\.KafkaServer\)/)
  return { zookeeper, broker }
}

/** One row of `kafka-consumer-groups.sh --describe`. */
export interface GroupRow {
  topic: string
  partition: number
  currentOffset: string
  logEndOffset: number
  lag: string
  consumerId: string
}

/** The rows of a described group; none when there is no such group. */
export function groupRows(stdout: string): GroupRow[] {
  const lines = stdout.split('\n')
  const header = lines.findIndex(line => line.startsWith('GROUP '))
  return lines
    .slice(header + 1)
    .filter(line => header >= 0 && line !== '')
    .map(line => {
      const [, topic, partition, currentOffset, end, lag, consumerId] = line.split(/\s+/)
      assert.ok(topic !== undefined && currentOffset !== undefined, `a row: ${line}`)
      return {
        topic,
        partition: Number(partition),
        currentOffset,
        logEndOffset: Number(end),
        lag: lag ?? '',
        consumerId: consumerId ?? '',
      }
    })
}

/** Describes a group again and again until `condition` holds for its rows. */
export async function untilGroup(
  machine: LabMachine,
  group: string,
  what: string,
  condition: (rows: GroupRow[]) => boolean,
): Promise<string> {
  const command = `bin/kafka-consumer-groups.sh --bootstrap-server localhost:9092 --group ${group} --describe`
  const deadlineMs = Date.now() + 45_000
  while (true) {
    const { stdout, stderr } = await machine.type(command)
    if (condition(groupRows(stdout))) return stdout
    assert.ok(Date.now() < deadlineMs, `group ${group} is not ${what}:\n${stdout}\n${stderr}`)
  }
}

/** The complete lines of an output. */
export function linesOf(text: string): string[] {
  return text.split('\n').slice(0, -1)
}
