/**
 * Messages that carry their version in front, as an int16: what consumers tell each other through the
 * coordinator, and what Kafka stores in internal topics.
 */
import { ProtocolError, Reader, Writer } from '../bytes/index.ts'
import { codecOf } from './codec.ts'
import type { Message, MessageInput, MessageOf } from './message.ts'

export function encodeVersioned<M extends Message>(
  message: M,
  version: number,
  value: MessageInput<M>,
): Buffer {
  const writer = new Writer()
  writer.int16(version)
  codecOf(message, version).write(writer, value)
  return writer.finish()
}

/**
 * A version newer than the newest described is read as that one: only for formats that promise to add
 * at the end and nowhere else, as the protocol of consumers does.
 *
 * @throws ProtocolError for a version below the oldest described, and for broken bytes.
 */
export function decodeVersioned<M extends Message>(message: M, bytes: Buffer): MessageOf<M> {
  const reader = new Reader(bytes)
  const version = reader.int16()
  const [first, last] = message.versions
  if (version < first) {
    throw new ProtocolError(`${message.name} of version ${version}: ${first} is the oldest`, 0)
  }
  return codecOf(message, Math.min(version, last)).read(reader)
}
