/** What a start says of log directories that it cannot take. */
import { ConfigError } from '../config/index.ts'

export function wrongDirectories(paths: readonly string[], message: string): ConfigError {
  return new ConfigError(message, {
    property: 'log.dirs',
    value: paths.join(','),
    remedy: 'Give log.dirs directories of their own, readable and writable for this broker.',
  })
}

export function notAPartition(path: string, name: string): ConfigError {
  return new ConfigError(
    `Found directory ${path}/${name}, '${name}' is not in the form of topic-partition or topic-partition.uniqueId-delete (if marked for deletion).`,
    {
      property: 'log.dirs',
      value: path,
      remedy: 'Move it away: log directories hold nothing but partitions.',
    },
  )
}

export function foundTwice(key: string, path: string, other: string): ConfigError {
  return new ConfigError(
    `Duplicate log directories for ${key} are found in both ${path} and ${other}.`,
    {
      property: 'log.dirs',
      value: path,
      remedy: 'A disk failed while the partition moved between them: delete the copy on that disk.',
    },
  )
}
