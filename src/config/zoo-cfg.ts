/**
 * zoo.cfg or zookeeper.properties, read into a plain object. Mirrors QuorumPeerConfig of ZooKeeper
 * 3.8, with its sentences; unlike it, a key that nobody knows is warned about.
 */
import { Config, type Given } from './config.ts'
import { ConfigError } from './config-error.ts'
import { reviewGiven, type ConfigReview } from './support.ts'
import { zooProperties } from './zoo-properties.ts'
import { parseZooServer, type ZooServer } from './zoo-server.ts'

/** Purging below this is not allowed (PurgeTxnLog). */
const LEAST_SNAPSHOTS = 3

export interface ZooCfg {
  readonly dataDir: string
  /** Where the transaction log is; dataDir unless another was given. */
  readonly dataLogDir: string
  /** `null` when no port was given: clients cannot connect. */
  readonly clientPort: number | null
  /** `null` for every address. */
  readonly clientHost: string | null
  readonly tickTimeMs: number
  readonly minSessionTimeoutMs: number
  readonly maxSessionTimeoutMs: number
  /** Connections that one address may hold; 0 any. */
  readonly maxConnectionsPerAddress: number
  /** Connections in all; 0 any. */
  readonly maxConnections: number
  /** -1 leaves it to the system. */
  readonly listenBacklog: number
  /** Transactions between two snapshots. */
  readonly snapshotEvery: number
  readonly preallocateBytes: number
  readonly snapshotsRetained: number
  /** 0 never. */
  readonly purgeIntervalHours: number
  /** Four letter words that are answered; `*` for all. */
  readonly commands: readonly string[]
  /** Requests that may wait before connections are no longer read. */
  readonly maxOutstanding: number
  /** Largest request and node. */
  readonly maxBufferBytes: number
  /** Whether a transaction is on the disk before it is answered. */
  readonly forceSync: boolean
  readonly slowSyncMs: number
  /** Members by id; empty or one for a stand-alone server. */
  readonly servers: readonly ZooServer[]
  readonly initLimitTicks: number
  readonly syncLimitTicks: number
}

export interface ParsedZooCfg {
  readonly cfg: ZooCfg
  readonly review: ConfigReview
}

/** @throws ConfigError for a bad value, or values that do not go together. */
export function parseZooCfg(given: Given): ParsedZooCfg {
  const config = new Config(zooProperties, given)
  const { dataDir, clientPort } = ensureRules(config)
  const tickTimeMs = config.get('tickTime')
  const least = config.get('minSessionTimeout')
  const most = config.get('maxSessionTimeout')
  const snapshots = config.get('autopurge.snapRetainCount')
  const servers = [...given]
    .filter(([name]) => name.startsWith('server.'))
    .map(([name, text]) => parseZooServer(name, text))
  const cfg: ZooCfg = {
    dataDir,
    dataLogDir: config.get('dataLogDir') ?? dataDir,
    clientPort: clientPort === 0 ? null : clientPort,
    clientHost: config.get('clientPortAddress'),
    tickTimeMs,
    minSessionTimeoutMs: least === -1 ? tickTimeMs * 2 : least,
    maxSessionTimeoutMs: most === -1 ? tickTimeMs * 20 : most,
    maxConnectionsPerAddress: config.get('maxClientCnxns'),
    maxConnections: config.get('maxCnxns'),
    listenBacklog: config.get('clientPortListenBacklog'),
    snapshotEvery: config.get('snapCount'),
    preallocateBytes: config.get('preAllocSize') * 1024,
    snapshotsRetained: Math.max(snapshots, LEAST_SNAPSHOTS),
    purgeIntervalHours: config.get('autopurge.purgeInterval'),
    commands: config.get('4lw.commands.whitelist'),
    maxOutstanding: config.get('globalOutstandingLimit'),
    maxBufferBytes: config.get('jute.maxbuffer'),
    forceSync: config.get('forceSync') !== 'no',
    slowSyncMs: config.get('fsync.warningthresholdms'),
    servers,
    initLimitTicks: config.get('initLimit'),
    syncLimitTicks: config.get('syncLimit'),
  }
  ensureSessionLimits(cfg)
  return { cfg, review: reviewZoo(given, cfg, snapshots) }
}

type ZooConfig = Config<typeof zooProperties>

function ensureRules(config: ZooConfig): { dataDir: string; clientPort: number } {
  const dataDir = config.get('dataDir')
  if (dataDir === null || dataDir === '') {
    throw new ConfigError('dataDir is not set', {
      property: 'dataDir',
      remedy: 'Name a directory, for example dataDir=/tmp/zookeeper.',
    })
  }
  const clientPort = config.get('clientPort')
  if (clientPort === 0 && config.get('clientPortAddress') !== null) {
    const property = 'clientPortAddress'
    throw new ConfigError('clientPortAddress is set but clientPort is not set', { property })
  }
  if (config.get('tickTime') <= 0) {
    const value = String(config.get('tickTime'))
    throw new ConfigError('tickTime is not set', { property: 'tickTime', value })
  }
  if (config.get('electionAlg') !== 3) {
    const value = String(config.get('electionAlg'))
    const message = 'Invalid electionAlg value. Only 3 is supported.'
    throw new ConfigError(message, { property: 'electionAlg', value })
  }
  const peerType = config.get('peerType')
  if (!/^(observer|participant)$/i.test(peerType)) {
    const message = `Unrecognised peertype: ${peerType}`
    throw new ConfigError(message, { property: 'peerType', value: peerType })
  }
  return { dataDir, clientPort }
}

function ensureSessionLimits(cfg: ZooCfg): void {
  if (cfg.minSessionTimeoutMs <= cfg.maxSessionTimeoutMs) return
  throw new ConfigError('minSessionTimeout must not be larger than maxSessionTimeout', {
    property: 'minSessionTimeout',
    value: String(cfg.minSessionTimeoutMs),
  })
}

/** One server alone in the list stands alone, as with ZooKeeper; more are an ensemble. */
function reviewZoo(given: Given, cfg: ZooCfg, snapshots: number): ConfigReview {
  const plain = new Map([...given].filter(([name]) => !/^(server\.|group|weight)/.test(name)))
  const { refusals, warnings } = reviewGiven(plain, zooProperties)
  const purge = {
    property: 'autopurge.snapRetainCount',
    because: `purging leaves at least ${LEAST_SNAPSHOTS} snapshots, ${snapshots} are fewer`,
  }
  const lone = {
    property: `server.${cfg.servers[0]?.id ?? 0}`,
    because: 'only one server is specified, so it stands alone',
  }
  const ensemble = new ConfigError(
    `server.${cfg.servers[1]?.id ?? 0} cannot be set: ensembles are not there yet`,
    {
      property: `server.${cfg.servers[1]?.id ?? 0}`,
      remedy: 'Leave one server, or run an ensemble of Apache ZooKeeper.',
    },
  )
  return {
    refusals: cfg.servers.length > 1 ? [...refusals, ensemble] : refusals,
    warnings: [
      ...warnings,
      ...(snapshots < LEAST_SNAPSHOTS ? [purge] : []),
      ...(cfg.servers.length === 1 ? [lone] : []),
    ],
  }
}
