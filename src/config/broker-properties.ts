/** Every property of a broker, in the order in which Kafka 3.9 defines them (KafkaConfig). */
import { cleanerProperties } from './broker/cleaner.ts'
import {
  consumerGroupProperties,
  groupProperties,
  shareGroupProperties,
  shareSessionProperties,
} from './broker/groups.ts'
import { kraftProperties, quorumProperties } from './broker/kraft.ts'
import { logProperties } from './broker/log.ts'
import { metricProperties } from './broker/metrics.ts'
import { quotaProperties } from './broker/quotas.ts'
import { remoteStorageProperties } from './broker/remote-storage.ts'
import { replicationProperties } from './broker/replication.ts'
import {
  delegationTokenProperties,
  passwordEncoderProperties,
  securityProperties,
} from './broker/security.ts'
import { serverProperties } from './broker/server.ts'
import { socketProperties } from './broker/sockets.ts'
import { transactionLogProperties, transactionStateProperties } from './broker/transactions.ts'
import { zookeeperProperties } from './broker/zookeeper.ts'
import type { Properties, ValueOf } from './property.ts'

export const brokerProperties = {
  ...remoteStorageProperties,
  ...zookeeperProperties,
  ...serverProperties,
  ...kraftProperties,
  ...socketProperties,
  ...replicationProperties,
  ...groupProperties,
  ...consumerGroupProperties,
  ...shareSessionProperties,
  ...cleanerProperties,
  ...logProperties,
  ...shareGroupProperties,
  ...transactionLogProperties,
  ...transactionStateProperties,
  ...quorumProperties,
  ...metricProperties,
  ...quotaProperties,
  ...securityProperties,
  ...delegationTokenProperties,
  ...passwordEncoderProperties,
} satisfies Properties

export type BrokerProperty = keyof typeof brokerProperties
/** What `config.get(name)` gives. */
export type BrokerValue<N extends BrokerProperty> = ValueOf<(typeof brokerProperties)[N]>
