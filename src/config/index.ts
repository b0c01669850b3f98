/** Configuration: every property once, parsed by Kafka's rules. See README.md. */
export {
  alterBrokerConfig,
  alterTopicConfig,
  AlterOperation,
  type AlterOutcome,
  type AlterRequest,
  type ConfigChange,
} from './alter-configs.ts'
export { BrokerConfig } from './broker-config.ts'
export { brokerProperties, type BrokerProperty, type BrokerValue } from './broker-properties.ts'
export {
  AdminConfig,
  ConsumerConfig,
  ProducerConfig,
  reconnectBackoffMaxMs,
  type Adjustment,
} from './client-config.ts'
export { adminProperties } from './client/admin.ts'
export { consumerProperties } from './client/consumer.ts'
export { producerProperties } from './client/producer.ts'
export { Config, type Given } from './config.ts'
export { ConfigError, InvalidConfigurationError, type ConfigErrorDetails } from './config-error.ts'
export {
  ConfigSource,
  ConfigType,
  describeBrokerConfig,
  describeClusterConfig,
  describeTopicConfig,
  type DescribedConfig,
  type DescribedSynonym,
} from './describe-configs.ts'
export {
  DynamicBrokerConfig,
  type DroppedProperty,
  type DynamicScope,
} from './dynamic-broker-config.ts'
export { brokerThrottles, clientQuotas, ipQuotas } from './dynamic-properties.ts'
export {
  isAtLeast,
  parseInterBrokerVersion,
  recordFormatOf,
  type InterBrokerVersion,
} from './inter-broker-version.ts'
export type { Endpoint, SecurityProtocol } from './listeners.ts'
export { LONG_MAX, parseJavaDouble, parseJavaInteger } from './java-numbers.ts'
export { adoptLegacyAddresses } from './legacy-addresses.ts'
export { Password } from './password.ts'
export { parseProperties, parsePropertiesFile } from './properties-file.ts'
export type { ParsedValue, Property, PropertyType, UpdateMode } from './property.ts'
export { reviewBroker, reviewGiven, type ConfigReview, type ConfigWarning } from './support.ts'
export {
  TopicConfig,
  validateTopicOverrides,
  type TopicProperty,
  type TopicValue,
} from './topic-config.ts'
export { topicProperties } from './topic-properties.ts'
export {
  parseZooKeeperConnect,
  type ZooKeeperConnect,
  type ZooKeeperServer,
} from './zookeeper-connect.ts'
export { zooProperties } from './zoo-properties.ts'
export { parseZooCfg, type ParsedZooCfg, type ZooCfg } from './zoo-cfg.ts'
export type { ZooServer, ZooServerAddress } from './zoo-server.ts'
