import { ConfigError, type ZooCfg } from '../../config/index.ts'
import type { Host } from '../../host/index.ts'
import { startZooKeeperServer } from '../../zookeeper/index.ts'
import type { Running } from './server-process.ts'

/** Starts the stand-alone server that a zoo.cfg describes. @throws ConfigError for an ensemble */
export async function startFromZooCfg(
  host: Host,
  cfg: ZooCfg,
): Promise<Running & { port: number }> {
  if (cfg.servers.length > 1) {
    throw new ConfigError(
      `server.N names ${cfg.servers.length} members: ensembles are not supported yet`,
      {
        property: 'server.N',
        remedy: 'Leave out the server.N lines to run one server on its own.',
      },
    )
  }
  const log = host.log.named('org.apache.zookeeper.server.quorum.QuorumPeerMain')
  host.log
    .named('org.apache.zookeeper.server.quorum.QuorumPeerConfig')
    .info(`clientPortAddress is ${cfg.clientHost ?? '0.0.0.0'}:${cfg.clientPort ?? 0}`)
  const server = await startZooKeeperServer(host, {
    dataDir: cfg.dataDir,
    dataLogDir: cfg.dataLogDir,
    clientPort: cfg.clientPort ?? 0,
    clientPortAddress: cfg.clientHost ?? '',
    clientPortListenBacklog: cfg.listenBacklog,
    tickTimeMs: cfg.tickTimeMs,
    minSessionTimeoutMs: cfg.minSessionTimeoutMs,
    maxSessionTimeoutMs: cfg.maxSessionTimeoutMs,
    maxClientCnxns: cfg.maxConnectionsPerAddress,
    maxCnxns: cfg.maxConnections,
    juteMaxBufferBytes: cfg.maxBufferBytes,
    globalOutstandingLimit: cfg.maxOutstanding,
    snapCount: cfg.snapshotEvery,
    preAllocSizeKb: Math.ceil(cfg.preallocateBytes / 1024),
    forceSync: cfg.forceSync,
    fsyncWarningThresholdMs: cfg.slowSyncMs,
    autopurgeSnapRetainCount: cfg.snapshotsRetained,
    autopurgePurgeIntervalHours: cfg.purgeIntervalHours,
    fourLetterWords: cfg.commands,
  })
  void server.failed.then(error => {
    log.fatal('The disk failed, nothing can be acknowledged any more', { error })
    process.exit(1)
  })
  return { port: server.port, stop: () => server.close() }
}
