/** kafka-topics on the nodes in ZooKeeper, as Kafka 2.6 did it: the controller sees what changed and acts. */
import { validateTopicOverrides } from '../../config/index.ts'
import { assignReplicas, collides, isInternalTopic, type Broker } from '../../metadata/index.ts'
import { ToolError } from '../java-text.ts'
import type { ToolEnvironment } from '../tool.ts'
import { openZnodes } from '../zookeeper-connection.ts'
import type { Znodes } from '../../znodes/index.ts'
import { describeTopic, type DescribedPartition } from './description.ts'
import { ensureFound, topicsFor } from './found-topics.ts'
import { collisionWarning, readTopicWish, type TopicWish } from './new-topic.ts'
import type { TopicService } from './topic-command.ts'
import type { TopicOptions } from './topic-options.ts'

const MAX_NAME_LENGTH = 249

/** @throws ToolError when no server answers */
export async function openZooKeeperTopics(
  given: TopicOptions,
  { host, terminal }: ToolEnvironment,
): Promise<TopicService> {
  const { znodes, close } = await openZnodes(host, given.value('zookeeper') ?? '')
  const topics = new ZooKeeperTopics(znodes, given, {
    print: text => terminal.stdout.write(text),
    random: below => host.random.below(below),
  })
  return {
    create: () => topics.create(),
    list: () => topics.list(),
    alter: () => topics.alter(),
    describe: () => topics.describe(),
    delete: () => topics.delete(),
    close,
  }
}

interface World {
  readonly print: (text: string) => void
  readonly random: (below: number) => number
}

class ZooKeeperTopics {
  readonly #znodes: Znodes
  readonly #given: TopicOptions
  readonly #world: World

  constructor(znodes: Znodes, given: TopicOptions, world: World) {
    this.#znodes = znodes
    this.#given = given
    this.#world = world
  }

  async create(): Promise<void> {
    const wish = readTopicWish(this.#given)
    this.#world.print(collisionWarning(wish.name))
    const replicas = wish.assignment ?? (await this.#place(wish))
    ensureName(wish.name)
    const isNew = (await this.#ensureFree(wish.name)) && (await this.#make(wish, replicas))
    if (isNew) this.#world.print(`Created topic ${wish.name}.\n`)
    else if (!this.#given.has('if-not-exists')) throw topicExists(wish.name)
  }

  async #place(wish: TopicWish): Promise<ReadonlyMap<number, readonly number[]>> {
    const partitions = wish.partitions ?? 0
    const factor = wish.replicationFactor ?? 0
    ensurePlaceable(partitions, factor)
    const brokers = await this.#brokersForPlacing()
    if (factor > brokers.length) {
      throw invalidReplicationFactor(
        `Replication factor: ${factor} larger than available brokers: ${brokers.length}.`,
      )
    }
    return assignReplicas({
      brokers,
      firstPartition: 0,
      partitionCount: partitions,
      replicationFactor: factor,
      start: this.#world.random(brokers.length),
      shift: this.#world.random(brokers.length),
    })
  }

  /** @throws ToolError when only some brokers say in which rack they stand */
  async #brokersForPlacing(): Promise<Broker[]> {
    const brokers = await this.#znodes.brokers()
    if (this.#given.has('disable-rack-aware')) {
      return brokers.map(({ id }) => ({ id, rack: null }))
    }
    const inRacks = brokers.filter(({ rack }) => rack !== null).length
    if (inRacks === 0 || inRacks === brokers.length) return brokers
    throw adminOperation(
      'Not all brokers have rack information. Add --disable-rack-aware in command line to make ' +
        'replica assignment without rack information.',
    )
  }

  /** @returns whether there is no such topic yet */
  async #ensureFree(name: string): Promise<boolean> {
    const all = await this.#znodes.topicNames()
    if (all.includes(name)) return false
    const colliding = all.filter(other => collides(name, other))
    if (colliding.length === 0) return true
    throw invalidTopic(`Topic '${name}' collides with existing topics: ${colliding.join(', ')}`)
  }

  /** The configuration first, so that the topic never lives without it. */
  async #make(
    { name, configs }: TopicWish,
    replicas: ReadonlyMap<number, readonly number[]>,
  ): Promise<boolean> {
    await this.#znodes.writeConfig('topics', name, configs, { notify: false })
    const nothing = new Map<number, number[]>()
    return this.#znodes.createTopic(name, {
      topicId: undefined, // The controller gives it.
      replicas,
      addingReplicas: nothing,
      removingReplicas: nothing,
    })
  }

  async list(): Promise<void> {
    const doomed = new Set(await this.#znodes.deletionsRequested())
    for (const topic of await this.#find()) {
      this.#world.print(doomed.has(topic) ? `${topic} - marked for deletion\n` : `${topic}\n`)
    }
  }

  async #find(): Promise<string[]> {
    return topicsFor(this.#given, await this.#znodes.topicNames())
  }

  async alter(): Promise<void> {
    const topics = await this.#find()
    const wish = readTopicWish(this.#given)
    ensureFound(this.#given, topics, pattern => pattern)
    for (const topic of topics) {
      if (this.#given.has('config') || this.#given.has('delete-config')) {
        await this.#alterConfig(topic, wish)
      }
      if (this.#given.has('partitions')) await this.#addPartitions(topic, wish)
    }
  }

  async #alterConfig(topic: string, { configs }: TopicWish): Promise<void> {
    this.#world.print(
      'WARNING: Altering topic configuration from this script has been deprecated and may be ' +
        'removed in future releases.\n' +
        '         Going forward, please use kafka-configs.sh for this functionality\n',
    )
    const config = await this.#znodes.readConfig('topics', topic)
    for (const [name, value] of configs) config.set(name, value)
    for (const name of this.#given.values('delete-config')) config.delete(name.trim())
    validateTopicOverrides(new Map(), config)
    await this.#znodes.writeConfig('topics', topic, config, { notify: true })
    this.#world.print(`Updated config for topic ${topic}.\n`)
  }

  async #addPartitions(topic: string, { partitions, assignment }: TopicWish): Promise<void> {
    if (isInternalTopic(topic)) {
      throw new ToolError(
        'java.lang.IllegalArgumentException',
        `The number of partitions for the internal topic ${topic} cannot be changed.`,
      )
    }
    this.#world.print(
      'WARNING: If partitions are increased for a topic that has a key, the partition logic or ' +
        'ordering of the messages will be affected\n',
    )
    const existing = (await this.#znodes.topic(topic))?.replicas ?? new Map<number, number[]>()
    const wanted = partitions ?? 1
    ensureIncrease(topic, existing.size, wanted)
    const chosen = [...(assignment ?? [])].filter(([partition]) => partition >= existing.size)
    const added =
      chosen.length > 0
        ? this.#checked(new Map(chosen), existing)
        : await this.#placeMore(existing, wanted)
    await this.#znodes.addPartitions(topic, await added)
    this.#world.print('Adding partitions succeeded!\n')
  }

  async #placeMore(
    existing: ReadonlyMap<number, readonly number[]>,
    wanted: number,
  ): Promise<ReadonlyMap<number, readonly number[]>> {
    const brokers = await this.#brokersForPlacing()
    const [first] = existing.get(0) ?? []
    const start = Math.max(
      0,
      brokers.findIndex(({ id }) => id >= (first ?? 0)),
    )
    const replicationFactor = existing.get(0)?.length ?? 1
    if (replicationFactor > brokers.length) {
      throw invalidReplicationFactor(
        `Replication factor: ${replicationFactor} larger than available brokers: ${brokers.length}.`,
      )
    }
    return assignReplicas({
      brokers,
      firstPartition: existing.size,
      partitionCount: wanted - existing.size,
      replicationFactor,
      start,
      shift: start,
    })
  }

  /** @throws ToolError for brokers that are not there, or a factor that differs */
  async #checked(
    added: ReadonlyMap<number, readonly number[]>,
    existing: ReadonlyMap<number, readonly number[]>,
  ): Promise<ReadonlyMap<number, readonly number[]>> {
    const available = (await this.#znodes.brokers()).map(({ id }) => id)
    const factor = existing.get(0)?.length ?? 0
    for (const [partition, replicas] of added) {
      if (!replicas.every(id => available.includes(id))) {
        throw new ToolError(
          'org.apache.kafka.common.errors.BrokerNotAvailableException',
          `Some brokers specified for partition id ${partition} are not available. Specified ` +
            `brokers: ${replicas.join(', ')}, available brokers: ${available.join(', ')}.`,
        )
      }
    }
    const odd = [...added].filter(([, replicas]) => replicas.length !== factor)
    if (odd.length === 0) return added
    throw new ToolError(
      'org.apache.kafka.common.errors.InvalidReplicaAssignmentException',
      `Inconsistent replication factor between partitions, partition 0 has ${factor} while ` +
        `partitions [${odd.map(([partition]) => partition).join(', ')}] have replication ` +
        `factors [${odd.map(([, replicas]) => replicas.length).join(', ')}], respectively.`,
    )
  }

  async describe(): Promise<void> {
    const topics = await this.#find()
    ensureFound(this.#given, topics, pattern => pattern)
    const live = new Set((await this.#znodes.brokers()).map(({ id }) => id))
    const doomed = new Set(await this.#znodes.deletionsRequested())
    for (const name of topics) {
      const assignment = await this.#znodes.topic(name)
      if (assignment === undefined) {
        this.#world.print(`Topic ${name} doesn't exist!\n`)
        continue
      }
      const topic = {
        name,
        topicId: null,
        partitions: await this.#partitions(name, assignment.replicas),
        overrides: await this.#znodes.readConfig('topics', name),
        minInsyncReplicas: 1, // Not known here, and not asked for.
        isMarkedForDeletion: doomed.has(name),
      }
      this.#world.print(describeTopic(topic, this.#given, live))
    }
  }

  async #partitions(
    topic: string,
    replicas: ReadonlyMap<number, readonly number[]>,
  ): Promise<DescribedPartition[]> {
    const inOrder = [...replicas].sort(([a], [b]) => a - b)
    return Promise.all(
      inOrder.map(async ([partition, assigned]) => {
        const state = (await this.#znodes.partitionState(topic, partition))?.state
        const leader = state === undefined || state.leader < 0 ? null : state.leader
        return { partition, leader, replicas: assigned, isr: state?.isr ?? [] }
      }),
    )
  }

  async delete(): Promise<void> {
    const topics = await this.#find()
    ensureFound(this.#given, topics, pattern => pattern)
    const doomed = new Set(await this.#znodes.deletionsRequested())
    for (const topic of topics) {
      if (isInternalTopic(topic)) {
        throw adminOperation(
          `Topic ${topic} is a kafka internal topic and is not allowed to be marked for deletion.`,
        )
      }
      if (doomed.has(topic)) {
        this.#world.print(`Topic ${topic} is already marked for deletion.\n`)
        continue
      }
      await this.#znodes.requestDeletion(topic)
      this.#world.print(
        `Topic ${topic} is marked for deletion.\n` +
          'Note: This will have no impact if delete.topic.enable is not set to true.\n',
      )
    }
  }
}

function ensurePlaceable(partitions: number, replicationFactor: number): void {
  if (partitions <= 0) {
    throw new ToolError(
      'org.apache.kafka.common.errors.InvalidPartitionsException',
      'Number of partitions must be larger than 0.',
    )
  }
  if (replicationFactor <= 0) {
    throw invalidReplicationFactor('Replication factor must be larger than 0.')
  }
}

function ensureIncrease(topic: string, existing: number, wanted: number): void {
  if (wanted > existing) return
  throw new ToolError(
    'org.apache.kafka.common.errors.InvalidPartitionsException',
    `The number of partitions for a topic can only be increased. Topic ${topic} currently has ` +
      `${existing} partitions, ${wanted} would not be an increase.`,
  )
}

/** In the words of 2.6. */
function ensureName(name: string): void {
  if (name === '') throw invalidTopic("Topic name is illegal, it can't be empty")
  if (name === '.' || name === '..') throw invalidTopic('Topic name cannot be "." or ".."')
  if (name.length > MAX_NAME_LENGTH) {
    throw invalidTopic(
      `Topic name is illegal, it can't be longer than ${MAX_NAME_LENGTH} characters, topic name: ${name}`,
    )
  }
  if (/[^a-zA-Z0-9._-]/.test(name)) {
    throw invalidTopic(
      `Topic name "${name}" is illegal, it contains a character other than ASCII alphanumerics, ` +
        "'.', '_' and '-'",
    )
  }
}

const invalidTopic = (message: string) =>
  new ToolError('org.apache.kafka.common.errors.InvalidTopicException', message)
const invalidReplicationFactor = (message: string) =>
  new ToolError('org.apache.kafka.common.errors.InvalidReplicationFactorException', message)
const adminOperation = (message: string) =>
  new ToolError('kafka.admin.AdminOperationException', message)
const topicExists = (name: string) =>
  new ToolError(
    'org.apache.kafka.common.errors.TopicExistsException',
    `Topic '${name}' already exists.`,
  )
