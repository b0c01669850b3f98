/** Makes what connects a broker with the others of its cluster, from its properties. */
import type { Host } from '../host/index.ts'
import { NetworkError } from '../host/index.ts'
import { ApiKey } from '../protocol/index.ts'
import type { IsrOutcome, IsrProposal } from '../replica/index.ts'
import type { Znodes } from '../znodes/index.ts'
import { ZooKeeperError } from '../zookeeper/index.ts'
import {
  askSelf,
  IsrProposals,
  PeerReplicaCluster,
  RemoteTransactions,
  Peers,
  peerVersion,
  StoredIsr,
  ToController,
  type Purpose,
} from './cluster/index.ts'
import type { Handler } from './handler.ts'
import type { MetadataCache } from './metadata-cache.ts'
import type { RunningConfig } from './running-config.ts'

export interface ClusterPartsOptions {
  readonly brokerId: number
  readonly host: Host
  readonly config: RunningConfig
  readonly metadata: MetadataCache
  readonly znodes: Znodes
  readonly brokerEpoch: () => number
  readonly handlers: () => ReadonlyMap<number, Handler>
}

export type ClusterParts = ReturnType<typeof clusterPartsFor>

export function clusterPartsFor(options: ClusterPartsOptions) {
  const { brokerId, host, config, metadata, brokerEpoch, handlers } = options
  const { clock, network } = host
  const { current } = config
  const listenerName = current.interBrokerListenerName
  const spoken = current.interBrokerProtocolVersion
  const peers = new Peers({
    ...{ brokerId, clock, network, listenerName },
    image: () => metadata.image,
    maxFetchBytes: () => config.current.get('replica.fetch.response.max.bytes'),
    timeoutMs: purpose => config.current.get(timeoutOf(purpose)),
  })
  const self = askSelf({ brokerId, listenerName, handlers })
  const controller = new ToController({ brokerId, metadata, peers, askSelf: self })
  const isr = isrProposer(options, controller)
  const replicaCluster = new PeerReplicaCluster({
    ...{ brokerId, brokerEpoch, spoken, peers, metadata, proposeIsr: isr.propose },
    timeoutMs: () => config.current.get('replica.socket.timeout.ms'),
  })
  const transactions = new RemoteTransactions(peers, spoken)
  const close = (): void => {
    peers.close()
    isr.stop()
  }
  return {
    ...{ peers, askSelf: self, controller, replicaCluster, transactions },
    ...{ listenerName, spoken, close },
  }
}

function timeoutOf(purpose: Purpose) {
  if (purpose === 'controller' || purpose === 'to-controller') return 'controller.socket.timeout.ms'
  return purpose === 'transactions' ? 'request.timeout.ms' : 'replica.socket.timeout.ms'
}

/** By the controller, or where the cluster is too old for that, straight into ZooKeeper. */
function isrProposer(
  { brokerId, host, config, metadata, znodes, brokerEpoch }: ClusterPartsOptions,
  controller: ToController,
) {
  const version = peerVersion(ApiKey.AlterPartition, config.current.interBrokerProtocolVersion)
  if (version !== undefined) {
    const proposals = new IsrProposals({ brokerId, brokerEpoch, controller, version })
    const propose = (proposal: IsrProposal): Promise<IsrOutcome> => proposals.propose(proposal)
    return { propose, stop: () => undefined }
  }
  const stored = new StoredIsr({
    ...{ brokerId, clock: host.clock, znodes },
    logger: host.log.named('kafka.server.ZkAlterPartitionManager'),
    controllerEpoch: () => metadata.image.controllerEpoch,
  })
  const propose = async (proposal: IsrProposal): Promise<IsrOutcome> => {
    try {
      return await stored.propose(proposal)
    } catch (error) {
      if (!(error instanceof ZooKeeperError)) throw error
      throw new NetworkError('ZooKeeper did not answer', { code: 'ZOOKEEPER', cause: error })
    }
  }
  return { propose, stop: () => stored.stop() }
}
