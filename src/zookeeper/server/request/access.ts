/**
 * Who may do what to a node. Schemes: `world` for everybody, `ip` for an address or a network,
 * `digest` for name and password, `auth` for whatever the asker has proven, `super` for all.
 */
import type { Acl, Identity } from '../../wire/index.ts'

/** True when `identities` hold `permission` under `acls`. An empty list allows everything. */
export function isAllowed(
  acls: readonly Acl[],
  permission: number,
  identities: readonly Identity[],
): boolean {
  if (acls.length === 0) return true
  if (identities.some(identity => identity.scheme === 'super')) return true
  return acls.some(acl => (acl.perms & permission) !== 0 && matches(acl.id, identities))
}

/**
 * The list to store: without doubles, and with `auth` replaced by what the asker has proven.
 * @returns undefined when it is empty, names an unknown scheme or an id that does not fit its scheme
 */
export function fixAcls(
  acls: readonly Acl[] | null,
  identities: readonly Identity[],
): Acl[] | undefined {
  const unique = withoutDoubles(acls ?? [])
  if (unique.length === 0) return undefined
  const fixed: Acl[] = []
  for (const acl of unique) {
    if (acl.id.scheme === 'auth') {
      const proven = identities.filter(identity => identity.scheme === 'digest')
      if (proven.length === 0) return undefined
      fixed.push(...proven.map(id => ({ perms: acl.perms, id })))
    } else if (isWellFormed(acl.id)) {
      fixed.push(acl)
    } else {
      return undefined
    }
  }
  return fixed
}

/** The ACLs as somebody without ADMIN may see them: password hashes are hidden (CVE-2019-0201). */
export function withoutHashes(acls: readonly Acl[]): Acl[] {
  return acls.map(({ perms, id }) =>
    id.scheme === 'digest'
      ? {
          perms,
          id: { scheme: id.scheme, id: id.id.replace(/:[^\n\r\u0085\u2028\u2029]*/g, ':x') },
        }
      : { perms, id },
  )
}

/** The part of an identity that may be shown: the name without the hash. */
export function userOf(identity: Identity): string {
  if (identity.scheme === 'digest') return identity.id.split(':', 1).join('')
  return identity.scheme === 'ip' ? identity.id : ''
}

function matches(required: Identity, identities: readonly Identity[]): boolean {
  const { scheme, id } = required
  if (scheme === 'world') return id === 'anyone'
  if (scheme === 'digest') return identities.some(own => own.scheme === scheme && own.id === id)
  if (scheme !== 'ip') return false
  return identities.some(own => own.scheme === scheme && isInNetwork(own.id, id))
}

function isWellFormed(identity: Identity): boolean {
  const { scheme, id } = identity
  if (scheme === 'world') return id === 'anyone'
  if (scheme === 'digest') return hasTwoParts(id)
  return scheme === 'ip' && networkOf(id) !== undefined
}

/** As Java's `split(":").length == 2`, which drops empty parts at the end. */
function hasTwoParts(id: string): boolean {
  const parts = id.split(':')
  while (parts.length > 0 && parts.at(-1) === '') parts.pop()
  return parts.length === 2
}

function withoutDoubles(acls: readonly Acl[]): Acl[] {
  const seen = new Set<string>()
  return acls.filter(({ perms, id }) => {
    const key = JSON.stringify([perms, id.scheme, id.id])
    const isNew = !seen.has(key)
    seen.add(key)
    return isNew
  })
}

/** `10.1.2.3` or `10.0.0.0/8`; only IPv4, as in ZooKeeper. */
function networkOf(text: string): { address: number; bits: number } | undefined {
  const slash = text.indexOf('/')
  const address = addressOf(slash === -1 ? text : text.slice(0, slash))
  const bits = slash === -1 ? 32 : decimalOf(text.slice(slash + 1), 32)
  return address === undefined || bits === undefined ? undefined : { address, bits }
}

function isInNetwork(own: string, required: string): boolean {
  const network = networkOf(required)
  const address = addressOf(own)
  if (network === undefined || address === undefined) return false
  const mask = network.bits === 0 ? 0 : (-1 << (32 - network.bits)) >>> 0
  return (address & mask) === (network.address & mask)
}

function addressOf(text: string): number | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  let address = 0
  for (const part of parts) {
    const value = decimalOf(part, 255)
    if (value === undefined) return undefined
    address = address * 256 + value
  }
  return address
}

/** As `Integer.parseInt`, within 0 to `max`. */
function decimalOf(text: string, max: number): number | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined
  const value = Number(text)
  return value >= 0 && value <= max ? value : undefined
}
