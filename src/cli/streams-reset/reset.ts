/** What kafka-streams-application-reset does: members, offsets, internal topics, in this order. */
import { Kafka, unwrap, type Admin, type TopicPartition } from '../../client/index.ts'
import { openAdmin } from '../admin-client.ts'
import { illegalArgument, javaText, ToolError } from '../java-text.ts'
import { loadProperties } from '../properties-files.ts'
import type { ToolEnvironment } from '../tool.ts'
import { moveTo } from './positions.ts'
import type { ResetOptions } from './streams-reset.ts'

const DESCRIBE_TIMEOUT_MS = 10_000
const LIST_TIMEOUT_MS = 60_000
const BYTES = 'org.apache.kafka.common.serialization.ByteArrayDeserializer'

/** What each step works with. */
interface Run {
  readonly admin: Admin
  readonly given: ResetOptions
  readonly groupId: string
  /** Of the cluster, those of Kafka itself left out. */
  readonly allTopics: readonly string[]
  readonly environment: ToolEnvironment
  readonly print: (line: string) => void
}

/** @returns the exit code: 1 when a topic was not found */
export async function reset(given: ResetOptions, environment: ToolEnvironment): Promise<number> {
  const servers = given.value('bootstrap-server') ?? given.value('bootstrap-servers')
  const bootstrapServers = servers ?? 'localhost:9092'
  const configFile = given.value('config-file')
  const groupId = given.value('application-id') ?? ''
  const print = (line: string) => {
    environment.terminal.stdout.write(`${line}\n`)
  }
  await using admin = await openAdmin(environment.host, { bootstrapServers, configFile })
  await ensureNoMembers(admin, { groupId, isForced: given.has('force'), print })
  const topics = await admin.listTopics({ timeoutMs: LIST_TIMEOUT_MS })
  const allTopics = topics.map(({ name }) => name)
  if (given.has('dry-run')) {
    print(
      '----Dry run displays the actions which will be performed when running Streams Reset Tool----',
    )
  }
  const run: Run = { admin, given, groupId, allTopics, environment, print }
  const code = await resetOffsets(run, bootstrapServers)
  await deleteInternalTopics(run)
  return code
}

async function ensureNoMembers(
  admin: Admin,
  run: { groupId: string; isForced: boolean; print: (line: string) => void },
): Promise<void> {
  const { groupId, isForced, print } = run
  const timeoutMs = DESCRIBE_TIMEOUT_MS
  const described = (await admin.describeConsumerGroups([groupId], { timeoutMs })).get(groupId)
  // A group that never was is dead to brokers before 4.0, and unknown to later ones (KIP-1043).
  const isUnknown = described?.ok === false && described.error.code === 'GROUP_ID_NOT_FOUND'
  const members = described === undefined || isUnknown ? [] : unwrap(described).members
  if (members.length === 0) return
  if (isForced) {
    print(`Force deleting all active members in the group: ${groupId}`)
    await admin.removeMembersFromConsumerGroup(groupId)
    return
  }
  const texts = members.map(
    ({ memberId, groupInstanceId, clientId, host, assignment }) =>
      `(memberId=${memberId}, groupInstanceId=${groupInstanceId ?? 'null'}, ` +
      `clientId=${clientId}, host=${host}, ` +
      `assignment=(topicPartitions=${assignment.map(nameOf).join(',')}), ` +
      'targetAssignment=Optional.empty)',
  )
  throw new ToolError(
    'java.lang.IllegalStateException',
    `Consumer group '${groupId}' is still active and has following members: ` +
      `[${texts.join(', ')}]. Make sure to stop all running application instances before running ` +
      "the reset tool. You can use option '--force' to remove active members from the group.",
  )
}

const nameOf = ({ topic, partition }: TopicPartition) => `${topic}-${partition}`
const listText = (names: readonly string[]) => `[${names.join(', ')}]`

async function resetOffsets(run: Run, bootstrapServers: string): Promise<number> {
  const { given, print } = run
  const input = given.values('input-topics')
  const intermediate = given.values('intermediate-topics')
  if (input.length === 0 && intermediate.length === 0) {
    print('No input or intermediate topics specified. Skipping seek.')
    return 0
  }
  if (input.length > 0) print(`Reset-offsets for input topics ${listText(input)}`)
  if (intermediate.length > 0) {
    print(`Seek-to-end for intermediate topics ${listText(intermediate)}`)
  }
  const isThere = (topic: string) => run.allTopics.includes(topic)
  const missingInput = input.filter(topic => !isThere(topic))
  const missingIntermediate = intermediate.filter(topic => !isThere(topic))
  if (missingInput.length > 0) {
    print('Following input topics are not found, skipping them')
    for (const topic of missingInput) print(`Topic: ${topic}`)
  }
  if (missingIntermediate.length > 0) {
    print('Following intermediate topics are not found, skipping them')
    for (const topic of missingIntermediate) print(`Topic:${topic}`)
  }
  const code = missingInput.length + missingIntermediate.length > 0 ? 1 : 0
  const found = [...new Set([...input, ...intermediate])].filter(isThere)
  if (found.length === 0) return code
  await moveGroup(run, found, bootstrapServers)
  print('Done.')
  return code
}

async function moveGroup(
  { given, groupId, environment, print }: Run,
  topics: readonly string[],
  bootstrapServers: string,
): Promise<void> {
  const { host } = environment
  const file = given.value('config-file')
  const properties = file === null ? new Map<string, string>() : loadProperties(host, file)
  properties.set('bootstrap.servers', bootstrapServers)
  properties.set('group.id', groupId)
  properties.set('enable.auto.commit', 'false')
  const consumer = new Kafka({ host }).consumer({
    ...{ properties, keyDeserializer: BYTES, valueDeserializer: BYTES },
  })
  try {
    const found = await Promise.all(topics.map(topic => consumer.partitionsFor(topic)))
    const partitions = found.flat()
    consumer.assign(partitions)
    const isInput = ({ topic }: TopicPartition) => given.values('input-topics').includes(topic)
    const input = partitions.filter(isInput)
    const intermediate = partitions.filter(one => !isInput(one))
    if (input.length > 0) {
      print(`Following input topics offsets will be reset to (for consumer group ${groupId})`)
      await moveTo({ consumer, given, host, print }, input)
    }
    if (intermediate.length > 0) {
      print(
        `Following intermediate topics offsets will be reset to end (for consumer group ${groupId})`,
      )
      for (const { topic } of intermediate) print(`Topic: ${topic}`)
      consumer.seekToEnd(intermediate)
    }
    if (given.has('dry-run')) return
    for (const place of partitions) await consumer.position(place)
    await consumer.commit()
  } finally {
    await consumer.close()
  }
}

const INTERNAL =
  /(?:-changelog|-repartition|-subscription-registration-topic|-subscription-response-topic|.-KTABLE-FK-JOIN-SUBSCRIPTION-(?:REGISTRATION|RESPONSE)-\d+-topic)$/

async function deleteInternalTopics(run: Run): Promise<void> {
  const { admin, allTopics, given, groupId, environment, print } = run
  const others = [...given.values('input-topics'), ...given.values('intermediate-topics')]
  const inferred = allTopics.filter(
    topic => !others.includes(topic) && topic.startsWith(`${groupId}-`) && INTERNAL.test(topic),
  )
  const specified = given.values('internal-topics')
  if (specified.some(topic => !inferred.includes(topic))) {
    throw illegalArgument(
      'Invalid topic specified in the --internal-topics option. Ensure that the topics specified ' +
        'are all internal topics. Do a dry run without the --internal-topics option to see the ' +
        'list of all internal topics that can be deleted.',
    )
  }
  const isSpecified = specified.length > 0
  const topics = isSpecified ? specified : inferred
  print(`Deleting ${isSpecified ? 'specified' : 'inferred'} internal topics ${listText(topics)}`)
  if (!given.has('dry-run') && topics.length > 0) {
    let isAnyLeft = false
    for (const [topic, outcome] of await admin.deleteTopics(topics)) {
      if (outcome.ok) continue
      isAnyLeft = true
      const failure = `java.util.concurrent.ExecutionException: ${javaText(outcome.error)}`
      environment.terminal.stderr.write(`ERROR: deleting topic ${topic}\n${failure}\n`)
    }
    if (isAnyLeft) {
      const message = 'Encountered an error deleting one or more topics'
      throw new ToolError('java.lang.RuntimeException', message)
    }
  }
  print('Done.')
}
