/**
 * What `ephemeralOwner` of a node says: 0 for a persistent node, the session of an ephemeral one,
 * and two marks beside them, for containers and for nodes with a time to live (ZOOKEEPER-2163,
 * ZOOKEEPER-2169). The mark of a TTL counts only where `extendedTypesEnabled` is set: without it
 * such a value is an ordinary session id.
 */
export const CONTAINER_OWNER = -0x8000_0000_0000_0000n

const EXTENDED_MASK = 0xff00_0000_0000_0000n
const RESERVED_MASK = 0x00ff_ff00_0000_0000n
/** Largest time to live: about 34 years. */
export const MAX_TTL_MS = 0xff_ffff_ffffn

export type OwnerKind = 'persistent' | 'ephemeral' | 'container' | 'ttl'

export function kindOfOwner(owner: bigint, extendedTypesEnabled: boolean): OwnerKind {
  if (owner === 0n) return 'persistent'
  if (owner === CONTAINER_OWNER) return 'container'
  if (extendedTypesEnabled && isTtlOwner(owner)) return 'ttl'
  return 'ephemeral'
}

/** The owner that marks a node to live `ttlMs`, which must be from 1 to `MAX_TTL_MS`. */
export function ttlOwner(ttlMs: bigint): bigint {
  return BigInt.asIntN(64, EXTENDED_MASK | ttlMs)
}

export function ttlMsOf(owner: bigint): bigint {
  return owner & MAX_TTL_MS
}

function isTtlOwner(owner: bigint): boolean {
  const bits = BigInt.asUintN(64, owner)
  return (bits & EXTENDED_MASK) === EXTENDED_MASK && (bits & RESERVED_MASK) === 0n
}
