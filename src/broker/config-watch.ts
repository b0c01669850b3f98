/**
 * Keeps the configuration of topics and brokers as ZooKeeper has it: reads all of it once, then
 * what each change notice names (Kafka's DynamicConfigManager and ZkNodeChangeNotificationListener).
 */
import { brokerProperties, type BrokerProperty } from '../config/index.ts'
import type { Clock, Log as Logger } from '../host/index.ts'
import type { Znodes } from '../znodes/index.ts'
import type { TopicConfigs } from './topic-configs.ts'
import type { RunningConfig } from './running-config.ts'

/** Notices are removed by whoever reads them after so long. */
const EXPIRES_AFTER_MS = 15 * 60_000
const DEFAULT_ENTITY = '<default>'

export interface ConfigWatchOptions {
  readonly brokerId: number
  readonly clock: Clock
  readonly logger: Logger
  readonly noticeLogger: Logger
  readonly znodes: Znodes
  readonly config: RunningConfig
  readonly topicConfigs: TopicConfigs
  /** A topic's configuration, or with `undefined` every topic's, has changed. */
  readonly onTopicConfig: (topic: string | undefined) => void
}

/** What is no property here may be a secret. */
const isPublic = (name: string, type: 'topics' | 'brokers') =>
  type === 'topics' ||
  (Object.hasOwn(brokerProperties, name) &&
    brokerProperties[name as BrokerProperty].type !== 'PASSWORD')

export class ConfigWatch {
  readonly #options: ConfigWatchOptions
  #lastNotice = ''
  #work: Promise<void> = Promise.resolve()

  constructor(options: ConfigWatchOptions) {
    this.#options = options
  }

  /** Reads everything, and from then on follows the notices. */
  async start(): Promise<void> {
    const { znodes } = this.#options
    this.#lastNotice = (await znodes.configChanges(() => this.#follow())).at(-1) ?? ''
    await this.#readBroker()
    await Promise.all((await znodes.configEntities('topics')).map(topic => this.#readTopic(topic)))
  }

  /** Reads one topic before its first log is made. */
  async #readTopic(topic: string): Promise<void> {
    this.#options.topicConfigs.set(topic, await this.#options.znodes.readConfig('topics', topic))
  }

  readTopic(topic: string): Promise<void> {
    return this.#readTopic(topic)
  }

  async #readBroker(): Promise<void> {
    const { znodes, config, topicConfigs, brokerId, logger } = this.#options
    const dropped = [
      ...config.load('cluster', await znodes.readConfig('brokers', DEFAULT_ENTITY)),
      ...config.load('broker', await znodes.readConfig('brokers', String(brokerId))),
    ]
    for (const property of dropped) logger.error('a dynamic property is ignored', { ...property })
    topicConfigs.refresh()
  }

  #follow(): void {
    this.#work = this.#work.then(async () => {
      try {
        await this.#readNotices()
      } catch (error) {
        this.#options.logger.error('reading configuration changes failed', { error })
      }
    })
  }

  async #readNotices(): Promise<void> {
    const { znodes, noticeLogger } = this.#options
    noticeLogger.info('Processing notification(s) to /config/changes')
    const names = await znodes.configChanges(() => this.#follow())
    for (const name of names) {
      const change = await znodes.configChange(name)
      if (change === undefined) continue
      if (name > this.#lastNotice) {
        this.#lastNotice = name
        await this.#take(change.entityPath)
      }
      const isExpired = change.createdMs < this.#options.clock.wallMs() - EXPIRES_AFTER_MS
      if (isExpired) await znodes.removeConfigChange(name)
    }
  }

  async #take(entityPath: string): Promise<void> {
    const { logger, onTopicConfig, znodes } = this.#options
    const [type, entity = ''] = entityPath.split('/')
    if (type === 'topics' || type === 'brokers') {
      const entries = [...(await znodes.readConfig(type, entity))].map(
        ([name, value]) => `${name} -> ${isPublic(name, type) ? value : '[hidden]'}`,
      )
      logger.info(
        `Processing override for entityPath: ${entityPath} with config: HashMap(${entries.join(', ')})`,
      )
    }
    if (type === 'topics') {
      await this.#readTopic(entity)
      onTopicConfig(entity)
    } else if (type === 'brokers') {
      await this.#readBroker()
      onTopicConfig(undefined)
    }
  }
}
