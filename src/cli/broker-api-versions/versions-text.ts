/** Asks every broker what it speaks, and prints it as Kafka's NodeApiVersions does. */
import { KafkaError, type ApiVersions, type BrokerNode } from '../../client/index.ts'
import { NetworkError } from '../../host/index.ts'
import { openAdmin, type AdminSettings } from '../admin-client.ts'
import { javaText, ToolError } from '../java-text.ts'
import type { ToolEnvironment } from '../tool.ts'
import { clientApis, controllerApis, type KnownApi } from './known-apis.ts'

const SECOND = 1_000

/** @throws ConfigError, and ToolError when no broker answers */
export async function printVersions(
  { host, terminal }: ToolEnvironment,
  settings: AdminSettings,
): Promise<void> {
  const overrides = new Map([
    ['client.id', 'admin-1'],
    ['retries', '0'],
  ])
  await using admin = await openAdmin(host, { ...settings, overrides })
  const found = await admin
    .describeApiVersions({ timeoutMs: 5 * SECOND })
    .catch(unreachable(settings))
  for (const { broker, versions } of found) {
    const told = versions.ok ? versionsText(versions.value) : `ERROR: ${javaText(versions.error)}`
    terminal.stdout.write(`${nodeText(broker)} -> ${told}\n`)
  }
}

const unreachable =
  ({ bootstrapServers }: AdminSettings) =>
  (error: unknown): never => {
    if (!(error instanceof KafkaError || error instanceof NetworkError)) throw error
    const nodes = bootstrapServers
      .split(',')
      .map((server, at) => `${server.trim()} (id: ${-1 - at} rack: null)`)
    throw new ToolError(
      'java.lang.RuntimeException',
      `Request METADATA failed on brokers List(${nodes.join(', ')})`,
      error,
    )
  }

function nodeText({ host, port, id, rack }: BrokerNode): string {
  return `${host}:${port} (id: ${id} rack: ${rack ?? 'null'})`
}

const known = new Map<number, KnownApi>(
  [...clientApis, ...controllerApis].map(api => [api.key, api]),
)

/** By key: what the broker tells, and of what clients use that it does not. */
export function versionsText(versions: ApiVersions): string {
  const lines = new Map<number, string>(
    clientApis.map(({ key, name }) => [key, `${name}(${key}): UNSUPPORTED`]),
  )
  for (const [key, [first, last]] of versions) {
    const range = first === last ? String(first) : `${first} to ${last}`
    const api = known.get(key)
    const line =
      api === undefined
        ? `UNKNOWN(${key}): ${range}`
        : `${api.name}(${key}): ${range} ${usableText(api, first, last)}`
    lines.set(key, line)
  }
  const sorted = [...lines].toSorted(([left], [right]) => left - right)
  return `(\n\t${sorted.map(([, line]) => line).join(',\n\t')}\n)`
}

/** Clients of 3.9 speak every version from 0 on. */
function usableText(api: KnownApi, first: number, last: number): string {
  if (api.last < first) return '[unusable: node too new]'
  return `[usable: ${Math.min(api.last, last)}]`
}
