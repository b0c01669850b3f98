/**
 * The little that the coordinator reads of a consumer's metadata: which topics it is subscribed to.
 * Version 0 of `ConsumerProtocolSubscription` begins every later version, so no other is needed:
 * version int16, then an array of strings.
 */
import { ProtocolError, Reader } from '../bytes/index.ts'
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

function* readTopics(subscription: Buffer): Generator<string> {
  const reader = new Reader(subscription)
  const version = reader.int16()
  if (version < 0) throw new ProtocolError(`subscription version ${version} is negative`, 0)
  const count = reader.int32()
  if (count < 0) throw new ProtocolError(`${count} topics`, reader.position)
  // Each name takes two bytes at least, so that a count without bytes ends at once.
  for (let index = 0; index < count; index += 1) yield reader.utf8(reader.int16())
}
