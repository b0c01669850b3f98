/**
 * Remembers what a disk holds only in its page cache, and takes it back in a crash. Content becomes
 * durable by a sync of the file, entries by a sync of the directory, both by waiting long enough.
 */
import { MemoryFile, nodesBelow, type FileTree, type MemoryDirectory } from './file-tree.ts'
import type { SeededRandom } from './random.ts'

/** nothing: all that was not synced is lost · everything: as when only the process dies · random: any mixture a disk could leave. */
export type Survival = 'nothing' | 'everything' | 'random'

/**
 * How entries reach the disk. independent: each directory for itself, as POSIX allows · ordered: in
 * the order they were made, and any sync takes all along, as the journal of ext4 does.
 */
export type EntryOrder = 'independent' | 'ordered'

/** One write or change of size, with what it takes to undo and to redo it. */
interface ContentChange {
  readonly position: number
  /** The bytes written; undefined for a change of size to `position`. */
  readonly after: Buffer | undefined
  /** What stood there. */
  readonly before: Buffer
  readonly sizeBefore: number
  readonly atMs: number
  state: 'cached' | 'durable' | 'doomed'
}

interface EntryChange {
  readonly directories: readonly MemoryDirectory[]
  readonly undo: () => void
  readonly atMs: number
}

/** A torn page of the page cache is kept or lost as a whole. */
const cachePageSizeBytes = 4096

export class CrashJournal {
  readonly #monotonicMs: () => number
  readonly #entryOrder: EntryOrder
  readonly #writeBackMs: number
  readonly #contents = new Map<MemoryFile, ContentChange[]>()
  #entries: EntryChange[] = []

  /** @param options `writeBackMs`: after this time the kernel has written a change by itself */
  constructor(options: { monotonicMs: () => number; entryOrder: EntryOrder; writeBackMs: number }) {
    this.#monotonicMs = options.monotonicMs
    this.#entryOrder = options.entryOrder
    this.#writeBackMs = options.writeBackMs
  }

  willWrite(file: MemoryFile, bytes: Buffer, position: number): void {
    const before = file.content.slice(position, position + bytes.length)
    this.#noteContent(file, { position, after: Buffer.from(bytes), before })
  }

  willTruncate(file: MemoryFile, sizeBytes: number): void {
    const before = file.content.slice(sizeBytes, file.content.sizeBytes)
    this.#noteContent(file, { position: sizeBytes, after: undefined, before })
  }

  entriesChanged(directories: readonly MemoryDirectory[], undo: () => void): void {
    this.#entries.push({ directories, undo, atMs: this.#monotonicMs() })
  }

  /** A set of the changes that a sync that begins now will cover. */
  cachedChanges(file: MemoryFile): ReadonlySet<object> {
    return new Set(this.#contents.get(file))
  }

  contentSynced(file: MemoryFile, covered: ReadonlySet<object>): void {
    this.#mark(file, 'durable', change => covered.has(change))
    if (this.#entryOrder === 'ordered') this.#entries = []
  }

  /** A failed sync: Linux forgets that the pages were dirty, so that no later sync writes them. */
  contentSyncFailed(file: MemoryFile, covered: ReadonlySet<object>): void {
    this.#mark(file, 'doomed', change => covered.has(change))
  }

  directorySynced(directory: MemoryDirectory): void {
    this.#keepEntries(change => change.directories.includes(directory))
    if (this.#entryOrder === 'ordered') this.#entries = []
  }

  /** Leaves in `tree` what a disk could hold after the power failed now; all of it is durable then. */
  crash(tree: FileTree, random: SeededRandom, survival: Survival): void {
    this.#writeBack()
    if (survival !== 'everything') {
      this.#undoEntries(random, survival)
      for (const [file, changes] of this.#contents) loseContent(file, changes, random, survival)
    }
    this.#contents.clear()
    this.#entries = []
    for (const node of nodesBelow(tree.root)) if (node instanceof MemoryFile) node.isLocked = false
  }

  #noteContent(file: MemoryFile, what: Pick<ContentChange, 'position' | 'after' | 'before'>): void {
    const atMs = this.#monotonicMs()
    const oldest = this.#contents.get(file)?.[0]
    if (oldest !== undefined && oldest.atMs + this.#writeBackMs <= atMs) this.#writeBack()
    const changes = this.#contents.get(file) ?? []
    changes.push({ ...what, sizeBefore: file.content.sizeBytes, atMs, state: 'cached' })
    this.#contents.set(file, changes)
  }

  #mark(
    file: MemoryFile,
    state: ContentChange['state'],
    isCovered: (change: ContentChange) => boolean,
  ): void {
    const changes = this.#contents.get(file) ?? []
    for (const change of changes) {
      if (change.state === 'cached' && isCovered(change)) change.state = state
    }
    // A durable change must be kept while one before it may still be undone.
    const firstOpen = changes.findIndex(change => change.state !== 'durable')
    if (firstOpen === -1) this.#contents.delete(file)
    else changes.splice(0, firstOpen)
  }

  #writeBack(): void {
    const writtenMs = this.#monotonicMs() - this.#writeBackMs
    for (const file of [...this.#contents.keys()]) {
      this.#mark(file, 'durable', change => change.atMs <= writtenMs)
    }
    this.#keepEntries(change => change.atMs <= writtenMs)
  }

  /** Makes these durable, and what was before them in the same directories. */
  #keepEntries(isKept: (change: EntryChange) => boolean): void {
    const reached = new Set<MemoryDirectory>()
    const open: EntryChange[] = []
    for (const change of this.#entries.toReversed()) {
      const isBelow = change.directories.some(directory => reached.has(directory))
      if (isBelow || isKept(change))
        for (const directory of change.directories) reached.add(directory)
      else open.push(change)
    }
    this.#entries = open.toReversed()
  }

  #undoEntries(random: SeededRandom, survival: Survival): void {
    const broken = new Set<MemoryDirectory>()
    const lost: EntryChange[] = []
    for (const change of this.#entries) {
      const isAfterLost =
        this.#entryOrder === 'ordered'
          ? lost.length > 0
          : change.directories.some(directory => broken.has(directory))
      const survives = survival === 'random' && random.chance(0.75)
      if (survives && !isAfterLost) continue
      for (const directory of change.directories) broken.add(directory)
      lost.push(change)
    }
    for (const change of lost.toReversed()) change.undo()
  }
}

/** Rewinds to what is durable for certain, then plays back what survives. */
function loseContent(
  file: MemoryFile,
  changes: readonly ContentChange[],
  random: SeededRandom,
  survival: Survival,
): void {
  for (const change of changes.toReversed()) {
    file.content.truncate(change.sizeBefore)
    file.content.write(change.before, change.position)
  }
  const keep =
    survival === 'random' ? random.pick([keepPrefix, keepPages])(changes, random) : keepNone
  for (const change of changes) {
    if (change.state === 'durable') redo(file, change)
    else if (change.state === 'cached') keep(file, change)
  }
}

type Keep = (file: MemoryFile, change: ContentChange) => void

const keepNone: Keep = () => undefined

function redo(file: MemoryFile, { after, position }: ContentChange): void {
  if (after === undefined) file.content.truncate(position)
  else file.content.write(after, position)
}

/** The disk got the writes in order and lost power in one of them, which is torn at any byte. */
function keepPrefix(changes: readonly ContentChange[], random: SeededRandom): Keep {
  let left = random.below(changes.filter(change => change.state === 'cached').length + 1)
  return (file, change) => {
    left -= 1
    if (left >= 0) redo(file, change)
    else if (left === -1 && change.after !== undefined) {
      file.content.write(
        change.after.subarray(0, random.below(change.after.length + 1)),
        change.position,
      )
    }
  }
}

/** The disk got pages in any order: some are missing, and the size may be there without the bytes. */
function keepPages(_changes: readonly ContentChange[], random: SeededRandom): Keep {
  const keepsSize = random.chance(0.5)
  return (file, change) => {
    const { after, position } = change
    if (after === undefined) {
      if (random.chance(0.5)) redo(file, change)
      return
    }
    for (let at = 0; at < after.length;) {
      const next = Math.min(
        after.length,
        at + cachePageSizeBytes - ((position + at) % cachePageSizeBytes),
      )
      if (random.chance(0.5)) file.content.write(after.subarray(at, next), position + at)
      at = next
    }
    const end = position + after.length
    if (keepsSize && file.content.sizeBytes < end) file.content.truncate(end)
  }
}
