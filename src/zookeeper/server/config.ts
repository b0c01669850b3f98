/**
 * What a server can be told. The names are those of zoo.cfg with the unit added; properties that
 * ZooKeeper reads as `zookeeper.<name>` are here without the prefix.
 */

export interface ZooKeeperServerConfig {
  /** Where snapshots are kept, in `version-2`. */
  dataDir: string
  /** Where logs are kept; by default with the snapshots. */
  dataLogDir: string
  /** 0 lets the system choose. */
  clientPort: number
  /** The address to listen on; all of them when it is ''. */
  clientPortAddress: string
  /** Connections the kernel holds until they are accepted; -1 leaves it to the system. */
  clientPortListenBacklog: number
  /** The unit of session timeouts and of their expiry. */
  tickTimeMs: number
  /** -1 stands for 2 ticks. */
  minSessionTimeoutMs: number
  /** -1 stands for 20 ticks. */
  maxSessionTimeoutMs: number
  /** Connections from one address; 0 for no limit. */
  maxClientCnxns: number
  /** Connections in all; 0 for no limit. */
  maxCnxns: number
  /** Largest request, and so largest node (`jute.maxbuffer`). */
  juteMaxBufferBytes: number
  /** While more requests than this are open, no connection that has one may send another. */
  globalOutstandingLimit: number
  snapCount: number
  snapSizeLimitKb: number
  preAllocSizeKb: number
  /** With false nothing waits for the disk: a loss of power loses acknowledged changes. */
  forceSync: boolean
  fsyncWarningThresholdMs: number
  autopurgeSnapRetainCount: number
  /** 0 for never. */
  autopurgePurgeIntervalHours: number
  /** `4lw.commands.whitelist`; '*' for all. `srvr` is always on, because zkServer.sh asks it. */
  fourLetterWords: readonly string[]
  /** Nodes with a time to live. */
  extendedTypesEnabled: boolean
  reconfigEnabled: boolean
  /** Starts from logs without a snapshot (`snapshot.trust.empty`): for upgrades from 3.4. */
  trustEmptySnapshot: boolean
  /** `DigestAuthenticationProvider.superDigest`: who proves this may do everything; '' for nobody. */
  superDigest: string
  /** What `srvr`, `stat` and `mntr` call this server. */
  version: string
}

/** Defaults of ZooKeeper 3.8. */
export const zooKeeperServerDefaults: Omit<ZooKeeperServerConfig, 'dataDir' | 'dataLogDir'> = {
  clientPort: 2181,
  clientPortAddress: '',
  clientPortListenBacklog: -1,
  tickTimeMs: 3000,
  minSessionTimeoutMs: -1,
  maxSessionTimeoutMs: -1,
  maxClientCnxns: 60,
  maxCnxns: 0,
  juteMaxBufferBytes: 0xf_ffff,
  globalOutstandingLimit: 1000,
  snapCount: 100_000,
  snapSizeLimitKb: 4 * 1024 * 1024,
  preAllocSizeKb: 64 * 1024,
  forceSync: true,
  fsyncWarningThresholdMs: 1000,
  autopurgeSnapRetainCount: 3,
  autopurgePurgeIntervalHours: 0,
  fourLetterWords: ['srvr'],
  extendedTypesEnabled: false,
  reconfigEnabled: false,
  trustEmptySnapshot: false,
  superDigest: '',
  version: '3.8.4-tidelog',
}

export type ZooKeeperServerOptions = Partial<ZooKeeperServerConfig> & { dataDir: string }

/** The whole configuration, with the values that depend on others worked out. */
export function completeConfig(options: ZooKeeperServerOptions): ZooKeeperServerConfig {
  const config = { ...zooKeeperServerDefaults, dataLogDir: options.dataDir, ...options }
  const { tickTimeMs, minSessionTimeoutMs, maxSessionTimeoutMs } = config
  return {
    ...config,
    minSessionTimeoutMs: minSessionTimeoutMs === -1 ? tickTimeMs * 2 : minSessionTimeoutMs,
    maxSessionTimeoutMs: maxSessionTimeoutMs === -1 ? tickTimeMs * 20 : maxSessionTimeoutMs,
    snapCount: Math.max(config.snapCount, 2),
  }
}
