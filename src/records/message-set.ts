/**
 * Message sets of magic 0 and 1 in depth: the messages inside of an entry, and the writer of such
 * sets for old consumers. The layout of a message is drawn in legacy-message.ts.
 */
import {
  compress,
  CompressionCodec,
  crc32,
  decompressAll,
  ProtocolError,
  Writer,
  writeInt64,
} from '../bytes/index.ts'
import { Attribute, LOG_OVERHEAD, MAGIC_AT, NO_TIMESTAMP, type TimestampType } from './batch.ts'
import { nextBatchSize } from './batch-info.ts'
import {
  MESSAGE_CRC_AT,
  MESSAGE_OVERHEAD_V0,
  MESSAGE_OVERHEAD_V1,
  readMessage,
  type LegacyMessage,
} from './legacy-message.ts'

/** Old formats can only be read whole: the offsets of a wrapper are known at its end. */
export const MAX_WRAPPER_BYTES = 128 * 1024 * 1024

/**
 * The messages of the entry at `position` with their absolute offsets: itself, or what it wraps.
 * Inner messages keep their own magic and codec, for the caller to refuse.
 *
 * @throws ProtocolError when a wrapper is broken, empty, or holds more than `MAX_WRAPPER_BYTES`
 */
export function messagesOf(buffer: Buffer, position: number): LegacyMessage[] {
  const entry = readMessage(buffer, position)
  if (entry.codec === CompressionCodec.NONE) return [entry]
  const inner = readInner(decompressWrapper(entry), entry)
  const last = inner.at(-1)
  if (last === undefined) throw new ProtocolError('compressed message without inner messages')
  if (entry.magic === 0) return inner
  const base = baseOffsetOfWrapper(entry.offset, last.offset)
  return inner.map(message => ({ ...message, offset: base + message.offset }))
}

function decompressWrapper(wrapper: LegacyMessage): Buffer {
  if (wrapper.codec === CompressionCodec.ZSTD) {
    throw new ProtocolError(`message of magic ${wrapper.magic} compressed with zstd`)
  }
  if (wrapper.value === null) throw new ProtocolError('compressed message without a value')
  return decompressAll(wrapper.codec, wrapper.value, {
    maxBytes: MAX_WRAPPER_BYTES,
    lz4: { headerChecksum: wrapper.magic === 0 ? 'broken' : 'right', linkedBlocks: 'refused' },
  })
}

/** A message cut at the end of a wrapper is dropped, as Kafka does. */
function readInner(bytes: Buffer, wrapper: LegacyMessage): LegacyMessage[] {
  const messages: LegacyMessage[] = []
  let position = 0
  for (;;) {
    const sizeBytes = nextBatchSize(bytes, position)
    if (sizeBytes === undefined || sizeBytes > bytes.length - position) return messages
    const message = readMessage(bytes, position)
    messages.push(message.magic === 1 ? withWrapperTime(message, wrapper) : message)
    position += sizeBytes
  }
}

/** KIP-32: append time is that of the wrapper, and the type is always the wrapper's. */
function withWrapperTime(message: LegacyMessage, wrapper: LegacyMessage): LegacyMessage {
  const { timestampType } = wrapper
  const timestamp = timestampType === 'LogAppendTime' ? wrapper.timestamp : message.timestamp
  return { ...message, timestamp, timestampType }
}

/** KIP-31: inner offsets count from 0. Some librdkafka left the outer one at 0 when producing. */
function baseOffsetOfWrapper(wrapperOffset: number, lastInnerOffset: number): number {
  if (wrapperOffset === 0) return 0
  if (wrapperOffset >= lastInnerOffset) return wrapperOffset - lastInnerOffset
  throw new ProtocolError(
    `offset ${wrapperOffset} of a compressed message is below its last inner offset ${lastInnerOffset}`,
  )
}

export interface MessageSetOptions {
  readonly magic: 0 | 1
  readonly codec: number
  readonly timestampType: TimestampType
  /** Offset of the first message; inner offsets of magic 1 count from here. */
  readonly baseOffset: number
}

export interface NewMessage {
  readonly offset: number
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
}

/** Writes `messages` as one set: entry after entry, or one wrapper when compressed. */
export function buildMessageSet(
  messages: readonly NewMessage[],
  options: MessageSetOptions,
): Buffer {
  const writer = new Writer()
  const isWrapped = options.codec !== CompressionCodec.NONE
  const subtracted = isWrapped && options.magic === 1 ? options.baseOffset : 0
  let maxTimestamp = NO_TIMESTAMP
  for (const message of messages) {
    maxTimestamp = Math.max(maxTimestamp, message.timestamp)
    writer.bytes(encodeMessage({ ...message, offset: message.offset - subtracted }, options, 0))
  }
  const last = messages.at(-1)
  if (!isWrapped || last === undefined) return writer.finish()
  const value = compress(options.codec, writer.finish(), {
    lz4HeaderChecksum: options.magic === 0 ? 'broken' : 'right',
  })
  const wrapper = { offset: last.offset, timestamp: maxTimestamp, key: null, value }
  return encodeMessage(wrapper, options, options.codec)
}

function encodeMessage(message: NewMessage, options: MessageSetOptions, codec: number): Buffer {
  const { magic, timestampType } = options
  const keyBytes = message.key?.length ?? 0
  const overhead = magic === 0 ? MESSAGE_OVERHEAD_V0 : MESSAGE_OVERHEAD_V1
  const sizeBytes = LOG_OVERHEAD + overhead + keyBytes + (message.value?.length ?? 0)
  const bytes = Buffer.allocUnsafe(sizeBytes)
  writeInt64(bytes, 0, message.offset)
  bytes.writeInt32BE(sizeBytes - LOG_OVERHEAD, 8)
  bytes[MAGIC_AT] = magic
  const isAppendTime = magic === 1 && timestampType === 'LogAppendTime'
  bytes[MAGIC_AT + 1] = codec | (isAppendTime ? Attribute.LOG_APPEND_TIME : 0)
  if (magic === 1) writeInt64(bytes, MAGIC_AT + 2, message.timestamp)
  const keyAt = LOG_OVERHEAD + overhead - 8
  writeBytes(bytes, keyAt, message.key)
  writeBytes(bytes, keyAt + 4 + keyBytes, message.value)
  bytes.writeUInt32BE(crc32(bytes, MAGIC_AT), MESSAGE_CRC_AT)
  return bytes
}

function writeBytes(target: Buffer, position: number, bytes: Buffer | null): void {
  target.writeInt32BE(bytes === null ? -1 : bytes.length, position)
  bytes?.copy(target, position + 4)
}
