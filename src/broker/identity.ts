/** Who this broker is: its id and its cluster's, as the configuration, ZooKeeper and the log directories have it. */
import { ConfigError, type BrokerConfig } from '../config/index.ts'
import type { Host } from '../host/index.ts'
import { readMetaProperties, writeMetaProperties, type LogDirectories } from '../log/index.ts'
import { uuidOfBytes } from '../protocol/index.ts'
import type { Znodes } from '../znodes/index.ts'

export interface Identity {
  readonly brokerId: number
  readonly clusterId: string
}

/**
 * Settles both ids; nothing is written yet. A directory that cannot be read is offline.
 *
 * @throws ConfigError when a directory belongs to another broker or cluster
 */
export async function settleIdentity(
  host: Host,
  config: BrokerConfig,
  znodes: Znodes,
  logs: LogDirectories,
): Promise<Identity> {
  const clusterId = await znodes.clusterId(uuidOfBytes(host.random.bytes(16)))
  const stored = logs.online.flatMap(
    directory =>
      logs.attemptIn(directory, () => readMetaProperties(host.files, directory.path)) ?? [],
  )
  for (const { clusterId: other } of stored) {
    if (other !== undefined && other !== clusterId) throw wrongCluster(clusterId, other)
  }
  const ids = new Set(stored.flatMap(({ brokerId }) => brokerId ?? []))
  if (ids.size > 1) throw severalIds([...ids])
  const [storedId] = ids
  const brokerId = await settleBrokerId(config, storedId, znodes)
  return { brokerId, clusterId }
}

/** Writes both ids into every log directory that does not have them; one that cannot be written is offline. */
export function writeIdentity(
  host: Host,
  { brokerId, clusterId }: Identity,
  logs: LogDirectories,
): void {
  const { files, clock } = host
  for (const directory of logs.online) {
    const { path } = directory
    logs.attemptIn(directory, () => {
      const found = readMetaProperties(files, path)
      if (found?.brokerId === brokerId && found.clusterId === clusterId) return
      const directoryId = found?.directoryId
      writeMetaProperties(files, path, { brokerId, clusterId, directoryId }, clock.wallMs())
    })
  }
}

async function settleBrokerId(
  config: BrokerConfig,
  storedId: number | undefined,
  znodes: Znodes,
): Promise<number> {
  const configured = config.brokerId
  if (configured >= 0 && storedId !== undefined && configured !== storedId) {
    throw new ConfigError(
      `Configured broker.id ${configured} doesn't match stored broker.id ${storedId} in meta.properties.`,
      {
        property: 'broker.id',
        value: String(configured),
        remedy:
          'If you moved your data, make sure your configured broker.id matches. If you intend to create a new broker, you should remove all data in your data directories (log.dirs).',
      },
    )
  }
  if (configured >= 0) return configured
  if (storedId !== undefined) return storedId
  if (!config.get('broker.id.generation.enable')) {
    throw new ConfigError('broker.id must be set when broker.id.generation.enable is false', {
      property: 'broker.id',
      value: String(configured),
      remedy: 'Set broker.id to a number that no other broker of the cluster has.',
    })
  }
  return config.get('reserved.broker.max.id') + (await znodes.nextBrokerSequence())
}

function wrongCluster(clusterId: string, stored: string): ConfigError {
  return new ConfigError(
    `The Cluster ID ${clusterId} doesn't match stored clusterId Some(${stored}) in meta.properties.`,
    {
      property: 'log.dirs',
      value: stored,
      remedy:
        'The broker is trying to join the wrong cluster. Configured zookeeper.connect may be wrong, or log.dirs holds the data of another cluster.',
    },
  )
}

function severalIds(ids: readonly number[]): ConfigError {
  return new ConfigError(
    `Failed to match broker.id across log.dirs: found the ids ${ids.join(', ')} in meta.properties.`,
    {
      property: 'log.dirs',
      remedy: 'Give each broker directories of its own, all with the broker.id that it has.',
    },
  )
}
