/** The admin client of a tool: from `--bootstrap-server` and a file of properties. */
import { Kafka, type Admin } from '../client/index.ts'
import { ConfigError } from '../config/index.ts'
import type { Host } from '../host/index.ts'
import { ToolError } from './java-text.ts'
import { loadProperties } from './properties-files.ts'

export interface AdminSettings {
  readonly bootstrapServers: string
  /** File of `--command-config`. */
  readonly configFile?: string | null
  /** Properties that go over those of the file. */
  readonly overrides?: ReadonlyMap<string, string>
}

/** @throws ConfigError for a bad property, ToolError in Java's words for a server that is none */
export function openAdmin(host: Host, settings: AdminSettings): Admin {
  const { bootstrapServers, configFile = null, overrides = new Map<string, string>() } = settings
  const properties =
    configFile === null ? new Map<string, string>() : loadProperties(host, configFile)
  properties.set('bootstrap.servers', bootstrapServers)
  for (const [name, value] of overrides) properties.set(name, value)
  try {
    return new Kafka({ host }).admin({ properties })
  } catch (error) {
    if (!(error instanceof ConfigError) || error.property !== 'bootstrap.servers') throw error
    const message = 'Failed to create new KafkaAdminClient'
    throw new ToolError('org.apache.kafka.common.KafkaException', message, error)
  }
}
