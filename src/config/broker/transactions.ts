/** Transactions: where their state is kept, and what expires. */
import {
  atLeast,
  bool,
  clusterWide,
  high,
  int,
  internal,
  low,
  short,
  type Properties,
} from '../property.ts'

// prettier-ignore
export const transactionLogProperties = {
  'transaction.state.log.min.isr': int(2, atLeast(1), high,
    'Replicas of __transaction_state that must have a record before it counts.'),
  'transaction.state.log.load.buffer.size': int(5242880, atLeast(1), high,
    'Bytes that are read at once when transactions are loaded.'),
  'transaction.state.log.replication.factor': short(3, atLeast(1), high,
    'Replicas of __transaction_state; its creation fails until as many brokers live.'),
  'transaction.state.log.num.partitions': int(50, atLeast(1), high,
    'Partitions of __transaction_state; not to be changed once it exists.'),
  'transaction.state.log.segment.bytes': int(104857600, atLeast(1), high,
    'Segment size in bytes of __transaction_state.'),
  'transaction.partition.verification.enable': bool(true, low, clusterWide,
    'Whether a partition asks the coordinator before it takes a transactional batch (KIP-890).'),
  'producer.id.expiration.ms': int(86400000, atLeast(1), low, clusterWide,
    'How long a partition remembers a producer that has fallen silent.'),
  'producer.id.expiration.check.interval.ms': int(600000, atLeast(1), low, internal,
    'Pause between two searches for producers to forget.'),
} satisfies Properties

// prettier-ignore
export const transactionStateProperties = {
  'transactional.id.expiration.ms': int(604800000, atLeast(1), high,
    'How long the coordinator remembers a transactional id that has fallen silent.'),
  'transaction.max.timeout.ms': int(900000, atLeast(1), high,
    'Longest transaction timeout that a producer may ask for.'),
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': int(10000, atLeast(1), low,
    'Pause between two searches for transactions to abort.'),
  'transaction.remove.expired.transaction.cleanup.interval.ms': int(3600000, atLeast(1), low,
    'Pause between two searches for transactional ids to forget.'),
} satisfies Properties
