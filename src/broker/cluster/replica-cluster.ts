/** The other brokers as the replicas of this one need them, in the versions that all brokers of the cluster speak. */
import { isAtLeast, type InterBrokerVersion } from '../../config/index.ts'
import {
  ApiKey,
  FetchRequest,
  FetchResponse,
  ListOffsetsRequest,
  ListOffsetsResponse,
  OffsetForLeaderEpochRequest,
  OffsetForLeaderEpochResponse,
  type MessageInput,
} from '../../protocol/index.ts'
import type { IsrOutcome, IsrProposal, ReplicaCluster } from '../../replica/index.ts'
import type { MetadataCache } from '../metadata-cache.ts'
import {
  fetchesById,
  fetchesInSessions,
  fetchSaysReplicaEpoch,
  fetchTellsDivergence,
  listsOneOffset,
} from '../old-versions.ts'
import type { Peer } from './peer.ts'
import { requiredPeerVersion } from './peer-versions.ts'
import type { Peers } from './peers.ts'

const fetch = { request: FetchRequest, response: FetchResponse }
const listOffsets = { request: ListOffsetsRequest, response: ListOffsetsResponse }
const endOffsets = {
  request: OffsetForLeaderEpochRequest,
  response: OffsetForLeaderEpochResponse,
}

export interface ReplicaClusterOptions {
  readonly brokerId: number
  readonly brokerEpoch: () => number
  readonly spoken: InterBrokerVersion
  readonly peers: Peers
  readonly metadata: MetadataCache
  readonly proposeIsr: (proposal: IsrProposal) => Promise<IsrOutcome>
  /** `replica.socket.timeout.ms` */
  readonly timeoutMs: () => number
}

export class PeerReplicaCluster implements ReplicaCluster {
  readonly #options: ReplicaClusterOptions
  readonly #fetchVersion: number
  readonly tellsDivergence: boolean
  readonly knowsLeaderEpochs: boolean
  readonly knowsFetchSessions: boolean

  constructor(options: ReplicaClusterOptions) {
    const { spoken } = options
    this.#options = options
    this.#fetchVersion = requiredPeerVersion(ApiKey.Fetch, spoken)
    this.tellsDivergence = fetchTellsDivergence(this.#fetchVersion)
    this.knowsFetchSessions = fetchesInSessions(this.#fetchVersion)
    this.knowsLeaderEpochs = isAtLeast(spoken, '0.11.0-IV2')
  }

  async fetch(
    leaderId: number,
    fetcherIndex: number,
    body: MessageInput<typeof FetchRequest>,
  ): Promise<FetchResponse> {
    const version = this.#fetchVersion
    const timeoutMs = this.#options.timeoutMs() + body.maxWaitMs
    const asked = this.#inVersion(body)
    const peer = this.#leader(leaderId, fetcherIndex)
    const answer = await peer.ask(fetch, version, asked, timeoutMs)
    if (!fetchesById(version)) return answer
    const nameOf = new Map(body.topics.map(({ topic, topicId }) => [topicId, topic]))
    const { topicNames } = this.#options.metadata.image
    const responses = answer.responses.map(response => ({
      ...response,
      topic: nameOf.get(response.topicId) ?? topicNames.get(response.topicId) ?? '',
    }))
    return { ...answer, responses }
  }

  /** Without what the version has no place for. */
  #inVersion(body: MessageInput<typeof FetchRequest>): MessageInput<typeof FetchRequest> {
    const version = this.#fetchVersion
    const { brokerId, brokerEpoch } = this.#options
    if (!fetchSaysReplicaEpoch(version)) return body
    const { replicaId = brokerId, ...rest } = body
    return { ...rest, replicaState: { replicaId, replicaEpoch: brokerEpoch() } }
  }

  endOffsets(
    leaderId: number,
    fetcherIndex: number,
    body: MessageInput<typeof OffsetForLeaderEpochRequest>,
  ): Promise<OffsetForLeaderEpochResponse> {
    const version = requiredPeerVersion(ApiKey.OffsetForLeaderEpoch, this.#options.spoken)
    return this.#leader(leaderId, fetcherIndex).ask(endOffsets, version, body)
  }

  async listOffsets(
    leaderId: number,
    fetcherIndex: number,
    body: MessageInput<typeof ListOffsetsRequest>,
  ): Promise<ListOffsetsResponse> {
    const version = requiredPeerVersion(ApiKey.ListOffsets, this.#options.spoken)
    const peer = this.#leader(leaderId, fetcherIndex)
    const answer = await peer.ask(listOffsets, version, body)
    if (listsOneOffset(version)) return answer
    const topics = answer.topics.map(topic => ({
      ...topic,
      partitions: topic.partitions.map(partition => ({
        ...partition,
        offset: partition.oldStyleOffsets[0] ?? -1,
      })),
    }))
    return { ...answer, topics }
  }

  #leader(leaderId: number, fetcherIndex: number): Peer {
    return this.#options.peers.to(leaderId, `fetcher-${fetcherIndex}`)
  }

  proposeIsr(proposal: IsrProposal): Promise<IsrOutcome> {
    return this.#options.proposeIsr(proposal)
  }

  /** In a cluster with ZooKeeper brokers do not hear each other's epochs: -1, which the controller takes for any. */
  brokerEpochOf(brokerId: number): number | undefined {
    if (brokerId === this.#options.brokerId) return this.#options.brokerEpoch()
    return this.#options.metadata.image.brokers.has(brokerId) ? -1 : undefined
  }

  rackOf(brokerId: number): string | null {
    return this.#options.metadata.image.brokers.get(brokerId)?.rack ?? null
  }
}
