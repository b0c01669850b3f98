/** What an auth request proves: adds to the identities of a connection. */
import { createHash } from 'node:crypto'
import type { Identity } from '../../wire/index.ts'

/**
 * The identities after `scheme` was proven with `auth`, or undefined when it was not. `digest` takes
 * any name and password: what counts is whether ACLs ask for their hash.
 */
export function authenticate(
  before: readonly Identity[],
  proof: { scheme: string | null; auth: Buffer | null; remoteHost: string; superDigest: string },
): readonly Identity[] | undefined {
  if (proof.scheme === 'ip') return withIdentity(before, { scheme: 'ip', id: proof.remoteHost })
  if (proof.scheme !== 'digest' || proof.auth === null) return undefined
  const id = digestIdOf(proof.auth.toString('utf8'))
  const isSuper = proof.superDigest !== '' && id === proof.superDigest
  const grown = isSuper ? withIdentity(before, { scheme: 'super', id: '' }) : before
  return withIdentity(grown, { scheme: 'digest', id })
}

/** `name:password` as ACLs hold it: the name, and the base64 of the SHA-1 of both. */
export function digestIdOf(nameAndPassword: string): string {
  const [name = ''] = nameAndPassword.split(':', 1)
  return `${name}:${createHash('sha1').update(nameAndPassword, 'utf8').digest('base64')}`
}

function withIdentity(before: readonly Identity[], added: Identity): readonly Identity[] {
  const isThere = before.some(({ scheme, id }) => scheme === added.scheme && id === added.id)
  return isThere ? before : [...before, added]
}
