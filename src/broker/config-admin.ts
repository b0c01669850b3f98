/** Stores changes of configuration where every broker sees them. What may be changed to what is decided in `config`. */
import {
  alterBrokerConfig,
  alterTopicConfig,
  type AlterOutcome,
  type ConfigChange,
  type Given,
} from '../config/index.ts'
import type { Log as Logger } from '../host/index.ts'
import { ErrorCode } from '../protocol/index.ts'
import type { ConfigEntityType, Znodes } from '../znodes/index.ts'
import type { MetadataCache } from './metadata-cache.ts'
import type { RunningConfig } from './running-config.ts'

/** Resources by their number in the protocol. */
export const ResourceType = { TOPIC: 2, BROKER: 4, BROKER_LOGGER: 8 } as const

const DEFAULT_ENTITY = '<default>'

export interface Alteration {
  readonly resourceType: number
  readonly resourceName: string
  readonly changes: readonly ConfigChange[]
  /** AlterConfigs: what is not named goes back to its default. */
  readonly replace: boolean
}

export interface AlterResult {
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null
}

const done: AlterResult = { errorCode: ErrorCode.NONE, errorMessage: null }

export class ConfigAdmin {
  readonly #config: RunningConfig
  readonly #metadata: MetadataCache
  readonly #znodes: Znodes
  readonly #logger: Logger

  constructor(options: {
    config: RunningConfig
    metadata: MetadataCache
    znodes: Znodes
    logger: Logger
  }) {
    this.#config = options.config
    this.#metadata = options.metadata
    this.#znodes = options.znodes
    this.#logger = options.logger
  }

  /** What is set for a topic itself, as it is stored: who has just changed it must see the change. */
  readOverrides(topic: string): Promise<Given> {
    return this.#znodes.readConfig('topics', topic)
  }

  async alter(alteration: Alteration, validateOnly: boolean): Promise<AlterResult> {
    switch (alteration.resourceType) {
      case ResourceType.TOPIC:
        return this.#alterTopic(alteration, validateOnly)
      case ResourceType.BROKER:
        return this.#alterBroker(alteration, validateOnly)
      default: {
        const errorMessage = `Unknown resource type ${alteration.resourceType}`
        return { errorCode: ErrorCode.INVALID_REQUEST, errorMessage }
      }
    }
  }

  async #alterTopic(alteration: Alteration, validateOnly: boolean): Promise<AlterResult> {
    const topic = alteration.resourceName
    if (!this.#metadata.image.topics.has(topic)) {
      const errorCode = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
      return { errorCode, errorMessage: `The topic '${topic}' does not exist.` }
    }
    const stored = await this.#znodes.readConfig('topics', topic)
    const outcome = alterTopicConfig(topic, this.#config.dynamic, { stored, ...alteration })
    if (!validateOnly && 'stored' in outcome) {
      const entries = [...outcome.stored].map(([name, value]) => `${name} -> ${value}`)
      this.#logger.info(`Updating topic ${topic} with new configuration : ${entries.join(',')}`)
    }
    return this.#store('topics', topic, outcome, validateOnly)
  }

  async #alterBroker(alteration: Alteration, validateOnly: boolean): Promise<AlterResult> {
    const entity = alteration.resourceName === '' ? DEFAULT_ENTITY : alteration.resourceName
    const stored = await this.#znodes.readConfig('brokers', entity)
    const outcome = alterBrokerConfig(alteration.resourceName, this.#config.dynamic, {
      stored,
      ...alteration,
    })
    return this.#store('brokers', entity, outcome, validateOnly)
  }

  async #store(
    type: ConfigEntityType,
    entity: string,
    outcome: AlterOutcome,
    validateOnly: boolean,
  ): Promise<AlterResult> {
    if ('error' in outcome) {
      return { errorCode: ErrorCode[outcome.error], errorMessage: outcome.message }
    }
    if (!validateOnly)
      await this.#znodes.writeConfig(type, entity, outcome.stored, { notify: true })
    return done
  }
}
