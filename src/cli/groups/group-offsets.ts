/** `--reset-offsets` and `--delete-offsets`. */
import { KafkaError, unwrap, type TopicPartition } from '../../client/index.ts'
import { refuse } from '../arguments/index.ts'
import { illegalArgument, javaText } from '../java-text.ts'
import { scenarioOf, type ResetScenario } from './group-options.ts'
import type { GroupCommand } from './group-command.ts'
import { wrapped } from './wrapped-error.ts'
import { describeKnown } from './known-groups.ts'
import { logOffsets } from './log-offsets.ts'
import { parseDateTime, parseDuration } from './moments.ts'
import { csvOf, readResetPlan, type PlannedOffset } from './reset-plan.ts'

type Places = readonly TopicPartition[]

/** Without `--execute` it only shows what it would do. */
export async function resetOffsets(
  command: GroupCommand,
  groupIds: readonly string[],
): Promise<void> {
  const { admin, given, print, timeoutMs } = command
  const plan = new Map<string, readonly PlannedOffset[]>()
  for (const { groupId, state } of await describeKnown(command, groupIds, 2)) {
    if (state !== 'Empty' && state !== 'Dead') {
      print(
        `\nError: Assignments can only be reset if the group '${groupId}' is inactive, but the ` +
          `current state is ${state}.\n`,
      )
      plan.set(groupId, [])
      continue
    }
    const offsets = await plannedFor(command, groupId)
    const isToExecute = given.has('execute') && !given.has('dry-run')
    if (isToExecute && offsets.length > 0) {
      const done = admin.alterConsumerGroupOffsets(groupId, offsets, { timeoutMs })
      await wrapped(
        2,
        done.then(outcomes => outcomes.forEach(unwrap)),
      )
    }
    plan.set(groupId, offsets)
  }
  if (given.has('export')) print(`${csvOf(plan, given.values('group').length === 1)}\n`)
  else printPlan(command, plan)
}

const row = (cells: readonly string[], widths: readonly number[]) =>
  cells.map((cell, index) => cell.padEnd(widths[index] ?? 0)).join(' ')
const PLAN_WIDTHS = [30, 30, 10, 15]

/** Kafka 3.9 prints the rows without line ends, one behind the other. */
function printPlan(
  { print }: GroupCommand,
  plan: ReadonlyMap<string, readonly PlannedOffset[]>,
): void {
  if (plan.size > 0) {
    print(`\n${row(['GROUP', 'TOPIC', 'PARTITION', 'NEW-OFFSET'], PLAN_WIDTHS)}`)
  }
  for (const [group, offsets] of plan) {
    for (const { topic, partition, offset } of offsets) {
      print(row([group, topic, String(partition), String(offset)], PLAN_WIDTHS))
    }
  }
}

async function plannedFor(command: GroupCommand, groupId: string): Promise<PlannedOffset[]> {
  const places = await placesToReset(command, groupId)
  return plans[scenarioOf(command.given)](command, groupId, places)
}

async function placesToReset(command: GroupCommand, groupId: string): Promise<Places> {
  const { given } = command
  if (given.has('all-topics')) return committedOffsets(command, groupId)
  if (given.has('topic')) {
    const topics = given.values('topic')
    const named = topics.filter(topic => topic.includes(':')).flatMap(parseTopicPartitions)
    const whole = topics.filter(topic => !topic.includes(':'))
    return [...named, ...(await wrapped(2, partitionsOf(command, whole)))]
  }
  if (given.has('from-file')) return []
  return refuse(given, 'One of the reset scopes should be defined: --all-topics, --topic.')
}

/** `topic:0,1`. @throws ToolError for anything else */
function parseTopicPartitions(argument: string): TopicPartition[] {
  const [topic, partitions, ...more] = argument.replace(/:+$/, '').split(':')
  if (topic === undefined || partitions === undefined || more.length > 0) {
    throw illegalArgument(`Invalid topic arg '${argument}', expected topic name and partitions`)
  }
  return partitions.split(',').map(text => {
    if (/^[+-]?\d{1,10}$/.test(text)) return { topic, partition: Number(text) }
    throw illegalArgument(`Invalid partition '${text}' specified in topic arg '${argument}''`)
  })
}

/** @throws KafkaError for the first topic that is not there */
async function partitionsOf(
  { admin, timeoutMs }: GroupCommand,
  topics: readonly string[],
): Promise<TopicPartition[]> {
  const described = await admin.describeTopics(topics, { timeoutMs })
  return Array.from(described.values(), unwrap).flatMap(({ name, partitions }) =>
    partitions.map(({ partition }) => ({ topic: name, partition })),
  )
}

async function committedOffsets(command: GroupCommand, groupId: string): Promise<PlannedOffset[]> {
  const { admin, timeoutMs } = command
  const offsets = await wrapped(2, admin.listConsumerGroupOffsets(groupId, { timeoutMs }))
  return offsets.flatMap(({ topic, partition, committed }) =>
    committed === null ? [] : [{ topic, partition, offset: committed.offset }],
  )
}

type Plan = (command: GroupCommand, groupId: string, places: Places) => Promise<PlannedOffset[]>

const plans: Readonly<Record<ResetScenario, Plan>> = {
  'to-offset': async (command, _group, places) => {
    const offset = command.given.value('to-offset') ?? 0
    return withinLog(
      command,
      places.map(place => ({ ...place, offset })),
    )
  },
  'to-earliest': (command, _group, places) => atEnds(command, places, 'earliest'),
  'to-latest': (command, _group, places) => atEnds(command, places, 'latest'),
  'to-datetime': (command, _group, places) =>
    atTime(command, places, parseDateTime(command.given.value('to-datetime') ?? '')),
  'by-duration': (command, _group, places) => {
    const spanMs = parseDuration(command.given.value('by-duration') ?? '')
    return atTime(command, places, Math.floor(command.environment.host.clock.wallMs() - spanMs))
  },
  'shift-by': shifted,
  'to-current': current,
  'from-file': fromFile,
}

const nameOf = ({ topic, partition }: TopicPartition) => `${topic}-${partition}`

async function atEnds(
  command: GroupCommand,
  places: Places,
  spec: 'earliest' | 'latest',
): Promise<PlannedOffset[]> {
  const offsets = await logOffsets(command, places, spec)
  return places.map(({ topic, partition }) => ({
    topic,
    partition,
    offset: offsets.get(nameOf({ topic, partition }))?.offset ?? 0,
  }))
}

/** Where nothing is as young: the end. */
async function atTime(
  command: GroupCommand,
  places: Places,
  timestampMs: number,
): Promise<PlannedOffset[]> {
  const found = await logOffsets(command, places, { timestampMs })
  const isFound = (place: TopicPartition) => (found.get(nameOf(place))?.offset ?? -1) >= 0
  const missing = places.filter(place => !isFound(place))
  for (const { topic, partition } of missing) {
    command.print(
      `\nWarn: Partition ${partition} from topic ${topic} is empty. Falling back to latest known ` +
        'offset.\n',
    )
  }
  const ends = await logOffsets(command, missing, 'latest')
  return places.map(({ topic, partition }) => {
    const name = nameOf({ topic, partition })
    const offset = (isFound({ topic, partition }) ? found : ends).get(name)?.offset ?? 0
    return { topic, partition, offset }
  })
}

async function shifted(
  command: GroupCommand,
  groupId: string,
  places: Places,
): Promise<PlannedOffset[]> {
  const committed = new Map(
    (await committedOffsets(command, groupId)).map(one => [nameOf(one), one.offset]),
  )
  const by = command.given.value('shift-by') ?? 0
  const wanted = places.map(({ topic, partition }) => {
    const offset = committed.get(nameOf({ topic, partition }))
    if (offset !== undefined) return { topic, partition, offset: offset + by }
    throw illegalArgument(
      `Cannot shift offset for partition ${topic}-${partition} since there is no current ` +
        'committed offset',
    )
  })
  return withinLog(command, wanted)
}

async function current(
  command: GroupCommand,
  groupId: string,
  places: Places,
): Promise<PlannedOffset[]> {
  const committed = await committedOffsets(command, groupId)
  const known = new Map(committed.map(one => [nameOf(one), one]))
  const isKnown = (place: TopicPartition) => known.has(nameOf(place))
  const ends = await atEnds(
    command,
    places.filter(place => !isKnown(place)),
    'latest',
  )
  return [...places.flatMap(place => known.get(nameOf(place)) ?? []), ...ends]
}

async function fromFile(command: GroupCommand, groupId: string): Promise<PlannedOffset[]> {
  const { given, environment, print } = command
  const path = given.value('from-file') ?? ''
  const groups = given.values('group')
  const plan = readResetPlan(environment.host, path, groups.length === 1 ? groups[0] : undefined)
  const offsets = plan.get(groupId)
  if (offsets !== undefined) return withinLog(command, offsets)
  print(`\nError: No reset plan for group ${groupId} found\n`)
  return []
}

/** Offsets before the first or behind the last record become those. */
async function withinLog(
  command: GroupCommand,
  wanted: readonly PlannedOffset[],
): Promise<PlannedOffset[]> {
  const starts = await logOffsets(command, wanted, 'earliest')
  const ends = await logOffsets(command, wanted, 'latest')
  const log = command.environment.host.log.named(
    'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
  )
  return wanted.map(({ topic, partition, offset }) => {
    const name = nameOf({ topic, partition })
    const end = ends.get(name)?.offset ?? offset
    const start = starts.get(name)?.offset ?? offset
    const bounded = offset > end ? end : Math.max(offset, start)
    if (bounded !== offset) {
      const relation = offset > end ? 'higher than latest' : 'lower than earliest'
      log.warn(
        `New offset (${offset}) is ${relation} offset for topic partition ${name}. Value will be ` +
          `set to ${bounded}`,
      )
    }
    return { topic, partition, offset: bounded }
  })
}

const STATUS_WIDTHS = [30, 15, 15]

/** Of one group; the result of each partition stands behind the other, as Kafka 3.9 prints it. */
export async function deleteOffsets(command: GroupCommand): Promise<void> {
  const { admin, given, print, timeoutMs } = command
  const groupId = given.value('group') ?? ''
  const topics = given.values('topic')
  const results: { topic: string; partition: number; error: unknown }[] = []
  const places = topics.filter(topic => topic.includes(':')).flatMap(parseTopicPartitions)
  const whole = topics.filter(topic => !topic.includes(':'))
  for (const [topic, outcome] of await admin.describeTopics(whole, { timeoutMs })) {
    if (!outcome.ok) results.push({ topic, partition: -1, error: outcome.error })
    else places.push(...outcome.value.partitions.map(({ partition }) => ({ topic, partition })))
  }
  let failure: unknown
  try {
    for (const outcome of await admin.deleteConsumerGroupOffsets(groupId, places, { timeoutMs })) {
      const error = outcome.ok ? undefined : outcome.error
      failure ??= error
      results.push({ topic: outcome.topic, partition: outcome.partition, error })
    }
  } catch (error) {
    failure = error
    results.push(...places.map(place => ({ ...place, error })))
  }
  print(deletionSummary(failure, groupId, topics))
  print(`\n${row(['TOPIC', 'PARTITION', 'STATUS'], STATUS_WIDTHS)}`)
  const inOrder = results.toSorted((a, b) =>
    `${a.topic}${a.partition}` < `${b.topic}${b.partition}` ? -1 : 1,
  )
  for (const { topic, partition, error } of inOrder) {
    const status = error === undefined ? 'Successful' : `Error: :${javaText(error)}`
    const number = partition >= 0 ? String(partition) : 'Not Provided'
    print(row([topic, number, status], STATUS_WIDTHS))
  }
}

function deletionSummary(failure: unknown, groupId: string, topics: readonly string[]): string {
  if (failure === undefined) {
    return `Request succeed for deleting offsets with topic ${topics.join(', ')} group ${groupId}\n`
  }
  const code = failure instanceof KafkaError ? failure.code : 'UNKNOWN_SERVER_ERROR'
  return `\nError: ${deletionProblem(code, groupId)}\n`
}

function deletionProblem(code: string, groupId: string): string {
  switch (code) {
    case 'INVALID_GROUP_ID':
      return `'${groupId}' is not valid.`
    case 'GROUP_ID_NOT_FOUND':
      return `'${groupId}' does not exist.`
    case 'GROUP_AUTHORIZATION_FAILED':
      return `Access to '${groupId}' is not authorized.`
    case 'NON_EMPTY_GROUP':
      return (
        `Deleting offsets of a consumer group '${groupId}' is forbidden if the group is not ` +
        'empty.'
      )
    case 'GROUP_SUBSCRIBED_TO_TOPIC':
    case 'TOPIC_AUTHORIZATION_FAILED':
    case 'UNKNOWN_TOPIC_OR_PARTITION':
      return 'Encounter some partition level error, see the follow-up details:'
    default:
      return `Encounter some unknown error: ${code}`
  }
}
