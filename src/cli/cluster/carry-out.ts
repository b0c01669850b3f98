/** What the commands of kafka-cluster do and print. */
import { KafkaError, type Admin } from '../../client/index.ts'
import { openBootstrapAdmin } from '../bootstrap-arguments.ts'
import { throughFuture } from '../java-text.ts'
import type { ToolEnvironment } from '../tool.ts'
import type { ClusterIdValues, UnregisterValues } from './cluster-arguments.ts'

/** @throws ToolError, ConfigError */
export async function carryOut(
  command: string,
  given: Readonly<Record<string, unknown>>,
  { host, terminal }: ToolEnvironment,
): Promise<void> {
  // The values were read by the arguments of the command.
  const values = given as ClusterIdValues
  await using admin = await openBootstrapAdmin(host, values, values.config)
  const line =
    command === 'cluster-id'
      ? await clusterId(admin)
      : await unregister(admin, (given as UnregisterValues).id)
  terminal.stdout.write(`${line}\n`)
}

async function clusterId(admin: Admin): Promise<string> {
  const { clusterId: id } = await throughFuture(admin.describeCluster())
  if (id !== null) return `Cluster ID: ${id}`
  return 'No cluster ID found. The Kafka version is probably too old.'
}

async function unregister(admin: Admin, id: number): Promise<string> {
  try {
    await admin.unregisterBroker(id)
    return `Broker ${id} is no longer registered.`
  } catch (error) {
    if (!(error instanceof KafkaError) || error.code !== 'UNSUPPORTED_VERSION') {
      return throughFuture(Promise.reject(error as Error))
    }
    return 'The target cluster does not support the broker unregistration API.'
  }
}
