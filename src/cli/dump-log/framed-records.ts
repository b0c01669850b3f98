/**
 * The records of `__cluster_metadata` and `__remote_log_metadata`, as text. Each begins with the version
 * of this frame, its kind and the version of its kind, all three unsigned varints.
 */
import { readUnsignedVarint, Reader } from '../../bytes/index.ts'
import {
  codecOf,
  messageJson,
  metadataRecords,
  remoteLogRecords,
  type Message,
  type MessageOf,
} from '../../protocol/index.ts'
import type { Record } from '../../records/index.ts'
import { messageOf } from '../java-text.ts'
import type { ParsedRecord } from './record-parsers.ts'
import { remoteLogText } from './remote-log-text.ts'

const FRAME_VERSION = 1
const MAX_SHORT = 32_767
/** What a JVM says of it. */
const NO_VALUE =
  'Cannot invoke "java.nio.ByteBuffer.remaining()" because the return value of ' +
  '"org.apache.kafka.common.record.Record.value()" is null'

interface Framed {
  readonly id: number
  readonly version: number
  readonly message: Message
  readonly value: MessageOf<Message>
}

export function parseClusterMetadata({ value, offset }: Record): ParsedRecord {
  try {
    const { id, version, message, value: read } = readFramed(value, metadataMessage)
    const type = metadataRecords.get(id)?.type ?? ''
    const data = messageJson(message, version, read)
    return payload(`{"type":"${type}","version":${version},"data":${data}}`)
  } catch (error) {
    return payload(`Error at ${offset}, skipping. ${messageOf(error)}`)
  }
}

export function parseRemoteLogMetadata({ value, offset }: Record): ParsedRecord {
  try {
    if (value === null) throw new Error(NO_VALUE)
    const { message, value: read } = readFramed(value, remoteLogMessage)
    return payload(remoteLogText(message, read))
  } catch (error) {
    return payload(`Error at offset ${offset}, skipping. ${messageOf(error)}`)
  }
}

const payload = (text: string): ParsedRecord => ({ key: null, payload: text })

const metadataMessage = (id: number) => known(id, metadataRecords.get(id)?.message)
const remoteLogMessage = (id: number) => known(id, remoteLogRecords.get(id))

function known(id: number, message: Message | undefined): Message {
  if (message !== undefined) return message
  const exception = 'org.apache.kafka.common.errors.UnsupportedVersionException'
  throw new Error(`${exception}: Unknown metadata id ${id}`)
}

/** @throws Error in Kafka's words */
function readFramed(value: Buffer | null, messageFor: (id: number) => Message): Framed {
  const reader = new Reader(value ?? Buffer.alloc(0))
  const frameVersion = readShort(reader, 'frame version')
  if (frameVersion === 0) {
    throw new Error(
      'Could not deserialize metadata record with frame version 0. Note that upgrades from the ' +
        'preview release of KRaft in 2.8 to newer versions are not supported.',
    )
  }
  if (frameVersion !== FRAME_VERSION) {
    throw new Error(
      `Could not deserialize metadata record due to unknown frame version ${frameVersion}` +
        `(only frame version ${FRAME_VERSION} is supported)`,
    )
  }
  const id = readShort(reader, 'type')
  const version = readShort(reader, 'version')
  const message = messageFor(id)
  const read = readBody(reader, id, version, message)
  if (reader.remaining > 0)
    throw new Error(`Found ${reader.remaining} byte(s) of garbage after ${id}`)
  return { id, version, message, value: read }
}

function readShort(reader: Reader, what: string): number {
  const number = attempt(`Error while reading ${what}`, () => readUnsignedVarint(reader))
  if (number > MAX_SHORT) throw new Error(`Value for ${what} was too large.`)
  return number
}

/** A version that nobody has defined yet is read as the newest. */
const readBody = (reader: Reader, id: number, version: number, message: Message) =>
  attempt(`Failed to deserialize record with type ${id}`, () =>
    codecOf(message, Math.min(version, message.versions[1])).read(reader),
  )

/** @throws Error with `problem` alone: what lies behind it is not printed */
function attempt<T>(problem: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new Error(problem, { cause: error })
  }
}
