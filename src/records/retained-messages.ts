/** What compaction leaves of an entry of magic 0 or 1: itself, nothing, or a wrapper with fewer messages. */
import { magicOf } from './batch.ts'
import type { LegacyMessage } from './legacy-message.ts'
import { messageCodecOf, messageTimestampTypeOf } from './legacy-message.ts'
import { buildMessageSet } from './message-set.ts'

/** The messages that stay, at least one, in the format and codec of the entry at `position`. */
export function retainedMessages(
  entry: Buffer,
  position: number,
  messages: readonly LegacyMessage[],
): Buffer {
  const magic = magicOf(entry, position) === 0 ? 0 : 1
  return buildMessageSet(messages, {
    magic,
    codec: messageCodecOf(entry, position),
    timestampType: messageTimestampTypeOf(entry, position, magic),
    // Inner offsets of magic 1 count from the first message that is there.
    baseOffset: messages[0]?.offset ?? 0,
  })
}
