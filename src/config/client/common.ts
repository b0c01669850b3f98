/** What producer, consumer and admin client share. */
import {
  among,
  amongAnyCase,
  atLeast,
  bool,
  ignored,
  int,
  long,
  low,
  medium,
  refused,
  string,
  type Properties,
} from '../property.ts'

const dns = ignored('the first address that connects is used')
const java = ignored('a Java class cannot be loaded here')
const kernel = ignored('Node leaves the size of socket buffers to the kernel')
const metrics = ignored('the client offers counters, not sampled rates or JMX')

// prettier-ignore
export const commonClientProperties = {
  'metadata.max.age.ms': long(300000, atLeast(0), low,
    'Age at which what is known about topics and brokers is asked for again.'),
  'send.buffer.bytes': int(131072, atLeast(-1), medium, kernel,
    'Send buffer of a socket; -1 leaves it to the system.'),
  'reconnect.backoff.ms': long(50, atLeast(0), low,
    'First pause before a broker is connected to again.'),
  'reconnect.backoff.max.ms': long(1000, atLeast(0), low,
    'Longest pause before a broker is connected to again.'),
  'retry.backoff.ms': long(100, atLeast(0), low,
    'First pause before a failed request is sent again.'),
  'retry.backoff.max.ms': long(1000, atLeast(0), low,
    'Longest pause before a failed request is sent again.'),
  'enable.metrics.push': bool(true, low, ignored('telemetry of clients (KIP-714) is not sent'),
    'Whether the client sends its metrics to a broker that asks for them.'),
  'request.timeout.ms': int(30000, atLeast(0), medium, 'How long an answer is waited for.'),
  'socket.connection.setup.timeout.ms': long(10000, medium,
    'How long a connection may take to be established at first.'),
  'socket.connection.setup.timeout.max.ms': long(30000, medium,
    'Upper bound to which that time grows with each failure.'),
  'metrics.sample.window.ms': long(30000, atLeast(0), low, metrics,
    'Length of a sample over which a rate is averaged.'),
  'metrics.num.samples': int(2, atLeast(1), low, metrics, 'Samples over which a rate is averaged.'),
  'metrics.recording.level': string('INFO', among('INFO', 'DEBUG', 'TRACE'), low, metrics,
    'How much is measured: INFO, DEBUG, TRACE.'),
  'auto.include.jmx.reporter': bool(true, low, metrics, 'Whether JMX shows the metrics.'),
  'client.dns.lookup': string(
    'use_all_dns_ips', among('use_all_dns_ips', 'resolve_canonical_bootstrap_servers_only'),
    medium, dns,
    'How a name with several addresses is used.'),
  'security.providers': string(null, low, java, 'Classes that add cryptographic algorithms.'),
  'security.protocol': string(
    'PLAINTEXT', amongAnyCase('SASL_SSL', 'PLAINTEXT', 'SSL', 'SASL_PLAINTEXT'), medium,
    refused('TLS and SASL are not there yet'),
    'How brokers are spoken to: PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL.'),
  'metadata.recovery.strategy': string('none', amongAnyCase('REBOOTSTRAP', 'NONE'), low,
    'What happens when no known broker answers: none fails, rebootstrap begins again (KIP-899).'),
} satisfies Properties
