/** The broker's configuration as it is now: the file below, what was set at run time above. */
import {
  ConfigError,
  DynamicBrokerConfig,
  type BrokerConfig,
  type DroppedProperty,
  type DynamicScope,
  type Given,
} from '../config/index.ts'

export class RunningConfig {
  #dynamic: DynamicBrokerConfig

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

  /** Takes up a layer as ZooKeeper has it. @returns what of it has no effect */
  load(scope: DynamicScope, stored: Given): readonly DroppedProperty[] {
    try {
      const { config, dropped } = this.#dynamic.load(scope, stored)
      this.#dynamic = config
      return dropped
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      return [...stored.keys()].map(property => ({ property, because: error.message }))
    }
  }
}
