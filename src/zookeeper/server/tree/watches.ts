/**
 * Who waits for what: watchers by path. A watcher may hold a path in several modes at once, as in
 * ZooKeeper 3.9 (ZOOKEEPER-4466): a one-shot watch beside a persistent one takes nothing from it.
 * `W` is whatever stands for a client; it is only compared.
 */
import { parentOf, ROOT } from '../../wire/path.ts'

/** One bit a mode. */
export const WatchMode = { STANDARD: 1, PERSISTENT: 2, PERSISTENT_RECURSIVE: 4 } as const
export type WatchMode = (typeof WatchMode)[keyof typeof WatchMode]

export class WatchTable<W> {
  readonly #byPath = new Map<string, Map<W, number>>()
  readonly #pathsOf = new Map<W, Set<string>>()
  /** While it is 0, an event need not look at the parents of its path. */
  #recursiveCount = 0

  /** Pairs of a watcher and a path. */
  get size(): number {
    let size = 0
    for (const paths of this.#pathsOf.values()) size += paths.size
    return size
  }

  get watcherCount(): number {
    return this.#pathsOf.size
  }

  get pathCount(): number {
    return this.#byPath.size
  }

  countOf(watcher: W): number {
    return this.#pathsOf.get(watcher)?.size ?? 0
  }

  add(path: string, watcher: W, mode: WatchMode): void {
    let watchers = this.#byPath.get(path)
    if (watchers === undefined) this.#byPath.set(path, (watchers = new Map<W, number>()))
    const modes = watchers.get(watcher) ?? 0
    if ((modes & mode) !== 0) return
    watchers.set(watcher, modes | mode)
    if (mode === WatchMode.PERSISTENT_RECURSIVE) this.#recursiveCount += 1

    let paths = this.#pathsOf.get(watcher)
    if (paths === undefined) this.#pathsOf.set(watcher, (paths = new Set<string>()))
    paths.add(path)
  }

  /** True when `watcher` holds exactly `path`, in `mode` or, without it, in any. */
  has(path: string, watcher: W, mode?: WatchMode): boolean {
    const modes = this.#byPath.get(path)?.get(watcher) ?? 0
    return mode === undefined ? modes !== 0 : (modes & mode) !== 0
  }

  /** Takes the watch in `mode` away, or in all modes. @returns whether there was one */
  remove(path: string, watcher: W, mode?: WatchMode): boolean {
    const modes = this.#byPath.get(path)?.get(watcher) ?? 0
    const removed = mode === undefined ? modes : modes & mode
    if (removed === 0) return false
    this.#keep(path, watcher, modes & ~removed)
    if ((removed & WatchMode.PERSISTENT_RECURSIVE) !== 0) this.#recursiveCount -= 1
    return true
  }

  /** Forgets a client that is gone. */
  removeWatcher(watcher: W): void {
    for (const path of [...(this.#pathsOf.get(watcher) ?? [])]) this.remove(path, watcher)
  }

  /**
   * The watchers that an event at `path` reaches, in the order in which they asked, nearest path
   * first. One-shot watches of that path are used up.
   */
  trigger(path: string): Set<W> {
    const reached = new Set<W>()
    for (const watcher of [...(this.#byPath.get(path)?.keys() ?? [])]) {
      reached.add(watcher)
      this.remove(path, watcher, WatchMode.STANDARD)
    }
    for (let at = path; at !== ROOT && this.#recursiveCount > 0;) {
      at = parentOf(at)
      for (const [watcher, modes] of this.#byPath.get(at) ?? []) {
        if ((modes & WatchMode.PERSISTENT_RECURSIVE) !== 0) reached.add(watcher)
      }
    }
    return reached
  }

  *byPath(): Iterable<[string, Iterable<W>]> {
    for (const [path, watchers] of this.#byPath) yield [path, watchers.keys()]
  }

  *byWatcher(): Iterable<[W, Iterable<string>]> {
    yield* this.#pathsOf
  }

  #keep(path: string, watcher: W, modes: number): void {
    const watchers = this.#byPath.get(path)
    if (modes !== 0) {
      watchers?.set(watcher, modes)
      return
    }
    watchers?.delete(watcher)
    if (watchers?.size === 0) this.#byPath.delete(path)
    const paths = this.#pathsOf.get(watcher)
    paths?.delete(path)
    if (paths?.size === 0) this.#pathsOf.delete(watcher)
  }
}
