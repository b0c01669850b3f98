/** `zookeeper.connect`: host:port,host:port/chroot. Mirrors ZooKeeper's ConnectStringParser. */
import { ConfigError } from './config-error.ts'

export interface ZooKeeperServer {
  readonly host: string
  readonly port: number
}

export interface ZooKeeperConnect {
  /** In the order given; a client tries them in an order of its own. */
  readonly servers: readonly ZooKeeperServer[]
  /** Path under which all of Kafka's nodes stand; '' for the root. */
  readonly chroot: string
}

const DEFAULT_PORT = 2181

/** @throws ConfigError when there is no server, a port is no port, or the chroot is no path. */
export function parseZooKeeperConnect(text: string): ZooKeeperConnect {
  const slash = text.indexOf('/')
  const hosts = slash < 0 ? text : text.slice(0, slash)
  const path = slash < 0 ? '' : text.slice(slash)
  const chroot = path === '/' ? '' : path
  ensurePath(chroot, text)
  const servers = hosts
    .split(',')
    .map(host => host.trim())
    .filter(host => host !== '')
    .map(host => parseServer(host, text))
  if (servers.length === 0) throw refuse(text, 'it names no server')
  return { servers, chroot }
}

function parseServer(entry: string, text: string): ZooKeeperServer {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(entry)
  const plain = /^([^:]*)(?::([^:]*))?$/.exec(entry)
  // An IPv6 address needs its brackets: otherwise its last part would be taken for a port.
  const match = bracketed ?? plain
  if (match === null) throw refuse(text, `an IPv6 address needs brackets: ${entry}`)
  const [, host = '', portText] = match
  if (host === '') throw refuse(text, `${entry} has no host`)
  const port = portText === undefined ? DEFAULT_PORT : Number(portText)
  if (portText === '' || !Number.isInteger(port) || port < 1 || port > 65535) {
    throw refuse(text, `the port of ${entry} is not in 1 to 65535`)
  }
  return { host, port }
}

/** ZooKeeper's own rules for paths (PathUtils), as far as a chroot can break them. */
function ensurePath(chroot: string, text: string): void {
  if (chroot === '') return
  const parts = chroot.split('/').slice(1)
  if (parts.at(-1) === '') throw refuse(text, `the path ${chroot} must not end with /`)
  if (parts.includes('')) throw refuse(text, `the path ${chroot} has an empty part`)
  if (parts.some(part => part === '.' || part === '..')) {
    throw refuse(text, `the path ${chroot} must not be relative`)
  }

  if (/[\0-\x1f\x7f-\x9f\ud800-\uf8ff\ufff0-\uffff]/.test(chroot)) {
    throw refuse(text, 'the path has a character that a node name cannot have')
  }
}

function refuse(text: string, reason: string): ConfigError {
  return new ConfigError(`Invalid value ${text} for configuration zookeeper.connect: ${reason}`, {
    property: 'zookeeper.connect',
    value: text,
    remedy: 'Write it as host:port,host:port or host:port,host:port/path.',
  })
}
