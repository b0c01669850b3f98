import { Kafka, type Producer } from '../../client/index.ts'
import type { Host } from '../../host/index.ts'
import { openClient } from '../opened-client.ts'

const BYTES = 'org.apache.kafka.common.serialization.ByteArraySerializer'

/** @throws ConfigError for a bad property; ToolError in Java's words for a server that is none */
export function openProducer(
  host: Host,
  properties: ReadonlyMap<string, string>,
): Promise<Producer> {
  // Whatever the file says: the tool itself makes the bytes.
  const options = { properties, keySerializer: BYTES, valueSerializer: BYTES }
  const open = () => new Kafka({ host }).producer(options)
  return openClient(host, properties, { open, problem: 'Failed to construct kafka producer' })
}
