import type { BrokerConfig } from '../config/index.ts'
import type { ConnectionLimits } from '../network/index.ts'

/** What a listener allows its connections. */
export function connectionLimits(config: BrokerConfig, listenerName: string): ConnectionLimits {
  return {
    maxRequestBytes: config.get('socket.request.max.bytes'),
    maxIdleMs: config.get('connections.max.idle.ms'),
    maxConnections: config.forListener(listenerName, 'max.connections'),
    maxConnectionsPerIp: config.get('max.connections.per.ip'),
    maxConnectionsPerIpOverrides: config.maxConnectionsPerIpOverrides,
    maxCreationRate: config.forListener(listenerName, 'max.connection.creation.rate'),
  }
}
