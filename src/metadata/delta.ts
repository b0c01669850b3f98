import {
  unknownPartition,
  type BrokerImage,
  type ClusterImage,
  type PartitionImage,
  type TopicImage,
} from './image.ts'

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
  /** Topics whose partitions are told later: who asks by id may mean one that is held here already. */
  readonly names?: readonly { topic: string; topicId: string }[]
}

/** The image after `delta`. Costs what the delta touches, plus one copy of each map it touches. */
export function applyDelta(image: ClusterImage, delta: MetadataDelta): ClusterImage {
  const next = {
    ...image,
    controllerId: delta.controller?.id ?? image.controllerId,
    controllerEpoch: delta.controller?.epoch ?? image.controllerEpoch,
    brokers: delta.brokers === undefined ? image.brokers : byId(delta.brokers),
  }
  const { partitions: changed, removedTopics, names = [] } = delta
  if (changed === undefined && removedTopics === undefined && names.length === 0) return next

  const topics = new Map(image.topics)
  const topicNames = new Map(image.topicNames)
  for (const { topic, topicId } of names) topicNames.set(topicId, topic)
  for (const name of removedTopics ?? []) {
    const topic = topics.get(name)
    if (topic !== undefined) topicNames.delete(topic.topicId)
    topics.delete(name)
  }
  for (const { topic: name, topicId, partitions } of changed ?? []) {
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
  for (const partition of changed) {
    while (partitions.length < partition.partition)
      partitions.push(unknownPartition(partitions.length))
    partitions[partition.partition] = partition
  }
  return { ...topic, partitions }
}

function byId(brokers: readonly BrokerImage[]): ReadonlyMap<number, BrokerImage> {
  return new Map(brokers.map(broker => [broker.id, broker]))
}
