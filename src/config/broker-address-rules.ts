/**
 * Rules about listeners and connections. Mirrors KafkaConfig.validateValues for ZooKeeper mode, in
 * its order, with its sentences.
 */
import type { BrokerConfig } from './broker-config.ts'
import { ensureAll, type Rule } from './broker-rules.ts'
import { ConfigError } from './config-error.ts'
import { isAtLeast } from './inter-broker-version.ts'
import { normaliseListenerName, parseCsvList } from './listeners.ts'

/** What is told to others, before it is known which of it brokers use. */
export function advertisedRules(config: BrokerConfig): readonly Rule[] {
  const controllers = config.get('controller.listener.names') ?? ''
  return [
    {
      holds: controllers === '',
      property: 'controller.listener.names',
      says:
        'controller.listener.names must be empty when not running in KRaft mode: ' +
        `[${controllers.split(',').join(', ')}]`,
    },
    {
      holds: config.advertisedListeners.length > 0,
      property: 'advertised.listeners',
      says: 'There must be at least one broker advertised listener.',
    },
  ]
}

export function listenerRules(config: BrokerConfig): readonly Rule[] {
  const advertised = config.advertisedListeners.map(one => one.listenerName)
  const bound = config.listeners.map(one => one.listenerName)
  return [
    {
      holds: advertised.includes(config.interBrokerListenerName),
      property: 'inter.broker.listener.name',
      says:
        'inter.broker.listener.name must be a listener name defined in advertised.listeners. ' +
        `The valid options based on currently configured listeners are ${advertised.join(',')}`,
    },
    {
      holds: advertised.every(name => bound.includes(name)),
      property: 'advertised.listeners',
      says:
        'advertised.listeners listener names must be equal to or a subset of the ones defined in ' +
        `listeners. Found ${advertised.join(',')}. The valid options based on the current ` +
        `configuration are ${bound.join(',')}`,
    },
    {
      holds: config.advertisedListeners.every(one => one.host !== '0.0.0.0'),
      property: 'advertised.listeners',
      says:
        'advertised.listeners cannot use the nonroutable meta-address 0.0.0.0. ' +
        'Use a routable IP address.',
    },
  ]
}

/** @throws ConfigError for a name that is no listener. */
export function ensureEarlyStart(config: BrokerConfig): void {
  const property = 'early.start.listeners'
  const bound = config.listeners.map(one => one.listenerName)
  for (const name of parseCsvList(config.get(property)?.trim() ?? null)) {
    if (bound.includes(name)) continue
    throw new ConfigError(
      `${property} contains listener ${name}, but this is not contained in listeners or ` +
        'controller.listener.names',
      { property, value: name },
    )
  }
}

/** @throws ConfigError when the listener of the controller is none, or that of the brokers. */
export function ensureControlPlane(config: BrokerConfig): void {
  const property = 'control.plane.listener.name'
  const given = config.get(property)
  if (given === null) return
  const name = normaliseListenerName(given, property)
  if (!config.listenerProtocols.has(name)) {
    throw new ConfigError(
      `Listener with ${name} defined in ${property} not found in listener.security.protocol.map.`,
      { property, value: name },
    )
  }
  const advertised = config.advertisedListeners.map(one => one.listenerName)
  ensureAll(config, () => [
    {
      holds: advertised.includes(name),
      property,
      says:
        `${property} must be a listener name defined in advertised.listeners. The valid options ` +
        `based on currently configured listeners are ${advertised.join(',')}`,
    },
    {
      holds: name !== config.interBrokerListenerName,
      property,
      says:
        `${property}, when defined, should have a different value from the inter broker listener ` +
        `name. Currently they both have the value ListenerName(${name})`,
    },
  ])
}

/** Brokers that speak SASL to each other must offer what they use. */
export function saslRules(config: BrokerConfig): readonly Rule[] {
  const property = 'sasl.mechanism.inter.broker.protocol'
  const mechanism = config.get(property)
  const usesSasl = config.interBrokerSecurityProtocol.startsWith('SASL_')
  const hasHandshake = isAtLeast(config.interBrokerProtocolVersion, '0.10.0-IV1')
  const enabled = config.forListener(config.interBrokerListenerName, 'sasl.enabled.mechanisms')
  return [
    {
      holds: !usesSasl || hasHandshake || mechanism === 'GSSAPI',
      property,
      says:
        'Only GSSAPI mechanism is supported for inter-broker communication with SASL when ' +
        `inter.broker.protocol.version is set to ${config.get('inter.broker.protocol.version')}`,
    },
    {
      holds: !usesSasl || enabled.includes(mechanism),
      property,
      says:
        `${property} must be included in sasl.enabled.mechanisms when SASL is used for ` +
        'inter-broker communication',
    },
  ]
}

export function connectionRules(config: BrokerConfig): readonly Rule[] {
  const queuedBytes = config.get('queued.max.request.bytes')
  const hasOverrides = config.maxConnectionsPerIpOverrides.size > 0
  return [
    {
      holds: queuedBytes <= 0 || queuedBytes >= config.get('socket.request.max.bytes'),
      property: 'queued.max.request.bytes',
      says: 'queued.max.request.bytes must be larger or equal to socket.request.max.bytes',
    },
    {
      holds: config.get('max.connections.per.ip') !== 0 || hasOverrides,
      property: 'max.connections.per.ip',
      says:
        'max.connections.per.ip can be set to zero only if max.connections.per.ip.overrides ' +
        'property is set.',
    },
  ]
}

/** @throws ConfigError for an address that cannot be one. */
export function ensureConnectionAddresses(config: BrokerConfig): void {
  const property = 'max.connections.per.ip.overrides'
  const addresses = [...config.maxConnectionsPerIpOverrides.keys()]
  const wrong = addresses.filter(address => !/^[0-9a-zA-Z\-%._:]*$/.test(address))
  if (wrong.length === 0) return
  throw new ConfigError(`${property} contains invalid addresses : ${wrong.join(',')}`, {
    property,
    value: config.get(property),
  })
}

export function idleRules(config: BrokerConfig): readonly Rule[] {
  const idleMs = config.get('connections.max.idle.ms')
  const delayMs = config.get('connection.failed.authentication.delay.ms')
  const says =
    `connection.failed.authentication.delay.ms=${delayMs} should always be less than ` +
    `connections.max.idle.ms=${idleMs} to prevent failed authentication responses from timing out`
  return [{ holds: idleMs < 0 || delayMs < idleMs, property: 'connections.max.idle.ms', says }]
}
