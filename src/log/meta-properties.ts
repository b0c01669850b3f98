/**
 * `meta.properties`: whose log directory this is. Version 0 of ZooKeeper mode is written, version 1
 * (KRaft) is read too, so that a directory is refused for what it is and not for being unreadable.
 */
import type { FileSystem } from '../host/index.ts'
import { CheckpointError } from './checkpoint-text.ts'

export const META_PROPERTIES = 'meta.properties'

export interface MetaProperties {
  readonly version: 0 | 1
  /** `broker.id` in version 0, `node.id` in version 1. */
  readonly brokerId: number | undefined
  readonly clusterId: string | undefined
  /** `directory.id` (KIP-858); kept as it was found. */
  readonly directoryId: string | undefined
}

/** `undefined` for a directory that no broker has used. @throws CheckpointError, StorageError */
export function readMetaProperties(
  files: FileSystem,
  directory: string,
): MetaProperties | undefined {
  const path = `${directory}/${META_PROPERTIES}`
  if (files.status(path) === undefined) return undefined
  const properties = parseProperties(files.readFile(path).toString('utf8'))
  const version = properties.get('version') ?? '0'
  if (version !== '0' && version !== '1') {
    throw new CheckpointError(path, `version ${version}, 0 and 1 are known`)
  }
  const brokerId = properties.get(version === '0' ? 'broker.id' : 'node.id')
  if (brokerId !== undefined && !/^-?\d{1,10}$/.test(brokerId)) {
    throw new CheckpointError(path, `broker.id "${brokerId}" is no number`)
  }
  return {
    version: version === '0' ? 0 : 1,
    brokerId: brokerId === undefined ? undefined : Number(brokerId),
    clusterId: properties.get('cluster.id'),
    directoryId: properties.get('directory.id'),
  }
}

/**
 * Writes version 0, as Java's `Properties` would, synced.
 *
 * @param wall the moment that the comment names
 * @throws StorageError
 */
export function writeMetaProperties(
  files: FileSystem,
  directory: string,
  { brokerId, clusterId, directoryId }: Omit<MetaProperties, 'version'>,
  wallMs: number,
): void {
  const lines = ['#', `#${new Date(wallMs).toUTCString()}`]
  if (clusterId !== undefined) lines.push(`cluster.id=${clusterId}`)
  if (directoryId !== undefined) lines.push(`directory.id=${directoryId}`)
  lines.push('version=0')
  if (brokerId !== undefined) lines.push(`broker.id=${brokerId}`)
  files.replaceFile(`${directory}/${META_PROPERTIES}`, `${lines.join('\n')}\n`)
}

/** The keys and values here need none of the escapes of the format but `\:` and `\=`. */
function parseProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>()
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*([^#!\s:=][^\s:=]*)\s*[:=\s]\s*(.*?)\s*$/.exec(line)
    if (match !== null)
      properties.set(match[1] as string, (match[2] as string).replace(/\\(.)/g, '$1'))
  }
  return properties
}
