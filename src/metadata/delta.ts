import type { BrokerImage, ClusterImage, PartitionImage, TopicImage } from './image.ts'

/** What changed since the image before, as an UpdateMetadata request tells it. */
export interface MetadataDelta {
  readonly controller?: { id: number; epoch: number }
  /** All live brokers; `undefined` when they stayed the same. */
  readonly brokers?: readonly BrokerImage[]
  /** Partitions with a new state, by topic; a topic not known yet begins with them. */
  readonly partitions?: readonly {
    topic: string
    topicId: string
    partitions: readonly PartitionImage[]
  }[]
  readonly removedTopics?: readonly string[]
}

/** The image after `delta`. Costs what the delta touches, plus one copy of each map it touches. */
export function applyDelta(image: ClusterImage, delta: MetadataDelta): ClusterImage {
  const next = {
    ...image,
    controllerId: delta.controller?.id ?? image.controllerId,
    controllerEpoch: delta.controller?.epoch ?? image.controllerEpoch,
    brokers: delta.brokers === undefined ? image.brokers : byId(delta.brokers),
  }
  if (delta.partitions === undefined && delta.removedTopics === undefined) return next

  const topics = new Map(image.topics)
  const topicNames = new Map(image.topicNames)
  for (const name of delta.removedTopics ?? []) {
    const topic = topics.get(name)
    if (topic !== undefined) topicNames.delete(topic.topicId)
    topics.delete(name)
  }
  for (const { topic: name, topicId, partitions } of delta.partitions ?? []) {
    const before = topics.get(name)
    // The same name with another id is another topic: it was deleted and made again in between.
    const known = before?.topicId === topicId ? before.partitions : []
    topics.set(name, withPartitions({ name, topicId, partitions: known }, partitions))
    if (before !== undefined && before.topicId !== topicId) topicNames.delete(before.topicId)
    topicNames.set(topicId, name)
  }
  return { ...next, topics, topicNames }
}

function withPartitions(topic: TopicImage, changed: readonly PartitionImage[]): TopicImage {
  const partitions = [...topic.partitions]
  for (const partition of changed) partitions[partition.partition] = partition
  return { ...topic, partitions }
}

function byId(brokers: readonly BrokerImage[]): ReadonlyMap<number, BrokerImage> {
  return new Map(brokers.map(broker => [broker.id, broker]))
}
