/**
 * host.name, port, advertised.host.name and advertised.port: how brokers before 3.0 were told their
 * addresses. Files of that age still work where they say nothing newer.
 */
import type { Given } from './config.ts'
import type { ConfigWarning } from './support.ts'

export const legacyAddresses: readonly string[] = [
  'host.name',
  'port',
  'advertised.host.name',
  'advertised.port',
]

const DEFAULT_PORT = '9092'

/** The same configuration with `listeners` and `advertised.listeners` in place of the old names. */
export function adoptLegacyAddresses(given: Given): {
  readonly given: Given
  readonly warnings: readonly ConfigWarning[]
} {
  const old = legacyAddresses.filter(name => given.has(name))
  if (old.length === 0 || given.has('listeners')) return { given, warnings: [] }
  const host = given.get('host.name')?.trim() ?? ''
  const port = given.get('port')?.trim() ?? DEFAULT_PORT
  const result = new Map(given)
  for (const name of old) result.delete(name)
  result.set('listeners', `PLAINTEXT://${host}:${port}`)
  const advertised = old.filter(name => name.startsWith('advertised.'))
  if (advertised.length > 0 && !given.has('advertised.listeners')) {
    const advertisedHost = given.get('advertised.host.name')?.trim() ?? host
    const advertisedPort = given.get('advertised.port')?.trim() ?? port
    result.set('advertised.listeners', `PLAINTEXT://${advertisedHost}:${advertisedPort}`)
  }
  const warnings = old.map(property => ({
    property,
    because: 'Kafka 3 no longer knows it: taken as part of listeners and advertised.listeners',
  }))
  return { given: result, warnings }
}
