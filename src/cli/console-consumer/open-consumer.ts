import { Kafka, type Consumer } from '../../client/index.ts'
import { ConfigError } from '../../config/index.ts'
import type { Host } from '../../host/index.ts'
import { ToolError } from '../java-text.ts'

/** @throws ConfigError for a bad property; ToolError in Java's words for a server that is none */
export function openConsumer(host: Host, properties: ReadonlyMap<string, string>): Consumer {
  try {
    return new Kafka({ host }).consumer({ properties })
  } catch (error) {
    if (!(error instanceof ConfigError) || error.property !== 'bootstrap.servers') throw error
    const message = 'Failed to construct kafka consumer'
    throw new ToolError('org.apache.kafka.common.KafkaException', message, error)
  }
}
