import { Kafka, type Consumer } from '../../client/index.ts'
import type { Host } from '../../host/index.ts'
import { openClient } from '../opened-client.ts'

/** @throws ConfigError for a bad property; ToolError in Java's words for a server that is none */
export function openConsumer(
  host: Host,
  properties: ReadonlyMap<string, string>,
): Promise<Consumer> {
  const open = () => new Kafka({ host }).consumer({ properties })
  return openClient(host, properties, { open, problem: 'Failed to construct kafka consumer' })
}
