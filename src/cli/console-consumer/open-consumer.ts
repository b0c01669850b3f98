import { Kafka, type Consumer } from '../../client/index.ts'
import type { Host } from '../../host/index.ts'
import { openClient } from '../opened-client.ts'

const BYTES = 'org.apache.kafka.common.serialization.ByteArrayDeserializer'

/** @throws ConfigError for a bad property; ToolError in Java's words for a server that is none */
export function openConsumer(
  host: Host,
  properties: ReadonlyMap<string, string>,
): Promise<Consumer> {
  // Whatever the file says: the tool itself reads the bytes.
  const options = { properties, keyDeserializer: BYTES, valueDeserializer: BYTES }
  const open = () => new Kafka({ host }).consumer(options)
  return openClient(host, properties, { open, problem: 'Failed to construct kafka consumer' })
}
