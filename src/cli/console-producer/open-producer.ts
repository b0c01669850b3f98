import { Kafka, type Producer } from '../../client/index.ts'
import type { Host } from '../../host/index.ts'
import { openClient } from '../opened-client.ts'

/** @throws ConfigError for a bad property; ToolError in Java's words for a server that is none */
export function openProducer(
  host: Host,
  properties: ReadonlyMap<string, string>,
): Promise<Producer> {
  const open = () => new Kafka({ host }).producer({ properties })
  return openClient(host, properties, { open, problem: 'Failed to construct kafka producer' })
}
