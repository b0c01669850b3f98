/** Listeners, connections and their limits. */
import { INT_MAX } from '../java-numbers.ts'
import {
  atLeast,
  clusterWide,
  high,
  ignored,
  int,
  long,
  low,
  medium,
  perBroker,
  string,
  type Properties,
} from '../property.ts'

const oneLoop = ignored('one event loop reads and writes all sockets')
const kernel = ignored('Node leaves the size of socket buffers to the kernel', '-1')
const noQueue = ignored(
  'a request is handled when it has arrived, and a connection whose answers pile up is not read',
)
const login = ignored('no listener asks clients to authenticate')

// prettier-ignore
export const socketProperties = {
  'listeners': string('PLAINTEXT://:9092', high, perBroker,
    'Addresses to listen on as NAME://host:port,...; no host means every interface.'),
  'advertised.listeners': string(null, high, perBroker,
    'Addresses that clients and other brokers are told; the listeners themselves when not given.'),
  'listener.security.protocol.map': string(
    'SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT', low, perBroker,
    'Security protocol of each listener name.'),
  'control.plane.listener.name': string(
    null, high, ignored("every listener serves the controller's requests"),
    'Listener that is kept for requests of the controller.'),
  'socket.send.buffer.bytes': int(102400, high, kernel,
    'Send buffer of a server socket; -1 leaves it to the system.'),
  'socket.receive.buffer.bytes': int(102400, high, kernel,
    'Receive buffer of a server socket; -1 leaves it to the system.'),
  'socket.request.max.bytes': int(104857600, atLeast(1), high,
    'Largest request in bytes; a longer one closes its connection.'),
  'socket.listen.backlog.size': int(50, atLeast(1), medium,
    'Connections that may wait to be accepted.'),
  'max.connections.per.ip': int(INT_MAX, atLeast(0), medium, clusterWide,
    'Connections that one address may hold; 0 needs overrides.'),
  'max.connections.per.ip.overrides': string('', medium, clusterWide,
    'Other limits for some addresses, as host:number,...'),
  'max.connections': int(INT_MAX, atLeast(0), medium, clusterWide,
    'Connections that the broker holds in all; a listener may have a limit of its own.'),
  'max.connection.creation.rate': int(INT_MAX, atLeast(0), medium, clusterWide,
    'New connections per second that are accepted; a listener may have a rate of its own.'),
  'connections.max.idle.ms': long(600000, medium,
    'Silence after which a connection is closed; -1 never.'),
  'connection.failed.authentication.delay.ms': int(100, atLeast(0), low, login,
    'Pause before a connection that failed to authenticate is closed.'),
  'queued.max.requests': int(500, atLeast(1), high, noQueue,
    'Requests that may wait for a thread before sockets are no longer read.'),
  'queued.max.request.bytes': long(-1, medium, noQueue,
    'Bytes of requests that may wait before sockets are no longer read; -1 any.'),
  'num.network.threads': int(3, atLeast(1), high, clusterWide, oneLoop,
    'Threads that read and write sockets, for each listener.'),
} satisfies Properties
