/** The face of the compiler: a message and a version in, a reader and writer of its bytes out. */
import { ProtocolError, Reader, Writer } from '../bytes/index.ts'
import type { Message, MessageInput, MessageOf } from './message.ts'
import { structCodec } from './struct-codec.ts'
import { includes } from './type.ts'
import { UnsupportedVersionError } from './unsupported-version-error.ts'

/** Reads and writes one version of one message. */
export interface Codec<Out, In> {
  /**
   * Leaves `reader` behind the message; what follows is the caller's business (Kafka ignores it).
   *
   * @throws ProtocolError with message, version and byte position for bytes that break the format,
   * and for more elements than {@link MAX_REQUEST_ELEMENTS}.
   */
  read(reader: Reader): Out
  /**
   * @throws UnsupportedVersionError for a field that is set and that this version cannot carry.
   * @throws ProtocolError for a null or a length that the version does not allow.
   */
  write(writer: Writer, value: In): void
}

/**
 * Array elements and tagged fields in one request, all arrays together. A legal frame of 100 MB
 * could hold 50 million empty strings: kilobytes on the wire must not become gigabytes on the heap, nor
 * seconds without an answer to anybody else. At the bound it is about 100 MB and a fraction of a
 * second. The largest honest request, which names every partition of a large cluster, stays below.
 */
export const MAX_REQUEST_ELEMENTS = 250_000

/** The same for what we asked for or stored ourselves: metadata of a million partitions fits. */
export const MAX_RESPONSE_ELEMENTS = 10_000_000

/** @throws UnsupportedVersionError when the description of `message` has no such version. */
export function codecOf<M extends Message>(
  message: M,
  version: number,
): Codec<MessageOf<M>, MessageInput<M>> {
  let versions = compiled.get(message)
  if (versions === undefined) compiled.set(message, (versions = []))
  const codec = (versions[version] ??= compile(message, version))
  return codec as Codec<MessageOf<M>, MessageInput<M>>
}

/** Everything of a message in one buffer: for stored records, embedded protocols and tests. */
export function encode<M extends Message>(
  message: M,
  version: number,
  value: MessageInput<M>,
): Buffer {
  const writer = new Writer()
  codecOf(message, version).write(writer, value)
  return writer.finish()
}

/** The message at the start of `bytes`. */
export function decode<M extends Message>(
  message: M,
  version: number,
  bytes: Buffer,
): MessageOf<M> {
  return codecOf(message, version).read(new Reader(bytes))
}

/** Codecs by version: what they are follows from the description alone. */
const compiled = new WeakMap<Message, Codec<unknown, unknown>[]>()

function compile(message: Message, version: number): Codec<unknown, unknown> {
  const { name, kind, versions, flexible } = message
  if (!includes(versions, version)) {
    const range = `${versions[0]} to ${versions[1]}`
    throw new UnsupportedVersionError(`${name} has no version ${version}: ${range} exist`)
  }
  const codec = structCodec(message.fields, {
    path: '',
    version,
    isFlexible: flexible !== undefined && version >= flexible,
    isNullable: false,
  })
  const maxElements = kind === 'request' ? MAX_REQUEST_ELEMENTS : MAX_RESPONSE_ELEMENTS
  const where = `${name} v${version}`
  return {
    read: reader => {
      reader.elementsLeft = maxElements
      try {
        return codec.read(reader)
      } catch (error) {
        throw located(error, where, reader.position)
      }
    },
    write: (writer, value) => {
      try {
        codec.write(writer, value as Record<string, unknown>)
      } catch (error) {
        throw located(error, where)
      }
    },
  }
}

/** The error with message and version in front, and the position where reading stopped. */
function located(error: unknown, where: string, position?: number): unknown {
  if (!(error instanceof ProtocolError)) return error
  const Kind = error instanceof UnsupportedVersionError ? UnsupportedVersionError : ProtocolError
  return new Kind(`${where}: ${error.reason}`, error.position ?? position, error)
}
