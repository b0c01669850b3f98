/**
 * Runs the controller's machine against ZooKeeper: campaigns, watches, turns what changed into
 * events, makes the writes of each decision, and then tells brokers. One event at a time, like
 * Kafka's ControllerEventManager; when a write shows that another controller was elected, it stops.
 */
import { apply, decide, newControllerState } from '../controller/index.ts'
import type {
  Assignment,
  ControllerEffect,
  ControllerEvent,
  ControllerState,
  PartitionState,
  ZnodeWrite,
} from '../controller/index.ts'
import type { Clock, Log as Logger, Random } from '../host/index.ts'
import type { ControllerJournal } from './controller-journal.ts'
import { ZERO_UUID } from '../protocol/index.ts'
import { ZkErrorCode, ZooKeeperError } from '../zookeeper/index.ts'
import type {
  BrokerRegistration,
  ControllerTerm,
  TopicAssignment,
  Znodes,
} from '../znodes/index.ts'
import { freshTopicId } from './topic-admin.ts'

export interface ControllerRunnerOptions {
  readonly brokerId: number
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly journal: ControllerJournal
  readonly znodes: Znodes
  /** `delete.topic.enable` */
  readonly isDeletionEnabled: () => boolean
  /** Carries a decision to a broker; resolves when it was told. @returns events that came of it */
  readonly carryOut: (
    effect: ControllerEffect,
    state: ControllerState,
  ) => Promise<ControllerEvent[]>
  /** Who the controller is, whenever that changes; -1 for nobody. */
  readonly onController: (id: number, epoch: number) => void
}

export class ControllerRunner {
  readonly #options: ControllerRunnerOptions
  readonly #state = newControllerState()
  /** Topics whose assignment is watched. */
  readonly #watched = new Set<string>()
  #term: ControllerTerm | undefined
  #work: Promise<void> = Promise.resolve()
  #isStopped = false

  constructor(options: ControllerRunnerOptions) {
    this.#options = options
  }

  get isActive(): boolean {
    return this.#term !== undefined
  }

  /** Campaigns; resolves when this broker controls, or knows who does. */
  start(): Promise<void> {
    return this.#enqueue(() => this.#campaign())
  }

  /** The session with ZooKeeper is gone: whoever is elected next, it was not us any more. */
  resign(): void {
    if (this.#term !== undefined) this.#options.logger.info(`${this.#name} Resigned`)
    this.#term = undefined
    this.#watched.clear()
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#work
    this.resign()
  }

  get #name(): string {
    return `[Controller id=${this.#options.brokerId}]`
  }

  /** Events are worked off one after another; an error ends the event, not the controller. */
  #enqueue(action: () => Promise<void>): Promise<void> {
    const run = async (): Promise<void> => {
      if (this.#isStopped) return
      try {
        await action()
      } catch (error) {
        if (this.#isLost(error)) this.resign()
        this.#options.logger.error(`${this.#name} Error processing event`, { error })
      }
    }
    this.#work = this.#work.then(run)
    return this.#work
  }

  /** Another controller wrote since. */
  #isLost(error: unknown): boolean {
    return error instanceof ZooKeeperError && error.code === ZkErrorCode.BAD_VERSION
  }

  async #campaign(): Promise<void> {
    const { znodes, brokerId, clock, logger, onController } = this.#options
    const again = (): void => void this.#enqueue(() => this.#campaign())
    const current = await znodes.controllerId(again)
    if (current >= 0) {
      if (current !== brokerId) this.resign()
      onController(current, await znodes.controllerEpoch())
      return
    }
    const term = await znodes.electController(brokerId, clock.wallMs())
    if (term === undefined) return
    this.#term = term
    const { epoch, epochVersion } = term
    logger.info(
      `${this.#name} ${brokerId} successfully elected as the controller. Epoch incremented to ${epoch} and epoch zk version is now ${epochVersion}`,
    )
    await znodes.makeFeatureNode()
    onController(brokerId, epoch)
    await this.#handle(await this.#readAll(term))
    await this.#handleDeletions()
  }

  /** Everything a new controller starts from; from now on changes are events. */
  async #readAll(term: ControllerTerm): Promise<ControllerEvent> {
    const { znodes } = this.#options
    const brokers = await znodes.brokers(this.#onChange(() => this.#handleBrokers()))
    const topics = await this.#readTopics(
      await znodes.topicNames(this.#onChange(() => this.#handleTopics())),
    )
    const deletions = await znodes.deletionsRequested(this.#onChange(() => this.#handleDeletions()))
    const states = await Promise.all(
      [...topics].map(([topic, { replicas }]) => this.#readStates(topic, replicas)),
    )
    return { type: 'elected', epoch: term.epoch, brokers, topics, states: states.flat(), deletions }
  }

  async #readStates(topic: string, replicas: Assignment['replicas']) {
    const found = await Promise.all(
      [...replicas.keys()].map(async partition => {
        const stored = await this.#options.znodes.partitionState(topic, partition)
        if (stored === undefined) return []
        const { leader, leaderEpoch, isr } = stored.state
        return [
          { topic, partition, state: { leader, leaderEpoch, isr, partitionEpoch: stored.version } },
        ]
      }),
    )
    return found.flat()
  }

  /** A watch that fired is an event of its own, unless the term is over. */
  #onChange(action: () => Promise<void>): () => void {
    const term = this.#term
    return () => {
      void this.#enqueue(async () => {
        if (this.#term === term && term !== undefined) await action()
      })
    }
  }

  async #handleBrokers(): Promise<void> {
    const again = this.#onChange(() => this.#handleBrokers())
    const brokers = await this.#options.znodes.brokers(again)
    this.#logStrangers(brokers)
    await this.#handle({ type: 'brokers-changed', brokers })
    await this.#handleDeletions()
  }

  /** We refuse to be the second broker; a genuine one does not ask. */
  #logStrangers(brokers: readonly BrokerRegistration[]): void {
    for (const { id, endpoints } of brokers) {
      if (id === this.#options.brokerId) continue
      const address = endpoints.map(({ host, port }) => `${host}:${port}`).join(', ')
      this.#options.logger.error(
        `${this.#name} Broker ${id} at ${address} has registered beside us: more than one broker is not supported yet, stop it`,
      )
    }
  }

  async #handleTopics(): Promise<void> {
    const again = this.#onChange(() => this.#handleTopics())
    const names = await this.#options.znodes.topicNames(again)
    const unknown = names.filter(name => !this.#watched.has(name))
    await this.#handle({ type: 'topics-changed', topics: await this.#readTopics(unknown) })
  }

  async #handleAssignment(name: string): Promise<void> {
    this.#watched.delete(name)
    await this.#handle({ type: 'topics-changed', topics: await this.#readTopics([name]) })
  }

  async #handleDeletions(): Promise<void> {
    const { znodes, isDeletionEnabled } = this.#options
    const again = this.#onChange(() => this.#handleDeletions())
    const topics = await znodes.deletionsRequested(again)
    if (topics.length === 0) return
    await this.#handle({ type: 'deletions-requested', topics, isEnabled: isDeletionEnabled() })
  }

  async #readTopics(names: readonly string[]): Promise<Map<string, Assignment>> {
    const topics = new Map<string, Assignment>()
    for (const name of names) {
      const stored = await this.#options.znodes.topic(
        name,
        this.#onChange(() => this.#handleAssignment(name)),
      )
      if (stored === undefined) continue
      this.#watched.add(name)
      topics.set(name, await this.#withId(name, stored))
    }
    return topics
  }

  /** Topics of before 2.8 get an id when a newer controller first sees them. */
  async #withId(name: string, stored: TopicAssignment): Promise<Assignment> {
    if (stored.topicId !== undefined) return { ...stored, topicId: stored.topicId }
    const known = this.#state.topics.get(name)?.assignment.topicId
    const topicId =
      known === undefined || known === ZERO_UUID ? freshTopicId(this.#options.random) : known
    await this.#options.znodes.rewriteTopic(name, { ...stored, topicId })
    return { ...stored, topicId }
  }

  /** Decides, writes, applies, carries out; what comes of that is handled next. */
  async #handle(event: ControllerEvent): Promise<void> {
    const decision = decide(this.#state, event)
    const { writes, records, effects } = decision
    this.#options.journal.heard(event, this.#state)
    await this.#write(writes)
    for (const record of records) apply(this.#state, record)
    this.#options.journal.done(event, decision, this.#state.epoch)
    for (const record of records)
      if (record.type === 'topic-removed') this.#watched.delete(record.topic)
    for (const effect of effects) {
      for (const next of await this.#options.carryOut(effect, this.#state)) await this.#handle(next)
    }
  }

  async #write(writes: readonly ZnodeWrite[]): Promise<void> {
    const term = this.#term
    if (term === undefined) return
    const { znodes } = this.#options
    const states = writes.flatMap(write =>
      write.type === 'create-state' || write.type === 'set-state' ? [write] : [],
    )
    if (states.length > 0) {
      await znodes.writeStates(
        term,
        states.map(({ type, topic, partition, state }) => ({
          ...{ topic, partition },
          state: toStored(state, term.epoch),
          version: type === 'create-state' ? undefined : state.partitionEpoch - 1,
        })),
      )
    }
    for (const write of writes) {
      if (write.type === 'remove-topic') await znodes.removeTopic(term, write.topic)
      if (write.type === 'remove-deletion') await znodes.removeDeletion(term, write.topic)
    }
  }
}

function toStored({ leader, leaderEpoch, isr }: PartitionState, controllerEpoch: number) {
  return { leader, leaderEpoch, isr, controllerEpoch, leaderRecoveryState: 0 as const }
}
