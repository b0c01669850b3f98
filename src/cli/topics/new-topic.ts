/** What the command line says about a topic's partitions and configuration. */
import { validateTopicOverrides } from '../../config/index.ts'
import { illegalArgument, ToolError } from '../java-text.ts'
import type { TopicOptions } from './topic-options.ts'

export interface TopicWish {
  readonly name: string
  readonly partitions: number | null
  readonly replicationFactor: number | null
  /** Replicas by partition; `null` when the cluster shall choose. */
  readonly assignment: ReadonlyMap<number, readonly number[]> | null
  readonly configs: ReadonlyMap<string, string>
}

/** @throws OptionError, ToolError or ConfigError in Kafka's words */
export function readTopicWish(given: TopicOptions): TopicWish {
  const assignment = given.value('replica-assignment')
  const names = given.has('zookeeper') ? namesOf26 : namesOf39
  return {
    name: given.value('topic') ?? '',
    partitions: given.value('partitions'),
    replicationFactor: given.value('replication-factor'),
    assignment:
      assignment === null || assignment === '' ? null : parseAssignment(assignment, names),
    configs: parseConfigs(given.values('config')),
  }
}

/** What Java throws for an assignment that is none: the classes have moved. */
interface ExceptionNames {
  readonly duplicate: string
  readonly uneven: string
}

const namesOf39: ExceptionNames = {
  duplicate: 'org.apache.kafka.server.common.AdminCommandFailedException',
  uneven: 'org.apache.kafka.server.common.AdminOperationException',
}
const namesOf26: ExceptionNames = {
  duplicate: 'kafka.common.AdminCommandFailedException',
  uneven: 'kafka.admin.AdminOperationException',
}

/** `0:1,1:2`: brokers of a partition by colons, partitions by commas. */
export function parseAssignment(text: string, names = namesOf39): Map<number, number[]> {
  const assignment = new Map<number, number[]>()
  for (const [partition, list] of text.split(',').entries()) {
    const brokers = list.split(':').map(one => parseBrokerId(one.trim()))
    const duplicates = new Set(brokers.filter((one, index) => brokers.indexOf(one) < index))
    if (duplicates.size > 0) {
      throw new ToolError(
        names.duplicate,
        `Partition replica lists may not contain duplicate entries: ${[...duplicates].join(',')}`,
      )
    }
    assignment.set(partition, brokers)
    if (brokers.length === assignment.get(0)?.length) continue
    throw new ToolError(
      names.uneven,
      `Partition ${partition} has different replication factor: [${brokers.join(', ')}]`,
    )
  }
  return assignment
}

function parseBrokerId(text: string): number {
  if (/^[+-]?\d{1,10}$/.test(text)) return Number(text)
  throw new ToolError('java.lang.NumberFormatException', `For input string: "${text}"`)
}

function parseConfigs(pairs: readonly string[]): Map<string, string> {
  const configs = new Map<string, string>()
  for (const pair of pairs) {
    const [name, value, ...more] = pair.replace(/(\s*=\s*)+$/, '').split(/\s*=\s*/)
    if (name === undefined || value === undefined || more.length > 0) {
      throw illegalArgument(
        'requirement failed: Invalid topic config: all configs to be added must be in the ' +
          'format "key=val".',
      )
    }
    configs.set(name.trim(), value.trim())
  }
  if (configs.size > 0) validateTopicOverrides(new Map(), configs)
  return configs
}

/** Names with both `.` and `_` beside each other are a trap, of which Kafka warns for either. */
export function collisionWarning(topic: string): string {
  return /[._]/.test(topic)
    ? "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore " +
        "('_') could collide. To avoid issues it is best to use either, but not both.\n"
    : ''
}
