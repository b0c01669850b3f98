/** A disk that outlives the processes using it: it can lose power, fail on order, and rot. */
import { StorageError, type Clock, type FileSystem } from '../host/index.ts'
import { CrashJournal, type EntryOrder, type Survival } from './crash-journal.ts'
import { DiskFaults } from './disk-faults.ts'
import type { DiskHooks } from './disk-hooks.ts'
import { FileTree, MemoryFile, nodesBelow, PosixError } from './file-tree.ts'
import { MemoryFiles } from './memory-files.ts'
import { ProcessEnd } from './process-end.ts'
import type { SeededRandom } from './random.ts'

export interface SimDiskOptions {
  readonly clock: Clock
  readonly random: SeededRandom
  /** Default: independent, the harder one. */
  readonly entryOrder?: EntryOrder
  /** After this time the kernel has written a change by itself; default 30 s. */
  readonly writeBackMs?: number
  /** Longest time of a sync and of a cold read; default 5 ms. */
  readonly delayMsMax?: number
}

export class SimDisk {
  readonly faults = new DiskFaults()
  readonly #tree: FileTree
  readonly #journal: CrashJournal
  readonly #random: SeededRandom
  readonly #delayMsMax: number

  constructor(options: SimDiskOptions) {
    const { clock, random, entryOrder = 'independent', writeBackMs = 30_000 } = options
    this.#tree = new FileTree(clock.wallMs())
    this.#random = random
    this.#delayMsMax = options.delayMsMax ?? 5
    this.#journal = new CrashJournal({
      monotonicMs: () => clock.monotonicMs(),
      entryOrder,
      writeBackMs,
    })
  }

  /** The disk as one process sees it; `clock` is that of the process, whose syncs end with it. */
  mount(clock: Clock, end = new ProcessEnd(this.#random)): FileSystem {
    const { capacityBytes } = this.faults
    return new MemoryFiles({
      clock,
      tree: this.#tree,
      hooks: this.#hooksFor(clock, end),
      ...(capacityBytes !== Infinity && { capacityBytes }),
    })
  }

  /** The processes that used the disk are gone, the page cache is not: nothing is lost, locks are free. */
  processDied(): void {
    for (const node of nodesBelow(this.#tree.root)) {
      if (node instanceof MemoryFile) node.isLocked = false
    }
  }

  /** Power failed. */
  crash(survival: Survival = 'random'): void {
    this.#journal.crash(this.#tree, this.#random, survival)
  }

  /** Turns over one bit of a file, as a disk that rots does: no journal, no time of modification. */
  flipBit(path: string, position: number, bit: number): void {
    const file = this.#tree.nodeOf(path)
    if (!(file instanceof MemoryFile)) throw new PosixError('EISDIR')
    const byte = file.content.slice(position, position + 1)
    if (byte.length === 0) {
      throw new RangeError(`${path} has ${file.content.sizeBytes} bytes, no byte ${position}`)
    }
    byte[0] = (byte[0] ?? 0) ^ (1 << bit)
    file.content.write(byte, position)
  }

  #hooksFor(clock: Clock, end: ProcessEnd): DiskHooks {
    const journal = this.#journal
    const delay = (): Promise<void> =>
      new Promise(resolve => clock.after(this.#random.between(0, this.#delayMsMax), resolve))
    return {
      before: (operation, path) => {
        end.before(operation, path)
        // A sync fails when it ends, not when it begins: see below.
        if (operation !== 'sync') this.faults.check(operation, path)
      },
      admit: (file, position, wantedBytes) =>
        end.admit(this.faults.admit(this.#tree, file, position, wantedBytes)),
      willWrite: (file, bytes, position) => journal.willWrite(file, bytes, position),
      willTruncate: (file, sizeBytes) => journal.willTruncate(file, sizeBytes),
      entriesChanged: (directories, undo) => journal.entriesChanged(directories, undo),
      sync: async (file, path) => {
        const covered = journal.cachedChanges(file)
        await delay()
        this.#finishSync(file, path, covered)
      },
      syncNow: (file, path) => this.#finishSync(file, path, journal.cachedChanges(file)),
      syncDirectory: (directory, path) => {
        this.faults.check('sync', path)
        journal.directorySynced(directory)
      },
      delay,
    }
  }

  #finishSync(file: MemoryFile, path: string, covered: ReadonlySet<object>): void {
    try {
      this.faults.check('sync', path)
    } catch (cause) {
      this.#journal.contentSyncFailed(file, covered)
      throw new StorageError('sync', path, cause)
    }
    this.#journal.contentSynced(file, covered)
  }
}
