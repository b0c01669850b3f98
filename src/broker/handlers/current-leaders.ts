/**
 * Whom a client should have asked, told with the refusal, so that it need not ask for metadata first
 * (KIP-951). Kafka tells it with Produce v10 and Fetch v16 and later.
 */
import { endpointOf, partitionOf, type ClusterImage } from '../../metadata/index.ts'
import { ErrorCode } from '../../protocol/index.ts'

export interface LeaderView {
  readonly metadata: { readonly image: ClusterImage }
  readonly replicas: {
    get(topic: string, partition: number): { leaderId: number; leaderEpoch: number } | undefined
  }
}

interface NodeEndpoint {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

/** What one answer tells of leaders: with each refused partition its leader, and once where they are. */
export class CurrentLeaders {
  readonly #view: LeaderView
  readonly #listenerName: string
  readonly #isTold: boolean
  readonly #nodes = new Map<number, NodeEndpoint>()

  /** @param isTold whether the version of the answer can carry it */
  constructor(
    view: LeaderView,
    { listenerName, isTold }: { listenerName: string; isTold: boolean },
  ) {
    this.#view = view
    this.#listenerName = listenerName
    this.#isTold = isTold
  }

  /** The topic of a request, by whichever of the two it says (KIP-516). */
  nameOf(name: string, topicId: string): string {
    return name === '' ? (this.#view.metadata.image.topicNames.get(topicId) ?? '') : name
  }

  /** For one partition; nothing unless it was refused because another broker leads. */
  of(topic: string, partition: number, errorCode: ErrorCode) {
    const isElsewhere =
      errorCode === ErrorCode.NOT_LEADER_OR_FOLLOWER || errorCode === ErrorCode.FENCED_LEADER_EPOCH
    if (!this.#isTold || !isElsewhere) return {}
    const { leaderId, leaderEpoch } = this.#leaderOf(topic, partition)
    this.#name(leaderId)
    return { currentLeader: { leaderId, leaderEpoch } }
  }

  /** This broker's replica knows first; of a partition that is not here only the metadata tells. */
  #leaderOf(topic: string, partition: number) {
    const { metadata, replicas } = this.#view
    const held = replicas.get(topic, partition)
    if (held !== undefined) return { leaderId: held.leaderId, leaderEpoch: held.leaderEpoch }
    const known = partitionOf(metadata.image, topic, partition)
    return { leaderId: known?.leader ?? -1, leaderEpoch: known?.leaderEpoch ?? -1 }
  }

  #name(leaderId: number): void {
    const broker = this.#view.metadata.image.brokers.get(leaderId)
    if (broker === undefined) return
    const endpoint = endpointOf(broker, this.#listenerName)
    if (endpoint === undefined) return
    const { host, port } = endpoint
    this.#nodes.set(leaderId, { nodeId: leaderId, host, port, rack: broker.rack })
  }

  /** The leaders that were named, where clients of this listener reach them. */
  get nodeEndpoints(): NodeEndpoint[] {
    return [...this.#nodes.values()]
  }
}
