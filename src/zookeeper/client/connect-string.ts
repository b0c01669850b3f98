/** `host1:2181,host2/chroot`: which servers there are, and under which node everything happens. */
import { whyInvalidPath } from '../wire/path.ts'

export interface ServerAddress {
  host: string
  port: number
}

export interface ConnectString {
  servers: readonly ServerAddress[]
  /** '' when there is none. */
  chroot: string
}

const DEFAULT_PORT = 2181
const MAX_PORT = 65_535

/** @throws RangeError that says what is wrong with which part */
export function parseConnectString(text: string): ConnectString {
  const slash = text.indexOf('/')
  const chroot = slash === -1 ? '' : text.slice(slash)
  if (chroot.length > 1) {
    const reason = whyInvalidPath(chroot)
    if (reason !== undefined) throw new RangeError(`chroot "${chroot}" of "${text}": ${reason}`)
  }
  const hosts = (slash === -1 ? text : text.slice(0, slash))
    .split(',')
    .map(part => part.trim())
    .filter(part => part !== '')
  if (hosts.length === 0) throw new RangeError(`no server in the connect string "${text}"`)
  return {
    servers: hosts.map(part => parseAddress(part, text)),
    chroot: chroot === '/' ? '' : chroot,
  }
}

/** `host`, `host:port`, `[v6]` or `[v6]:port`. */
function parseAddress(part: string, whole: string): ServerAddress {
  const bracketed = /^\[([^\]]+)\](?::(\d*))?$/.exec(part)
  if (bracketed !== null) {
    return { host: bracketed[1] ?? '', port: parsePort(bracketed[2] ?? '', whole) }
  }
  const colon = part.lastIndexOf(':')
  if (colon === -1) return { host: part, port: DEFAULT_PORT }
  return { host: part.slice(0, colon), port: parsePort(part.slice(colon + 1), whole) }
}

function parsePort(text: string, whole: string): number {
  if (text === '') return DEFAULT_PORT
  const port = /^\d+$/.test(text) ? Number(text) : -1
  if (port < 0 || port > MAX_PORT) {
    throw new RangeError(`port "${text}" of "${whole}" must be from 0 to ${MAX_PORT}`)
  }
  return port
}
