/** The log cleaner, which compacts topics. */
import { DOUBLE_MAX, LONG_MAX } from '../java-numbers.ts'
import {
  atLeast,
  between,
  bool,
  clusterWide,
  double,
  int,
  long,
  medium,
  type Properties,
} from '../property.ts'

// prettier-ignore
export const cleanerProperties = {
  'log.cleaner.threads': int(1, atLeast(0), medium, clusterWide,
    'Threads that compact logs.'),
  'log.cleaner.io.max.bytes.per.second': double(DOUBLE_MAX, medium, clusterWide,
    'Bytes per second that the cleaner reads and writes at most.'),
  'log.cleaner.dedupe.buffer.size': long(134217728, medium, clusterWide,
    'Bytes for the table of keys, all cleaner threads together.'),
  'log.cleaner.io.buffer.size': int(524288, atLeast(0), medium, clusterWide,
    "Bytes for the cleaner's buffers, all threads together."),
  'log.cleaner.io.buffer.load.factor': double(0.9, medium, clusterWide,
    'How full the table of keys may get.'),
  'log.cleaner.backoff.ms': long(15000, atLeast(0), medium, clusterWide,
    'Pause of the cleaner when there is nothing to clean.'),
  'log.cleaner.min.cleanable.ratio': double(0.5, between(0, 1), medium, clusterWide,
    'Share of a log that must be uncleaned before it is compacted.'),
  'log.cleaner.enable': bool(true, medium, 'Whether logs are compacted at all.'),
  'log.cleaner.delete.retention.ms': long(86400000, atLeast(0), medium, clusterWide,
    'How long a tombstone stays in a compacted topic, so that readers can see it.'),
  'log.cleaner.min.compaction.lag.ms': long(0, atLeast(0), medium, clusterWide,
    'How long a record is at least kept from compaction.'),
  'log.cleaner.max.compaction.lag.ms': long(LONG_MAX, atLeast(1), medium, clusterWide,
    'How long a record may at most wait for compaction.'),
} satisfies Properties
