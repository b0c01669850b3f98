/**
 * A broker, whole: everything is constructed here, once, and started in the order that keeps clients
 * from seeing a half-ready one (Kafka's KafkaServer). Stopping goes the other way.
 */
import { reviewBroker, type BrokerConfig } from '../config/index.ts'
import { prefixed, StorageError, type Host, type Log as Logger } from '../host/index.ts'
import { Housekeeping, LogCleaner, LogDirectories } from '../log/index.ts'
import { GROUP_METADATA_TOPIC, TRANSACTION_STATE_TOPIC } from '../metadata/index.ts'
import { Server } from '../network/index.ts'
import { ApiKey } from '../protocol/index.ts'
import { FetchSessions, Replicas } from '../replica/index.ts'
import { Znodes, ZooKeeperConnection } from '../znodes/index.ts'
import { clusterPartsFor, type ClusterParts } from './cluster-parts.ts'
import {
  askForShutdown,
  ControllerChannels,
  ControllerOrders,
  peerVersion,
} from './cluster/index.ts'
import { checkCleaner, cleanerSettingsOf } from './cleaner-settings.ts'
import { ConfigAdmin } from './config-admin.ts'
import { ConfigWatch } from './config-watch.ts'
import type { BrokerContext } from './context.ts'
import { DiskFailures } from './disk-failures.ts'
import { ControllerJournal } from './controller-journal.ts'
import { ControllerRunner } from './controller-runner.ts'
import { Dispatcher } from './dispatch.ts'
import { groupCoordinatorFor } from './group-coordination.ts'
import type { Handler } from './handler.ts'
import { handlersFor } from './handlers/index.ts'
import { settleIdentity, writeIdentity, type Identity } from './identity.ts'
import { InternalTopic } from './internal-topic.ts'
import { connectionLimits } from './limits.ts'
import { MetadataCache } from './metadata-cache.ts'
import { ProducerIds, producerIdBlocks } from './producer-ids.ts'
import { advertisedEndpoints, register } from './registration.ts'
import { RunningConfig } from './running-config.ts'
import { TopicAdmin } from './topic-admin.ts'
import { TopicConfigs } from './topic-configs.ts'
import { transactionCoordinatorFor } from './transaction-coordination.ts'
import { TransactionMarkers } from './transaction-markers.ts'
import { TransactionVerification } from './transaction-verification.ts'
import { ZooKeeperOffsets } from './zookeeper-offsets.ts'

/** A broker whose controller is silent starts all the same. */
const FIRST_METADATA_MS = 5_000

export interface BrokerOptions {
  readonly host: Host
  readonly config: BrokerConfig
}

/** Where a running broker listens. */
export interface BoundListener {
  readonly listenerName: string
  readonly host: string
  readonly port: number
}

/**
 * Starts a broker; resolves when it serves.
 *
 * @throws ConfigError for what cannot be honoured or does not go together
 * @throws NetworkError when a port is taken, or ZooKeeper is not there
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const broker = new Broker(options)
  try {
    await broker.start()
  } catch (error) {
    await broker.stop()
    throw error
  }
  return broker
}

/** What exists once the broker knows who it is. */
interface Parts {
  readonly identity: Identity
  readonly znodes: Znodes
  readonly context: BrokerContext
  readonly handlers: ReadonlyMap<number, Handler>
  readonly cluster: ClusterParts
  readonly configWatch: ConfigWatch
  readonly controller: ControllerRunner
  readonly housekeeping: Housekeeping
  readonly cleaner: LogCleaner
  readonly diskFailures: DiskFailures
}

export class Broker {
  readonly #host: Host
  readonly #log: Logger
  readonly #config: RunningConfig
  readonly #topicConfigs: TopicConfigs
  #servers: { listenerName: string; server: Server }[] = []
  #zk: ZooKeeperConnection | undefined
  #logs: LogDirectories | undefined
  #parts: Parts | undefined
  #brokerEpoch = -1n
  #stopping: Promise<void> | undefined
  #halt: () => void = () => undefined
  /** Resolves when no disk is left to it: whoever runs it ends the process, as Kafka halts. */
  readonly halted = new Promise<void>(resolve => {
    this.#halt = resolve
  })

  constructor({ host, config }: BrokerOptions) {
    this.#host = host
    this.#log = host.log.named('kafka.server.KafkaServer')
    this.#config = new RunningConfig(config)
    this.#topicConfigs = new TopicConfigs(this.#config, host.log.named('kafka.log.LogConfig'))
  }

  get id(): number {
    return this.#parts?.identity.brokerId ?? this.#config.current.brokerId
  }

  /** What is held here, for who runs brokers in his own process and looks inside; `undefined` before the logs are open. */
  get replicas(): Replicas | undefined {
    return this.#parts?.context.replicas
  }

  get clusterId(): string {
    return this.#parts?.identity.clusterId ?? ''
  }

  get listeners(): BoundListener[] {
    return this.#servers.map(({ listenerName, server }) => ({
      listenerName,
      host: this.#hostOf(listenerName) ?? '',
      port: server.port,
    }))
  }

  async start(): Promise<void> {
    this.#log.info('starting')
    this.#review()
    this.#tellConfig()
    checkCleaner(this.#config.current)
    await this.#bind()
    const zk = await this.#connect()
    const znodes = new Znodes(zk)
    await znodes.makePersistentPaths()
    const logs = await this.#openLogs()
    const identity = await settleIdentity(this.#host, this.#config.current, znodes, logs)
    this.#log.info(`Cluster ID = ${identity.clusterId}`)
    writeIdentity(this.#host, identity, logs)
    const parts = this.#construct(identity, znodes, logs)
    this.#parts = parts
    await parts.configWatch.start()
    await logs.load()
    this.#assertDisk(logs)
    parts.housekeeping.start(this.#periods())
    if (this.#config.current.get('log.cleaner.enable')) parts.cleaner.start()
    const { sessionId } = zk
    await this.#announce(parts)
    await parts.controller.start()
    zk.whenNewSession(() => void this.#renew(parts), sessionId)
    parts.context.groups.start()
    parts.context.transactions.start()
    this.#open(parts.handlers)
    await this.#hearOfOneself(parts)
    this.#log.info(`[KafkaServer id=${identity.brokerId}] started`)
  }

  /** Clients that ask now are to find this broker in the cluster, if the controller tells us in time. */
  async #hearOfOneself({ context, identity }: Parts): Promise<void> {
    const { metadata } = context
    await metadata.waitFor(image => image.brokers.has(identity.brokerId), FIRST_METADATA_MS)
  }

  #review(): void {
    const { refusals, warnings } = reviewBroker(this.#config.current)
    const [first] = refusals
    if (first !== undefined) throw first
    const log = this.#host.log.named('kafka.server.KafkaConfig')
    for (const { property, because } of warnings)
      log.warn(`${property} makes no difference: ${because}`)
  }

  /** All of it, as people compare it between brokers; secrets are hidden. */
  #tellConfig(): void {
    const config = this.#config.current
    const lines = config.names.map(name => `${name} = ${config.text(name) ?? 'null'}`)
    this.#host.log.named('kafka.server.KafkaConfig').info('KafkaConfig values: ', { lines })
  }

  /** A taken port is found out before anything else happens. */
  async #bind(): Promise<void> {
    const { network, clock, log } = this.#host
    for (const { listenerName, host, port } of this.#config.current.listeners) {
      const server = new Server({
        network,
        clock,
        log: log.named('kafka.network.SocketServer'),
        host: host ?? undefined,
        port,
        backlog: this.#config.current.get('socket.listen.backlog.size'),
        limits: () => connectionLimits(this.#config.current, listenerName),
      })
      await server.bind()
      this.#servers.push({ listenerName, server })
      this.#socketServer.info(
        `${this.#socketServerName} Created data-plane acceptor and processors for endpoint : ListenerName(${listenerName})`,
      )
    }
  }

  async #connect(): Promise<ZooKeeperConnection> {
    const config = this.#config.current
    const servers = config.get('zookeeper.connect') ?? ''
    this.#log.info(`Connecting to zookeeper on ${servers}`)
    const log = this.#host.log.named('kafka.zookeeper.ZooKeeperClient')
    log.info(`[ZooKeeperClient Kafka server] Initializing a new session to ${servers}.`)
    log.info('[ZooKeeperClient Kafka server] Waiting until connected.')
    this.#zk = await ZooKeeperConnection.open(this.#host, {
      servers,
      sessionTimeoutMs: config.get('zookeeper.session.timeout.ms'),
      connectTimeoutMs: config.zookeeperConnectionTimeoutMs,
    })
    log.info('[ZooKeeperClient Kafka server] Connected.')
    return this.#zk
  }

  async #openLogs(): Promise<LogDirectories> {
    const running = this.#config
    const config = running.current
    this.#logs = new LogDirectories({
      host: this.#host,
      paths: config.logDirs,
      configOf: topic => this.#topicConfigs.logConfigOf(topic),
      producers: {
        // May change while the broker runs.
        get producerIdExpirationMs() {
          return running.current.get('producer.id.expiration.ms')
        },
        maxProducers: 100_000,
      },
      events: {
        onOffline: (directory, logs, _, futures) => this.#onOffline(directory, logs, futures),
        onDamage: (log, damage) => {
          this.#log.error('a log is damaged: it is served up to the damage, and not written', {
            ...{ topic: log.topic, partition: log.partition, offset: damage.offset },
          })
          this.#parts?.context.replicas.onDamage(log)
        },
      },
    })
    return this.#logs
  }

  #onOffline(...[directory, logs, futures]: Parameters<DiskFailures['onOffline']>): void {
    this.#parts?.diskFailures.onOffline(directory, logs, futures)
    if (this.#logs?.online.length !== 0) return
    const all = this.#config.current.logDirs.join(', ')
    this.#host.log
      .named('kafka.log.LogManager')
      .fatal(`Shutdown broker because all log dirs in ${all} have failed`)
    this.#halt()
    void this.stop()
  }

  /** A broker without a disk is none. @throws StorageError */
  #assertDisk({ online, offline }: LogDirectories): void {
    const [first] = offline
    if (online.length === 0 && first !== undefined)
      throw first.failure ?? new StorageError('use', first.path, undefined)
  }

  #construct(identity: Identity, znodes: Znodes, logs: LogDirectories): Parts {
    const host = this.#host
    const { clock, random } = host
    const { brokerId, clusterId } = identity
    const config = this.#config
    const topicConfigs = this.#topicConfigs
    const metadata = new MetadataCache(clusterId, clock)
    const brokerEpoch = (): number => Number(this.#brokerEpoch)
    const cluster = clusterPartsFor({
      ...{ brokerId, host, config, metadata, znodes, brokerEpoch },
      handlers: () => handlers,
    })
    const replicas = new Replicas({
      ...{ brokerId, clock, logs, settings: topicConfigs },
      cluster: cluster.replicaCluster,
      isKnown: (topic, partition) => metadata.knows(topic, partition),
      replication: () => config.replication,
      logger: host.log.named('kafka.server.ReplicaManager'),
      onUnfit: () => diskFailures.announce(),
    })
    const diskFailures = new DiskFailures({
      ...{ brokerId, znodes, replicas },
      logger: host.log.named('kafka.server.ReplicaManager'),
      resign: lost => orders.resign(lost),
    })
    const producerIds = new ProducerIds(
      producerIdBlocks({
        ...{ brokerId, brokerEpoch, znodes, controller: cluster.controller },
        version: peerVersion(ApiKey.AllocateProducerIds, cluster.spoken),
        logger: host.log.named('kafka.controller.KafkaController'),
      }),
    )
    const coordination = this.#coordination({
      ...{ brokerId, metadata, replicas, producerIds, znodes },
      remote: cluster.transactions,
    })
    const configWatch = new ConfigWatch({
      ...{ brokerId, clock, znodes, config, topicConfigs },
      logger: host.log.named('kafka.server.ZkConfigManager'),
      noticeLogger: host.log.named('kafka.common.ZkNodeChangeNotificationListener'),
      onTopicConfig: topic => this.#onTopicConfig(logs, topic),
    })
    const orders = new ControllerOrders({
      ...{ brokerId, clock, replicas, metadata, configWatch, topicConfigs, brokerEpoch },
      ...{ groups: coordination.groups, transactions: coordination.transactions },
      logger: host.log.named('state.change.logger'),
      onBrokers: () => cluster.peers.retain(id => metadata.image.brokers.has(id)),
    })
    const controller = this.#controllerFor({ brokerId, metadata, znodes, configWatch, cluster })
    const context: BrokerContext = {
      ...{ brokerId, host, config, metadata, replicas, topicConfigs, producerIds, orders },
      ...coordination,
      controller: () => controller,
      fetchSessions: new FetchSessions({
        ...{ clock, random },
        maxSlots: config.current.get('max.incremental.fetch.session.cache.slots'),
      }),
      oldOffsets: new ZooKeeperOffsets(znodes, () =>
        config.current.get('offset.metadata.max.bytes'),
      ),
      topics: new TopicAdmin({
        ...{ host, config, metadata, znodes, brokerId },
        isDeleting: topic => controller.isDeleting(topic),
      }),
      configs: new ConfigAdmin({
        ...{ config, metadata, znodes },
        logger: prefixed(
          host.log.named('kafka.server.ZkAdminManager'),
          `[Admin Manager on Broker ${brokerId}]: `,
        ),
      }),
    }
    const handlers = handlersFor(context)
    return {
      identity,
      znodes,
      context,
      handlers,
      cluster,
      configWatch,
      controller,
      diskFailures,
      housekeeping: new Housekeeping(logs),
      cleaner: new LogCleaner({
        host,
        directories: logs,
        settings: () => cleanerSettingsOf(config.current),
      }),
    }
  }

  /** What groups and transactions need: they meet where a transaction commits the offsets of a group. */
  #coordination(parts: {
    readonly brokerId: number
    readonly metadata: MetadataCache
    readonly replicas: Replicas
    readonly producerIds: ProducerIds
    readonly znodes: Znodes
    readonly remote: ClusterParts['transactions']
  }) {
    const host = this.#host
    const config = this.#config
    const { brokerId, metadata, replicas, producerIds, znodes, remote } = parts
    const wallMs = (): number => host.clock.wallMs()
    const topicOf = (topic: string, chunkBytes: number): InternalTopic =>
      new InternalTopic(replicas, topic, chunkBytes)
    const offsetsChunkBytes = config.current.get('offsets.load.buffer.size')
    const offsets = topicOf(GROUP_METADATA_TOPIC, offsetsChunkBytes)
    const groups = groupCoordinatorFor(brokerId, host, config, metadata, offsets)
    const markers = new TransactionMarkers({
      ...{ brokerId, remote, replicas, groups, metadata, wallMs },
      exists: async (topic, partition) =>
        (await znodes.topic(topic))?.replicas.has(partition) === true,
      timeoutMs: () => config.current.get('request.timeout.ms'),
    })
    const stateChunkBytes = config.current.get('transaction.state.log.load.buffer.size')
    const log = topicOf(TRANSACTION_STATE_TOPIC, stateChunkBytes)
    const about = { brokerId, host, config, metadata, log, producerIds, markers }
    const transactions = transactionCoordinatorFor(about)
    const verification = new TransactionVerification({
      ...{ brokerId, remote, config, metadata, replicas, groups, transactions, wallMs },
    })
    return { groups, markers, transactions, verification }
  }

  #controllerFor(parts: {
    readonly brokerId: number
    readonly metadata: MetadataCache
    readonly znodes: Znodes
    readonly configWatch: ConfigWatch
    readonly cluster: ClusterParts
  }): ControllerRunner {
    const { brokerId, metadata, znodes, configWatch, cluster } = parts
    const { clock, random, log } = this.#host
    const config = this.#config
    const { peers, listenerName, spoken, askSelf } = cluster
    const logger = log.named('kafka.controller.KafkaController')
    const channels = new ControllerChannels({
      ...{ brokerId, clock, peers, listenerName, spoken, askSelf },
      logger: log.named('kafka.controller.RequestSendThread'),
      report: event => controller.report(event),
    })
    const controller = new ControllerRunner({
      ...{ brokerId, clock, random, znodes, logger, channels },
      journal: new ControllerJournal(brokerId, log),
      isDeletionEnabled: () => config.current.get('delete.topic.enable'),
      settings: { isUncleanAllowed: topic => this.#topicConfigs.isUncleanAllowed(topic) },
      rebalance: () => ({
        isEnabled: config.current.get('auto.leader.rebalance.enable'),
        periodMs: 1_000 * config.current.get('leader.imbalance.check.interval.seconds'),
        imbalancePercent: config.current.get('leader.imbalance.per.broker.percentage'),
      }),
      onController: (id, epoch) => metadata.apply({ controller: { id, epoch } }),
      onNewTopic: topic => configWatch.readTopic(topic),
      onForgotten: () => metadata.apply({}),
    })
    return controller
  }

  #onTopicConfig(logs: LogDirectories, topic: string | undefined): void {
    const topics = topic === undefined ? new Set([...logs.logs].map(log => log.topic)) : [topic]
    for (const name of topics) logs.updateConfig(name)
    if (topic === undefined) this.#parts?.context.replicas.resizeFetchers()
    this.#parts?.controller.onTopicConfig(topic)
  }

  #periods() {
    const config = this.#config.current
    return {
      retentionCheckMs: config.get('log.retention.check.interval.ms'),
      flushCheckMs: config.get('log.flush.scheduler.interval.ms'),
      recoveryPointMs: config.get('log.flush.offset.checkpoint.interval.ms'),
      logStartOffsetMs: config.get('log.flush.start.offset.checkpoint.interval.ms'),
      highWatermarkMs: config.get('replica.high.watermark.checkpoint.interval.ms'),
      producerExpirationMs: config.get('producer.id.expiration.check.interval.ms'),
      initialDelayMs: config.get('log.initial.task.delay.ms'),
    }
  }

  async #announce({ znodes, identity }: Parts): Promise<void> {
    const config = this.#config.current
    const endpoints = await advertisedEndpoints(this.#host, config, listenerName =>
      this.#portOf(listenerName),
    )
    const registration = {
      id: identity.brokerId,
      rack: config.get('broker.rack'),
      jmxPort: -1,
      registeredAtMs: this.#host.clock.wallMs(),
      endpoints,
    }
    const timeoutMs = config.get('zookeeper.session.timeout.ms')
    const log = this.#host.log.named('kafka.zk.KafkaZkClient')
    log.info(`Creating /brokers/ids/${identity.brokerId} (is it secure? false)`)
    this.#brokerEpoch = await register(this.#host, znodes, registration, timeoutMs)
    const addresses = endpoints.map(
      ({ listenerName, host, port }) => `${listenerName}://${host}:${port}`,
    )
    log.info(
      `Registered broker ${identity.brokerId} at path /brokers/ids/${identity.brokerId} with addresses: ${addresses.join(',')}, czxid (broker epoch): ${this.#brokerEpoch}`,
    )
  }

  /** The session is gone, and with it the registration and any term as the controller. */
  async #renew(parts: Parts): Promise<void> {
    parts.controller.resign()
    // Others may have been elected for what this broker led.
    parts.context.replicas.suspend()
    try {
      await this.#announce(parts)
      // Watches ended with the session: what changed meanwhile is read again.
      await parts.configWatch.start()
      if (this.#logs !== undefined) this.#onTopicConfig(this.#logs, undefined)
      await parts.controller.start()
    } catch (error) {
      this.#log.fatal('Registering anew after a lost session failed', { error })
      void this.stop()
    }
  }

  #hostOf(listenerName: string): string | null | undefined {
    const { listeners } = this.#config.current
    return listeners.find(endpoint => endpoint.listenerName === listenerName)?.host
  }

  #portOf(listenerName: string): number {
    return this.#servers.find(bound => bound.listenerName === listenerName)?.server.port ?? 0
  }

  /** Others take over what this broker leads, where there are others. */
  async #leaveCluster(): Promise<void> {
    const { current } = this.#config
    if (this.#parts === undefined || !current.get('controlled.shutdown.enable')) return
    const { context, cluster, identity } = this.#parts
    const { brokers } = context.metadata.image
    const version = peerVersion(ApiKey.ControlledShutdown, cluster.spoken)
    const { brokerId } = identity
    const isAlone = (): boolean =>
      [...context.metadata.image.brokers.keys()].every(id => id === brokerId)
    if (version === undefined || isAlone() || !brokers.has(brokerId)) return
    await askForShutdown({
      ...{ brokerId, brokerEpoch: Number(this.#brokerEpoch), version, isAlone },
      ...{ logger: this.#log, controller: cluster.controller },
      maxRetries: current.get('controlled.shutdown.max.retries'),
      backoffMs: current.get('controlled.shutdown.retry.backoff.ms'),
    })
  }

  async #disconnect(): Promise<void> {
    if (this.#zk === undefined) return
    const log = this.#host.log.named('kafka.zookeeper.ZooKeeperClient')
    log.info('[ZooKeeperClient Kafka server] Closing.')
    await this.#zk.close()
    log.info('[ZooKeeperClient Kafka server] Closed.')
  }

  get #socketServer(): Logger {
    return this.#host.log.named('kafka.network.SocketServer')
  }

  get #socketServerName(): string {
    return `[SocketServer listenerType=ZK_BROKER, nodeId=${this.id}]`
  }

  #open(handlers: ReadonlyMap<number, Handler>): void {
    const dispatcher = new Dispatcher({
      handlers,
      clock: this.#host.clock,
      log: this.#host.log.named('kafka.server.KafkaApis'),
    })
    this.#socketServer.info(`${this.#socketServerName} Enabling request processing.`)
    for (const { listenerName, server } of this.#servers) {
      server.open(peer => dispatcher.open(peer, listenerName))
      this.#host.log
        .named('kafka.network.DataPlaneAcceptor')
        .info(
          `Awaiting socket connections on ${this.#hostOf(listenerName) ?? '0.0.0.0'}:${server.port}.`,
        )
    }
  }

  /** Closes in order: what is acknowledged is on the disk, and the next start needs no recovery. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<void> {
    const name = `[KafkaServer id=${this.id}]`
    this.#log.info(`${name} shutting down`)
    await this.#leaveCluster()
    this.#zk?.giveUpWhenLost()
    const sockets = this.#socketServer
    sockets.info(`${this.#socketServerName} Stopping socket server request processors`)
    await Promise.all(this.#servers.map(({ server }) => server.stop()))
    sockets.info(`${this.#socketServerName} Stopped socket server request processors`)
    await this.#parts?.controller.stop()
    this.#parts?.cluster.close()
    this.#parts?.context.transactions.close()
    this.#parts?.context.groups.close()
    this.#parts?.context.replicas.close()
    this.#parts?.housekeeping.stop()
    await this.#parts?.cleaner.stop()
    await this.#logs?.close(Number(this.#brokerEpoch))
    await this.#disconnect()
    sockets.info(`${this.#socketServerName} Shutdown completed`)
    this.#log.info(`${name} shut down completed`)
  }
}
