/** Clients are opened as Java's are constructed: the addresses are looked up before anything is asked. */
import { ConfigError } from '../config/index.ts'
import type { Host } from '../host/index.ts'
import { ToolError } from './java-text.ts'

const SERVERS = 'bootstrap.servers'

/**
 * @param problem what Java says of a client without an address: `Failed to construct kafka consumer`
 * @throws ConfigError for a bad property; ToolError for servers of which none has an address
 */
export async function openClient<Client extends { close(): Promise<void> }>(
  host: Host,
  properties: ReadonlyMap<string, string>,
  { open, problem }: { readonly open: () => Client; readonly problem: string },
): Promise<Client> {
  const failure = (cause: unknown) =>
    new ToolError('org.apache.kafka.common.KafkaException', problem, cause)
  let client: Client
  try {
    client = open()
  } catch (error) {
    if (!(error instanceof ConfigError) || error.property !== SERVERS) throw error
    throw failure(error)
  }
  if (await isAnyKnown(host, properties.get(SERVERS) ?? '')) return client
  await client.close()
  throw failure(new ConfigError(`No resolvable bootstrap urls given in ${SERVERS}`))
}

/** Names that do not exist are told of, one by one. */
async function isAnyKnown({ network, log }: Host, servers: string): Promise<boolean> {
  const addresses = servers.split(',').map(server => server.trim())
  const known = await Promise.all(
    addresses.map(async server => {
      const name = hostOf(server)
      if (await network.isKnown(name)) return true
      log
        .named('org.apache.kafka.clients.ClientUtils')
        .warn(
          `Couldn't resolve server ${server} from ${SERVERS} as DNS resolution failed for ${name}`,
        )
      return false
    }),
  )
  return known.includes(true)
}

/** `[::1]:9092` has brackets that are no part of the name. */
const hostOf = (server: string) =>
  server
    .slice(0, server.lastIndexOf(':'))
    .replace(/^.*:\/\//, '')
    .replace(/^\[(.*)\]$/, '$1')
