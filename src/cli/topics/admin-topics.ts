/** kafka-topics through the brokers. */
import {
  KafkaError,
  unwrap,
  type Admin,
  type ConfigEntry,
  type PartitionReassignment,
  type TopicDescription,
} from '../../client/index.ts'
import { openAdmin } from '../admin-client.ts'
import { illegalArgument, ToolError } from '../java-text.ts'
import type { ToolEnvironment } from '../tool.ts'
import { describeTopic, type DescribedTopic } from './description.ts'
import { ensureFound, topicsFor } from './found-topics.ts'
import { collisionWarning, readTopicWish, type TopicWish } from './new-topic.ts'
import type { TopicService } from './topic-command.ts'
import { readTopicId } from './topic-id.ts'
import type { TopicOptions } from './topic-options.ts'

const MAX_REPLICATION_FACTOR = 32_767

/** @throws ToolError or ConfigError for a client that cannot be made */
export async function openAdminTopics(
  given: TopicOptions,
  environment: ToolEnvironment,
): Promise<TopicService> {
  const admin = await openAdmin(environment.host, {
    bootstrapServers: given.value('bootstrap-server') ?? '',
    configFile: given.value('command-config'),
  })
  const { stdout } = environment.terminal
  return {
    create: async () => {
      const wish = readTopicWish(given)
      stdout.write(collisionWarning(wish.name))
      if (await create(admin, wish, given)) stdout.write(`Created topic ${wish.name}.\n`)
    },
    list: async () => {
      stdout.write(`${(await find(admin, given)).join('\n')}\n`)
    },
    alter: () => addPartitions(admin, given),
    describe: () => describe(admin, given, text => stdout.write(text)),
    delete: async () => {
      const topics = await find(admin, given)
      ensureFound(given, topics, asOptional)
      const outcomes = await admin.deleteTopics(topics)
      for (const outcome of outcomes.values()) unwrap(outcome)
    },
    close: () => admin.close(),
  }
}

/** Kafka 3.9 prints the Optional that holds the name. */
const asOptional = (pattern: string) => `Optional[${pattern}]`

/** @returns whether the topic is new */
async function create(admin: Admin, wish: TopicWish, given: TopicOptions): Promise<boolean> {
  const { partitions, replicationFactor, assignment } = wish
  if (
    replicationFactor !== null &&
    (replicationFactor > MAX_REPLICATION_FACTOR || replicationFactor < 1)
  ) {
    throw illegalArgument(
      `The replication factor must be between 1 and ${MAX_REPLICATION_FACTOR} inclusive`,
    )
  }
  if (partitions !== null && partitions < 1) {
    throw illegalArgument('The partitions must be greater than 0')
  }
  if (wish.name === '') {
    throw new ToolError(
      'org.apache.kafka.common.errors.InvalidTopicException',
      "The given topic name '' cannot be represented in a request.",
    )
  }
  const outcomes = await admin.createTopics([
    {
      name: wish.name,
      configs: Object.fromEntries(wish.configs),
      ...(assignment === null
        ? {
            numPartitions: partitions ?? undefined,
            replicationFactor: replicationFactor ?? undefined,
          }
        : { replicaAssignments: assignment }),
    },
  ])
  for (const outcome of outcomes.values()) {
    if (outcome.ok) continue
    const isThere = outcome.error.code === 'TOPIC_ALREADY_EXISTS'
    if (!isThere || !given.has('if-not-exists')) throw outcome.error
    return false
  }
  return true
}

async function find(admin: Admin, given: TopicOptions): Promise<string[]> {
  const topics = await admin.listTopics({ listInternal: !given.has('exclude-internal') })
  return topicsFor(
    given,
    topics.map(({ name }) => name),
  )
}

async function addPartitions(admin: Admin, given: TopicOptions): Promise<void> {
  const { partitions, assignment } = readTopicWish(given)
  const topics = await find(admin, given)
  ensureFound(given, topics, asOptional)
  if (topics.length === 0) return
  const descriptions = assignment === null ? null : await admin.describeTopics(topics)
  const wishes = topics.map(topic => {
    const described = descriptions?.get(topic)
    const existing = described === undefined ? 0 : unwrap(described).partitions.length
    const added = assignment === null ? undefined : [...assignment.values()].slice(existing)
    return [topic, { totalCount: partitions ?? 0, newAssignments: added }] as const
  })
  const outcomes = await admin.createPartitions(Object.fromEntries(wishes))
  for (const outcome of outcomes.values()) unwrap(outcome)
}

async function describe(
  admin: Admin,
  given: TopicOptions,
  print: (text: string) => void,
): Promise<void> {
  const topics = await findDescriptions(admin, given)
  const names = topics.map(({ name }) => name)
  const [configs, cluster, moving] = await Promise.all([
    configsOf(admin, names),
    admin.describeCluster(),
    reassignmentsOf(admin, topics),
  ])
  const live = new Set(cluster.brokers.map(({ id }) => id))
  for (const topic of topics) {
    const entries = configs.get(topic.name) ?? []
    print(describeTopic(describedTopic(topic, entries, moving), given, live))
  }
}

/** By id when one is given, whatever the pattern says; else by the pattern. */
async function findDescriptions(admin: Admin, given: TopicOptions): Promise<TopicDescription[]> {
  const topicId = readTopicId(given.value('topic-id'))
  if (topicId === null) {
    const topics = await find(admin, given)
    ensureFound(given, topics, asOptional)
    return [...(await admin.describeTopics(topics)).values()].map(unwrap)
  }
  const listed = await admin.listTopics({ listInternal: !given.has('exclude-internal') })
  if (listed.some(topic => topic.topicId === topicId)) {
    return [...(await admin.describeTopics({ topicIds: [topicId] })).values()].map(unwrap)
  }
  if (given.has('if-exists')) return []
  throw illegalArgument(`TopicId '${topicId}' does not exist as expected`)
}

async function configsOf(
  admin: Admin,
  topics: readonly string[],
): Promise<Map<string, readonly ConfigEntry[]>> {
  const resources = topics.map(name => ({ type: 'TOPIC', name }) as const)
  const outcomes = resources.length === 0 ? [] : await admin.describeConfigs(resources)
  return new Map(outcomes.map(outcome => [outcome.resource.name, unwrap(outcome)]))
}

const tellsNothing = new Set<string>(['UNSUPPORTED_VERSION', 'CLUSTER_AUTHORIZATION_FAILED'])

/** Brokers that know of none, or do not tell, move nothing. */
async function reassignmentsOf(
  admin: Admin,
  topics: readonly TopicDescription[],
): Promise<readonly PartitionReassignment[]> {
  const partitions = topics.flatMap(({ name, partitions: all }) =>
    all.map(({ partition }) => ({ topic: name, partition })),
  )
  try {
    return await admin.listPartitionReassignments({ partitions })
  } catch (error) {
    if (error instanceof KafkaError && tellsNothing.has(error.code)) return []
    throw error
  }
}

function describedTopic(
  topic: TopicDescription,
  entries: readonly ConfigEntry[],
  moving: readonly PartitionReassignment[],
): DescribedTopic {
  const overrides = entries.filter(entry => !entry.isDefault)
  const minInsync = entries.find(entry => entry.name === 'min.insync.replicas')
  return {
    name: topic.name,
    topicId: topic.topicId ?? null,
    overrides: new Map(overrides.map(({ name, value }) => [name, value ?? 'null'])),
    minInsyncReplicas: Number(minInsync?.value ?? 1),
    isMarkedForDeletion: false,
    partitions: topic.partitions.map(({ partition, leader, replicas, isr }) => {
      const reassignment = moving.find(
        move => move.topic === topic.name && move.partition === partition,
      )
      return {
        partition,
        leader: leader?.id ?? null,
        replicas: replicas.map(({ id }) => id),
        isr: isr.map(({ id }) => id),
        ...(reassignment === undefined ? {} : { reassignment }),
      }
    }),
  }
}
