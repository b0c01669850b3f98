/** The broker's configuration as it is now: the file below, what was set at run time above. */
import {
  type brokerThrottles,
  ConfigError,
  DynamicBrokerConfig,
  type BrokerConfig,
  type DroppedProperty,
  type DynamicScope,
  type Given,
} from '../config/index.ts'
import { replicationSettingsOf, type ReplicationSettings } from '../replica/index.ts'

export class RunningConfig {
  #dynamic: DynamicBrokerConfig
  #replication: ReplicationSettings | undefined

  constructor(fixed: BrokerConfig) {
    this.#dynamic = DynamicBrokerConfig.from(fixed)
  }

  /** With its layers, for whoever describes or alters them. */
  get dynamic(): DynamicBrokerConfig {
    return this.#dynamic
  }

  get current(): BrokerConfig {
    return this.#dynamic.current
  }

  /** What it says about replication; asked at each fetch of a follower. */
  get replication(): ReplicationSettings {
    this.#replication ??= replicationSettingsOf(this.current, this.#throttledRate)
    return this.#replication
  }

  /** Bytes per second of replicas that are being moved (KIP-73); Infinity: as fast as it goes. */
  get #throttledRate(): Record<'leader' | 'follower' | 'moves', number> {
    const { brokerLayer, clusterLayer } = this.#dynamic
    const rateOf = (name: keyof typeof brokerThrottles): number =>
      Number(brokerLayer.get(name) ?? clusterLayer.get(name) ?? Infinity)
    return {
      leader: rateOf('leader.replication.throttled.rate'),
      follower: rateOf('follower.replication.throttled.rate'),
      moves: rateOf('replica.alter.log.dirs.io.max.bytes.per.second'),
    }
  }

  /** Takes up a layer as ZooKeeper has it. @returns what of it has no effect */
  load(scope: DynamicScope, stored: Given): readonly DroppedProperty[] {
    try {
      const { config, dropped } = this.#dynamic.load(scope, stored)
      this.#dynamic = config
      this.#replication = undefined
      return dropped
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      return [...stored.keys()].map(property => ({ property, because: error.message }))
    }
  }
}
