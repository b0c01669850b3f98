/**
 * The command-line tools. See README.md. Each is loaded when it is called, so that an entry of
 * `src/main/` pays for its own tool alone.
 */
import type { Tool } from './tool.ts'

export { KAFKA_VERSION, runTool, type Tool, type ToolEnvironment } from './tool.ts'

export const brokerApiVersions: Tool = async (...run) =>
  (await import('./broker-api-versions/broker-api-versions.ts')).brokerApiVersions(...run)
export const clusterTool: Tool = async (...run) =>
  (await import('./cluster/cluster-tool.ts')).clusterTool(...run)
export const configsCommand: Tool = async (...run) =>
  (await import('./configs/configs-command.ts')).configsCommand(...run)
export const consoleConsumer: Tool = async (...run) =>
  (await import('./console-consumer/console-consumer.ts')).consoleConsumer(...run)
export const consoleProducer: Tool = async (...run) =>
  (await import('./console-producer/console-producer.ts')).consoleProducer(...run)
export const deleteRecords: Tool = async (...run) =>
  (await import('./delete-records/delete-records.ts')).deleteRecords(...run)
export const dumpLog: Tool = async (...run) =>
  (await import('./dump-log/dump-log.ts')).dumpLog(...run)
export const featureCommand: Tool = async (...run) =>
  (await import('./features/feature-command.ts')).featureCommand(...run)
export const getOffsets: Tool = async (...run) =>
  (await import('./get-offsets/get-offsets.ts')).getOffsets(...run)
export const groupsCommand: Tool = async (...run) =>
  (await import('./groups/groups-command.ts')).groupsCommand(...run)
export const leaderElection: Tool = async (...run) =>
  (await import('./leader-election/leader-election.ts')).leaderElection(...run)
export const logDirs: Tool = async (...run) =>
  (await import('./log-dirs/log-dirs.ts')).logDirs(...run)
export const metadataQuorum: Tool = async (...run) =>
  (await import('./metadata-quorum/metadata-quorum.ts')).metadataQuorum(...run)
export const preferredElection: Tool = async (...run) =>
  (await import('./preferred-election/preferred-election.ts')).preferredElection(...run)
export const reassignPartitions: Tool = async (...run) =>
  (await import('./reassign-partitions/reassign-partitions.ts')).reassignPartitions(...run)
export const replicaVerification: Tool = async (...run) =>
  (await import('./replica-verification/replica-verification.ts')).replicaVerification(...run)
export const streamsReset: Tool = async (...run) =>
  (await import('./streams-reset/streams-reset.ts')).streamsReset(...run)
export const topicCommand: Tool = async (...run) =>
  (await import('./topics/topic-command.ts')).topicCommand(...run)
export const transactionsCommand: Tool = async (...run) =>
  (await import('./transactions/transactions-command.ts')).transactionsCommand(...run)
export const verifiableConsumer: Tool = async (...run) =>
  (await import('./verifiable-consumer/verifiable-consumer.ts')).verifiableConsumer(...run)
export const verifiableProducer: Tool = async (...run) =>
  (await import('./verifiable-producer/verifiable-producer.ts')).verifiableProducer(...run)
export const zookeeperShell: Tool = async (...run) =>
  (await import('./zookeeper-shell/zookeeper-shell.ts')).zookeeperShell(...run)
