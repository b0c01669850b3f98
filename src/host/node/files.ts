/** Files over `node:fs`. Every failure names the operation and the path. */
import {
  closeSync,
  constants,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statfsSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import {
  StorageError,
  type FileHandle,
  type FileLock,
  type FileStatus,
  type FileSystem,
  type OpenMode,
} from '../files.ts'
import { NodeFileHandle } from './file-handle.ts'
import { takeLock } from './file-lock.ts'

const openFlags = {
  read: constants.O_RDONLY,
  write: constants.O_RDWR,
  create: constants.O_RDWR | constants.O_CREAT,
} as const

export const nodeFiles: FileSystem = {
  open(path: string, mode: OpenMode): FileHandle {
    return attempt('open', path, () => new NodeFileHandle(path, openSync(path, openFlags[mode])))
  },

  readFile: path => attempt('read', path, () => readFileSync(path)),

  writeFile(path, content) {
    attempt('write', path, () => writeFileSync(path, content))
  },

  replaceFile(path, content) {
    const draft = `${path}.tmp`
    attempt('write', draft, () => writeFileSync(draft, content, { flush: true }))
    nodeFiles.rename(draft, path)
    nodeFiles.syncDirectory(dirname(path))
  },

  status: path => attempt('stat', path, () => statusOf(path)),

  list: directory => attempt('list', directory, () => readdirSync(directory).sort()),

  makeDirectory(path) {
    attempt('create directory', path, () => makeDirectories(path))
  },

  rename(from, to) {
    attempt('rename', from, () => renameSync(from, to))
  },

  remove(path) {
    attempt('remove', path, () => absentAsUndefined(() => unlinkSync(path)))
  },

  async removeTree(path) {
    try {
      await rm(path, { recursive: true, force: true })
    } catch (cause) {
      throw new StorageError('remove', path, cause)
    }
  },

  syncDirectory(path) {
    attempt('sync', path, () => {
      const fd = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY)
      try {
        fsyncSync(fd)
      } finally {
        closeSync(fd)
      }
    })
  },

  async syncDirectorySoon(path) {
    try {
      const directory = await open(path, constants.O_RDONLY | constants.O_DIRECTORY)
      try {
        await directory.sync()
      } finally {
        await directory.close()
      }
    } catch (cause) {
      throw new StorageError('sync', path, cause)
    }
  },

  setModified(path, wallMs) {
    attempt('set the time of', path, () => utimesSync(path, wallMs / 1000, wallMs / 1000))
  },

  lock: (path): FileLock | undefined => attempt('lock', path, () => takeLock(path)),

  volume(path) {
    const { bsize, blocks, bavail } = attempt('stat', path, () => statfsSync(path))
    return { totalBytes: blocks * bsize, usableBytes: bavail * bsize }
  },
}

function statusOf(path: string): FileStatus | undefined {
  const status = absentAsUndefined(() => statSync(path))
  if (status === undefined) return undefined
  return {
    sizeBytes: status.size,
    isDirectory: status.isDirectory(),
    modifiedMs: Math.floor(status.mtimeMs),
  }
}

/** ENOTDIR too means that nothing is there: a parent is a file. */
function absentAsUndefined<Result>(action: () => Result): Result | undefined {
  try {
    return action()
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw error
  }
}

function attempt<Result>(operation: string, path: string, action: () => Result): Result {
  try {
    return action()
  } catch (cause) {
    throw new StorageError(operation, path, cause)
  }
}

/**
 * With its parents. Not mkdirSync's own recursion, which never ends below a link to nowhere, nor
 * where nothing can be made (/proc).
 */
function makeDirectories(path: string): void {
  if (statusOf(path)?.isDirectory === true) return
  const parent = dirname(path)
  // A parent that is a file is left to the call below, which says so (ENOTDIR).
  if (statusOf(parent) === undefined) makeDirectories(parent)
  try {
    mkdirSync(path)
  } catch (error) {
    // Somebody else was faster.
    if (statusOf(path)?.isDirectory !== true) throw error
  }
}
