/** Where a tool begins that also asks controllers: one of two options, of which one must be given. */
import type { Admin } from '../client/index.ts'
import type { Host } from '../host/index.ts'
import { openAdmin } from './admin-client.ts'
import { textArgument, type Group } from './arguments/index.ts'
import { throughFuture } from './java-text.ts'

interface Aliases {
  readonly server?: string
  readonly controller?: string
}

/** What was given: one of the two. */
export interface BootstrapValues {
  readonly bootstrapServer: string | null
  readonly bootstrapController: string | null
}

export function bootstrapArguments({ server, controller }: Aliases = {}) {
  const group: Group = { isRequired: true }
  const alias = (name: string | undefined) => (name === undefined ? {} : { aliases: [name] })
  return {
    bootstrapServer: textArgument(
      '--bootstrap-server',
      'brokers to begin with, as host:port,host:port',
      { group, ...alias(server) },
    ),
    bootstrapController: textArgument(
      '--bootstrap-controller',
      'controllers to begin with, in a cluster without ZooKeeper, as host:port,host:port',
      { group, ...alias(controller) },
    ),
  }
}

/**
 * Controllers are asked whether they are some, which brokers are not.
 *
 * @throws ConfigError, ToolError as `openAdmin`, and for brokers where controllers are meant
 */
export async function openBootstrapAdmin(
  host: Host,
  { bootstrapServer, bootstrapController }: BootstrapValues,
  configFile: string | null,
): Promise<Admin> {
  const bootstrapServers = bootstrapServer ?? bootstrapController ?? ''
  const admin = await openAdmin(host, { bootstrapServers, configFile })
  if (bootstrapServer !== null) return admin
  try {
    await throughFuture(admin.describeCluster({ endpoints: 'controllers' }))
    return admin
  } catch (error) {
    await admin.close()
    throw error
  }
}
