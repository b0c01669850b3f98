/**
 * Values that do not go together. Mirrors KafkaConfig.validateValues for ZooKeeper mode, in its
 * order, with its sentences ("requirement failed" is how Scala's require begins).
 */
import type { BrokerConfig } from './broker-config.ts'
import type { BrokerProperty } from './broker-properties.ts'
import { ConfigError } from './config-error.ts'
import { isAtLeast, parseInterBrokerVersion, recordFormatOf } from './inter-broker-version.ts'

const MEBIBYTE = 1024 * 1024

/** @throws ConfigError for the first rule that is broken. */
export function ensureBrokerRules(config: BrokerConfig): void {
  const require = (holds: boolean, property: BrokerProperty, rule: string) => {
    if (holds) return
    const value = config.text(property) ?? 'null'
    throw new ConfigError(`requirement failed: ${rule}`, { property, value })
  }
  ensureId(config, require)
  ensureLogRules(config, require)
  ensureReplicaRules(config, require)
  ensureListenerRules(config, require)
  ensureFormatRules(config, require)
  ensureConnectionRules(config, require)
}

type Require = (holds: boolean, property: BrokerProperty, rule: string) => void

function ensureId(config: BrokerConfig, require: Require): void {
  const id = config.brokerId
  if (config.get('node.id') !== id) {
    throw new ConfigError('You must set `node.id` to the same value as `broker.id`.', {
      property: 'node.id',
      value: String(config.get('node.id')),
      remedy: 'Give only broker.id.',
    })
  }
  if (config.get('zookeeper.connect') === null && config.get('process.roles').length === 0) {
    throw new ConfigError(
      'Missing required configuration `zookeeper.connect` which has no default value.',
      {
        property: 'zookeeper.connect',
        remedy: 'Set it to the address of ZooKeeper, for example localhost:2181.',
      },
    )
  }
  if (config.get('broker.id.generation.enable')) {
    require(id >= -1 &&
      id <=
        config.get(
          'reserved.broker.max.id',
        ), 'broker.id', 'broker.id must be greater than or equal to -1 and not greater than reserved.broker.max.id')
  } else {
    require(id >= 0, 'broker.id', 'broker.id must be greater than or equal to 0')
  }
}

function ensureLogRules(config: BrokerConfig, require: Require): void {
  require(config.logRollMs >= 1n, 'log.roll.ms', 'log.roll.ms must be greater than or equal to 1')
  require(config.logRollJitterMs >=
    0n, 'log.roll.jitter.ms', 'log.roll.jitter.ms must be greater than or equal to 0')
  require(config.logRetentionMs !==
    0n, 'log.retention.ms', 'log.retention.ms must be unlimited (-1) or, greater than or equal to 1')
  require(config.logDirs.length >
    0, 'log.dirs', 'At least one log directory must be defined via log.dirs or log.dir.')
  const cleanerThreads = config.get('log.cleaner.threads')
  const dedupeBytes = config.get('log.cleaner.dedupe.buffer.size')
  require(Math.trunc(dedupeBytes / cleanerThreads) >
    MEBIBYTE, 'log.cleaner.dedupe.buffer.size', 'log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread.')
}

function ensureReplicaRules(config: BrokerConfig, require: Require): void {
  const waitMs = config.get('replica.fetch.wait.max.ms')
  require(waitMs <=
    config.get(
      'replica.socket.timeout.ms',
    ), 'replica.fetch.wait.max.ms', 'replica.socket.timeout.ms should always be at least replica.fetch.wait.max.ms to prevent unnecessary socket timeouts')
  require(waitMs <=
    config.get(
      'replica.lag.time.max.ms',
    ), 'replica.fetch.wait.max.ms', 'replica.fetch.wait.max.ms should always be less than or equal to replica.lag.time.max.ms to prevent frequent changes in ISR')
}

function ensureListenerRules(config: BrokerConfig, require: Require): void {
  const controllerNames = config.get('controller.listener.names') ?? ''
  require(controllerNames ===
    '', 'controller.listener.names', `controller.listener.names must be empty when not running in KRaft mode: [${controllerNames.split(',').join(', ')}]`)
  const advertised = config.advertisedListeners.map(one => one.listenerName)
  const bound = config.listeners.map(one => one.listenerName)
  const options = 'The valid options based on'
  require(advertised.length >
    0, 'listeners', 'There must be at least one broker advertised listener.')
  require(advertised.includes(
    config.interBrokerListenerName,
  ), 'inter.broker.listener.name', `inter.broker.listener.name must be a listener name defined in advertised.listeners. ${options} currently configured listeners are ${advertised.join(',')}`)
  require(advertised.every(name =>
    bound.includes(name),
  ), 'advertised.listeners', `advertised.listeners listener names must be equal to or a subset of the ones defined in listeners. Found ${advertised.join(',')}. ${options} the current configuration are ${bound.join(',')}`)
  const isRoutable = config.advertisedListeners.every(one => one.host !== '0.0.0.0')
  require(isRoutable, 'advertised.listeners', 'advertised.listeners cannot use the nonroutable meta-address 0.0.0.0. Use a routable IP address.')
  ensureControlPlane(config, advertised, require)
}

function ensureControlPlane(
  config: BrokerConfig,
  advertised: readonly string[],
  require: Require,
): void {
  const property = 'control.plane.listener.name'
  const name = config.get(property)?.toUpperCase()
  if (name === undefined) return
  if (!config.listenerProtocols.has(name)) {
    throw new ConfigError(
      `Listener with ${name} defined in ${property} not found in listener.security.protocol.map.`,
      { property, value: name },
    )
  }
  require(advertised.includes(
    name,
  ), property, `${property} must be a listener name defined in advertised.listeners. The valid options based on currently configured listeners are ${advertised.join(',')}`)
  require(name !==
    config.interBrokerListenerName, property, `${property}, when defined, should have a different value from the inter broker listener name. Currently they both have the value ListenerName(${name})`)
}

const ZSTD = 4

function ensureFormatRules(config: BrokerConfig, require: Require): void {
  const property = 'log.message.format.version'
  const brokers = config.interBrokerProtocolVersion
  // From 3.0 on the property is ignored, and format 2 is meant.
  const format = isAtLeast(brokers, '3.0-IV1')
    ? 2
    : recordFormatOf(parseInterBrokerVersion(config.get(property)))
  const needed = ['0.8.0', '0.10.0', '0.11.0'][format] ?? ''
  require(recordFormatOf(brokers) >=
    format, property, `${property} ${config.get(property)} can only be used when inter.broker.protocol.version is set to version ${needed} or higher`)
  require(config.get('offsets.topic.compression.codec') !== ZSTD ||
    recordFormatOf(brokers) >=
      2, 'offsets.topic.compression.codec', 'offsets.topic.compression.codec zstd can only be used when inter.broker.protocol.version is set to version 2.1 or higher')
}

function ensureConnectionRules(config: BrokerConfig, require: Require): void {
  const queuedBytes = config.get('queued.max.request.bytes')
  require(queuedBytes <= 0 ||
    queuedBytes >=
      config.get(
        'socket.request.max.bytes',
      ), 'queued.max.request.bytes', 'queued.max.request.bytes must be larger or equal to socket.request.max.bytes')
  const overrides = config.maxConnectionsPerIpOverrides
  require(config.get('max.connections.per.ip') !== 0 ||
    overrides.size >
      0, 'max.connections.per.ip', 'max.connections.per.ip can be set to zero only if max.connections.per.ip.overrides property is set.')
  const wrong = [...overrides.keys()].filter(address => !/^[0-9a-zA-Z\-%._:]*$/.test(address))
  if (wrong.length > 0) {
    const property = 'max.connections.per.ip.overrides'
    throw new ConfigError(`${property} contains invalid addresses : ${wrong.join(',')}`, {
      property,
      value: config.get(property),
    })
  }
  const idleMs = config.get('connections.max.idle.ms')
  const delayMs = config.get('connection.failed.authentication.delay.ms')
  require(idleMs < 0 ||
    delayMs <
      idleMs, 'connections.max.idle.ms', `connection.failed.authentication.delay.ms=${delayMs} should always be less than connections.max.idle.ms=${idleMs} to prevent failed authentication responses from timing out`)
}
