/**
 * Creates, grows and deletes topics: decides (topic-plan.ts), writes the znodes that the controller
 * watches, and waits until the brokers know. Mirrors ZkAdminManager.
 */
import { hasMoves } from '../controller/index.ts'
import type { Host, Log as Logger, Random } from '../host/index.ts'
import {
  GROUP_METADATA_TOPIC,
  TRANSACTION_STATE_TOPIC,
  type TopicImage,
} from '../metadata/index.ts'
import { ErrorCode, errorText, uuidOfBytes } from '../protocol/index.ts'
import type { Znodes } from '../znodes/index.ts'
import type { MetadataCache } from './metadata-cache.ts'
import {
  isRefusal,
  planExpansion,
  planTopic,
  type ExpansionWish,
  type Refusal,
  type TopicPlan,
  type TopicWish,
} from './topic-plan.ts'
import type { RunningConfig } from './running-config.ts'

export interface TopicAdminOptions {
  readonly host: Host
  readonly config: RunningConfig
  readonly metadata: MetadataCache
  readonly znodes: Znodes
  readonly brokerId: number
  /** Whether this broker, as the controller, has a topic on its way out. */
  readonly isDeleting: (topic: string) => boolean
}

export interface CreatedTopic {
  readonly errorCode: ErrorCode
  readonly message: string | null
  /** What was, or would be, made; `undefined` with an error. */
  readonly plan: TopicPlan | undefined
  readonly topicId: string | undefined
}

const OK: Refusal = { errorCode: ErrorCode.NONE, message: '' }

export class TopicAdmin {
  readonly #options: TopicAdminOptions

  constructor(options: TopicAdminOptions) {
    this.#options = options
  }

  get #log(): Logger {
    return this.#options.host.log.named('kafka.zk.AdminZkClient')
  }

  /** Whether this broker is the one that changes topics. */
  get isController(): boolean {
    return this.#options.metadata.image.controllerId === this.#options.brokerId
  }

  /** Resolves when the topic has leaders, or with REQUEST_TIMED_OUT while the work goes on. */
  async create(
    wish: TopicWish,
    { timeoutMs, validateOnly }: { timeoutMs: number; validateOnly: boolean },
  ): Promise<CreatedTopic> {
    const { host, config, metadata } = this.#options
    const plan = planTopic(wish, {
      image: metadata.image,
      config: config.current,
      random: host.random,
    })
    if (isRefusal(plan)) return failed(plan)
    if (validateOnly) return { errorCode: ErrorCode.NONE, message: null, plan, topicId: undefined }
    const topicId = await this.#write(wish.name, plan)
    if (topicId === undefined) {
      const message = `Topic '${wish.name}' already exists.`
      return failed({ errorCode: ErrorCode.TOPIC_ALREADY_EXISTS, message })
    }
    const isReady = await metadata.waitFor(
      image => hasLeaders(image.topics.get(wish.name), plan.replicas.size),
      timeoutMs,
    )
    if (!isReady) return failed(timedOut)
    return { errorCode: ErrorCode.NONE, message: null, plan, topicId }
  }

  /** @returns the new topic's id, or `undefined` when somebody was quicker */
  async #write(name: string, plan: TopicPlan): Promise<string | undefined> {
    const { znodes, host } = this.#options
    const topicId = freshTopicId(host.random)
    this.#log.info(creationText(name, plan))
    await znodes.writeConfig('topics', name, plan.overrides, { notify: false })
    const none = new Map<number, readonly number[]>()
    const isNew = await znodes.createTopic(name, {
      topicId,
      replicas: plan.replicas,
      addingReplicas: none,
      removingReplicas: none,
    })
    return isNew ? topicId : undefined
  }

  /**
   * Makes topics that a client asked about. Answers with LEADER_NOT_AVAILABLE where one is on its
   * way: the client asks again.
   */
  async autoCreate(names: readonly string[]): Promise<ReadonlyMap<string, ErrorCode>> {
    const results = new Map<string, ErrorCode>()
    for (const name of new Set(names)) results.set(name, await this.#autoCreateOne(name))
    return results
  }

  async #autoCreateOne(name: string): Promise<ErrorCode> {
    const wish = this.#wishFor(name)
    const { errorCode } = await this.create(wish, { timeoutMs: 0, validateOnly: false })
    const isOnItsWay =
      errorCode === ErrorCode.TOPIC_ALREADY_EXISTS || errorCode === ErrorCode.REQUEST_TIMED_OUT
    if (isOnItsWay || errorCode === ErrorCode.NONE) return ErrorCode.LEADER_NOT_AVAILABLE
    return errorCode
  }

  #wishFor(name: string): TopicWish {
    if (name === GROUP_METADATA_TOPIC) return this.#groupTopic()
    return name === TRANSACTION_STATE_TOPIC ? this.#transactionTopic() : byDefault(name)
  }

  #transactionTopic(): TopicWish {
    const config = this.#options.config.current
    return {
      name: TRANSACTION_STATE_TOPIC,
      partitionCount: config.get('transaction.state.log.num.partitions'),
      replicationFactor: config.get('transaction.state.log.replication.factor'),
      assignments: [],
      configs: [
        { name: 'unclean.leader.election.enable', value: 'false' },
        { name: 'compression.type', value: 'uncompressed' },
        { name: 'cleanup.policy', value: 'compact' },
        {
          name: 'min.insync.replicas',
          value: String(config.get('transaction.state.log.min.isr')),
        },
        {
          name: 'segment.bytes',
          value: String(config.get('transaction.state.log.segment.bytes')),
        },
      ],
    }
  }

  #groupTopic(): TopicWish {
    const config = this.#options.config.current
    return {
      name: GROUP_METADATA_TOPIC,
      partitionCount: config.get('offsets.topic.num.partitions'),
      replicationFactor: config.get('offsets.topic.replication.factor'),
      assignments: [],
      configs: [
        { name: 'compression.type', value: 'producer' },
        { name: 'cleanup.policy', value: 'compact' },
        { name: 'segment.bytes', value: String(config.get('offsets.topic.segment.bytes')) },
      ],
    }
  }

  /** Resolves when no broker knows the topic any more. */
  async delete(name: string, timeoutMs: number): Promise<ErrorCode> {
    const { config, metadata, znodes, isDeleting } = this.#options
    if (!config.current.get('delete.topic.enable')) return ErrorCode.TOPIC_DELETION_DISABLED
    if (!metadata.image.topics.has(name)) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    await znodes.requestDeletion(name)
    const isGone = await metadata.waitFor(
      image => !image.topics.has(name) && !isDeleting(name),
      timeoutMs,
    )
    return isGone ? ErrorCode.NONE : ErrorCode.REQUEST_TIMED_OUT
  }

  /** While replicas are on the move a topic gets no partitions, as with Kafka. */
  async #isMoving(name: string): Promise<boolean> {
    const stored = await this.#options.znodes.topic(name)
    return stored !== undefined && hasMoves(stored)
  }

  async expand(
    wish: ExpansionWish,
    { timeoutMs, validateOnly }: { timeoutMs: number; validateOnly: boolean },
  ): Promise<Refusal> {
    const { metadata, znodes } = this.#options
    const topic = metadata.image.topics.get(wish.name)
    if (topic === undefined) {
      const message = `The topic '${wish.name}' does not exist.`
      return { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, message }
    }
    if (await this.#isMoving(wish.name)) {
      const message = `A partition reassignment is in progress for the topic '${wish.name}'.`
      return { errorCode: ErrorCode.REASSIGNMENT_IN_PROGRESS, message }
    }
    const added = planExpansion(topic, wish, metadata.image)
    if (isRefusal(added)) return added
    if (validateOnly) return OK
    this.#log.info(expansionText(wish.name, added))
    await znodes.addPartitions(wish.name, added)
    const isReady = await metadata.waitFor(
      image => hasLeaders(image.topics.get(wish.name), wish.count),
      timeoutMs,
    )
    return isReady ? OK : timedOut
  }
}

function creationText(name: string, { overrides, replicas }: TopicPlan): string {
  const configs = [...overrides].map(([property, value]) => `${property}=${value}`).join(', ')
  const places = [...replicas].map(([n, brokers]) => `${n} -> ArrayBuffer(${brokers.join(', ')})`)
  return (
    `Creating topic ${name} with configuration {${configs}} and initial partition assignment ` +
    `HashMap(${places.join(', ')})`
  )
}

function expansionText(name: string, added: ReadonlyMap<number, readonly number[]>): string {
  const places = [...added].map(
    ([n, brokers]) =>
      `${n} -> ReplicaAssignment(replicas=${brokers.join(',')}, addingReplicas=, removingReplicas=)`,
  )
  return (
    `Creating ${added.size} partitions for '${name}' with the following replica assignment: ` +
    `HashMap(${places.join(', ')}).`
  )
}

const timedOut: Refusal = {
  errorCode: ErrorCode.REQUEST_TIMED_OUT,
  message: errorText(ErrorCode.REQUEST_TIMED_OUT),
}

function failed({ errorCode, message }: Refusal): CreatedTopic {
  return { errorCode, message, plan: undefined, topicId: undefined }
}

function byDefault(name: string): TopicWish {
  return { name, partitionCount: -1, replicationFactor: -1, assignments: [], configs: [] }
}

function hasLeaders(topic: TopicImage | undefined, count: number): boolean {
  return topic?.partitions.length === count && topic.partitions.every(({ leader }) => leader >= 0)
}

/** A random UUID (version 4) as Kafka writes it; never one that begins with a dash, which a shell would take for an option. */
export function freshTopicId(random: Random): string {
  for (;;) {
    const bytes = random.bytes(16)
    bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
    bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
    const id = uuidOfBytes(bytes)
    if (!id.startsWith('-')) return id
  }
}
