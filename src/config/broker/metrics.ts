/** Metrics. */
import {
  atLeast,
  bool,
  clusterWide,
  ignored,
  int,
  list,
  long,
  low,
  string,
  type Properties,
} from '../property.ts'

const rates = ignored(
  'metrics are counters and gauges, which the reader of Prometheus turns into rates',
)
const java = ignored('a Java class cannot be loaded, metrics go out over Prometheus')

// prettier-ignore
export const metricProperties = {
  'metrics.num.samples': int(2, atLeast(1), low, rates, 'Samples over which a rate is averaged.'),
  'metrics.sample.window.ms': long(30000, atLeast(1), low, rates, 'Length of one sample.'),
  'metric.reporters': list('', low, clusterWide, java, 'Classes that carry metrics elsewhere.'),
  'metrics.recording.level': string('INFO', low, rates,
    'How much is measured: INFO, DEBUG, TRACE.'),
  'auto.include.jmx.reporter': bool(
    true, low, ignored('there is no JMX here; metrics go out over Prometheus'),
    'Whether JMX shows the metrics without being named in metric.reporters.'),
  'kafka.metrics.reporters': list('', low, java,
    'Classes that carry the older kind of metrics elsewhere.'),
  'kafka.metrics.polling.interval.secs': int(10, atLeast(1), low, java,
    'Pause in seconds between two reports of kafka.metrics.reporters.'),
  'telemetry.max.bytes': int(
    1048576, atLeast(1), low,
    ignored('telemetry of clients (KIP-714) is not taken in ZooKeeper mode'),
    'Largest push of telemetry in bytes that a client may send.'),
} satisfies Properties
