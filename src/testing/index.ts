export type { Member } from './cluster-network.ts'
export { startBroker, type StartBrokerOptions, type TestBroker } from './start-broker.ts'
export { startCluster, type StartClusterOptions, type TestCluster } from './start-cluster.ts'
