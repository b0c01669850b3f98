/**
 * Names of the directories in a log directory: `<topic>-<partition>`, where the topic may itself
 * contain dashes, and `<topic>-<partition>.<32 hex digits>-<purpose>` for one that is being deleted,
 * moved between disks (KIP-113) or left over from a topic that is gone.
 */
import type { Random } from '../host/index.ts'

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** What the directory is for, as its name says. */
export type DirectoryPurpose = 'current' | 'delete' | 'future' | 'stray'

export interface PartitionDirectoryName extends TopicPartition {
  readonly purpose: DirectoryPurpose
}

/** Longest name that common file systems take. */
const MAX_NAME_BYTES = 255
/** Longest topic name that Kafka takes; such a name with `-<partition>` still fits. */
const MAX_TOPIC_LENGTH = 249
const legalTopic = /^[a-zA-Z0-9._-]+$/
const withPurpose = /^(\S+)-(\d+)\.\S+-(delete|future|stray)$/
const plain = /^(.+)-(\d+)$/

export function partitionDirectoryName({ topic, partition }: TopicPartition): string {
  return `${topic}-${partition}`
}

/** Whether a directory may be named after the topic: no name reaches outside its log directory. */
export function isLegalTopicName(topic: string): boolean {
  return (
    topic.length <= MAX_TOPIC_LENGTH && topic !== '.' && topic !== '..' && legalTopic.test(topic)
  )
}

/**
 * A name nobody has, for a directory that is leaving. The topic is cut where the name would get too
 * long; the name is only read again to finish the removal, so that loses nothing.
 */
export function departingDirectoryName(
  { topic, partition }: TopicPartition,
  purpose: 'delete' | 'stray',
  random: Random,
): string {
  const rest = `-${partition}.${random.bytes(16).toString('hex')}-${purpose}`
  return topic.slice(0, MAX_NAME_BYTES - rest.length) + rest
}

/** As long as the name of a replica's copy gets, without its topic and partition. */
const FUTURE_SUFFIX_LENGTH = `.${'0'.repeat(32)}-future`.length

/** Whether a copy of the partition may be made in another log directory: its name must not be cut. */
export function mayHaveFuture(partition: TopicPartition): boolean {
  return partitionDirectoryName(partition).length + FUTURE_SUFFIX_LENGTH <= MAX_NAME_BYTES
}

/** A name nobody has, for the copy of a partition that is to take its place (KIP-113). */
export function futureDirectoryName(partition: TopicPartition, random: Random): string {
  return `${partitionDirectoryName(partition)}.${random.bytes(16).toString('hex')}-future`
}

/** `undefined` when the name is of neither form. */
export function parsePartitionDirectoryName(name: string): PartitionDirectoryName | undefined {
  const departing = /-(delete|future|stray)$/.test(name) && name.includes('.')
  const match = departing ? withPurpose.exec(name) : plain.exec(name)
  if (match === null) return undefined
  const partition = Number(match[2])
  if (partition > 0x7fffffff) return undefined
  return {
    topic: match[1] as string,
    partition,
    purpose: departing ? (match[3] as DirectoryPurpose) : 'current',
  }
}
