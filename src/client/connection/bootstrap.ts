/** `bootstrap.servers`: where a client begins. Mirrors ClientUtils.parseAndValidateAddresses. */
import { ConfigError } from '../../config/index.ts'
import type { BrokerNode } from './cluster-view.ts'

/** Host and port, the host perhaps an IPv6 address in brackets or with a protocol in front. */
const address = /^(?:[a-zA-Z][a-zA-Z\d+-.]*:\/\/)?\[?([0-9a-zA-Z\-._%:]+)\]?:([0-9]+)$/
const MAX_PORT = 65_535

/** @throws ConfigError for what is no `host:port`, and for an empty list */
export function bootstrapNodes(servers: readonly string[]): BrokerNode[] {
  const given = servers.map(server => server.trim()).filter(server => server !== '')
  if (given.length === 0) {
    throw configError('No resolvable bootstrap urls given in bootstrap.servers')
  }
  return given.map((server, index) => ({ id: -1 - index, ...parse(server), rack: null }))
}

function parse(server: string): { host: string; port: number } {
  const match = address.exec(server)
  const host = match?.[1]
  const port = Number(match?.[2])
  if (host === undefined || Number.isNaN(port) || port > MAX_PORT) {
    throw configError(`Invalid url in bootstrap.servers: ${server}`, server)
  }
  return { host, port }
}

function configError(message: string, value?: string): ConfigError {
  return new ConfigError(message, { property: 'bootstrap.servers', value })
}
