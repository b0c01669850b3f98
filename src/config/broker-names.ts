/**
 * What a broker property's name tells: under which other names the same thing may be set, whether
 * it may be changed at run time and where, and its type. Mirrors DynamicBrokerConfig's object.
 */
import { brokerProperties } from './broker-properties.ts'
import { brokerThrottles } from './dynamic-properties.ts'
import type { Properties, Property } from './property.ts'

const all: Properties = { ...brokerProperties, ...brokerThrottles }

const synonymGroups: readonly (readonly string[])[] = [
  ['log.roll.ms', 'log.roll.hours'],
  ['log.roll.jitter.ms', 'log.roll.jitter.hours'],
  ['log.retention.ms', 'log.retention.minutes', 'log.retention.hours'],
]

/** Key stores and passwords: dynamic only for one listener, `listener.name.<name>.<property>`. */
const listenerOnly: ReadonlySet<string> = new Set([
  'ssl.keystore.type',
  'ssl.keystore.location',
  'ssl.keystore.password',
  'ssl.key.password',
  'ssl.truststore.type',
  'ssl.truststore.location',
  'ssl.truststore.password',
  'ssl.keystore.certificate.chain',
  'ssl.keystore.key',
  'ssl.truststore.certificates',
])

/** Listener properties that all brokers may share. */
const clusterWideOfListener: ReadonlySet<string> = new Set([
  'max.connections',
  'max.connection.creation.rate',
  'num.network.threads',
])

/** Given for one SASL mechanism of a listener: `listener.name.<name>.<mechanism>.<property>`. */
const perMechanism = [
  'sasl.jaas.config',
  'sasl.login.callback.handler.class',
  'sasl.login.class',
  'sasl.server.callback.handler.class',
  'connections.max.reauth.ms',
]

/** The property behind `listener.name.<name>.<property>`; `undefined` for every other name. */
export function listenerProperty(name: string): string | undefined {
  return /^listener\.name\.[^.]*\.(.*)$/.exec(name)?.[1]
}

/** All names that set the same thing, the strongest first. */
export function synonymsOf(name: string): readonly string[] {
  // log.flush.scheduler.interval.ms only stands in for the first, it does not override it.
  if (name === 'log.flush.interval.ms') return [name, 'log.flush.scheduler.interval.ms']
  return synonymGroups.find(group => group.includes(name)) ?? [name]
}

/** The same, where a listener's own property falls back to the one for all listeners. */
export function synonymsWithBase(name: string): readonly string[] {
  const base = listenerProperty(name)
  if (base === undefined) return synonymsOf(name)
  return [name, perMechanism.find(property => base.endsWith(property)) ?? base]
}

/** The description of a broker property, also of one for a single listener. */
export function describedAs(name: string): Property<never> | undefined {
  const known = [name, ...synonymsWithBase(name)].find(candidate => Object.hasOwn(all, candidate))
  return known === undefined ? undefined : all[known]
}

/** Whether the property is known but may only be set in the file. */
export function isReadOnly(name: string): boolean {
  return Object.hasOwn(brokerProperties, name) && all[name]?.updateMode === 'read-only'
}

/** Whether it may be changed at run time under exactly this name (DescribeConfigs asks so). */
export function isDynamic(name: string): boolean {
  return Object.hasOwn(brokerProperties, name) && all[name]?.updateMode !== 'read-only'
}

export function needsListenerPrefix(name: string): boolean {
  return listenerOnly.has(name)
}

/** Whether it may be changed for one broker only, not for all. */
export function isPerBroker(name: string): boolean {
  const base = listenerProperty(name)
  if (base !== undefined) return !clusterWideOfListener.has(base)
  return Object.hasOwn(all, name) && all[name]?.updateMode === 'per-broker'
}

/** Whether the value must not be shown: secrets, and whatever nobody knows. */
export function isSensitive(name: string): boolean {
  const type = describedAs(name)?.type
  return type === undefined || type === 'PASSWORD'
}
