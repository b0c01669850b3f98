/** Kafka's deserializers by the name of their class, each with what Java's `toString` makes of the result. */
import { formatJavaDouble } from '../../bytes/index.ts'
import { illegalArgument, ToolError } from '../java-text.ts'

/** @throws ToolError for bytes that are no such thing */
export type Deserialize = (bytes: Buffer) => string | Buffer

/** What `deserializerNamed` makes of a name. */
export type Named = { readonly deserialize: Deserialize } | { readonly problem: ToolError }

const PACKAGE = 'org.apache.kafka.common.serialization.'

const byName: Readonly<Record<string, Deserialize>> = {
  StringDeserializer: bytes => bytes.toString(),
  ShortDeserializer: bytes => String(sized(bytes, 2, 'ShortDeserializer').readInt16BE()),
  IntegerDeserializer: bytes => String(sized(bytes, 4, 'IntegerDeserializer').readInt32BE()),
  LongDeserializer: bytes => String(sized(bytes, 8, 'LongDeserializer').readBigInt64BE()),
  FloatDeserializer: bytes => floatText(sized(bytes, 4, 'Deserializer').readFloatBE()),
  DoubleDeserializer: bytes => formatJavaDouble(sized(bytes, 8, 'Deserializer').readDoubleBE()),
  BooleanDeserializer: readBoolean,
  UUIDDeserializer: readUuid,
  BytesDeserializer: printable,
  // Java would print the identity of the array; its content is of more use.
  ByteArrayDeserializer: bytes => bytes,
  ByteBufferDeserializer: ({ length }) =>
    `java.nio.HeapByteBuffer[pos=0 lim=${length} cap=${length}]`,
  VoidDeserializer: () => {
    throw illegalArgument('Data should be null for a VoidDeserializer.')
  },
}

/** A class that is not here is no reason to stop: Kafka 3.9 names it and prints bytes as they are. */
export function deserializerNamed(className: string): Named {
  const name = className.startsWith(PACKAGE) ? className.slice(PACKAGE.length) : ''
  const deserialize = Object.hasOwn(byName, name) ? byName[name] : undefined
  if (deserialize !== undefined) return { deserialize }
  return { problem: problemWith(className, name) }
}

function problemWith(className: string, name: string): ToolError {
  if (name !== 'ListDeserializer')
    return new ToolError('java.lang.ClassNotFoundException', className)
  const message = 'ListDeserializer needs the classes of its elements, which no option can name.'
  return new ToolError('org.apache.kafka.common.config.ConfigException', message)
}

function sized(bytes: Buffer, length: number, reader: string): Buffer {
  if (bytes.length === length) return bytes
  throw serializationError(`Size of data received by ${reader} is not ${length}`)
}

/** The shortest decimal that is this float, in Java's form. */
function floatText(value: number): string {
  for (let digits = 1; digits <= 9; digits += 1) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return formatJavaDouble(short)
  }
  return formatJavaDouble(value)
}

function readBoolean(bytes: Buffer): string {
  const [byte] = sized(bytes, 1, 'BooleanDeserializer')
  if (byte === 0 || byte === 1) return String(byte === 1)
  throw serializationError(`Unexpected byte received by BooleanDeserializer: ${byte}`)
}

const UUID = /^[0-9a-f]{1,8}(-[0-9a-f]{1,4}){3}-[0-9a-f]{1,12}$/i

function readUuid(bytes: Buffer): string {
  const text = bytes.toString()
  if (UUID.test(text)) return text.toLowerCase()
  throw serializationError('Error parsing data into UUID')
}

/** ASCII as it is, other bytes as \xNN. */
function printable(bytes: Buffer): string {
  let text = ''
  for (const byte of bytes) {
    const isPlain = byte >= 0x20 && byte <= 0x7e && byte !== 0x5c
    text += isPlain
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return text
}

const serializationError = (message: string) =>
  new ToolError('org.apache.kafka.common.errors.SerializationException', message)
