/**
 * Runs the controller's machine against ZooKeeper: campaigns, watches, turns what changed into
 * events, makes the writes of each decision, and then tells brokers. One event at a time, like
 * Kafka's ControllerEventManager; when a write shows that another controller was elected, it stops.
 */
import { apply, decide, hasMoves, newControllerState } from '../controller/index.ts'
import type {
  Assignment,
  ControllerEffect,
  ControllerEvent,
  ControllerReply,
  ControllerSettings,
  ControllerState,
  ElectionType,
  IsrChange,
  PartitionKey,
  ReplicaChange,
  StoredState,
  ZnodeWrite,
} from '../controller/index.ts'
import type { Clock, Log as Logger, Random, Timer } from '../host/index.ts'
import { ErrorCode, ZERO_UUID } from '../protocol/index.ts'
import { MultiError, ZkErrorCode, ZooKeeperError } from '../zookeeper/index.ts'
import {
  ZnodeError,
  type ControllerTerm,
  type TopicAssignment,
  type Znodes,
} from '../znodes/index.ts'
import type { ControllerJournal } from './controller-journal.ts'
import { writeDecision } from './controller-writes.ts'
import { takeFromZooKeeper } from './producer-ids.ts'
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
  readonly settings: ControllerSettings
  readonly rebalance: () => RebalanceSettings
  /** Tells brokers what a decision wants them told; `state` is the one after it. */
  readonly channels: {
    carryOut(effects: readonly ControllerEffect[], state: ControllerState): void
    /** Resolves when this broker itself has done what it was told. */
    whenToldSelf(): Promise<void>
    /** The term is over. */
    close(): void
  }
  /** A topic that this controller had not known: its configuration is about to count. */
  readonly onNewTopic: (topic: string) => Promise<void>
  /** The last trace of a topic is gone. */
  readonly onForgotten: (topic: string) => void
  /** Who the controller is, whenever that changes; -1 for nobody. */
  readonly onController: (id: number, epoch: number) => void
}

export interface RebalanceSettings {
  /** `auto.leader.rebalance.enable` */
  readonly isEnabled: boolean
  /** `leader.imbalance.check.interval.seconds` */
  readonly periodMs: number
  /** `leader.imbalance.per.broker.percentage` */
  readonly imbalancePercent: number
}

/** What a question to the controller is answered with where it is not this broker, or not any more. */
export type Asked<T> = T | ErrorCode

type ReplyOf<T extends ControllerReply['type']> = Extract<ControllerReply, { type: T }>

/** How often a decision is made again because leaders had changed states meanwhile. */
const MAX_ATTEMPTS = 5
/** The first look at the balance of leaders after an election, as Kafka's. */
const FIRST_REBALANCE_MS = 5_000
export class ControllerRunner {
  readonly #options: ControllerRunnerOptions
  readonly #state = newControllerState()
  /** Topics whose assignment is watched. */
  readonly #watched = new Set<string>()
  #term: ControllerTerm | undefined
  #work: Promise<void> = Promise.resolve()
  #isStopped = false
  #rebalanceTimer: Timer | undefined

  constructor(options: ControllerRunnerOptions) {
    this.#options = options
  }

  get isActive(): boolean {
    return this.#term !== undefined
  }

  /** Campaigns; resolves when this broker controls, or knows who does. */
  async start(): Promise<void> {
    await this.#enqueue(() => this.#campaign())
    await this.#options.channels.whenToldSelf()
  }

  /** What came of what brokers were told. */
  report(event: ControllerEvent): void {
    void this.#enqueueInTerm(async () => {
      await this.#handle(event)
    })
  }

  /** Whether a topic is on its way out. */
  isDeleting(topic: string): boolean {
    return this.#term !== undefined && this.#state.deletions.has(topic)
  }

  /** The name of a topic, or `undefined` for an id that no topic has. */
  topicName(topicId: string): string | undefined {
    for (const [name, { assignment }] of this.#state.topics)
      if (assignment.topicId === topicId) return name
    return undefined
  }

  topicId(topic: string): string {
    return this.#state.topics.get(topic)?.assignment.topicId ?? ZERO_UUID
  }

  /** ListPartitionReassignments (46): topics with partitions whose replicas are on the move. */
  reassignments(): Promise<Asked<{ topic: string; assignment: Assignment }[]>> {
    return this.#ask(() => {
      const topics = [...this.#state.topics].map(([topic, { assignment }]) => ({
        topic,
        assignment,
      }))
      return Promise.resolve(topics.filter(({ assignment }) => hasMoves(assignment)))
    })
  }

  /** AlterPartitionReassignments (45), once the moves have begun. @returns by partition, or an error for all */
  reassign(
    changes: readonly ReplicaChange[],
    allowsFactorChange: boolean,
  ): Promise<Asked<ReplyOf<'by-partition'>>> {
    return this.#ask(async () => {
      const reply = await this.#handle({ type: 'reassign', changes, allowsFactorChange })
      return reply?.type === 'by-partition' ? reply : ErrorCode.UNKNOWN_SERVER_ERROR
    })
  }

  /** ElectLeaders (43), once it is stored who leads. @returns by partition, or an error for all */
  electLeaders(
    election: ElectionType,
    partitions: readonly PartitionKey[],
  ): Promise<Asked<ReplyOf<'elections'>>> {
    return this.#ask(async () => {
      const reply = await this.#handle({ type: 'elect-leaders', election, partitions })
      return reply?.type === 'elections' ? reply : ErrorCode.UNKNOWN_SERVER_ERROR
    })
  }

  /** AlterPartition (56), once it is stored. @returns by partition, or an error for all */
  alterPartitions(
    brokerId: number,
    brokerEpoch: bigint,
    changesOf: () => readonly IsrChange[],
  ): Promise<Asked<ReplyOf<'alter-partition'>>> {
    return this.#ask(async () => {
      if (this.#state.brokers.get(brokerId)?.epoch !== brokerEpoch)
        return ErrorCode.STALE_BROKER_EPOCH
      const reply = await this.#handle({ type: 'alter-partition', brokerId, changes: changesOf() })
      return reply?.type === 'alter-partition' ? reply : ErrorCode.UNKNOWN_SERVER_ERROR
    })
  }

  /** ControlledShutdown (7). @returns what the broker leads on, or an error; epoch -1 of old brokers is any */
  shutDown(brokerId: number, brokerEpoch: bigint): Promise<Asked<ReplyOf<'controlled-shutdown'>>> {
    return this.#ask(async () => {
      const broker = this.#state.brokers.get(brokerId)
      if (broker === undefined) return ErrorCode.BROKER_NOT_AVAILABLE
      if (brokerEpoch !== -1n && brokerEpoch < broker.epoch) return ErrorCode.STALE_BROKER_EPOCH
      this.#options.logger.info(`${this.#name} Shutting down broker ${brokerId}`)
      const reply = await this.#handle({ type: 'controlled-shutdown', brokerId })
      return reply?.type === 'controlled-shutdown' ? reply : ErrorCode.UNKNOWN_SERVER_ERROR
    })
  }

  /** AllocateProducerIds (67): a block of ids, both ends included. */
  allocateProducerIds(
    brokerId: number,
    brokerEpoch: bigint,
  ): Promise<Asked<{ first: number; last: number }>> {
    return this.#ask(async () => {
      const broker = this.#state.brokers.get(brokerId)
      if (broker === undefined) return ErrorCode.BROKER_ID_NOT_REGISTERED
      if (broker.epoch !== brokerEpoch) return ErrorCode.STALE_BROKER_EPOCH
      const { znodes, logger } = this.#options
      return takeFromZooKeeper(znodes, brokerId, logger)
    })
  }

  /** A topic's configuration has changed; `undefined`: that of all. Loss may be allowed now. */
  onTopicConfig(topic: string | undefined): void {
    if (this.#term !== undefined) this.report({ type: 'elect-offline', topic })
  }

  /** NOT_CONTROLLER where this broker is none, or was none any more when the work was done. */
  async #ask<T>(action: () => Promise<Asked<T>>): Promise<Asked<T>> {
    let answer: Asked<T> = ErrorCode.NOT_CONTROLLER
    await this.#enqueueInTerm(async () => {
      answer = ErrorCode.UNKNOWN_SERVER_ERROR
      const given = await action()
      answer = this.#term === undefined ? ErrorCode.NOT_CONTROLLER : given
    })
    return answer
  }

  #enqueueInTerm(action: () => Promise<void>): Promise<void> {
    const term = this.#term
    return this.#enqueue(async () => {
      if (term !== undefined && this.#term === term) await action()
    })
  }

  /** The session with ZooKeeper is gone: whoever is elected next, it was not us any more. */
  resign(): void {
    if (this.#term !== undefined) this.#options.logger.info(`${this.#name} Resigned`)
    this.#term = undefined
    this.#watched.clear()
    this.#rebalanceTimer?.cancel()
    this.#options.channels.close()
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
        this.#tellError(error)
      }
    }
    this.#work = this.#work.then(run)
    return this.#work
  }

  #tellError(error: unknown): void {
    // A broker that stops does not wait for answers of ZooKeeper.
    if (this.#isStopped) return
    this.#options.logger.error(`${this.#name} Error processing event`, { error })
  }

  /** Another controller was elected since. */
  #isLost(error: unknown): boolean {
    if (!(error instanceof ZooKeeperError) || error.code !== ZkErrorCode.BAD_VERSION) return false
    return !(error instanceof MultiError) || error.index === 0
  }

  /** A leader has written a state that this controller had in mind to write. */
  #isOutrun(error: unknown): boolean {
    const isBadVersion = error instanceof MultiError && error.code === ZkErrorCode.BAD_VERSION
    return isBadVersion && !this.#isLost(error)
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
    await this.#takeOver(term)
    await this.#handleRequestedMoves()
    await this.#handleDeletions()
    await this.#handleRequestedElections()
    await this.#handleIsrChanges()
    await this.#handleDiskFailures()
    this.#rebalanceIn(FIRST_REBALANCE_MS)
  }

  /** Others may write while all is read, and the answer to the first write may be lost: then all is read again. */
  async #takeOver(term: ControllerTerm): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const event = await this.#readAll(term)
      try {
        await this.#handle(event)
        return
      } catch (error) {
        const isThere = error instanceof MultiError && error.code === ZkErrorCode.NODE_EXISTS
        if (!(isThere || this.#isOutrun(error)) || attempt === MAX_ATTEMPTS) throw error
      }
    }
  }

  #rebalanceIn(delayMs: number): void {
    const { clock, rebalance } = this.#options
    const { isEnabled, periodMs, imbalancePercent } = rebalance()
    this.#rebalanceTimer?.cancel()
    if (!isEnabled) return
    this.#rebalanceTimer = clock.after(delayMs, () => {
      void this.#enqueueInTerm(async () => {
        await this.#handle({ type: 'rebalance-leaders', imbalancePercent })
        this.#rebalanceIn(periodMs)
      })
    })
  }

  /** Leaders of before 2.7-IV2 write their ISR themselves, and leave word of it. */
  async #handleIsrChanges(): Promise<void> {
    const { znodes } = this.#options
    const notices = await znodes.isrChanges(this.#onChange(() => this.#handleIsrChanges()))
    if (notices.length === 0) return
    const changed = await Promise.all(notices.map(name => znodes.isrChange(name)))
    await this.#takeUpStates(changed.flat())
    for (const name of notices) await znodes.removeIsrChange(name)
  }

  /** Brokers leave word of a failed disk; which replicas lie there they tell when they are asked. */
  async #handleDiskFailures(): Promise<void> {
    const { znodes } = this.#options
    const notices = await znodes.logDirEvents(this.#onChange(() => this.#handleDiskFailures()))
    if (notices.length === 0) return
    const found = await Promise.all(notices.map(name => znodes.logDirEvent(name)))
    const brokerIds = [...new Set(found.filter(id => id !== undefined))]
    await this.#handle({ type: 'disks-failed', brokerIds })
    for (const name of notices) await znodes.removeLogDirEvent(name)
  }

  async #takeUpStates(partitions: readonly PartitionPlace[]): Promise<void> {
    const places = new Map(partitions.map(place => [`${place.topic}-${place.partition}`, place]))
    const found = await Promise.all(
      [...places.values()].map(({ topic, partition }) => this.#readState(topic, partition)),
    )
    await this.#handle({ type: 'states-changed', states: found.flat() })
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

  async #readStates(topic: string, replicas: Assignment['replicas']): Promise<StoredState[]> {
    const partitions = [...replicas.keys()]
    return (
      await Promise.all(partitions.map(partition => this.#readState(topic, partition)))
    ).flat()
  }

  async #readState(topic: string, partition: number): Promise<StoredState[]> {
    const stored = await this.#options.znodes.partitionState(topic, partition)
    if (stored === undefined) return []
    const { leader, leaderEpoch, isr, leaderRecoveryState } = stored.state
    const state = { leader, leaderEpoch, isr, leaderRecoveryState, partitionEpoch: stored.version }
    return [{ topic, partition, state, writtenAt: stored.zxid }]
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
    await this.#handle({ type: 'brokers-changed', brokers })
    await this.#handleDeletions()
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

  /** What old tools ask for in ZooKeeper, and what was left of it to a new controller. */
  async #handleRequestedMoves(): Promise<void> {
    const again = this.#onChange(() => this.#handleRequestedMoves())
    const moves = await this.#legible(this.#options.znodes.requestedMoves(again))
    if (moves !== undefined) await this.#handle({ type: 'moves-requested', moves })
  }

  async #handleRequestedElections(): Promise<void> {
    const again = this.#onChange(() => this.#handleRequestedElections())
    const partitions = await this.#legible(this.#options.znodes.requestedElections(again))
    if (partitions !== undefined) await this.#handle({ type: 'elections-requested', partitions })
  }

  /** What somebody wrote by hand may be anything. */
  async #legible<T>(content: Promise<T>): Promise<T | undefined> {
    try {
      return await content
    } catch (error) {
      if (!(error instanceof ZnodeError)) throw error
      this.#options.logger.warn(`${this.#name} Ignoring a request`, { error })
      return undefined
    }
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
      if (!this.#state.topics.has(name)) await this.#options.onNewTopic(name)
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

  /** Decides, writes, applies, carries out. Where a leader was quicker with a state the decision is made again on it. */
  async #handle(event: ControllerEvent): Promise<ControllerReply | undefined> {
    const { settings, channels, journal } = this.#options
    for (let attempt = 1; ; attempt += 1) {
      const decision = decide(this.#state, event, settings)
      const { writes, records, effects, reply } = decision
      if (attempt === 1) journal.heard(event, this.#state)
      try {
        await this.#write(writes)
      } catch (error) {
        const isLast = event.type === 'elected' || attempt === MAX_ATTEMPTS
        if (!this.#isOutrun(error) || isLast) throw error
        await this.#takeUpStates(writes.flatMap(write => (write.type === 'set-state' ? write : [])))
        continue
      }
      if (this.#term === undefined) return undefined
      journal.done(event, decision, this.#state)
      for (const record of records) apply(this.#state, record)
      for (const record of records)
        if (record.type === 'topic-removed') this.#watched.delete(record.topic)
      channels.carryOut(effects, this.#state)
      for (const effect of effects) this.#continue(effect)
      return reply
    }
  }

  /** What follows here, once who asked has the answer. */
  #continue(effect: ControllerEffect): void {
    const { onForgotten } = this.#options
    if (effect.type === 'forget-topic') onForgotten(effect.topic)
    if (effect.type === 'resume-moves') this.report(effect)
    if (effect.type === 'resume-deletion') void this.#enqueueInTerm(() => this.#handleDeletions())
  }

  async #write(writes: readonly ZnodeWrite[]): Promise<void> {
    if (this.#term !== undefined) await writeDecision(this.#options.znodes, this.#term, writes)
  }
}

interface PartitionPlace {
  readonly topic: string
  readonly partition: number
}
