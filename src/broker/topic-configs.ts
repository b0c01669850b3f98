/** What is set for each topic, kept up to date from ZooKeeper, and what follows from it for logs and produces. */
import { ConfigError, TopicConfig, topicProperties, type Given } from '../config/index.ts'
import type { Log as Logger } from '../host/index.ts'
import type { LogConfig } from '../log/index.ts'
import type { ProduceRules } from '../records/index.ts'
import { logConfigOf, produceRulesOf, type TopicSettings } from '../replica/index.ts'
import type { RunningConfig } from './running-config.ts'

interface Resolved {
  readonly rules: ProduceRules
  readonly log: LogConfig
  readonly minInSyncReplicas: number
  readonly isDownConversionEnabled: boolean
  readonly throttledReplicas: Readonly<Record<'leader' | 'follower', readonly string[]>>
  readonly isUncleanAllowed: boolean
}

const none: Given = new Map()

export class TopicConfigs implements TopicSettings {
  readonly #config: RunningConfig
  readonly #logger: Logger
  readonly #overrides = new Map<string, Given>()
  readonly #resolved = new Map<string, Resolved>()

  constructor(config: RunningConfig, logger: Logger) {
    this.#config = config
    this.#logger = logger
  }

  overridesOf(topic: string): Given {
    return this.#overrides.get(topic) ?? none
  }

  /** What is set for the topic, as the log tells it: sorted, strings in quotes. */
  propertiesTextOf(topic: string): string {
    const texts = [...this.overridesOf(topic)].sort(([a], [b]) => (a < b ? -1 : 1)).map(setting)
    return `{${texts.join(', ')}}`
  }

  set(topic: string, overrides: Given): void {
    if (overrides.size === 0) this.#overrides.delete(topic)
    else this.#overrides.set(topic, overrides)
    this.#resolved.delete(topic)
  }

  forget(topic: string): void {
    this.#overrides.delete(topic)
    this.#resolved.delete(topic)
  }

  /** The broker's own configuration has changed, and with it every topic's defaults. */
  refresh(): void {
    this.#resolved.clear()
  }

  rulesOf(topic: string): ProduceRules {
    return this.#of(topic).rules
  }

  minInSyncReplicasOf(topic: string): number {
    return this.#of(topic).minInSyncReplicas
  }

  /** `leader.replication.throttled.replicas` and the follower's (KIP-73). */
  throttledReplicasOf(topic: string, side: 'leader' | 'follower'): readonly string[] {
    return this.#of(topic).throttledReplicas[side]
  }

  /** `message.downconversion.enable` (KIP-283) */
  isDownConversionEnabled(topic: string): boolean {
    return this.#of(topic).isDownConversionEnabled
  }

  /** `unclean.leader.election.enable`: whether a replica that was not in sync may lead. */
  isUncleanAllowed(topic: string): boolean {
    return this.#of(topic).isUncleanAllowed
  }

  logConfigOf(topic: string): LogConfig {
    return this.#of(topic).log
  }

  #of(topic: string): Resolved {
    const known = this.#resolved.get(topic)
    if (known !== undefined) return known
    const config = this.#parse(topic)
    const resolved: Resolved = {
      rules: produceRulesOf(config),
      log: logConfigOf(config),
      minInSyncReplicas: config.get('min.insync.replicas'),
      isDownConversionEnabled: config.get('message.downconversion.enable'),
      throttledReplicas: {
        leader: config.get('leader.replication.throttled.replicas'),
        follower: config.get('follower.replication.throttled.replicas'),
      },
      isUncleanAllowed: config.get('unclean.leader.election.enable'),
    }
    this.#resolved.set(topic, resolved)
    return resolved
  }

  /** Somebody may have written anything into ZooKeeper: a topic with a bad override goes on without any. */
  #parse(topic: string): TopicConfig {
    try {
      return TopicConfig.on(this.#config.current, this.overridesOf(topic))
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      this.#logger.error('the configuration of a topic is ignored', { topic, error })
      return TopicConfig.on(this.#config.current)
    }
  }
}

function setting([name, value]: [name: string, value: string]): string {
  const known = Object.hasOwn(topicProperties, name)
  const type = known ? topicProperties[name as keyof typeof topicProperties].type : 'PASSWORD'
  if (type === 'PASSWORD') return `${name}=(redacted)`
  return type === 'STRING' ? `${name}="${value}"` : `${name}=${value}`
}
