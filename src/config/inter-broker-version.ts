/**
 * The versions a cluster's brokers may agree to speak (inter.broker.protocol.version), which also
 * choose the formats of internal records. Mirrors MetadataVersion in Kafka 3.9.
 */
import { ConfigError } from './config-error.ts'

/** Oldest first; `IV` numbers count internal versions between two releases. */
export const interBrokerVersions = [
  ...['0.8.0', '0.8.1', '0.8.2', '0.9.0', '0.10.0-IV0', '0.10.0-IV1', '0.10.1-IV0', '0.10.1-IV1'],
  ...['0.10.1-IV2', '0.10.2-IV0', '0.11.0-IV0', '0.11.0-IV1', '0.11.0-IV2', '1.0-IV0', '1.1-IV0'],
  ...['2.0-IV0', '2.0-IV1', '2.1-IV0', '2.1-IV1', '2.1-IV2', '2.2-IV0', '2.2-IV1', '2.3-IV0'],
  ...['2.3-IV1', '2.4-IV0', '2.4-IV1', '2.5-IV0', '2.6-IV0', '2.7-IV0', '2.7-IV1', '2.7-IV2'],
  ...['2.8-IV0', '2.8-IV1', '3.0-IV0', '3.0-IV1', '3.1-IV0', '3.2-IV0', '3.3-IV0', '3.3-IV1'],
  ...['3.3-IV2', '3.3-IV3', '3.4-IV0', '3.5-IV0', '3.5-IV1', '3.5-IV2', '3.6-IV0', '3.6-IV1'],
  ...['3.6-IV2', '3.7-IV0', '3.7-IV1', '3.7-IV2', '3.7-IV3', '3.7-IV4', '3.8-IV0', '3.9-IV0'],
  ...['4.0-IV0', '4.0-IV1'],
] as const
export type InterBrokerVersion = (typeof interBrokerVersions)[number]

/** Later ones are still being worked on in 3.9: they have no name but their full one. */
const lastFinished = interBrokerVersions.indexOf('3.9-IV0')

const release = (version: string) => version.replace(/-IV\d+$/, '')

/**
 * `3.1`, `3.1.2` and `3.1-IV0` all mean a version; a release alone means its last internal one.
 *
 * @throws ConfigError when no release has that number.
 */
export function parseInterBrokerVersion(text: string): InterBrokerVersion {
  const parts = text.split('.')
  const significant = parts.slice(0, text.startsWith('0.') ? 3 : 2).join('.')
  const exact = interBrokerVersions.find(version => version === significant)
  const finished = interBrokerVersions.slice(0, lastFinished + 1)
  const version = exact ?? finished.findLast(known => release(known) === significant)
  if (version === undefined) throw new ConfigError(`Version ${text} is not a valid version`)
  return version
}

/** Whether `version` knows what came with `feature`. */
export function isAtLeast(version: InterBrokerVersion, feature: InterBrokerVersion): boolean {
  return interBrokerVersions.indexOf(version) >= interBrokerVersions.indexOf(feature)
}

/** The newest record format (magic) that brokers of this version exchange. */
export function recordFormatOf(version: InterBrokerVersion): 0 | 1 | 2 {
  if (isAtLeast(version, '0.11.0-IV0')) return 2
  return isAtLeast(version, '0.10.0-IV0') ? 1 : 0
}
