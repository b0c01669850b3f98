/**
 * The text form that Kafka's checkpoint files share: a line with the version, a line with the
 * number of entries, then one entry a line.
 */
import type { FileSystem } from '../host/index.ts'

const VERSION = '0'

/** A checkpoint that cannot be what a finished write left behind. Its reader starts from what the log tells. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError'
  readonly code = 'CHECKPOINT_ERROR'

  constructor(path: string, problem: string) {
    super(`checkpoint ${path}: ${problem}`)
  }
}

export function formatCheckpoint(lines: readonly string[]): string {
  return `${VERSION}\n${lines.length}\n${lines.map(line => `${line}\n`).join('')}`
}

/**
 * The entries of the checkpoint at `path`, each split at its blanks; `undefined` when there is no
 * file, or an empty one, as Kafka makes before its first write.
 *
 * @throws CheckpointError when version, count or an entry is not right, and when the last line has
 *   no end: a write that was cut may have cut a number in two.
 */
export function readCheckpoint(
  files: FileSystem,
  path: string,
  fieldsPerEntry: number,
): string[][] | undefined {
  if (files.status(path) === undefined) return undefined
  const text = files.readFile(path).toString('utf8')
  if (text === '') return undefined
  if (!text.endsWith('\n')) throw new CheckpointError(path, 'the last line has no end')
  const [version, count, ...lines] = text.slice(0, -1).split(/\r?\n/)
  if (version !== VERSION) throw new CheckpointError(path, `version ${version ?? ''}, 0 expected`)
  if (String(lines.length) !== count) {
    throw new CheckpointError(path, `${count ?? 'no'} entries announced, ${lines.length} found`)
  }
  return lines.map(line => {
    const fields = line.split(/\s+/)
    if (fields.length === fieldsPerEntry) return fields
    throw new CheckpointError(path, `malformed line "${line}"`)
  })
}

/** A whole number of a checkpoint, at least 0. @throws CheckpointError for anything else. */
export function checkpointNumber(path: string, text: string): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (Number.isSafeInteger(value)) return value
  throw new CheckpointError(path, `"${text}" is no offset, partition or epoch`)
}
