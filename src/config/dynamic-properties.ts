/**
 * Properties that exist only in ZooKeeper: throttles of brokers, quotas of clients, users and
 * addresses. No file can hold them, kafka-configs.sh sets them. Mirrors QuotaConfigs.
 */
import { INT_MAX, LONG_MAX } from './java-numbers.ts'
import { atLeast, clusterWide, double, ignored, int, long, medium } from './property.ts'
import type { Properties } from './property.ts'

const quotas = ignored('quotas are not enforced yet')

// prettier-ignore
export const brokerThrottles = {
  'leader.replication.throttled.rate': long(LONG_MAX, atLeast(0), medium, clusterWide,
    'Bytes per second that leaders send at most to their throttled replicas.'),
  'follower.replication.throttled.rate': long(LONG_MAX, atLeast(0), medium, clusterWide,
    'Bytes per second that throttled replicas take at most from their leaders.'),
  'replica.alter.log.dirs.io.max.bytes.per.second': long(
    LONG_MAX, atLeast(0), medium, clusterWide,
    'Bytes per second at which replicas move between log directories of this broker.'),
} satisfies Properties

// prettier-ignore
export const clientQuotas = {
  'producer_byte_rate': long(LONG_MAX, medium, quotas, 'Bytes per second that producers send.'),
  'consumer_byte_rate': long(LONG_MAX, medium, quotas, 'Bytes per second that consumers read.'),
  'request_percentage': double(INT_MAX, medium, quotas,
    'Share of request processing time, in percent of one thread.'),
  'controller_mutation_rate': double(INT_MAX, medium, quotas,
    'Partitions per second that are created or deleted.'),
} satisfies Properties

// prettier-ignore
export const ipQuotas = {
  'connection_creation_rate': int(INT_MAX, atLeast(0), medium, quotas,
    'Connections per second that an address may open.'),
} satisfies Properties
