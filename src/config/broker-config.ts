/**
 * A broker's configuration: every property, typed, and what follows from several of them together
 * (addresses, directories, times that can be given in three units). Mirrors KafkaConfig.
 */
import { brokerProperties, type BrokerProperty, type BrokerValue } from './broker-properties.ts'
import {
  advertisedRules,
  connectionRules,
  ensureConnectionAddresses,
  ensureControlPlane,
  ensureEarlyStart,
  idleRules,
  listenerRules,
  saslRules,
} from './broker-address-rules.ts'
import { ensureGroupProtocols, ensureGroupRules } from './broker-group-rules.ts'
import {
  ensureAll,
  ensureMode,
  formatRules,
  idRules,
  logRules,
  replicaRules,
} from './broker-rules.ts'
import { Config, type Given } from './config.ts'
import { ConfigError } from './config-error.ts'
import { parseInterBrokerVersion, type InterBrokerVersion } from './inter-broker-version.ts'
import {
  normaliseListenerName,
  parseCsvList,
  parseCsvMap,
  parseListeners,
  parseProtocolMap,
  parseSecurityProtocol,
  type Endpoint,
  type SecurityProtocol,
} from './listeners.ts'
import { parseValue } from './parse-value.ts'
import { topicDefaultsOf } from './topic-defaults.ts'
import { parseZooKeeperConnect, type ZooKeeperConnect } from './zookeeper-connect.ts'

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

export class BrokerConfig extends Config<typeof brokerProperties> {
  /** Addresses to bind, in the order given. */
  readonly listeners: readonly Endpoint[]
  /** Addresses that others are told, in the order given. */
  readonly advertisedListeners: readonly Endpoint[]
  /** Security protocol by listener name. */
  readonly listenerProtocols: ReadonlyMap<string, SecurityProtocol>
  readonly interBrokerListenerName: string
  readonly interBrokerSecurityProtocol: SecurityProtocol
  readonly interBrokerProtocolVersion: InterBrokerVersion
  /** Directories of the logs, at least one. */
  readonly logDirs: readonly string[]
  /** Limits of max.connections.per.ip.overrides, by address or host name. */
  readonly maxConnectionsPerIpOverrides: ReadonlyMap<string, number>

  /**
   * Looks at values and rules in Kafka's order, so that of two mistakes the same one is named.
   *
   * @throws ConfigError naming the property, for a bad value or values that do not go together.
   */
  constructor(given: Given) {
    super(brokerProperties, withIdSynonyms(given))
    ensureGroupRules(this)
    this.listenerProtocols = parseProtocolMap(this.get('listener.security.protocol.map'))
    this.listeners = this.#parseListeners('listeners', this.get('listeners'))
    ensureEarlyStart(this)
    this.maxConnectionsPerIpOverrides = parseConnectionOverrides(
      this.get('max.connections.per.ip.overrides'),
    )
    this.logDirs = parseCsvList(this.get('log.dirs') ?? this.get('log.dir'))
    this.interBrokerProtocolVersion = parseInterBrokerVersion(
      this.get('inter.broker.protocol.version'),
    )
    ensureGroupProtocols(this)
    ensureMode(this)
    ensureAll(this, idRules, logRules, replicaRules)
    const advertised = this.get('advertised.listeners')
    this.advertisedListeners =
      advertised === null
        ? this.listeners
        : this.#parseListeners('advertised.listeners', advertised)
    ensureAll(this, advertisedRules)
    const interBroker = this.#interBrokerListener()
    this.interBrokerListenerName = interBroker.listenerName
    this.interBrokerSecurityProtocol = interBroker.securityProtocol
    ensureAll(this, listenerRules)
    ensureControlPlane(this)
    ensureAll(this, formatRules, saslRules, connectionRules)
    ensureConnectionAddresses(this)
    ensureAll(this, idleRules)
  }

  /** -1 when ZooKeeper is to give the id. */
  get brokerId(): number {
    return this.get('broker.id')
  }

  get zookeeperConnect(): ZooKeeperConnect {
    return parseZooKeeperConnect(this.get('zookeeper.connect') ?? '')
  }

  get zookeeperConnectionTimeoutMs(): number {
    return this.get('zookeeper.connection.timeout.ms') ?? this.get('zookeeper.session.timeout.ms')
  }

  /** -1 for ever; from milliseconds, minutes or hours, in this order. */
  get logRetentionMs(): bigint {
    const minutes = this.get('log.retention.minutes')
    const ms =
      this.#long('log.retention.ms') ??
      (minutes === null
        ? BigInt(this.get('log.retention.hours')) * BigInt(HOUR_MS)
        : BigInt(minutes) * BigInt(MINUTE_MS))
    return ms < 0n ? -1n : ms
  }

  get logRollMs(): bigint {
    return this.#long('log.roll.ms') ?? BigInt(this.get('log.roll.hours') * HOUR_MS)
  }

  get logRollJitterMs(): bigint {
    return this.#long('log.roll.jitter.ms') ?? BigInt(this.get('log.roll.jitter.hours') * HOUR_MS)
  }

  get logFlushIntervalMs(): bigint {
    return this.#long('log.flush.interval.ms') ?? this.#exact('log.flush.scheduler.interval.ms')
  }

  /** The value for one listener: `listener.name.<name>.<property>` before the property alone. */
  forListener<N extends BrokerProperty>(listenerName: string, name: N): BrokerValue<N> {
    const key = `listener.name.${listenerName.toLowerCase()}.${name}`
    const text = this.given.get(key)
    if (text === undefined) return this.get(name)
    const property = brokerProperties[name]
    const value = parseValue(key, property.type, text)
    property.validator?.ensureValid(key, value, property.type)
    return (typeof value === 'bigint' ? Number(value) : value) as BrokerValue<N>
  }

  /**
   * What a topic without overrides has, as text by topic property. The five properties that no
   * broker property feeds are absent (LogConfig.CONFIGS_WITH_NO_SERVER_DEFAULTS).
   */
  get topicDefaults(): Given {
    return topicDefaultsOf(this)
  }

  #long(name: BrokerProperty): bigint | null {
    return this.parsed(name) as bigint | null
  }

  #exact(name: BrokerProperty): bigint {
    return this.parsed(name) as bigint
  }

  #parseListeners(property: 'listeners' | 'advertised.listeners', text: string) {
    return parseListeners({
      property,
      text,
      protocols: this.listenerProtocols,
      distinctPorts: property === 'listeners',
    })
  }

  #interBrokerListener(): Pick<Endpoint, 'listenerName' | 'securityProtocol'> {
    const name = this.get('inter.broker.listener.name')
    if (name === null) {
      const property = 'security.inter.broker.protocol'
      const securityProtocol = parseSecurityProtocol(this.get(property), property)
      return { listenerName: securityProtocol, securityProtocol }
    }
    if (this.isGiven('security.inter.broker.protocol')) {
      throw new ConfigError(
        'Only one of inter.broker.listener.name and security.inter.broker.protocol should be set.',
        { property: 'inter.broker.listener.name', value: name },
      )
    }
    const listenerName = normaliseListenerName(name, 'inter.broker.listener.name')
    const securityProtocol = this.listenerProtocols.get(listenerName)
    if (securityProtocol === undefined) {
      throw new ConfigError(
        `Listener with name ${listenerName} defined in inter.broker.listener.name not found in ` +
          'listener.security.protocol.map.',
        { property: 'inter.broker.listener.name', value: name },
      )
    }
    return { listenerName, securityProtocol }
  }
}

/** `broker.id` and `node.id` are one number: either may be given. */
function withIdSynonyms(given: Given): Given {
  const brokerId = given.get('broker.id')
  const nodeId = given.get('node.id')
  if (brokerId === undefined && nodeId !== undefined) {
    return new Map([...given, ['broker.id', nodeId]])
  }
  if (brokerId !== undefined && nodeId === undefined) {
    return new Map([...given, ['node.id', brokerId]])
  }
  return given
}

function parseConnectionOverrides(text: string): ReadonlyMap<string, number> {
  const property = 'max.connections.per.ip.overrides'
  const limits = new Map<string, number>()
  for (const [address, limit] of parseCsvMap(property, text)) {
    limits.set(address, parseValue(property, 'INT', limit) as number)
  }
  return limits
}
