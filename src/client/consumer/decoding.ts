/** Keys and values as `key.deserializer` and `value.deserializer` read them. */
import type { ConsumerConfig } from '../../config/index.ts'
import { KafkaError } from '../errors.ts'
import {
  BYTES_DESERIALIZER,
  deserializerNamed,
  type Deserialize,
  type Deserialized,
} from '../serialization.ts'
import { nameOf } from '../topic-partition.ts'
import type { ConsumerRecord } from './consumer.ts'

type Part = 'key' | 'value'

/**
 * `K` and `V` are what the classes give: whoever names a class says so by the types of the consumer.
 *
 * @throws ConfigError for a class that is not known
 */
export function decoding<K extends Deserialized, V extends Deserialized>(
  config: ConsumerConfig,
): (record: ConsumerRecord) => ConsumerRecord<K, V> {
  const isBytes = (part: Part): boolean => config.get(`${part}.deserializer`) === BYTES_DESERIALIZER
  const read = (part: Part) =>
    deserializerNamed(`${part}.deserializer`, config.get(`${part}.deserializer`))
  const deserializers = { key: read('key'), value: read('value') }
  if (isBytes('key') && isBytes('value')) return record => record as ConsumerRecord<K, V>
  return record => ({
    ...record,
    key: decoded(record, 'key', deserializers.key) as K | null,
    value: decoded(record, 'value', deserializers.value) as V | null,
  })
}

function decoded(record: ConsumerRecord, part: Part, read: Deserialize): Deserialized | null {
  const bytes = record[part]
  if (bytes === null) return null
  try {
    return read(bytes)
  } catch (error) {
    const message =
      `Error deserializing ${part.toUpperCase()} for partition ${nameOf(record)} at offset ` +
      `${record.offset}. If needed, please seek past the record to continue consumption.`
    throw new KafkaError('RECORD_DESERIALIZATION', message, { cause: error })
  }
}
