/**
 * `partition.metadata`: the id of the topic that the directory belongs to (KIP-516), so that a
 * topic made anew under an old name is not mistaken for it.
 */
import type { FileSystem } from '../host/index.ts'
import { CheckpointError } from './checkpoint-text.ts'

const NAME = 'partition.metadata'
const pattern = /^version:\s+(\d+)\r?\ntopic_id:\s+([A-Za-z0-9_-]{22})\s*$/
const NO_TOPIC_ID = 'AAAAAAAAAAAAAAAAAAAAAA'

/**
 * The topic's id as 22 characters of URL-safe base64; `undefined` when the directory has none, as
 * before 2.8.
 *
 * @throws CheckpointError when the file is not of the known form, StorageError
 */
export function readTopicId(files: FileSystem, directory: string): string | undefined {
  const path = `${directory}/${NAME}`
  if (files.status(path) === undefined) return undefined
  const match = pattern.exec(files.readFile(path).toString('utf8'))
  const topicId = match?.[2]
  if (topicId !== undefined && topicId !== NO_TOPIC_ID) return topicId
  throw new CheckpointError(path, 'no topic id in it')
}

/** Atomic against the end of the process, not synced: an id that a power cut takes comes again with the next metadata. */
export function writeTopicId(files: FileSystem, directory: string, topicId: string): void {
  const path = `${directory}/${NAME}`
  files.writeFile(`${path}.tmp`, `version: 0\ntopic_id: ${topicId}`)
  files.rename(`${path}.tmp`, path)
}
