/**
 * A cluster as one client knows it: where its brokers are, who leads, who coordinates, and
 * connections to them. Mirrors NetworkClient with Metadata.
 */
import { ConfigError } from '../../config/index.ts'
import { NetworkError, type Host, type Log } from '../../host/index.ts'
import {
  ErrorCode,
  errorName,
  FindCoordinatorRequest,
  FindCoordinatorResponse,
  isRetriable,
  MetadataRequest,
  MetadataResponse,
  type Message,
  type MessageOf,
} from '../../protocol/index.ts'
import { ensureSuccess, KafkaError } from '../errors.ts'
import { apiCall, type ApiCall, type Body } from './api-call.ts'
import { bootstrapNodes } from './bootstrap.ts'
import type { BrokerConnection, SendOptions } from './broker-connection.ts'
import { emptyView, viewOf, type BrokerNode, type ClusterView } from './cluster-view.ts'
import { ConnectionPool, type Purpose } from './connection-pool.ts'
import { retry, type Attempt } from './retry.ts'
import type { ClusterSettings } from './settings.ts'
import { findCoordinatorBody, metadataBody, type MetadataQuestion } from './shapes.ts'

const metadataCall = apiCall(MetadataRequest, MetadataResponse)
const findCoordinatorCall = apiCall(FindCoordinatorRequest, FindCoordinatorResponse)

export interface CallOptions {
  /** For errors: `listTopics`. */
  readonly name: string
  /** All attempts together. */
  readonly timeoutMs: number
  /** Further attempts after the first; default: as many as the time allows. */
  readonly retries?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export type CoordinatorType = 'group' | 'transaction'

export class Cluster {
  readonly host: Host
  readonly log: Log
  readonly settings: ClusterSettings
  readonly #bootstrap: readonly BrokerNode[]
  readonly #pool: ConnectionPool
  #view = emptyView
  #isClosed = false

  /** @throws ConfigError for `bootstrap.servers` that are none */
  constructor(host: Host, log: Log, settings: ClusterSettings) {
    this.host = host
    this.log = log
    this.settings = settings
    this.#bootstrap = bootstrapNodes(settings.bootstrapServers)
    this.#pool = new ConnectionPool({ host, ...settings, log: this.#networkLog })
  }

  /** Brokers and controller as the last answer had them; topics only of that answer. */
  get view(): ClusterView {
    return this.#view
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  get #networkLog(): Log {
    return this.log.named('org.apache.kafka.clients.NetworkClient')
  }

  close(): void {
    this.#isClosed = true
    this.#pool.close()
  }

  /** Runs `attempt` until it succeeds, as `retry.backoff.ms` and the time allow. */
  retry<T>(options: CallOptions, attempt: (place: Attempt) => Promise<T>): Promise<T> {
    this.ensureOpen()
    return retry(this.host, { ...options, backoff: this.settings.retryBackoff }, attempt)
  }

  /** @throws KafkaError CLIENT_CLOSED */
  ensureOpen(): void {
    if (this.#isClosed)
      throw new KafkaError('CLIENT_CLOSED', 'This client has already been closed.')
  }

  /** Sends to the broker with this id. @throws NetworkError when it cannot be reached or is unknown */
  async send<Q extends Message, S extends Message>(
    brokerId: number,
    call: ApiCall<Q, S>,
    body: Body<Q>,
    options: SendOptions & { purpose?: Purpose } = {},
  ): Promise<MessageOf<S>> {
    const connection = await this.connectionTo(brokerId, options.purpose)
    return (await connection.send(call, body, options)).body
  }

  /** Sends to whichever broker answers. */
  async sendToAny<Q extends Message, S extends Message>(
    call: ApiCall<Q, S>,
    body: Body<Q>,
    options: SendOptions = {},
  ): Promise<MessageOf<S>> {
    return (await (await this.anyConnection()).send(call, body, options)).body
  }

  /** @throws NetworkError when it cannot be reached, or is not (or no longer) in the cluster */
  async connectionTo(brokerId: number, purpose: Purpose = 'data'): Promise<BrokerConnection> {
    this.ensureOpen()
    const node = this.#view.brokers.get(brokerId)
    if (node === undefined) {
      throw new NetworkError(`broker ${brokerId} is not known`, { code: 'UNKNOWN_BROKER' })
    }
    return this.#pool.get(node, purpose)
  }

  /** The connection to this broker, if there is one now. */
  openConnectionTo(brokerId: number): BrokerConnection | undefined {
    const node = this.#view.brokers.get(brokerId)
    return node === undefined ? undefined : this.#pool.leastLoaded([node])
  }

  /**
   * A connection that is there, or to the first broker that can be reached: of those that metadata
   * knows, and before it has come of `bootstrap.servers`.
   */
  async anyConnection(): Promise<BrokerConnection> {
    this.ensureOpen()
    const known = [...this.#view.brokers.values()]
    if (known.length === 0) return this.#anyOf(this.#bootstrap)
    try {
      return await this.#anyOf(known)
    } catch (error) {
      if (!this.settings.rebootstraps || this.#isClosed) throw error
      this.#rebootstrap()
      return this.#anyOf(this.#bootstrap)
    }
  }

  /** Forgets the brokers, which may all have been replaced meanwhile (KIP-899). */
  #rebootstrap(): void {
    const servers = this.settings.bootstrapServers.join(', ')
    this.#networkLog.info(`Rebootstrapping with [${servers}].`)
    this.#view = emptyView
  }

  async #anyOf(nodes: readonly BrokerNode[]): Promise<BrokerConnection> {
    const open = this.#pool.leastLoaded(nodes)
    if (open !== undefined) return open
    const candidates = this.#shuffled(nodes)
    const ready = candidates.filter(node => !this.#pool.isPaused(node))
    return this.#firstReachable(ready.length > 0 ? ready : candidates)
  }

  async #firstReachable(nodes: readonly BrokerNode[]): Promise<BrokerConnection> {
    const failures: unknown[] = []
    for (const node of nodes) {
      try {
        return await this.#pool.get(node)
      } catch (error) {
        failures.push(error)
        if (this.#isClosed) break
      }
    }
    this.#refuseUnresolvable(failures)
    throw failures.at(-1)
  }

  /** Names that do not exist are a mistake in the configuration: waiting would not mend it. */
  #refuseUnresolvable(failures: readonly unknown[]): void {
    const isUnknown = (error: unknown): boolean =>
      error instanceof NetworkError && error.code === 'ENOTFOUND'
    if (this.#view !== emptyView || !failures.every(isUnknown)) return
    for (const { host, port } of this.#bootstrap) {
      this.log
        .named('org.apache.kafka.clients.ClientUtils')
        .warn(
          `Couldn't resolve server ${host}:${port} from bootstrap.servers as DNS resolution failed for ${host}`,
        )
    }
    throw new ConfigError('No resolvable bootstrap urls given in bootstrap.servers', {
      property: 'bootstrap.servers',
      value: this.settings.bootstrapServers.join(','),
    })
  }

  #shuffled(nodes: readonly BrokerNode[]): BrokerNode[] {
    const shuffled = [...nodes]
    for (let last = shuffled.length - 1; last > 0; last -= 1) {
      const other = this.host.random.below(last + 1)
      const [a, b] = [shuffled[last], shuffled[other]]
      if (a === undefined || b === undefined) continue
      shuffled[last] = b
      shuffled[other] = a
    }
    return shuffled
  }

  /** Asks once, and takes over what the answer says about brokers. */
  async fetchMetadata(
    question: MetadataQuestion,
    options: SendOptions & { readonly warnsOfTopics?: boolean } = {},
  ): Promise<ClusterView> {
    const connection = await this.anyConnection()
    const { body, correlationId } = await connection.send(
      metadataCall,
      version => metadataBody(question, version),
      options,
    )
    if (body.errorCode === ErrorCode.REBOOTSTRAP_REQUIRED && this.settings.rebootstraps) {
      this.#rebootstrap()
      throw new KafkaError('REBOOTSTRAP_REQUIRED', undefined, { retriable: true })
    }
    ensureSuccess(body.errorCode)
    const view = viewOf(body)
    if (options.warnsOfTopics === true) this.#warnOfTopics(view, correlationId)
    if (view.brokers.size > 0) this.#view = view
    return view
  }

  #warnOfTopics(view: ClusterView, correlationId: number): void {
    const faults = [...view.topics.values()].filter(topic => topic.errorCode !== ErrorCode.NONE)
    if (faults.length === 0) return
    const list = faults.map(({ name, errorCode }) => `${name}=${errorName(errorCode)}`).join(', ')
    this.#networkLog.warn(
      `The metadata response from the cluster reported a recoverable issue with correlation id ` +
        `${correlationId} : {${list}}`,
    )
  }

  /** Asks once. @throws KafkaError (retriable while there is none) */
  async findCoordinator(
    type: CoordinatorType,
    key: string,
    options?: SendOptions,
  ): Promise<BrokerNode> {
    const keyType = type === 'group' ? 0 : 1
    const answer = await this.sendToAny(
      findCoordinatorCall,
      version => findCoordinatorBody({ key, keyType }, version),
      options,
    )
    const found = answer.coordinators.find(coordinator => coordinator.key === key) ?? answer
    if (found.errorCode !== ErrorCode.NONE) {
      throw KafkaError.of(found.errorCode, isRetriable(found.errorCode) ? null : found.errorMessage)
    }
    const { nodeId: id, host, port } = found
    return { id, host, port, rack: null }
  }

  /** A connection to a coordinator, whether metadata knows the broker yet or not. */
  connectionToCoordinator(node: BrokerNode): Promise<BrokerConnection> {
    this.ensureOpen()
    return this.#pool.get(node, 'coordinator')
  }
}
