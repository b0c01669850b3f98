/** Tiered storage (KIP-405). */
import { LONG_MAX } from '../java-numbers.ts'
import {
  atLeast,
  between,
  bool,
  check,
  clusterWide,
  double,
  ignored,
  int,
  internal,
  long,
  low,
  medium,
  refused,
  string,
  type Properties,
} from '../property.ts'
import { fallbackThreads, nonEmptyString } from '../validators.ts'

const tiered = ignored('nothing is kept in a remote tier')

// prettier-ignore
export const remoteStorageProperties = {
  'remote.log.storage.system.enable': bool(
    false, medium, refused('tiered storage (KIP-405) is not served'),
    'Whether closed segments may be moved to a remote tier.'),
  'remote.log.storage.manager.impl.prefix': string(
    'rsm.config.', check(nonEmptyString), medium, tiered,
    'Prefix of the properties that are handed to the remote storage plug-in.'),
  'remote.log.metadata.manager.impl.prefix': string(
    'rlmm.config.', check(nonEmptyString), medium, tiered,
    'Prefix of the properties that are handed to the plug-in that keeps remote metadata.'),
  'remote.log.storage.manager.class.name': string(null, check(nonEmptyString), medium, tiered,
    'Class of the plug-in that stores segments remotely.'),
  'remote.log.storage.manager.class.path': string(null, medium, tiered,
    'Where the classes of the remote storage plug-in are found.'),
  'remote.log.metadata.manager.class.name': string(
    'org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager',
    check(nonEmptyString), medium, tiered,
    'Class of the plug-in that keeps the metadata of remote segments.'),
  'remote.log.metadata.manager.class.path': string(null, medium, tiered,
    'Where the classes of the remote metadata plug-in are found.'),
  'remote.log.metadata.manager.listener.name': string(null, check(nonEmptyString), medium, tiered,
    'Listener through which the remote metadata plug-in reaches this broker.'),
  'remote.log.metadata.custom.metadata.max.bytes': int(128, atLeast(0), low, tiered,
    'Upper bound in bytes of the metadata a plug-in adds to one remote segment.'),
  'remote.log.index.file.cache.total.size.bytes': long(
    1073741824, atLeast(1), low, clusterWide, tiered,
    'Disk space in bytes for cached indexes of remote segments.'),
  'remote.log.manager.thread.pool.size': int(10, atLeast(1), medium, tiered,
    'Threads that copy, read and expire remote segments.'),
  'remote.log.manager.copier.thread.pool.size': int(-1, check(fallbackThreads), medium, tiered,
    'Threads that copy segments to the remote tier.'),
  'remote.log.manager.expiration.thread.pool.size': int(-1, check(fallbackThreads), medium, tiered,
    'Threads that delete expired remote segments.'),
  'remote.log.manager.task.interval.ms': long(30000, atLeast(1), low, tiered,
    'Pause between two rounds of copying and expiring remote segments.'),
  'remote.log.manager.task.retry.backoff.ms': long(500, atLeast(1), low, internal, tiered,
    'First pause before a failed remote task is tried again.'),
  'remote.log.manager.task.retry.backoff.max.ms': long(30000, atLeast(1), low, internal, tiered,
    'Longest pause before a failed remote task is tried again.'),
  'remote.log.manager.task.retry.jitter': double(0.2, between(0, 0.5), low, internal, tiered,
    'Share by which the pauses of remote tasks vary at random.'),
  'remote.log.reader.threads': int(10, atLeast(1), medium, tiered,
    'Threads that read from the remote tier.'),
  'remote.log.reader.max.pending.tasks': int(100, atLeast(1), medium, tiered,
    'Reads from the remote tier that may wait for a thread.'),
  'log.local.retention.ms': long(-2, atLeast(-2), medium, clusterWide, tiered,
    'How long a segment that has been copied away also stays on the local disk; -2 stands for ' +
    'log.retention.ms.'),
  'log.local.retention.bytes': long(-2, atLeast(-2), medium, clusterWide, tiered,
    'Bytes of a partition that stay on the local disk besides the remote copy; -2 stands for ' +
    'log.retention.bytes.'),
  'remote.log.manager.copy.max.bytes.per.second': long(
    LONG_MAX, atLeast(1), medium, clusterWide, tiered,
    'Quota in bytes per second for copying to the remote tier.'),
  'remote.log.manager.copy.quota.window.num': int(11, atLeast(1), medium, tiered,
    'Samples kept for the quota on copying.'),
  'remote.log.manager.copy.quota.window.size.seconds': int(1, atLeast(1), medium, tiered,
    'Length in seconds of one sample of the quota on copying.'),
  'remote.log.manager.fetch.max.bytes.per.second': long(
    LONG_MAX, atLeast(1), medium, clusterWide, tiered,
    'Quota in bytes per second for reading from the remote tier.'),
  'remote.log.manager.fetch.quota.window.num': int(11, atLeast(1), medium, tiered,
    'Samples kept for the quota on reading.'),
  'remote.log.manager.fetch.quota.window.size.seconds': int(1, atLeast(1), medium, tiered,
    'Length in seconds of one sample of the quota on reading.'),
  'remote.fetch.max.wait.ms': int(500, atLeast(1), medium, clusterWide, tiered,
    'How long a fetch waits for data of the remote tier.'),
} satisfies Properties
