import type { FileSystem } from '../host/index.ts'

/**
 * Replaces a small file without making the event loop wait for the disk: draft, sync in the thread
 * pool, rename. After a crash the old or the new content is there, never a mix; which of them is not
 * promised until somebody syncs the directory.
 *
 * @throws StorageError
 */
export async function replaceFileSoon(
  files: FileSystem,
  path: string,
  content: string | Buffer,
): Promise<void> {
  const draftPath = `${path}.tmp`
  const draft = files.open(draftPath, 'create')
  try {
    const bytes = Buffer.from(content)
    draft.truncate(0)
    draft.write(bytes, 0)
    await draft.sync()
  } finally {
    draft.close()
  }
  files.rename(draftPath, path)
}
