/**
 * Kafka's serializers and deserializers by the names of their classes, as properties files have them:
 * same bytes as Java's. What is not known is refused by name; without one, bytes are bytes.
 */
import { ConfigError } from '../config/index.ts'
import { KafkaError } from './errors.ts'

/** Text is sent as UTF-8. */
export type Bytes = Buffer | Uint8Array | string

/** What some serializer takes: see `Kafka.producer`. */
export type Serializable = Bytes | number | bigint | boolean

/** What some deserializer gives: see `Kafka.consumer`. */
export type Deserialized = Buffer | string | number | bigint | boolean

/** @throws KafkaError SERIALIZATION for a value that it is not for; whoever calls knows where it came from */
export type Serialize = (value: Serializable) => Buffer
/** @throws KafkaError SERIALIZATION for bytes that are no such thing */
export type Deserialize = (bytes: Buffer) => Deserialized

const PACKAGE = 'org.apache.kafka.common.serialization.'

export const BYTES_SERIALIZER = `${PACKAGE}ByteArraySerializer`
export const BYTES_DESERIALIZER = `${PACKAGE}ByteArrayDeserializer`

const serializers: Readonly<Record<string, Serialize>> = {
  ByteArraySerializer: bytesOf,
  BytesSerializer: bytesOf,
  ByteBufferSerializer: bytesOf,
  StringSerializer: value => Buffer.from(typed(value, 'string')),
  ShortSerializer: value => integer(value, 2),
  IntegerSerializer: value => integer(value, 4),
  LongSerializer: longOf,
  FloatSerializer: value => sized(4, bytes => bytes.writeFloatBE(typed(value, 'number'))),
  DoubleSerializer: value => sized(8, bytes => bytes.writeDoubleBE(typed(value, 'number'))),
  BooleanSerializer: value => Buffer.from([typed(value, 'boolean') ? 1 : 0]),
  UUIDSerializer: value => Buffer.from(uuidIn(typed(value, 'string'))),
  VoidSerializer: () => {
    throw misfit('only null')
  },
}

const deserializers: Readonly<Record<string, Deserialize>> = {
  ByteArrayDeserializer: bytes => bytes,
  BytesDeserializer: bytes => bytes,
  ByteBufferDeserializer: bytes => bytes,
  StringDeserializer: bytes => bytes.toString(),
  ShortDeserializer: bytes => ofSize(bytes, 2).readInt16BE(),
  IntegerDeserializer: bytes => ofSize(bytes, 4).readInt32BE(),
  LongDeserializer: bytes => ofSize(bytes, 8).readBigInt64BE(),
  FloatDeserializer: bytes => ofSize(bytes, 4).readFloatBE(),
  DoubleDeserializer: bytes => ofSize(bytes, 8).readDoubleBE(),
  BooleanDeserializer: readBoolean,
  UUIDDeserializer: bytes => uuidIn(bytes.toString()),
  VoidDeserializer: () => {
    throw misfit('only null')
  },
}

/** Of `key.serializer` or `value.serializer`. @throws ConfigError for a class that is not known */
export function serializerNamed(property: string, className: string): Serialize {
  return named(serializers, property, className)
}

/** Of `key.deserializer` or `value.deserializer`. @throws ConfigError for a class that is not known */
export function deserializerNamed(property: string, className: string): Deserialize {
  return named(deserializers, property, className)
}

function named<T>(table: Readonly<Record<string, T>>, property: string, className: string): T {
  const name = className.startsWith(PACKAGE) ? className.slice(PACKAGE.length) : ''
  const found = Object.hasOwn(table, name) ? table[name] : undefined
  if (found !== undefined) return found
  throw new ConfigError(
    `Invalid value ${className} for configuration ${property}: Class ${className} could not be found.`,
    {
      property,
      value: className,
      remedy: `Name one of ${Object.keys(table).join(', ')} of ${PACKAGE.slice(0, -1)}.`,
    },
  )
}

function bytesOf(value: Serializable): Buffer {
  if (Buffer.isBuffer(value)) return value
  if (typeof value === 'string') return Buffer.from(value)
  if (!(value instanceof Uint8Array)) throw misfit('bytes or a string', value)
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
}

interface Types {
  readonly string: string
  readonly number: number
  readonly boolean: boolean
}

function typed<T extends keyof Types>(value: Serializable, type: T): Types[T] {
  if (typeof value !== type) throw misfit(`a ${type}`, value)
  return value as Types[T]
}

function sized(sizeBytes: number, write: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.alloc(sizeBytes)
  write(bytes)
  return bytes
}

function integer(value: Serializable, sizeBytes: 2 | 4): Buffer {
  const limit = 2 ** (sizeBytes * 8 - 1)
  const number = typed(value, 'number')
  const isIn = Number.isInteger(number) && number >= -limit && number < limit
  if (!isIn) throw misfit(`an integer of ${sizeBytes * 8} bits`, value)
  return sized(sizeBytes, bytes => bytes.writeIntBE(number, 0, sizeBytes))
}

function longOf(value: Serializable): Buffer {
  const isIntegral = typeof value === 'bigint' || Number.isSafeInteger(value)
  if (!isIntegral || typeof value === 'string') throw misfit('an integer of 64 bits', value)
  const long = BigInt(value as number | bigint)
  if (BigInt.asIntN(64, long) !== long) throw misfit('an integer of 64 bits', value)
  return sized(8, bytes => bytes.writeBigInt64BE(long))
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

function uuidIn(text: string): string {
  if (!UUID.test(text)) throw misfit('a UUID', text)
  return text.toLowerCase()
}

function ofSize(bytes: Buffer, sizeBytes: number): Buffer {
  if (bytes.length !== sizeBytes) throw misfit(`${sizeBytes} bytes`, bytes)
  return bytes
}

function readBoolean(bytes: Buffer): boolean {
  const [byte] = ofSize(bytes, 1)
  if (byte !== 0 && byte !== 1) throw misfit('0 or 1', byte)
  return byte === 1
}

function misfit(wanted: string, got?: Serializable): KafkaError {
  const shown = got instanceof Uint8Array ? `${got.length} bytes` : got?.toString()
  const given = shown === undefined ? '' : `, got ${shown}`
  return new KafkaError('SERIALIZATION', `expected ${wanted}${given}`)
}
