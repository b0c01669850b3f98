/** The broker that coordinates a group or a transactional id: found when needed, forgotten when it has moved. */
import { ErrorCode, type Message, type MessageOf } from '../../protocol/index.ts'
import { isWorthRetrying } from '../errors.ts'
import type { ApiCall, Body } from './api-call.ts'
import type { BrokerConnection, SendOptions } from './broker-connection.ts'
import type { BrokerNode } from './cluster-view.ts'
import type { Cluster, CoordinatorType } from './cluster.ts'

const movedCodes = new Set<number>([ErrorCode.NOT_COORDINATOR, ErrorCode.COORDINATOR_NOT_AVAILABLE])

export class Coordinator {
  /** The group id or transactional id. */
  readonly key: string
  readonly #cluster: Cluster
  readonly #type: CoordinatorType
  #node: BrokerNode | undefined

  constructor(cluster: Cluster, type: CoordinatorType, key: string) {
    this.#cluster = cluster
    this.#type = type
    this.key = key
  }

  /** Sends once, looking for the coordinator when it is not known. */
  async send<Q extends Message, S extends Message>(
    call: ApiCall<Q, S>,
    body: Body<Q>,
    options?: SendOptions,
  ): Promise<MessageOf<S>> {
    return this.exchange(async connection => (await connection.send(call, body, options)).body)
  }

  /** Talks to the coordinator; when that fails in a way that may pass, it is looked for anew. */
  async exchange<T>(talk: (connection: BrokerConnection) => Promise<T>): Promise<T> {
    try {
      this.#node ??= await this.#cluster.findCoordinator(this.#type, this.key)
      return await talk(await this.#cluster.connectionToCoordinator(this.#node))
    } catch (error) {
      if (isWorthRetrying(error)) this.#node = undefined
      throw error
    }
  }

  /** To be called with every error the coordinator answers with: one that has moved is looked for anew. */
  heed(errorCode: number): void {
    if (movedCodes.has(errorCode)) this.#node = undefined
  }
}
