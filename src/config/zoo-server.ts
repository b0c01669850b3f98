/** `server.N=host:port:port[:type][|...][;[host:]port]`: a member of an ensemble (QuorumServer). */
import { ConfigError } from './config-error.ts'

export interface ZooServerAddress {
  readonly host: string
  /** Where followers reach the leader. */
  readonly quorumPort: number
  readonly electionPort: number
}

export interface ZooServer {
  readonly id: number
  /** At least one; more than one needs multiAddress.enabled. */
  readonly addresses: readonly ZooServerAddress[]
  readonly isObserver: boolean
  /** Where clients reach it, when given here. */
  readonly client: { readonly host: string; readonly port: number } | null
}

/** @throws ConfigError when the line cannot be read. */
export function parseZooServer(name: string, text: string): ZooServer {
  const id = Number(name.slice('server.'.length))
  if (!Number.isSafeInteger(id) || id < 0) {
    throw refuse(name, text, 'the id after server. is not a number')
  }
  const [servers = '', client, ...rest] = text.split(';')
  if (rest.length > 0) throw wrongForm(name, text)
  const parsed = servers.split('|').map(one => parseAddress(name, text, one))
  const roles = new Set(parsed.map(one => one.role))
  roles.delete(undefined)
  if (roles.size > 1) throw refuse(name, text, 'its addresses have different roles')
  return {
    id,
    addresses: parsed.map(one => one.address),
    isObserver: roles.has('observer'),
    client: client === undefined ? null : parseClient(name, text, client),
  }
}

function parseAddress(name: string, text: string, entry: string) {
  const [host = '', quorum, election, role, ...rest] = splitAddress(entry)
  if (host === '' || quorum === undefined || election === undefined || rest.length > 0) {
    throw wrongForm(name, text)
  }
  const quorumPort = parsePort(name, text, quorum)
  const electionPort = parsePort(name, text, election)
  if (quorumPort === electionPort) {
    const message = 'Client and election port must be different! Please update the configuration'
    throw new ConfigError(`${message} file on ${name}`, { property: name, value: text })
  }
  const lower = role?.toLowerCase()
  if (lower !== undefined && lower !== 'observer' && lower !== 'participant') {
    throw new ConfigError(`Unrecognised peertype: ${lower}`, { property: name, value: text })
  }
  return { address: { host, quorumPort, electionPort }, role: lower }
}

function parseClient(name: string, text: string, entry: string) {
  const parts = splitAddress(entry)
  if (parts.length > 2) throw wrongForm(name, text)
  const host = parts.length === 2 ? (parts[0] ?? '') : '0.0.0.0'
  return { host, port: parsePort(name, text, parts.at(-1) ?? '') }
}

/** Parts between colons; an IPv6 address stands in brackets. */
function splitAddress(entry: string): readonly string[] {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(entry.trim())
  if (bracketed === null) return entry.trim().split(':')
  const [, host = '', rest] = bracketed
  return [host, ...(rest === undefined ? [] : rest.split(':'))]
}

function parsePort(name: string, text: string, part: string): number {
  const port = Number(part)
  if (/^\d{1,5}$/.test(part) && port <= 65535) return port
  throw refuse(name, text, `the port ${part} is not in 0 to 65535`)
}

function wrongForm(name: string, text: string): ConfigError {
  return new ConfigError(
    `${text} does not have the form server_config or server_config;client_config where ` +
      'server_config is the pipe separated list of host:port:port or host:port:port:type and ' +
      'client_config is port or host:port',
    { property: name, value: text },
  )
}

function refuse(property: string, value: string, reason: string): ConfigError {
  const remedy = `Write it as ${property}=host:2888:3888.`
  return new ConfigError(`Invalid value ${value} for ${property}: ${reason}`, {
    property,
    value,
    remedy,
  })
}
