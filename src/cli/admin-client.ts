/** The admin client of a tool: from `--bootstrap-server` and a file of properties. */
import { Kafka, type Admin } from '../client/index.ts'
import type { Host } from '../host/index.ts'
import { openClient } from './opened-client.ts'
import { loadProperties } from './properties-files.ts'

export interface AdminSettings {
  readonly bootstrapServers: string
  /** File of `--command-config`. */
  readonly configFile?: string | null
  /** Properties that hold where the file says nothing. */
  readonly defaults?: ReadonlyMap<string, string>
  /** Properties that go over those of the file. */
  readonly overrides?: ReadonlyMap<string, string>
}

/** @throws ConfigError for a bad property, ToolError in Java's words for a server that is none */
export async function openAdmin(host: Host, settings: AdminSettings): Promise<Admin> {
  const { bootstrapServers, configFile = null } = settings
  const properties = new Map([
    ...(settings.defaults ?? []),
    ...(configFile === null ? [] : loadProperties(host, configFile)),
    ['bootstrap.servers', bootstrapServers] as const,
    ...(settings.overrides ?? []),
  ])
  const open = () => new Kafka({ host }).admin({ properties })
  return openClient(host, properties, { open, problem: 'Failed to create new KafkaAdminClient' })
}
