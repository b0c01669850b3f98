/**
 * What a broker does when the controller speaks: takes up leadership, forgets topics, and knows the
 * cluster. With one broker in the cluster the controller is always this process.
 */
import type {
  ControllerEffect,
  ControllerEvent,
  ControllerState,
  TopicPartitions,
} from '../controller/index.ts'
import type { Clock, Log as Logger } from '../host/index.ts'
import {
  GROUP_METADATA_TOPIC,
  TRANSACTION_STATE_TOPIC,
  type PartitionImage,
} from '../metadata/index.ts'
import { ZERO_UUID } from '../protocol/index.ts'
import type { Partition, Replicas } from '../replica/index.ts'
import type { GroupCoordinator, TransactionCoordinator } from '../runtime/index.ts'
import type { ConfigWatch } from './config-watch.ts'
import type { MetadataCache } from './metadata-cache.ts'
import type { TopicConfigs } from './topic-configs.ts'

/** The loop is given back after so long: making the logs of a large topic takes many turns. */
const SLICE_MS = 4

export interface ClusterLinkOptions {
  readonly brokerId: number
  readonly clock: Clock
  readonly logger: Logger
  readonly replicas: Replicas
  readonly metadata: MetadataCache
  readonly groups: GroupCoordinator
  readonly transactions: TransactionCoordinator
  readonly configWatch: ConfigWatch
  readonly topicConfigs: TopicConfigs
}

export class ClusterLink {
  readonly #options: ClusterLinkOptions

  constructor(options: ClusterLinkOptions) {
    this.#options = options
  }

  /** @returns what the controller has to know of it */
  async carryOut(effect: ControllerEffect, state: ControllerState): Promise<ControllerEvent[]> {
    switch (effect.type) {
      case 'leader-and-isr':
        if (effect.brokerId === this.#options.brokerId) await this.#lead(effect.topics)
        return []
      case 'update-metadata':
        this.#options.metadata.apply({
          partitions: effect.topics,
          ...(effect.brokersChanged ? { brokers: [...state.brokers.values()] } : {}),
        })
        return []
      case 'stop-replica': {
        const { brokerId, topic, partitions, deletes } = effect
        if (brokerId !== this.#options.brokerId) return []
        await this.#stop(topic, partitions, deletes)
        return deletes ? [{ type: 'replicas-deleted', brokerId, topic, partitions }] : []
      }
      case 'forget-topic':
        this.#options.topicConfigs.forget(effect.topic)
        this.#options.metadata.apply({ removedTopics: [effect.topic] })
        return []
    }
  }

  async #lead(topics: readonly TopicPartitions[]): Promise<void> {
    const { configWatch, clock } = this.#options
    const elected: Partition[] = []
    let untilMs = clock.monotonicMs() + SLICE_MS
    for (const { topic, topicId, partitions } of topics) {
      await configWatch.readTopic(topic)
      for (const image of partitions) {
        elected.push(...this.#take(topic, topicId, image))
        if (clock.monotonicMs() < untilMs) continue
        await new Promise<void>(resolve => clock.soon(resolve))
        untilMs = clock.monotonicMs() + SLICE_MS
      }
    }
    this.#coordinate(elected)
  }

  #take(topic: string, topicId: string, image: PartitionImage): Partition[] {
    const { replicas, brokerId, logger } = this.#options
    const before = replicas.get(topic, image.partition)
    const previous = { leader: before?.leaderId ?? -1, epoch: before?.leaderEpoch ?? -1 }
    const taken = replicas
      .take(topic, topicId, [image])
      .flatMap(({ changed }) => (changed === undefined ? [] : [changed]))
    for (const partition of taken.filter(({ isLeader }) => isLeader)) {
      logger.info(`[Broker id=${brokerId}] ${leadershipText(partition, image, previous)}`)
    }
    return taken
  }

  /** Who leads a partition of an internal topic coordinates what is in it, once it has read it. */
  #coordinate(partitions: readonly Partition[]): void {
    for (const { topic, partition, isLeader, leaderEpoch } of partitions) {
      const coordinator = this.#coordinatorOf(topic)
      if (coordinator === undefined) continue
      if (!isLeader) coordinator.onResignation(partition, leaderEpoch)
      else {
        coordinator.onElection(partition, leaderEpoch).catch((error: unknown) => {
          this.#options.logger.error('loading a partition failed', { topic, partition, error })
        })
      }
    }
  }

  #coordinatorOf(topic: string): GroupCoordinator | TransactionCoordinator | undefined {
    if (topic === GROUP_METADATA_TOPIC) return this.#options.groups
    return topic === TRANSACTION_STATE_TOPIC ? this.#options.transactions : undefined
  }

  async #stop(topic: string, partitions: readonly number[], deletes: boolean): Promise<void> {
    const { replicas, groups, clock } = this.#options
    let untilMs = clock.monotonicMs() + SLICE_MS
    for (const partition of partitions) {
      this.#coordinatorOf(topic)?.onResignation(partition)
      replicas.stop(topic, [partition], deletes)
      if (clock.monotonicMs() < untilMs) continue
      await new Promise<void>(resolve => clock.soon(resolve))
      untilMs = clock.monotonicMs() + SLICE_MS
    }
    if (deletes)
      await groups.onPartitionsDeleted(partitions.map(partition => ({ topic, partition })))
  }
}

/** As Kafka's state-change.log tells it. */
function leadershipText(
  { topic, topicId, partition, leaderEpoch, log, highWatermark }: Partition,
  { isr, partitionEpoch, addingReplicas, removingReplicas }: PartitionImage,
  previous: { leader: number; epoch: number },
): string {
  const id = topicId === ZERO_UUID ? 'None' : `Some(${topicId})`
  const leader = previous.leader < 0 ? 'None' : `Some(${previous.leader})`
  return (
    `Leader ${topic}-${partition} with topic id ${id} starts at leader epoch ${leaderEpoch} from ` +
    `offset ${log.logEndOffset} with partition epoch ${partitionEpoch}, high watermark ` +
    `${highWatermark}, ISR [${isr.join(',')}], adding replicas [${addingReplicas.join(',')}] and ` +
    `removing replicas [${removingReplicas.join(',')}] . Previous leader ${leader} and previous ` +
    `leader epoch was ${previous.epoch}.`
  )
}
