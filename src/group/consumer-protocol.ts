/**
 * The little that the coordinator reads of a consumer's metadata: which topics it is subscribed to.
 * Version 0 of the subscription begins every later version, so that no other is needed.
 */
import { ProtocolError, Reader } from '../bytes/index.ts'
import { codecOf, ConsumerProtocolSubscription } from '../protocol/index.ts'
import { metadataFor } from './member.ts'
import type { Membership } from './membership.ts'

export const CONSUMER_PROTOCOL_TYPE = 'consumer'

/**
 * The topics that the members read together; undefined when the group is not one of consumers, or a
 * member sent something else under that name: then nobody knows, and every topic counts as read.
 */
export function subscribedTopicsOf(
  group: Pick<Membership, 'protocolType' | 'protocolName' | 'members'>,
): ReadonlySet<string> | undefined {
  if (group.protocolType !== CONSUMER_PROTOCOL_TYPE) return undefined
  if (group.members.size === 0) return new Set()
  if (group.protocolName === null) return undefined
  const topics = new Set<string>()
  try {
    for (const member of group.members.values()) {
      for (const topic of readTopics(metadataFor(member, group.protocolName))) topics.add(topic)
    }
  } catch (error) {
    if (error instanceof ProtocolError) return undefined
    throw error
  }
  return topics
}

function readTopics(metadata: Buffer): readonly string[] {
  const reader = new Reader(metadata)
  const version = reader.int16()
  if (version < 0) throw new ProtocolError(`subscription version ${version} is negative`, 0)
  return codecOf(ConsumerProtocolSubscription, 0).read(reader).topics
}
