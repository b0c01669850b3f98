/** What handlers may ask for. The broker makes it once; a handler takes what it needs. */
import type { Host } from '../host/index.ts'
import type { FetchSessions, Replicas } from '../replica/index.ts'
import type { GroupCoordinator, TransactionCoordinator } from '../runtime/index.ts'
import type { ControllerOrders } from './cluster/controller-orders.ts'
import type { ConfigAdmin } from './config-admin.ts'
import type { ControllerRunner } from './controller-runner.ts'
import type { MetadataCache } from './metadata-cache.ts'
import type { ProducerIds } from './producer-ids.ts'
import type { RunningConfig } from './running-config.ts'
import type { TopicAdmin } from './topic-admin.ts'
import type { TopicConfigs } from './topic-configs.ts'
import type { TransactionMarkers } from './transaction-markers.ts'
import type { TransactionVerification } from './transaction-verification.ts'
import type { ZooKeeperOffsets } from './zookeeper-offsets.ts'

export interface BrokerContext {
  readonly brokerId: number
  readonly host: Host
  readonly config: RunningConfig
  readonly metadata: MetadataCache
  readonly replicas: Replicas
  readonly fetchSessions: FetchSessions
  readonly groups: GroupCoordinator
  readonly transactions: TransactionCoordinator
  readonly verification: TransactionVerification
  readonly markers: TransactionMarkers
  /** Offsets of clients older than the offsets topic. */
  readonly oldOffsets: ZooKeeperOffsets
  readonly topics: TopicAdmin
  readonly configs: ConfigAdmin
  readonly topicConfigs: TopicConfigs
  readonly producerIds: ProducerIds
  /** What the controller, whichever broker that is, orders this one to do. */
  readonly orders: ControllerOrders
  /** This broker's own controller, active or not. */
  readonly controller: () => ControllerRunner
}
