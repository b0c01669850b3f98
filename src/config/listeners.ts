/**
 * `listeners` and its kin: NAME://host:port lists and the security protocol behind each name.
 * Mirrors SocketServerConfigs.listenerListToEndPoints, CoreUtils and Csv.
 */
import { ConfigError } from './config-error.ts'

export const securityProtocols = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const
export type SecurityProtocol = (typeof securityProtocols)[number]

export interface Endpoint {
  /** In capitals, as Kafka keeps listener names. */
  readonly listenerName: string
  readonly securityProtocol: SecurityProtocol
  /** `null` stands for every interface. */
  readonly host: string | null
  /** 0 lets the system choose (tests). */
  readonly port: number
}

/** Listener names are compared in capitals. @throws ConfigError for no name at all. */
export function normaliseListenerName(name: string, property: string): string {
  if (name.trim() === '') {
    const message = 'The provided listener name is null or empty string'
    throw new ConfigError(message, { property, value: name })
  }
  return name.toUpperCase()
}

/** The parts of a comma separated list, blanks around commas and empty parts dropped. */
export function parseCsvList(text: string | null): readonly string[] {
  return text === null || text === '' ? [] : text.split(/\s*,\s*/).filter(part => part !== '')
}

/**
 * `key:value,key:value`; the last colon of a pair splits it, so that keys may be IPv6 addresses.
 *
 * @throws ConfigError when a pair has no colon.
 */
export function parseCsvMap(property: string, text: string): Map<string, string> {
  const pairs = new Map<string, string>()
  if (text === '') return pairs
  // Java drops empty parts at the end of what it splits.
  for (const pair of text.replace(/[\s,]*,\s*$/, '').split(/\s*,\s*/)) {
    const colon = pair.lastIndexOf(':')
    if (colon < 0) {
      const reason = `${pair === '' ? 'an empty entry' : pair} is not of the form key:value`
      throw new ConfigError(`Error parsing configuration property '${property}': ${reason}`, {
        property,
        value: text,
        remedy: `Write ${property} as key:value,key:value.`,
      })
    }
    pairs.set(pair.slice(0, colon).trim(), pair.slice(colon + 1).trim())
  }
  return pairs
}

/** @throws ConfigError for a name that is no security protocol. */
export function parseSecurityProtocol(name: string, property: string): SecurityProtocol {
  const known = securityProtocols.find(protocol => protocol === name.toUpperCase())
  if (known === undefined) {
    throw new ConfigError(`Invalid security protocol \`${name}\` defined in ${property}`, {
      property,
      value: name,
      remedy: `Use one of ${securityProtocols.join(', ')}.`,
    })
  }
  return known
}

/** listener.security.protocol.map, names in capitals. */
export function parseProtocolMap(text: string): ReadonlyMap<string, SecurityProtocol> {
  const property = 'listener.security.protocol.map'
  const protocols = new Map<string, SecurityProtocol>()
  for (const [listenerName, protocol] of parseCsvMap(property, text)) {
    protocols.set(
      normaliseListenerName(listenerName, property),
      parseSecurityProtocol(protocol, property),
    )
  }
  return protocols
}

const endpointForm = /^(.*):\/\/\[?([0-9a-zA-Z\-%._:]*)\]?:(-?[0-9]+)$/

interface ListenerList {
  /** `listeners` or `advertised.listeners`: named when something is wrong. */
  readonly property: string
  readonly text: string
  readonly protocols: ReadonlyMap<string, SecurityProtocol>
  /** Advertised addresses may share a port, bound ones may not. */
  readonly distinctPorts: boolean
}

/** @throws ConfigError when an entry cannot be read, or two have one name or one port. */
export function parseListeners(list: ListenerList): readonly Endpoint[] {
  const endpoints = parseCsvList(list.text.trim()).map(entry => parseEndpoint(entry, list))
  ensureDistinctNames(endpoints, list)
  if (list.distinctPorts) ensureDistinctPorts(endpoints, list)
  return endpoints
}

function parseEndpoint(entry: string, list: ListenerList): Endpoint {
  const match = endpointForm.exec(entry)
  if (match === null) throw unreadable(list, `Unable to parse ${entry} to a broker endpoint`)
  const [, name = '', host = '', portText = ''] = match
  const port = Number(portText)
  if (port < 0 || port > 65535) throw unreadable(list, `port ${portText} is not in 0 to 65535`)
  if (name.trim() === '') {
    throw unreadable(list, 'The provided listener name is null or empty string')
  }
  const listenerName = name.toUpperCase()
  const securityProtocol = list.protocols.get(listenerName)
  if (securityProtocol === undefined) {
    throw unreadable(list, `No security protocol defined for listener ${listenerName}`)
  }
  return { listenerName, securityProtocol, host: host === '' ? null : host, port }
}

function unreadable({ property, text }: ListenerList, reason: string): ConfigError {
  return new ConfigError(`Error creating broker listeners from '${text}': ${reason}`, {
    property,
    value: text,
    remedy:
      `Write ${property} as NAME://host:port,... with each NAME in ` +
      'listener.security.protocol.map.',
  })
}

function refusedList({ property, text }: ListenerList, reason: string): ConfigError {
  return new ConfigError(`${reason}, listeners: ${text}`, { property, value: text })
}

function ensureDistinctNames(endpoints: readonly Endpoint[], list: ListenerList): void {
  if (new Set(endpoints.map(one => one.listenerName)).size === endpoints.length) return
  throw refusedList(list, 'requirement failed: Each listener must have a different name')
}

/** One port may be bound twice only by an IPv4 and an IPv6 address (KIP-797). */
function ensureDistinctPorts(endpoints: readonly Endpoint[], list: ListenerList): void {
  const ports = new Set(endpoints.map(one => one.port).filter(port => port !== 0))
  for (const port of ports) {
    const shared = endpoints.filter(one => one.port === port)
    if (shared.length === 1) continue
    const families = shared.map(one => ipFamily(one.host))
    if (families.filter(family => family === undefined).length > 1) {
      throw refusedList(list, 'requirement failed: Each listener must have a different port')
    }
    const addresses = families.filter(family => family !== undefined)
    if (addresses.length > 2) {
      throw new ConfigError(
        'Each listener must have a different port unless exactly one listener has an IPv4 ' +
          `address and the other IPv6 address, listeners: ${list.text}, port: ${port}`,
        { property: list.property, value: list.text },
      )
    }
    if (addresses.length < 2) continue
    const isPair = addresses[0] !== addresses[1] && addresses.length === families.length
    if (!isPair) {
      const prefix = addresses[0] === addresses[1] ? 'requirement failed: ' : ''
      throw new ConfigError(
        `${prefix}If you have two listeners on the same port then one needs to be IPv4 and the ` +
          `other IPv6, listeners: ${list.text}, port: ${port}`,
        { property: list.property, value: list.text },
      )
    }
  }
}

function ipFamily(host: string | null): 4 | 6 | undefined {
  if (host === null) return undefined
  const parts = host.split('.')
  if (parts.length === 4 && parts.every(part => /^\d{1,3}$/.test(part) && Number(part) < 256)) {
    return 4
  }
  return /^[0-9a-fA-F:]*:[0-9a-fA-F:.]*$/.test(host) ? 6 : undefined
}
