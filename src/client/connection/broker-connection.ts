/** One connection of a client: asks the broker what it speaks, and sends in the newest common version. */
import type { Connection } from '../../host/index.ts'
import { RequestConnection, type RequestConnectionOptions } from '../../network/index.ts'
import {
  ApiKey,
  ApiVersionsRequest,
  ApiVersionsResponse,
  ErrorCode,
  type Message,
} from '../../protocol/index.ts'
import { ensureSuccess } from '../errors.ts'
import {
  apiCall,
  commonVersion,
  type Answer,
  type ApiCall,
  type Body,
  type ServedVersions,
} from './api-call.ts'

/** Who asks: brokers refuse to tell their versions to nobody (KIP-511). */
export const clientSoftware = { clientSoftwareName: 'tidelog', clientSoftwareVersion: '0.1.0' }
const apiVersions = apiCall(ApiVersionsRequest, ApiVersionsResponse)

export type ConnectionOptions = RequestConnectionOptions

export interface SendOptions {
  /** Default: `request.timeout.ms`. When it passes the connection is given up, as in Java. */
  readonly timeoutMs?: number | undefined
}

export class BrokerConnection {
  readonly #requests: RequestConnection
  #served: ServedVersions = new Map()

  private constructor(requests: RequestConnection) {
    this.#requests = requests
  }

  /**
   * Must be called in the turn in which `connection` was received.
   *
   * @throws NetworkError when the broker goes away or stays silent
   * @throws KafkaError for an error it answers with
   */
  static async open(connection: Connection, options: ConnectionOptions): Promise<BrokerConnection> {
    const opened = new BrokerConnection(new RequestConnection(connection, options))
    try {
      await opened.#negotiate()
    } catch (error) {
      opened.close()
      throw error
    }
    return opened
  }

  get isOpen(): boolean {
    return this.#requests.isOpen
  }

  /** Requests that are not answered yet. */
  get inFlightCount(): number {
    return this.#requests.inFlightCount
  }

  /** Of the clock's monotonic time. */
  get lastUsedMs(): number {
    return this.#requests.lastUsedMs
  }

  /** Called once, also when it is closed already. */
  whenClosed(action: () => void): void {
    this.#requests.whenClosed(action)
  }

  /** @throws KafkaError UNSUPPORTED_VERSION when the broker speaks none of ours */
  versionOf<Q extends Message, S extends Message>(call: ApiCall<Q, S>): number {
    return commonVersion(call, this.#served)
  }

  /** Whether the broker knows the API at all. */
  serves({ apiKey }: ApiCall<Message, Message>): boolean {
    return this.#served.has(apiKey)
  }

  /**
   * Sends, and resolves with the answer.
   *
   * @throws NetworkError (retriable) when the connection breaks first, or no answer comes in time
   * @throws ProtocolError for an answer that cannot be read
   * @throws KafkaError UNSUPPORTED_VERSION
   */
  async send<Q extends Message, S extends Message>(
    call: ApiCall<Q, S>,
    body: Body<Q>,
    options: SendOptions = {},
  ): Promise<Answer<S>> {
    const version = this.versionOf(call)
    return { ...(await this.#requests.exchange(call, version, body(version), options)), version }
  }

  /** Sends what is not answered (Produce with acks=0). */
  sendOneWay<Q extends Message, S extends Message>(call: ApiCall<Q, S>, body: Body<Q>): void {
    const version = this.versionOf(call)
    this.#requests.sendOneWay(call.request, version, body(version))
  }

  /** Fails what is not answered yet. */
  close(): void {
    this.#requests.close()
  }

  async #negotiate(): Promise<void> {
    let version = apiVersions.versions[1]
    let { body: answer } = await this.#requests.exchange(apiVersions, version, clientSoftware)
    if (answer.errorCode === ErrorCode.UNSUPPORTED_VERSION) {
      // Brokers before 2.4 do not say which versions they have: all have v0 (KIP-511).
      const own = answer.apiKeys.find(({ apiKey }) => apiKey === ApiKey.ApiVersions)
      version = Math.min(version - 1, own?.maxVersion ?? 0)
      answer = (await this.#requests.exchange(apiVersions, version, clientSoftware)).body
    }
    ensureSuccess(answer.errorCode)
    this.#served = new Map(
      answer.apiKeys.map(({ apiKey, minVersion, maxVersion }) => [
        apiKey,
        [minVersion, maxVersion] as const,
      ]),
    )
  }
}
