/** Versions of the metadata of a cluster without ZooKeeper: names of their levels, which begin at 1. */
import { PlainError } from '../plain-error.ts'

export const METADATA_VERSION = 'metadata.version'

/** In the order of their levels, the first is 1. */
const names = [
  ...['3.0-IV1', '3.1-IV0', '3.2-IV0', '3.3-IV0', '3.3-IV1', '3.3-IV2', '3.3-IV3', '3.4-IV0'],
  ...['3.5-IV0', '3.5-IV1', '3.5-IV2', '3.6-IV0', '3.6-IV1', '3.6-IV2', '3.7-IV0', '3.7-IV1'],
  ...['3.7-IV2', '3.7-IV3', '3.7-IV4', '3.8-IV0', '3.9-IV0'],
]
/** The first that a cluster can begin with. */
const FIRST_OF_ALL = '3.3-IV0'
/** Not finished in Kafka 3.9, which takes them by their full names. */
const unfinished = ['4.0-IV0', '4.0-IV1']
/** Before there were levels: releases that ZooKeeper alone can serve. */
const older =
  /^(0\.8\.[012]|0\.9\.0|0\.10\.0(-IV[01])?|0\.10\.1(-IV[0-2])?|0\.10\.2(-IV0)?|0\.11\.0(-IV[0-2])?|1\.[01](-IV0)?|2\.0(-IV[01])?|2\.1(-IV[0-2])?|2\.[234](-IV[01])?|2\.[56](-IV0)?|2\.7(-IV[0-2])?|2\.8(-IV[01])?|3\.0-IV0)$/
const NO_LEVEL = -1

/** `3.9` is the newest of that release. @throws PlainError for a version that Kafka 3.9 does not know */
export function metadataLevel(version: string): number {
  const segments = /^0\./.test(version) ? 3 : 2
  const known = version.split('.').slice(0, segments).join('.')
  if (older.test(known)) return NO_LEVEL
  const level = [...names, ...unfinished].indexOf(known) + 1
  if (level > 0) return level
  const newest = names.findLastIndex(name => name.split('-')[0] === known) + 1
  if (newest > 0) return newest
  const supported = names.slice(names.indexOf(FIRST_OF_ALL))
  throw new PlainError(
    `Unsupported metadata.version ${version}. Supported metadata.version are ${supported.join(', ')}`,
  )
}

/** 0 and what is newer have no name. */
export function metadataVersionText(level: number): string {
  return [...names, ...unfinished][level - 1] ?? `UNKNOWN ${level}`
}
