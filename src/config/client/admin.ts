/** Admin client (AdminClientConfig). */
import { commonClientProperties } from './common.ts'
import { clientSecurityProperties } from './security.ts'
import { INT_MAX } from '../java-numbers.ts'
import {
  atLeast,
  between,
  high,
  ignored,
  int,
  list,
  long,
  low,
  medium,
  refused,
  string,
  type Properties,
} from '../property.ts'

const java = ignored('a Java class cannot be loaded here')
const kernel = ignored('Node leaves the size of socket buffers to the kernel')

// prettier-ignore
export const adminProperties = {
  ...commonClientProperties,
  ...clientSecurityProperties,
  'bootstrap.servers': list('', high,
    'Brokers to begin with as host:port,...; the others are learnt from them.'),
  'bootstrap.controllers': list('', high, refused('there are no KRaft controllers to speak to'),
    'KRaft controllers to speak to instead of brokers.'),
  'client.id': string('', medium,
    "Name under which the broker's logs and quotas know this client."),
  'receive.buffer.bytes': int(65536, atLeast(-1), medium, kernel,
    'Receive buffer of a socket; -1 leaves it to the system.'),
  'connections.max.idle.ms': long(300000, medium,
    'Silence after which the client closes a connection.'),
  'retries': int(INT_MAX, between(0, INT_MAX), low,
    'How often a call that failed for now is tried again, within default.api.timeout.ms.'),
  'default.api.timeout.ms': int(60000, atLeast(0), medium,
    'How long a call may take that has no time of its own.'),
  'metric.reporters': list('', low, java, 'Classes that carry metrics elsewhere.'),
} satisfies Properties
