/**
 * A broker's configuration in layers: what is set for this broker at run time, for all brokers at
 * run time, in the file, by default. The run-time layers are the znodes /config/brokers/<id> and
 * /config/brokers/<default>. Immutable: a change makes the next one. Mirrors DynamicBrokerConfig
 * (KIP-226).
 */
import { BrokerConfig } from './broker-config.ts'
import {
  describedAs,
  isPerBroker,
  isReadOnly,
  listenerProperty,
  needsListenerPrefix,
  synonymsOf,
} from './broker-names.ts'
import type { Given } from './config.ts'
import { ConfigError } from './config-error.ts'
import { parseProperty } from './parse-value.ts'

/** A stored property that has no effect, and why: worth one log line. */
export interface DroppedProperty {
  readonly property: string
  readonly because: string
}

/** Which layer is meant: this broker's own, or the one that all brokers share. */
export type DynamicScope = 'broker' | 'cluster'

const nothing: Given = new Map()

export class DynamicBrokerConfig {
  /** What the file says, with the defaults below it. */
  readonly fixed: BrokerConfig
  /** Set for all brokers at run time. */
  readonly clusterLayer: Given
  /** Set for this broker at run time. */
  readonly brokerLayer: Given
  /** All layers together: what holds now. */
  readonly current: BrokerConfig

  private constructor(fixed: BrokerConfig, clusterLayer: Given, brokerLayer: Given) {
    this.fixed = fixed
    this.clusterLayer = clusterLayer
    this.brokerLayer = brokerLayer
    this.current =
      clusterLayer.size + brokerLayer.size === 0
        ? fixed
        : new BrokerConfig(overlay(overlay(fixed.given, clusterLayer), brokerLayer))
  }

  static from(fixed: BrokerConfig): DynamicBrokerConfig {
    return new DynamicBrokerConfig(fixed, nothing, nothing)
  }

  layer(scope: DynamicScope): Given {
    return scope === 'broker' ? this.brokerLayer : this.clusterLayer
  }

  /**
   * The configuration after a layer was read from ZooKeeper. What cannot hold is left out rather
   * than refused: another broker, or an older version, wrote it.
   *
   * @throws ConfigError when what is left does not go together; the caller keeps the old layers.
   */
  load(
    scope: DynamicScope,
    stored: Given,
  ): { readonly config: DynamicBrokerConfig; readonly dropped: readonly DroppedProperty[] } {
    const kept = new Map<string, string>()
    const dropped: DroppedProperty[] = []
    for (const [property, text] of stored) {
      const because = whyNot(property, text, scope)
      if (because === undefined) kept.set(property, text)
      else dropped.push({ property, because })
    }
    return { config: this.#replace(scope, kept), dropped }
  }

  /**
   * The configuration as it would be with this layer, for a request that wants it so.
   *
   * @throws ConfigError in the words that the client is answered with.
   */
  validate(scope: DynamicScope, layer: Given): DynamicBrokerConfig {
    const names = [...layer.keys()]
    refuse('Cannot update these configs dynamically', names.filter(isReadOnly))
    refuse(
      'These security configs can be dynamically updated only per-listener using the listener ' +
        'prefix',
      names.filter(needsListenerPrefix),
      'HashSet',
    )
    for (const [name, text] of layer) ensureType(name, text)
    if (scope === 'cluster') {
      refuse(
        'Cannot update these configs at default cluster level, broker id must be specified',
        names.filter(isPerBroker),
      )
    }
    const next = this.#replace(scope, layer)
    ensureReconfigurable(this.current, next.current)
    return next
  }

  #replace(scope: DynamicScope, layer: Given): DynamicBrokerConfig {
    return scope === 'broker'
      ? new DynamicBrokerConfig(this.fixed, this.clusterLayer, layer)
      : new DynamicBrokerConfig(this.fixed, layer, this.brokerLayer)
  }
}

/**
 * One layer over another. A name takes its synonyms with it: log.retention.hours set at run time
 * wins over log.retention.ms in the file, although in one file it is the other way round.
 */
function overlay(below: Given, above: Given): Given {
  const result = new Map(below)
  for (const [name, text] of above) {
    for (const synonym of synonymsOf(name)) result.delete(synonym)
    result.set(name, text)
  }
  return result
}

function whyNot(property: string, text: string, scope: DynamicScope): string | undefined {
  if (isReadOnly(property)) return 'it can only be set in the file of the broker'
  if (needsListenerPrefix(property)) return 'it can only be set for a listener'
  if (scope === 'cluster' && isPerBroker(property)) return 'it can only be set for one broker'
  try {
    ensureType(property, text)
    return undefined
  } catch (error) {
    if (error instanceof ConfigError) return error.message
    throw error
  }
}

/** Names that nobody knows pass: they may be meant for somebody else. */
function ensureType(name: string, text: string): void {
  const property = describedAs(name)
  if (property !== undefined) parseProperty(listenerProperty(name) ?? name, property, text)
}

/** Clients see which kind of Scala set Kafka prints. */
function refuse(reason: string, names: readonly string[], set: 'Set' | 'HashSet' = 'Set'): void {
  if (names.length === 0) return
  const kind = names.length > 4 ? 'HashSet' : set
  throw new ConfigError(`${reason}: ${kind}(${names.join(', ')})`, { property: names[0] })
}

const threadCounts = [
  'num.io.threads',
  'num.replica.fetchers',
  'num.recovery.threads.per.data.dir',
  'background.threads',
  'num.network.threads',
] as const

/** What Kafka's components refuse to change in one step. */
function ensureReconfigurable(old: BrokerConfig, next: BrokerConfig): void {
  for (const name of threadCounts) {
    const oldCount = old.get(name)
    const count = next.get(name)
    const failed = `Dynamic thread count update validation failed for ${name}=${count}, value should`
    if (count === oldCount) continue
    if (count <= 0) throw notApplicable(name, count, `${failed} be at least 1`)
    if (count < Math.trunc(oldCount / 2)) {
      throw notApplicable(name, count, `${failed} be at least half the current value ${oldCount}`)
    }
    if (count > oldCount * 2) {
      const limit = `${failed} not be greater than double the current value ${oldCount}`
      throw notApplicable(name, count, limit)
    }
  }
  ensureCleanerThreads(old.get('log.cleaner.threads'), next.get('log.cleaner.threads'))
}

function ensureCleanerThreads(oldCount: number, count: number): void {
  const name = 'log.cleaner.threads'
  if (count === oldCount) return
  if (count < 1) throw notApplicable(name, count, 'Log cleaner threads should be at least 1')
  if (count < Math.trunc(oldCount / 2)) {
    const limit = `cannot be reduced to less than half the current value ${oldCount}`
    throw notApplicable(name, count, `Log cleaner threads ${limit}`)
  }
  if (count > oldCount * 2) {
    const limit = `cannot be increased to more than double the current value ${oldCount}`
    throw notApplicable(name, count, `Log cleaner threads ${limit}`)
  }
}

/** Kafka wraps these so that the cause stands where a value belongs; clients see it like this. */
function notApplicable(property: string, count: number, reason: string): ConfigError {
  return new ConfigError(
    `Invalid value org.apache.kafka.common.config.ConfigException: ${reason} for configuration ` +
      'Invalid dynamic configuration',
    { property, value: String(count) },
  )
}
